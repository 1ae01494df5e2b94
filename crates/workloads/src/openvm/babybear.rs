//! The extension of degree four of BabyBear, x^4 = 11, by limbs in BN254's scalar field.

use halo2_axiom::halo2curves::bn256::Fr;
use halo2_base::{
    gates::{GateInstructions, RangeChip, RangeInstructions},
    AssignedValue, Context,
    QuantumCell::{Constant, Existing},
};
use rand_core::RngCore;
use std::array;

const PRIME: u32 = 15 * (1 << 27) + 1;
const PRIME_BITS: usize = 31;
const DEGREE: usize = 4;
const NONRESIDUE: u64 = 11;

/// Bits of a coefficient of a product before it is reduced: four terms of two limbs and a factor
/// of four bits.
const PRODUCT_BITS: usize = 2 * PRIME_BITS + 4 + 2;

pub(crate) type Element = [AssignedValue<Fr>; DEGREE];

/// A random element, its limbs range checked.
pub(crate) fn load(
    context: &mut Context<Fr>,
    range: &RangeChip<Fr>,
    mut rng: impl RngCore,
) -> Element {
    array::from_fn(|_| {
        let limb = context.load_witness(Fr::from(u64::from(rng.next_u32() % PRIME)));
        range.range_check(context, limb, PRIME_BITS);
        limb
    })
}

/// a b, reduced.
pub(crate) fn multiply(
    context: &mut Context<Fr>,
    range: &RangeChip<Fr>,
    a: Element,
    b: Element,
) -> Element {
    let gate = range.gate();
    let folded = b.map(|limb| gate.mul(context, limb, Constant(Fr::from(NONRESIDUE))));
    array::from_fn(|power| {
        let terms = array::from_fn::<_, DEGREE, _>(|i| match power.checked_sub(i) {
            Some(j) => b[j],
            None => folded[DEGREE + power - i],
        });
        let sum = gate.inner_product(context, a, terms.map(Existing));
        let (_, remainder) = range.div_mod(context, sum, PRIME, PRODUCT_BITS);
        remainder
    })
}
