//! The shapes that the workloads' documentation promises.

use halo2_axiom::{
    halo2curves::bn256::Fr,
    plonk::{Circuit, ConstraintSystem},
};
use halo2_offload_workloads::{all, find, visit, Visitor, Workload};

struct Measure;

impl Visitor for Measure {
    /// Advice, fixed, instance, lookups, permutation, degree. The stock key generation makes a
    /// fixed column of each selector.
    type Output = [usize; 6];

    fn visit<W: Workload>(self, workload: W) -> [usize; 6] {
        let mut cs = ConstraintSystem::<Fr>::default();
        let params = workload.keygen_circuit().params();
        W::Circuit::configure_with_params(&mut cs, params);
        assert_eq!(workload.instances().len(), cs.num_instance_columns());
        [
            cs.num_advice_columns(),
            cs.num_fixed_columns() + cs.num_selectors(),
            cs.num_instance_columns(),
            cs.lookups().len(),
            cs.permutation().get_columns().len(),
            cs.degree(),
        ]
    }
}

fn shape(name: &str, k: u32) -> [usize; 6] {
    let shape = visit(name, k, 1, Measure).expect("workload");
    let [.., degree] = shape;
    let info = find(name).expect("workload");
    // Range checks of a single column are switched by a selector, which makes one more.
    let may_be_lower = ["ecdsa", "pairing"].contains(&name);
    assert!(
        degree == info.degree || (may_be_lower && degree < info.degree),
        "{name} k = {k}"
    );
    shape
}

#[test]
fn shapes() {
    assert_eq!(shape("plonk", 10), [3, 5, 1, 0, 3, 3]);
    assert_eq!(shape("lookup", 10), [6, 12, 1, 4, 8, 5]);
    assert_eq!(shape("lookup", 17), [6, 12, 1, 4, 8, 5]);
    assert_eq!(shape("lookup", 18), [6, 16, 1, 6, 8, 5]);
    assert_eq!(shape("poseidon", 11), [8, 9, 1, 0, 10, 3]);
    assert_eq!(shape("poseidon", 14), [8, 9, 1, 0, 10, 3]);
    assert_eq!(shape("ecdsa", 18), [3, 4, 1, 1, 5, 4]);
    assert_eq!(shape("ecdsa", 14), [39, 35, 1, 6, 41, 4]);
    assert_eq!(shape("pairing", 16), [59, 54, 1, 7, 61, 4]);
    assert_eq!(shape("wide", 6), [256, 2, 1, 0, 33, 4]);
    assert_eq!(shape("openvm-outer", 11), [2, 3, 1, 1, 4, 4]);
    assert_eq!(shape("openvm-outer", 16), [2, 3, 1, 1, 4, 4]);
    assert_eq!(shape("openvm-wrapper", 10), [1, 4, 1, 1, 3, 5]);
    assert_eq!(shape("openvm-wrapper", 16), [1, 4, 1, 1, 3, 5]);
}

#[test]
fn every_default_is_possible() {
    for info in all() {
        assert!(info.min_k <= info.default_k, "{}", info.name);
    }
}
