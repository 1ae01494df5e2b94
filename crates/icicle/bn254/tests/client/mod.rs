//! What a client of ICICLE does, checked against halo2curves: the same on the CPU and on a device.

#![allow(
    clippy::field_reassign_with_default,
    clippy::useless_vec,
    reason = "the calls are written as clients of ICICLE write them"
)]

pub mod curve;
pub mod fork;
pub mod msm;
pub mod ntt;
pub mod vectors;

use ff::{Field, PrimeField};
use group::{Curve, Group};
use halo2curves::bn256::{Fq, Fr, G1Affine, G1};
use icicle_bn254::curve::{
    BaseField, G1Affine as IcicleAffine, G1Projective as IcicleProjective, ScalarField,
};
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha20Rng,
};

/// How large vectors are: the emulator takes its time.
#[derive(Clone, Copy)]
pub struct Sizes {
    /// log2 of the longest.
    pub max_k: u32,
}

pub fn generator(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub fn limbs<F: PrimeField<Repr = [u8; 32]>>(value: &F) -> [u32; 8] {
    let bytes = value.to_repr();
    std::array::from_fn(|i| u32::from_le_bytes([0, 1, 2, 3].map(|j| bytes[4 * i + j])))
}

pub fn field<F: PrimeField<Repr = [u8; 32]>>(limbs: [u32; 8]) -> F {
    let mut bytes = [0; 32];
    for (bytes, limb) in bytes.chunks_exact_mut(4).zip(limbs) {
        bytes.copy_from_slice(&limb.to_le_bytes());
    }
    F::from_repr(bytes).expect("the limbs are canonical")
}

pub fn scalars_of(values: &[Fr]) -> Vec<ScalarField> {
    values.iter().map(|value| limbs(value).into()).collect()
}

pub fn values_of(scalars: &[ScalarField]) -> Vec<Fr> {
    scalars
        .iter()
        .map(|scalar| field((*scalar).into()))
        .collect()
}

pub fn points_of(points: &[G1Affine]) -> Vec<IcicleAffine> {
    points
        .iter()
        .map(|point| IcicleAffine::from_limbs(limbs(&point.x), limbs(&point.y)))
        .collect()
}

pub fn point(point: IcicleProjective) -> G1 {
    let affine = IcicleAffine::from(point);
    let coordinate = |value: BaseField| field::<Fq>(value.into());
    let affine = G1Affine {
        x: coordinate(affine.x),
        y: coordinate(affine.y),
    };
    G1::from(affine)
}

pub fn random_scalars(n: usize, rng: &mut impl RngCore) -> Vec<Fr> {
    (0..n).map(|_| Fr::random(&mut *rng)).collect()
}

pub fn random_points(n: usize, rng: &mut impl RngCore) -> Vec<G1Affine> {
    let points: Vec<G1> = (0..n).map(|_| G1::random(&mut *rng)).collect();
    let mut affine = vec![G1Affine::default(); n];
    G1::batch_normalize(&points, &mut affine);
    affine
}

pub fn sum(scalars: &[Fr], points: &[G1Affine]) -> G1 {
    scalars
        .iter()
        .zip(points)
        .map(|(scalar, point)| point * scalar)
        .sum()
}

/// halo2's root of order 2^k.
pub fn omega(k: u32) -> Fr {
    (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square())
}

/// p(shift root^i) for all i, by Horner's rule.
pub fn evaluations(coefficients: &[Fr], root: Fr, shift: Fr) -> Vec<Fr> {
    let mut x = shift;
    coefficients
        .iter()
        .map(|_| {
            let value = coefficients
                .iter()
                .rev()
                .fold(Fr::ZERO, |value, coefficient| value * x + coefficient);
            x *= root;
            value
        })
        .collect()
}
