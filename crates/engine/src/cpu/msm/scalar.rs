//! The forms in which a column holds its scalars.

use super::recode::Limbs;
use ff::PrimeField;

/// A scalar of the field `F`, as a column holds it: an element, or a [`Canonical`] integer.
///
/// The multiplication computes with integers. An element in Montgomery form takes a reduction to
/// become one, an integer that a client has already takes nothing.
pub trait Scalar<F>: Copy + PartialEq + Send + Sync + 'static {
    /// Whether it is zero as it stands; a multiple of the modulus need not be.
    fn is_zero(&self) -> bool;

    /// Whether it is one as it stands.
    fn is_one(&self) -> bool;

    /// The integer, little-endian.
    fn limbs(&self) -> [u64; 4];
}

impl<F: PrimeField> Scalar<F> for F {
    #[inline(always)]
    fn is_zero(&self) -> bool {
        *self == F::ZERO
    }

    #[inline(always)]
    fn is_one(&self) -> bool {
        *self == F::ONE
    }

    #[inline]
    fn limbs(&self) -> [u64; 4] {
        let repr = self.to_repr();
        debug_assert!(repr.as_ref().len() <= 32);
        let mut limbs = Limbs::default();
        for (limb, bytes) in limbs.iter_mut().zip(repr.as_ref().chunks(8)) {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            *limb = u64::from_le_bytes(word);
        }
        limbs
    }
}

/// An integer in 32-bit limbs, little-endian: eight of them, with the alignment of one, and nothing
/// else. It stands for itself modulo the field's modulus, below which it usually is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Canonical(pub [u32; 8]);

impl<F: PrimeField> Scalar<F> for Canonical {
    #[inline(always)]
    fn is_zero(&self) -> bool {
        self.0 == [0; 8]
    }

    #[inline(always)]
    fn is_one(&self) -> bool {
        self.0 == [1, 0, 0, 0, 0, 0, 0, 0]
    }

    #[inline(always)]
    fn limbs(&self) -> [u64; 4] {
        [0, 2, 4, 6].map(|i| u64::from(self.0[i]) | u64::from(self.0[i + 1]) << 32)
    }
}
