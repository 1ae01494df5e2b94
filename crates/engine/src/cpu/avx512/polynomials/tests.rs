//! Polynomials: the lanes against the portable kernels.

use ff::Field;
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, Rng, SeedableRng};

use super::CHUNK_ROWS;
use crate::cpu::{
    avx512::detected_in_tests,
    kernels::{PolynomialKernels, Portable},
    Buffer, CpuKernels,
};

fn element(rng: &mut StdRng) -> Fr {
    match rng.gen_range(0..6) {
        0 => Fr::ZERO,
        1 => Fr::ONE,
        2 => -Fr::ONE,
        _ => Fr::random(rng),
    }
}

pub(in crate::cpu::avx512) fn polynomial(rng: &mut StdRng, n: usize) -> Buffer<'static, Fr> {
    let coefficients: Vec<Fr> = match rng.gen_ratio(1, 8) {
        true => vec![-Fr::ONE; n],
        false => (0..n).map(|_| element(rng)).collect(),
    };
    coefficients.into()
}

fn lengths() -> impl Iterator<Item = usize> {
    (0..70).chain([
        511,
        512,
        513,
        CHUNK_ROWS,
        CHUNK_ROWS + 3,
        2 * CHUNK_ROWS + 1000,
    ])
}

#[test]
fn polynomials_are_evaluated_alike() {
    if !detected_in_tests() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(9);
    for n in lengths() {
        let polynomials = [0, n, n / 2].map(|n| polynomial(&mut rng, n));
        let queries: Vec<_> = polynomials
            .iter()
            .map(|polynomial| (polynomial, element(&mut rng)))
            .collect();
        let expected = Portable.horner(&queries);
        assert_eq!(CpuKernels::Avx512.horner(&queries), expected, "{n}");
    }
}

#[test]
fn polynomials_are_combined_alike() {
    if !detected_in_tests() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(10);
    for n in lengths() {
        for count in [0, 1, 2, 16, 17, 40] {
            let polynomials: Vec<_> = (0..count).map(|_| polynomial(&mut rng, n)).collect();
            let terms: Vec<_> = polynomials
                .iter()
                .map(|polynomial| (element(&mut rng), polynomial))
                .collect();
            let sum = polynomial(&mut rng, n).values().to_vec();
            let [mut expected, mut actual] = [sum.clone(), sum].map(Buffer::from);
            Portable.accumulate(&mut expected, &terms);
            CpuKernels::Avx512.accumulate(&mut actual, &terms);
            assert!(expected.values() == actual.values(), "{n}, {count} terms");
        }
    }
}
