//! Inverses: the lanes against the portable kernels.

use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, Rng, SeedableRng};

use super::CHUNK_ROWS;
use crate::cpu::{
    avx512::detected_in_tests,
    kernels::{Portable, ProductKernels, RowKernels},
    Buffer, CpuKernels,
};

#[test]
fn elements_are_inverted_alike() {
    if !detected_in_tests() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(6);
    let lengths = (0..70).chain([
        CHUNK_ROWS - 1,
        CHUNK_ROWS,
        CHUNK_ROWS + 1,
        3 * CHUNK_ROWS + 77,
    ]);
    for n in lengths {
        for zeros in [0.0, 0.1, 1.0] {
            let mut element = || match rng.gen_bool(zeros) {
                true => Fr::ZERO,
                false => match rng.gen_range(0..4) {
                    0 => Fr::ONE,
                    1 => -Fr::ONE,
                    _ => Fr::random(&mut rng),
                },
            };
            let values: Vec<Fr> = (0..n).map(|_| element()).collect();
            let [mut expected, mut actual] = [values.clone(), values].map(Buffer::from);
            Portable.batch_invert(&mut expected);
            CpuKernels::Avx512.batch_invert(&mut actual);
            assert!(expected.values() == actual.values(), "{n} elements");
        }
    }
}

#[test]
fn l0_is_extended_alike() {
    if !detected_in_tests() {
        return;
    }
    for k in [0, 1, 2, 3, 5, 12, 13, 14] {
        let n = 1usize << k;
        let omega = Fr::ROOT_OF_UNITY.pow([1 << (Fr::S - k)]);
        // On a coset; on H itself, where l_0 is 1 at one point; from another point of H on.
        for shift in [Fr::from(7), Fr::ONE, omega.pow([5])] {
            let zeros = || Buffer::from(vec![Fr::ZERO; n]);
            let (mut expected, mut actual) = (zeros(), zeros());
            Portable.extend_l0(omega, shift, &mut expected);
            CpuKernels::Avx512.extend_l0(omega, shift, &mut actual);
            assert!(expected.values() == actual.values(), "{n} rows");
        }
    }
}
