//! One ECDSA signature over secp256k1, verified in BN254's scalar field with halo2-ecc's chips.
//!
//! | k | advice | fixed | instance | lookups | permutation | degree |
//! |---|---|---|---|---|---|---|
//! | 14 | 39 | 35 | 1 | 6 | 41 | 4 |
//! | 18 | 3 | 4 | 1 | 1 | 5 | 4 |
//!
//! Public are the hash of the message, the key, and that the signature is valid. Coordinates
//! are three limbs of 88 bits, range checked in a table of 2^(k-1) rows.
//!
//! Fields, points, windows and comparisons are halo2-ecc's. The multiplication u1 G + u2 Q is
//! put together here: halo2-ecc's draws a blinding point from the machine's entropy, and our
//! witness has to follow from the seed. Ours takes both scalars four bits at a time, and blinds
//! with two fixed points whose logarithms nobody knows. All additions are strict, so an
//! exceptional case makes a proof impossible, not unsound.

use ff::Field;
use halo2_axiom::halo2curves::{
    bn256::Fr,
    group::{Curve, Group},
    secp256k1::{Fq, Secp256k1, Secp256k1Affine},
};
use halo2_base::{
    gates::{circuit::builder::BaseCircuitBuilder, GateInstructions, RangeInstructions},
    utils::{biguint_to_fe, fe_to_biguint},
    AssignedValue, Context,
};
use halo2_ecc::{
    bigint::ProperCrtUint,
    ecc::{
        ec_add_unequal, ec_double, ec_sub_unequal, into_strict_point, strict_ec_select_from_bits,
        EcPoint, EccChip, StrictEcPoint,
    },
    fields::FieldChip,
    secp256k1::{FpChip, FqChip},
};

use crate::{base::Program, catalogue::WorkloadInfo, draw};

pub(crate) const NAME: &str = "ecdsa";

pub(crate) const INFO: WorkloadInfo = WorkloadInfo {
    name: NAME,
    summary: "one ECDSA signature over secp256k1, verified with halo2-ecc's chips; the number \
              of columns follows from k, the signature stays one",
    min_k: 11,
    default_k: 18,
    degree: 5,
    real: true,
};

pub(crate) const LIMB_BITS: usize = 88;
pub(crate) const LIMBS: usize = 3;
const WINDOW_BITS: usize = 4;

type Point = EcPoint<Fr, ProperCrtUint<Fr>>;
type StrictPoint<'range> = StrictEcPoint<Fr, FpChip<'range, Fr>>;

pub(crate) struct Ecdsa {
    lookup_bits: usize,
    public_key: Secp256k1Affine,
    hash: Fq,
    r: Fq,
    s: Fq,
}

impl Ecdsa {
    /// Signs a random hash with a random key.
    pub(crate) fn new(k: u32, seed: u64) -> Self {
        let mut rng = draw::witness(seed);
        let [secret, hash, nonce] = [(); 3].map(|()| Fq::random(&mut rng));
        let commitment = (Secp256k1::generator() * nonce).to_affine();
        let r: Fq = biguint_to_fe(&fe_to_biguint(&commitment.x));
        // A random nonce is zero with probability 2^-256: then s is, and nothing verifies.
        let s = nonce.invert().unwrap_or(Fq::ZERO) * (hash + r * secret);
        Self {
            lookup_bits: k as usize - 1,
            public_key: (Secp256k1::generator() * secret).to_affine(),
            hash,
            r,
            s,
        }
    }
}

impl Program for Ecdsa {
    type Circuit = BaseCircuitBuilder<Fr>;

    fn lookup_bits(&self) -> Option<usize> {
        Some(self.lookup_bits)
    }

    fn run(&self, builder: &mut BaseCircuitBuilder<Fr>) -> Vec<AssignedValue<Fr>> {
        let range = builder.range_chip();
        let coordinates = FpChip::new(&range, LIMB_BITS, LIMBS);
        let scalars = FqChip::new(&range, LIMB_BITS, LIMBS);
        let context = builder.main(0);

        let hash = scalars.load_private(context, self.hash);
        let r = scalars.load_private_reduced(context, self.r);
        let s = scalars.load_private(context, self.s);
        let key = (self.public_key.x, self.public_key.y);
        let key = EccChip::new(&coordinates).load_private::<Secp256k1Affine>(context, key);

        let r_nonzero = scalars.is_soft_nonzero(context, r.inner().clone());
        let s_nonzero = scalars.is_soft_nonzero(context, s.clone());
        let u1 = scalars.divide_unsafe(context, &hash, &s);
        let u2 = scalars.divide_unsafe(context, r.inner(), &s);
        let sum = multiply_and_add(&coordinates, context, &u1, &key, &u2);
        // x < n: for the few x between the group order and p, no proof is possible.
        let x = scalars.enforce_less_than(context, sum.x);
        let equal = scalars.is_equal_unenforced(context, x, r);

        let nonzero = range.gate().and(context, r_nonzero, s_nonzero);
        let valid = range.gate().and(context, nonzero, equal);
        let limbs = [&hash, &key.x, &key.y].map(|x| x.limbs().to_vec());
        limbs.into_iter().flatten().chain([valid]).collect()
    }
}

/// u1 G + u2 Q.
fn multiply_and_add(
    chip: &FpChip<'_, Fr>,
    context: &mut Context<Fr>,
    u1: &ProperCrtUint<Fr>,
    q: &Point,
    u2: &ProperCrtUint<Fr>,
) -> Point {
    let mut rng = draw::structure();
    let [blind_g, blind_q] = [(); 2].map(|()| Secp256k1Affine::random(&mut rng));
    let bits = [u1, u2].map(|u| windows(chip, context, u));
    let tables = [
        table_of_generator(chip, context, blind_g),
        table_of_point(chip, context, blind_q, q),
    ];

    let mut sum: Option<Point> = None;
    let mut blind = Secp256k1::identity();
    for (window_g, window_q) in bits[0].iter().zip(&bits[1]).rev() {
        for _ in 0..WINDOW_BITS {
            sum = sum.map(|sum| ec_double(chip, context, sum));
            blind = blind.double();
        }
        for (table, window) in tables.iter().zip([window_g, window_q]) {
            let term = strict_ec_select_from_bits(chip, context, table, window);
            sum = Some(match sum {
                Some(sum) => ec_add_unequal(chip, context, sum, term, true),
                None => term.into(),
            });
        }
        blind += blind_g + blind_q;
    }
    let blind = constant(chip, context, blind.to_affine());
    let sum = sum.unwrap_or_else(|| blind.clone());
    ec_sub_unequal(chip, context, sum, blind, true)
}

/// The windows of a scalar, lowest first, each as its bits, lowest first.
fn windows(
    chip: &FpChip<'_, Fr>,
    context: &mut Context<Fr>,
    scalar: &ProperCrtUint<Fr>,
) -> Vec<Vec<AssignedValue<Fr>>> {
    let bits: Vec<_> = scalar
        .limbs()
        .iter()
        .flat_map(|&limb| chip.gate().num_to_bits(context, limb, LIMB_BITS))
        .collect();
    bits.chunks(WINDOW_BITS).map(<[_]>::to_vec).collect()
}

/// blind + j G for each j that a window may hold: constants.
fn table_of_generator<'range>(
    chip: &FpChip<'range, Fr>,
    context: &mut Context<Fr>,
    blind: Secp256k1Affine,
) -> Vec<StrictPoint<'range>> {
    let mut entry = Secp256k1::from(blind);
    (0..1 << WINDOW_BITS)
        .map(|_| {
            let point = constant(chip, context, entry.to_affine());
            entry += Secp256k1::generator();
            into_strict_point(chip, context, point)
        })
        .collect()
}

/// blind + j Q for each j that a window may hold.
fn table_of_point<'range>(
    chip: &FpChip<'range, Fr>,
    context: &mut Context<Fr>,
    blind: Secp256k1Affine,
    q: &Point,
) -> Vec<StrictPoint<'range>> {
    let q = into_strict_point(chip, context, q.clone());
    let first = constant(chip, context, blind);
    let mut table = vec![into_strict_point(chip, context, first)];
    for j in 1..1 << WINDOW_BITS {
        let entry = ec_add_unequal(chip, context, &table[j - 1], &q, true);
        table.push(into_strict_point(chip, context, entry));
    }
    table
}

fn constant(chip: &FpChip<'_, Fr>, context: &mut Context<Fr>, point: Secp256k1Affine) -> Point {
    EccChip::new(chip).assign_constant_point(context, point)
}
