//! Sums of products that are reduced once.

use std::{arch::x86_64::*, marker::PhantomData};

use super::{
    factors::Factors,
    lanes::Lanes,
    modulus::{Modulus, LIMBS},
    words::splat,
};

/// Limbs of a sum's halves: products of limbs i and j go to column i + j.
const COLUMNS: usize = 2 * LIMBS - 1;

/// sum_i a_i b_i in eight lanes, not reduced: 50 multiplications a product, and 50 once.
///
/// Lower and upper halves have sums of their own, so that as many multiplications are under way as a CPU
/// has room for.
pub(super) struct ProductSum<M> {
    low: [__m512i; COLUMNS],
    high: [__m512i; COLUMNS],
    modulus: PhantomData<M>,
}

impl<M: Modulus> ProductSum<M> {
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn zero() -> Self {
        Self {
            low: [_mm512_setzero_si512(); COLUMNS],
            high: [_mm512_setzero_si512(); COLUMNS],
            modulus: PhantomData,
        }
    }

    /// Adds a b. The lower 52 bits of each limb are its digit; what is above them is not looked at.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn add(&mut self, a: [__m512i; LIMBS], b: [__m512i; LIMBS]) {
        for (i, a) in a.into_iter().enumerate() {
            for (j, b) in b.into_iter().enumerate() {
                self.low[i + j] = _mm512_madd52lo_epu64(self.low[i + j], a, b);
                self.high[i + j] = _mm512_madd52hi_epu64(self.high[i + j], a, b);
            }
        }
    }

    /// Adds a c, for a constant in digits.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn add_constant(&mut self, a: [__m512i; LIMBS], c: &[u64; LIMBS]) {
        self.add(a, c.map(|limb| splat(limb)));
    }

    /// The sum over 2^260: below (sum_i A_i B_i / 84.6 + 1) p.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn reduced(self) -> Lanes<M> {
        let mut sums = [_mm512_setzero_si512(); 2 * LIMBS];
        sums[..COLUMNS].copy_from_slice(&self.low);
        for (sum, high) in sums[1..].iter_mut().zip(self.high) {
            *sum = _mm512_add_epi64(*sum, high);
        }
        Factors::reduce(sums)
    }
}
