//! Kate division: the lanes against the portable kernel.

use ff::Field;
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, SeedableRng};
use rayon::ThreadPoolBuilder;

use super::CHUNK_ROWS;
use crate::cpu::{
    avx512::{detected_in_tests, polynomials::tests::polynomial},
    kernels::{PolynomialKernels, Portable},
    Buffer, CpuKernels,
};

#[test]
fn polynomials_are_divided_alike() {
    if !detected_in_tests() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(11);
    let lengths = (0..70).chain([
        CHUNK_ROWS - 1,
        CHUNK_ROWS,
        CHUNK_ROWS + 1,
        CHUNK_ROWS + 9,
        5 * CHUNK_ROWS + 100,
    ]);
    for n in lengths {
        for root in [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::random(&mut rng)] {
            let p = polynomial(&mut rng, n).values().to_vec();
            let mut expected = Buffer::from(p.clone());
            Portable.kate_division(&mut expected, root);
            for threads in [1, 3] {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build();
                let mut actual = Buffer::from(p.clone());
                let divide = || CpuKernels::Avx512.kate_division(&mut actual, root);
                pool.expect("threads").install(divide);
                assert!(expected.values() == actual.values(), "{n} coefficients");
            }
        }
    }
}
