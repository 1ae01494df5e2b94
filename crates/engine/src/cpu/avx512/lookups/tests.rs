//! Lookups: the lanes against the portable kernels.

use ff::Field;
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, Rng, SeedableRng};

use crate::cpu::{
    avx512::detected_in_tests,
    kernels::{LookupKernels, Portable},
    Buffer, CpuKernels,
};

#[test]
fn lookups_are_permuted_alike() {
    if !detected_in_tests() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(12);
    for n in (1..40).chain([500, 4096, 4097, 9000]) {
        let mut element = |_| match rng.gen_range(0..5) {
            0 => Fr::ZERO,
            1 => -Fr::ONE,
            2 => Fr::from(rng.gen::<u64>()),
            _ => Fr::random(&mut rng),
        };
        let table: Vec<Fr> = (0..n).map(&mut element).collect();
        let input = (0..n)
            .map(|_| table[rng.gen_range(0..n)])
            .collect::<Vec<_>>();
        let mut other = input.clone();
        other[n / 2] = Fr::from(3).invert().expect("not zero");
        let table = Buffer::from(table);
        for input in [input, other].map(Buffer::from) {
            for usable_rows in [n, n - 1] {
                let blinding = vec![Fr::ONE; n - usable_rows];
                let permute = |kernels: &dyn Fn() -> _| -> Result<_, crate::EngineError> {
                    let columns: [Buffer<'_, Fr>; 2] = kernels()?;
                    Ok(columns.map(|column| column.values().to_vec()))
                };
                let expected = permute(&|| {
                    Portable.permute_lookup(&input, &table, usable_rows, &blinding, &blinding)
                });
                let actual = permute(&|| {
                    CpuKernels::Avx512.permute_lookup(
                        &input,
                        &table,
                        usable_rows,
                        &blinding,
                        &blinding,
                    )
                });
                assert_eq!(expected.is_ok(), actual.is_ok());
                match (expected, actual) {
                    (Ok(expected), Ok(actual)) => assert!(expected == actual, "{n} rows"),
                    (Err(expected), Err(actual)) => {
                        assert_eq!(expected.to_string(), actual.to_string());
                    }
                    _ => unreachable!("both or neither"),
                }
            }
        }
    }
}
