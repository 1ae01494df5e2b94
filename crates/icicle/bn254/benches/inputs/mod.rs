//! The inputs of the measurements, in the engine's form and in a client's.

use ff::Field;
use group::{Curve, Group};
use halo2curves::bn256::{Fr, G1Affine, G1};
use icicle_bn254::curve::{G1Affine as IcicleAffine, ScalarField};
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha20Rng,
};

pub struct Inputs {
    pub scalars: Vec<Fr>,
    pub points: Vec<G1Affine>,
    pub icicle_scalars: Vec<ScalarField>,
    pub icicle_points: Vec<IcicleAffine>,
}

/// Canonical limbs of little-endian bytes.
pub fn limbs(bytes: [u8; 32]) -> [u32; 8] {
    std::array::from_fn(|i| u32::from_le_bytes([0, 1, 2, 3].map(|j| bytes[4 * i + j])))
}

/// A point in a client's form.
pub fn canonical(point: &G1Affine) -> IcicleAffine {
    let [x, y] = [point.x, point.y].map(|value| limbs(value.to_bytes()));
    IcicleAffine::from_limbs(x, y)
}

impl Inputs {
    /// 2^k random scalars of so many bits (up to 64, or all), and as many points P + i Q.
    pub fn new(k: u32, bits: u32) -> Self {
        let n = 1 << k;
        let mut rng = ChaCha20Rng::seed_from_u64(0);
        let scalars: Vec<Fr> = (0..n)
            .map(|_| match bits {
                0..64 => Fr::from(rng.next_u64() & ((1 << bits) - 1)),
                64 => Fr::from(rng.next_u64()),
                _ => Fr::random(&mut rng),
            })
            .collect();
        let step = G1::random(&mut rng);
        let mut point = G1::random(&mut rng);
        let projective: Vec<G1> = (0..n)
            .map(|_| {
                point += step;
                point
            })
            .collect();
        let mut points = vec![G1Affine::default(); n];
        G1::batch_normalize(&projective, &mut points);
        Self {
            icicle_scalars: scalars
                .iter()
                .map(|scalar| limbs(scalar.to_bytes()).into())
                .collect(),
            icicle_points: points.iter().map(canonical).collect(),
            scalars,
            points,
        }
    }
}
