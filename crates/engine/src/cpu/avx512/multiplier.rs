//! Constants that many values are multiplied by.

use std::{arch::x86_64::*, marker::PhantomData};

use super::{
    factors::Factors,
    lanes::Lanes,
    modulus::{power_of_two, Modulus, Words, LIMBS, LIMB_BITS},
    words::LANES,
};

/// A constant c by which many values are multiplied: c 2^(52 (i + 1)) modulo p for each limb i that a
/// value has.
///
/// The sum of a value's limbs times these is c a 2^52, and only one limb longer than p: one step of
/// Montgomery's reduction is left to do, where a product has five.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Multiplier<M> {
    /// Limb j of constant i is `limbs[j][i]`.
    pub(super) limbs: [[u64; LANES]; LIMBS],
    modulus: PhantomData<M>,
}

impl<M: Modulus> Multiplier<M> {
    /// 2^(52 (i + 1)) modulo p.
    const SHIFTS: [Words; LANES] = {
        let mut shifts = [[0; 4]; LANES];
        let mut i = 0;
        while i < LIMBS {
            shifts[i] = power_of_two(M::WORDS, (i + 1) * LIMB_BITS as usize);
            i += 1;
        }
        shifts
    };

    /// For zero.
    pub(super) const fn none() -> Self {
        let (limbs, modulus) = ([[0; LANES]; LIMBS], PhantomData);
        Self { limbs, modulus }
    }

    /// For c 2^260, which is below 64 p. A product in lanes.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn new(raised: Lanes<M>) -> Self {
        Self::expanded(raised, &Lanes::<M>::load(&Self::SHIFTS).factors())
    }

    /// What makes multipliers for c d of c, for d 2^260 below 42 p.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn expansion(raised: Lanes<M>) -> Factors<M> {
        let shifts = Lanes::<M>::load(&Self::SHIFTS).factors();
        raised.factors().product(&shifts).factors()
    }

    /// For c d, by c 2^260, which is below 42 p, and the [`expansion`](Self::expansion) of d.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn expanded(raised: Lanes<M>, expansion: &Factors<M>) -> Self {
        let constants = raised.factors().product(expansion).canonical_of_two();
        let modulus = PhantomData;
        let mut limbs = [[0; LANES]; LIMBS];
        for (limbs, constants) in limbs.iter_mut().zip(constants.limbs) {
            // SAFETY: eight words are a vector.
            unsafe { _mm512_storeu_si512(limbs.as_mut_ptr().cast(), constants) }
        }
        Self { limbs, modulus }
    }
}
