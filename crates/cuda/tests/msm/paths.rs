//! The same sums whatever the policy: tables of any size, one pass or many, any cut of the work.

use halo2_offload_cuda::msm::{CudaMsm, Policy};
use halo2curves::bn256::{Fr, G1Affine};

use crate::{check, machine, values, with};

fn bases_and_columns(n: usize) -> (Vec<G1Affine>, Vec<Vec<Fr>>) {
    let mut rng = values::generator();
    let bases = values::points(n, &mut rng);
    let mut columns = values::columns(n, &mut rng);
    columns.truncate(1);
    let mut columns: Vec<Vec<Fr>> = columns.into_iter().map(|(_, column)| column).collect();
    columns.push(values::columns(n, &mut rng).swap_remove(7).1);
    (bases, columns)
}

fn check_policy(change: impl FnOnce(&mut Policy), n: usize, case: &str) -> CudaMsm {
    let (bases, columns) = bases_and_columns(n);
    let msm = with(change);
    let batch: Vec<&[Fr]> = columns.iter().map(Vec::as_slice).collect();
    check(&msm, &bases, &batch, case);
    msm
}

#[test]
fn tables_of_any_size() {
    let emulator = machine();
    let n = 260;
    for multiples in [0, 1, 2, 7, 20, 1000] {
        let bytes = multiples * n as u64 * 64;
        check_policy(
            |policy| policy.table_bytes = bytes,
            n,
            &format!("room for {multiples} multiples"),
        );
    }
    emulator.assert_clean();
}

#[test]
fn windows_of_any_width() {
    let emulator = machine();
    for max_width in [1, 2, 5, 9, 12] {
        check_policy(
            |policy| policy.max_width = max_width,
            80,
            &format!("windows of at most {max_width} bits"),
        );
    }
    emulator.assert_clean();
}
