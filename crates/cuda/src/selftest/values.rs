//! Values at which arithmetic goes wrong.

use ff::PrimeField;
use group::{prime::PrimeCurveAffine, Curve, Group};
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha8Rng,
};

use crate::{
    field::{Affine, Projective},
    repr::{bytes_of_mut, zeroed, DeviceRepr},
};

/// The highest limb of all values below is at most one less than that of both moduli of BN254, so
/// that the value is below the modulus whatever the other limbs are.
const TOP_LIMB: u64 = 0x30644e72e131a028;

/// A seeded generator: every run sees the same values.
pub(super) fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// The element with these limbs in memory.
pub(super) fn from_limbs<F: DeviceRepr>(limbs: [u64; 4]) -> F {
    let mut value = [zeroed::<F>()];
    bytes_of_mut(&mut value).copy_from_slice(crate::repr::bytes_of(&limbs));
    value[0]
}

/// Elements at the ends of the field, and with limbs that carry as far as carries go.
pub(super) fn edges<F: PrimeField + DeviceRepr>() -> Vec<F> {
    const ALL: u64 = u64::MAX;
    const LOW: u64 = u32::MAX as u64;
    const HIGH: u64 = LOW << 32;
    let top = |limbs: [u64; 4]| -> F {
        let [a, b, c, d] = limbs;
        from_limbs([a, b, c, d.min(TOP_LIMB)])
    };
    let mut values = vec![
        F::ZERO,
        F::ONE,
        -F::ONE,
        F::ONE.double(),
        -F::ONE.double(),
        F::TWO_INV,
        -F::TWO_INV,
        F::MULTIPLICATIVE_GENERATOR,
        F::ROOT_OF_UNITY,
    ];
    values.extend(
        [
            [1, 0, 0, 0],
            [ALL, 0, 0, 0],
            [0, ALL, 0, 0],
            [0, 0, ALL, 0],
            [0, 0, 0, ALL],
            [ALL, ALL, 0, 0],
            [ALL, ALL, ALL, 0],
            [ALL, ALL, ALL, ALL],
            [0, ALL, ALL, ALL],
            [ALL - 1, ALL, ALL, ALL],
            [LOW, LOW, LOW, LOW],
            [HIGH, HIGH, HIGH, HIGH],
            [HIGH, LOW, HIGH, LOW],
            [1 << 63, 1 << 63, 1 << 63, TOP_LIMB],
            [1 << 32, 1 << 32, 1 << 32, 1 << 32],
            [1 << 31, 1 << 31, 1 << 31, 1 << 31],
            [0, 0, 0, 1 << 61],
        ]
        .map(top),
    );
    values
}

/// `n` pairs: all pairs of edge values as far as they go, and random ones.
pub(super) fn pairs<F: PrimeField + DeviceRepr>(
    n: usize,
    rng: &mut impl RngCore,
) -> (Vec<F>, Vec<F>) {
    let edges = edges::<F>();
    let count = edges.len();
    (0..n)
        .map(|i| match i < count * count {
            true => (edges[i % count], edges[i / count]),
            false => (F::random(&mut *rng), F::random(&mut *rng)),
        })
        .unzip()
}

/// `n` points of a chain of additions: as good as random ones, and much cheaper.
pub(super) fn points(n: usize, rng: &mut impl RngCore) -> Vec<Affine> {
    let step = Projective::random(&mut *rng);
    let mut next = Projective::random(&mut *rng);
    let points: Vec<Projective> = (0..n)
        .map(|_| {
            next += step;
            next
        })
        .collect();
    normalize(&points)
}

/// Affine forms.
pub(super) fn normalize(points: &[Projective]) -> Vec<Affine> {
    let mut affine = vec![Affine::identity(); points.len()];
    Projective::batch_normalize(points, &mut affine);
    affine
}
