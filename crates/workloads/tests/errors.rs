//! What cannot be made is refused, and says what could.

use halo2_offload_workloads::{all, find, visit, Visitor, Workload, WorkloadError};

struct Nothing;

impl Visitor for Nothing {
    type Output = ();

    fn visit<W: Workload>(self, _: W) {}
}

#[test]
fn an_unknown_name_lists_the_known_ones() {
    let error = find("sha256").unwrap_err();
    assert_eq!(visit("sha256", 10, 0, Nothing).unwrap_err(), error);
    for info in all() {
        assert!(error.to_string().contains(info.name));
        assert_eq!(find(info.name), Ok(info));
    }
}

#[test]
fn k_is_bounded_below_and_above() {
    for info in all() {
        let small = visit(info.name, info.min_k - 1, 0, Nothing).unwrap_err();
        assert!(matches!(small, WorkloadError::KTooSmall { min_k, .. } if min_k == info.min_k));
        assert!(small.to_string().contains(&info.min_k.to_string()));
        for k in [29, u32::MAX] {
            let large = visit(info.name, k, 0, Nothing).unwrap_err();
            assert!(matches!(large, WorkloadError::KTooLarge { max_k: 28, .. }));
        }
    }
}
