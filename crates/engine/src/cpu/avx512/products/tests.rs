//! Grand products: the lanes against the portable kernels.

use ff::Field;
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, Rng, SeedableRng};
use rayon::ThreadPoolBuilder;

use super::CHUNK_ROWS;
use crate::{
    cpu::{avx512::detected_in_tests, products},
    program::{Program, ProgramBuilder},
};

/// Numerators and denominators of a permutation argument, and columns as they are.
fn programs() -> [Program<Fr>; 2] {
    let mut builder = ProgramBuilder::new();
    let [beta, gamma] = [0, 1].map(|scalar| builder.scalar(scalar));
    let [value, sigma] = [0, 1].map(|column| builder.query(column, 0));
    let next = builder.query(0, 1);
    let point = builder.point();
    let identity = builder.mul(beta, point);
    let numerator = builder.add(value, identity);
    let numerator = builder.add(numerator, gamma);
    let sigma_beta = builder.mul(sigma, beta);
    let denominator = builder.add(value, sigma_beta);
    let denominator = builder.sub(denominator, next);
    [
        builder.compile(&[numerator, denominator]),
        builder.compile(&[value, sigma]),
    ]
}

fn is_multiplied_alike(rng: &mut StdRng, rows: usize, blinded: usize, zeros: f64) {
    let mut column = || {
        let mut element = || match rng.gen_bool(zeros) {
            true => Fr::ZERO,
            false => match rng.gen_range(0..4) {
                0 => Fr::ONE,
                1 => -Fr::ONE,
                _ => Fr::random(&mut *rng),
            },
        };
        (0..rows + blinded).map(|_| element()).collect::<Vec<_>>()
    };
    let columns = [column(), column()];
    let columns: Vec<&[Fr]> = columns.iter().map(Vec::as_slice).collect();
    let scalars = [Fr::random(&mut *rng), Fr::random(&mut *rng)];
    let (omega, first) = (Fr::random(&mut *rng), Fr::random(&mut *rng));
    for program in programs() {
        let [mut expected, mut actual] = [(); 2].map(|()| vec![Fr::ZERO; rows]);
        products::grand_product(
            &program,
            &columns,
            &scalars,
            omega,
            first,
            &mut expected,
            blinded,
        );
        super::grand_product(
            &program,
            &columns,
            &scalars,
            omega,
            first,
            &mut actual,
            blinded,
        );
        assert!(expected == actual, "{rows} rows, {blinded} more");
    }
}

#[test]
fn products_run_alike() {
    if !detected_in_tests() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(7);
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads").install(|| {
            for rows in (1..40).chain([100, 127, 128, 129, 130, 250, 1024]) {
                for zeros in [0.0, 0.02] {
                    is_multiplied_alike(&mut rng, rows, 6, zeros);
                }
            }
            for rows in [
                CHUNK_ROWS,
                CHUNK_ROWS + 1,
                CHUNK_ROWS + 2,
                5 * CHUNK_ROWS / 2,
            ] {
                is_multiplied_alike(&mut rng, rows, 0, 0.0);
                is_multiplied_alike(&mut rng, rows, 9, 0.0001);
            }
        });
    }
}
