//! The same points and scalars for every library, and the sizes that are asked for.

use ff::{Field, PrimeField};
use group::{Curve, Group};
use halo2_offload_engine::halo2curves::bn256 as axiom;
use halo2curves::bn256 as pse;
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha20Rng,
};

/// A vector in the form of each library.
pub struct Inputs<A, P, K> {
    /// Ours, and the stock prover's: halo2curves-axiom.
    pub axiom: Vec<A>,
    /// halo2curves.
    pub pse: Vec<P>,
    /// arkworks.
    pub ark: Vec<K>,
}

pub type Scalars = Inputs<axiom::Fr, pse::Fr, ark_bn254::Fr>;
pub type Points = Inputs<axiom::G1Affine, pse::G1Affine, ark_bn254::G1Affine>;

/// The sizes that a variable names, as logarithms to base 2 with commas between.
pub fn sizes(variable: &str, otherwise: &[u32]) -> Vec<u32> {
    let Ok(sizes) = std::env::var(variable) else {
        return otherwise.to_vec();
    };
    let size = |k: &str| k.trim().parse().expect("sizes are numbers");
    sizes.split(',').map(size).collect()
}

/// An element of a halo2curves field from another's canonical bytes.
fn element<F: PrimeField<Repr: From<[u8; 32]>>>(bytes: [u8; 32]) -> F {
    Option::from(F::from_repr(bytes.into())).expect("canonical bytes are an element's")
}

impl Scalars {
    pub fn new(axiom: Vec<axiom::Fr>) -> Self {
        use ark_ff::PrimeField as _;
        Self {
            pse: axiom.iter().map(|s| element(s.to_repr())).collect(),
            ark: axiom
                .iter()
                .map(|s| ark_bn254::Fr::from_le_bytes_mod_order(&s.to_repr()))
                .collect(),
            axiom,
        }
    }

    /// Of the whole field.
    pub fn uniform(n: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(n as u64);
        Self::new((0..n).map(|_| axiom::Fr::random(&mut rng)).collect())
    }

    /// From -128 to 127: quantised values.
    pub fn signed8(n: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(n as u64);
        let scalar = |byte: u32| axiom::Fr::from(u64::from(byte & 255)) - axiom::Fr::from(128);
        Self::new((0..n).map(|_| scalar(rng.next_u32())).collect())
    }

    /// Below 2^88: limbs of an emulated field.
    pub fn bits88(n: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(n as u64);
        let scalar = || {
            let mut bytes = [0; 32];
            rng.fill_bytes(&mut bytes[..11]);
            element(bytes)
        };
        Self::new(std::iter::repeat_with(scalar).take(n).collect())
    }
}

impl Points {
    /// n points by differences of third order: as those of an SRS, hardly any of their sums are equal.
    pub fn new(n: usize) -> Self {
        use ark_ff::PrimeField as _;
        let mut rng = ChaCha20Rng::seed_from_u64(n as u64);
        let [third, mut second, mut first, mut next] =
            [(); 4].map(|()| axiom::G1::random(&mut rng));
        let points: Vec<_> = std::iter::repeat_with(|| {
            second += third;
            first += second;
            next += first;
            next
        })
        .take(n)
        .collect();
        let mut points_affine = vec![axiom::G1Affine::default(); n];
        axiom::G1::batch_normalize(&points, &mut points_affine);
        let pse = |point: &axiom::G1Affine| pse::G1Affine {
            x: element(point.x.to_repr()),
            y: element(point.y.to_repr()),
        };
        let ark = |point: &axiom::G1Affine| {
            let [x, y] =
                [point.x, point.y].map(|c| ark_bn254::Fq::from_le_bytes_mod_order(&c.to_repr()));
            ark_bn254::G1Affine::new_unchecked(x, y)
        };
        Self {
            pse: points_affine.iter().map(pse).collect(),
            ark: points_affine.iter().map(ark).collect(),
            axiom: points_affine,
        }
    }
}
