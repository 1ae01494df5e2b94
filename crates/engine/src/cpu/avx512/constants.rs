//! Field elements that many values are computed with.

use ff::PrimeField;

use super::{
    lanes::Lanes,
    modulus::{ScalarModulus, Words},
    multiplier::Multiplier,
    words_of,
};

/// The words of the element, raised and below p.
pub(super) fn raised<F: PrimeField>(element: F) -> Words {
    words_of(&[element * F::from(16)])[0]
}

/// What values are multiplied by the element with.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
pub(super) fn multiplier<F: PrimeField>(element: F) -> Multiplier<ScalarModulus> {
    Multiplier::new(Lanes::splat(&raised(element)))
}
