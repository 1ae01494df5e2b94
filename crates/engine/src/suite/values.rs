//! Sizes and values at which engines go wrong.

use ff::{Field, PrimeField};
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha8Rng,
};

/// log2 of the numbers of rows: the smallest domains, one block of 128 rows, more than one, one
/// chunk of 4096 rows, more than one.
pub(super) const LOG_SIZES: [u32; 8] = [1, 2, 3, 7, 8, 12, 13, 14];

/// A seeded generator: every run of the suite sees the same values.
pub(super) fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// `n` random values.
pub(super) fn random<F: Field>(n: usize, rng: &mut impl RngCore) -> Vec<F> {
    (0..n).map(|_| F::random(&mut *rng)).collect()
}

/// Columns of `n` values with their names: the ends of the field, the distributions that halo2's
/// columns have, and single values at the ends of the column.
pub(super) fn columns<F: PrimeField>(
    n: usize,
    rng: &mut impl RngCore,
) -> Vec<(&'static str, Vec<F>)> {
    let equal = F::random(&mut *rng);
    let only = |at: usize| (0..n).map(|row| F::from((row == at) as u64)).collect();
    let ends = [F::ZERO, F::ONE, -F::ONE, F::ONE.double(), equal];
    let mut sparse = vec![F::ZERO; n];
    sparse[n / 2] = equal;
    sparse[n - 1] = -F::ONE;
    vec![
        ("zeros", vec![F::ZERO; n]),
        ("ones", vec![F::ONE; n]),
        ("p - 1 everywhere", vec![-F::ONE; n]),
        ("one value everywhere", vec![equal; n]),
        ("1 in the first row", only(0)),
        ("1 in the last row", only(n - 1)),
        ("sparse", sparse),
        ("bits", integers(n, 2, rng)),
        ("small values", integers(n, 1 << 16, rng)),
        ("0, 1, p - 1, 2 and a random value", pick(n, &ends, rng)),
        ("random", random(n, rng)),
    ]
}

/// `n` values below `bound`.
pub(super) fn integers<F: PrimeField>(n: usize, bound: u64, rng: &mut impl RngCore) -> Vec<F> {
    (0..n).map(|_| F::from(rng.next_u64() % bound)).collect()
}

/// `n` values picked from `choices`.
pub(super) fn pick<F: Copy>(n: usize, choices: &[F], rng: &mut impl RngCore) -> Vec<F> {
    (0..n)
        .map(|_| choices[rng.next_u64() as usize % choices.len()])
        .collect()
}

/// Shifts of cosets: those that halo2 takes, a random one, and two for which the coset is H itself.
pub(super) fn shifts<F: ff::WithSmallOrderMulGroup<3>>(rng: &mut impl RngCore) -> [F; 5] {
    [
        F::ZETA,
        F::MULTIPLICATIVE_GENERATOR,
        F::random(rng),
        F::ONE,
        -F::ONE,
    ]
}
