//! Bases and columns at which a bucket method goes wrong.

use ff::{Field, PrimeField};
use group::{prime::PrimeCurveAffine, Curve, Group};
use halo2curves::bn256::{Fr, G1Affine, G1};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

pub fn generator() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(3)
}

/// Points without relations, for all practical purposes.
pub fn points(n: usize, rng: &mut ChaCha20Rng) -> Vec<G1Affine> {
    let step = G1::random(&mut *rng);
    let mut next = G1::random(&mut *rng);
    let points: Vec<G1> = (0..n)
        .map(|_| {
            next += step;
            next
        })
        .collect();
    let mut affine = vec![G1Affine::default(); n];
    G1::batch_normalize(&points, &mut affine);
    affine
}

/// Bases whose sums meet every exception to the formulas.
pub fn base_sets(n: usize, rng: &mut ChaCha20Rng) -> Vec<(&'static str, Vec<G1Affine>)> {
    let distinct = points(n, rng);
    let point = points(1, rng)[0];
    let in_turn = |of: &dyn Fn(usize, G1Affine) -> G1Affine| -> Vec<G1Affine> {
        distinct
            .iter()
            .enumerate()
            .map(|(i, p)| of(i, *p))
            .collect()
    };
    vec![
        ("equal bases", vec![point; n]),
        ("identities", vec![G1Affine::identity(); n]),
        (
            "a point and its opposite",
            in_turn(&|i, _| if i % 2 == 0 { point } else { -point }),
        ),
        (
            "identities among the bases",
            in_turn(&|i, p| if i % 3 == 0 { G1Affine::identity() } else { p }),
        ),
        (
            "pairs of equal and of opposite bases",
            in_turn(&|i, _| {
                let base = distinct[i / 4];
                if i % 4 == 3 {
                    -base
                } else {
                    base
                }
            }),
        ),
        ("distinct bases", distinct),
    ]
}

pub fn uniform(n: usize, rng: &mut ChaCha20Rng) -> Vec<Fr> {
    (0..n).map(|_| Fr::random(&mut *rng)).collect()
}

/// A scalar in twenty is uniform, all others are the same.
pub fn giant_bucket(n: usize, rng: &mut ChaCha20Rng) -> Vec<Fr> {
    (0..n)
        .map(|i| match i % 20 {
            0 => Fr::random(&mut *rng),
            _ => Fr::from(3),
        })
        .collect()
}

/// Columns that need one or two windows.
pub fn small_columns(n: usize, rng: &mut ChaCha20Rng) -> Vec<(&'static str, Vec<Fr>)> {
    let byte = |rng: &mut ChaCha20Rng| Fr::from(u64::from(rng.gen::<u8>()));
    vec![
        (
            "bits",
            (0..n).map(|_| Fr::from(rng.gen::<bool>())).collect(),
        ),
        (
            "signed bytes",
            (0..n).map(|_| byte(rng) - Fr::from(128)).collect(),
        ),
    ]
}

/// Columns of every distribution.
pub fn columns(n: usize, rng: &mut ChaCha20Rng) -> Vec<(&'static str, Vec<Fr>)> {
    let equal = Fr::random(&mut *rng);
    // (p - 1) / 2, the largest magnitude.
    let half = -Fr::TWO_INV;
    let giant_bucket = giant_bucket(n, rng);
    let small_columns = small_columns(n, rng);
    let mut column = |scalar: &mut dyn FnMut(usize, &mut ChaCha20Rng) -> Fr| -> Vec<Fr> {
        (0..n).map(|i| scalar(i, &mut *rng)).collect()
    };
    let mut columns = vec![
        ("one giant bucket", giant_bucket),
        ("uniform", column(&mut |_, rng| Fr::random(rng))),
        ("zeros", column(&mut |_, _| Fr::ZERO)),
        ("ones", column(&mut |_, _| Fr::ONE)),
        ("p - 1", column(&mut |_, _| -Fr::ONE)),
        ("equal", column(&mut |_, _| equal)),
        (
            "sparse",
            column(&mut |i, rng| {
                if i % 50 == 7 {
                    Fr::random(rng)
                } else {
                    Fr::ZERO
                }
            }),
        ),
        (
            "powers of two",
            column(&mut |i, _| Fr::from(2).pow([i as u64 % 254])),
        ),
        (
            "powers of two less one, negated",
            column(&mut |i, _| Fr::ONE - Fr::from(2).pow([i as u64 % 254])),
        ),
        (
            "around half of p",
            column(&mut |i, _| half + Fr::from(i as u64) - Fr::from(n as u64 / 2)),
        ),
    ];
    columns.extend(small_columns);
    columns
}
