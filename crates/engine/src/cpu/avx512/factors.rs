//! Products of eight pairs of values.

use std::{arch::x86_64::*, marker::PhantomData};

use super::{
    lanes::Lanes,
    modulus::{Modulus, Words, LIMBS, LIMB_BITS, LIMB_MASK},
    multiplier::Multiplier,
    words::splat,
};

/// Eight values to be multiplied: the lower 52 bits of a limb are its digit, what is above them has been
/// added to the next limb and is not looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factors<M> {
    pub(super) limbs: [__m512i; LIMBS],
    pub(super) modulus: PhantomData<M>,
}

impl<M: Modulus> Factors<M> {
    /// The same value in all lanes.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn splat(words: &Words) -> Self {
        Lanes::splat(words).factors()
    }

    /// The value of each of the first lanes, in all lanes.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn splat_lanes(&self, splats: &mut [Self]) {
        for (lane, made) in splats.iter_mut().enumerate() {
            let index = splat(lane as u64);
            for (made, limb) in made.limbs.iter_mut().zip(self.limbs) {
                *made = _mm512_permutexvar_epi64(index, limb);
            }
        }
    }

    /// The Montgomery product a b / 2^260: below (A B / 84.6 + 1) p for a < A p, b < B p.
    ///
    /// 100 multiplications. The lower and the upper halves of the product's partial products have sums of
    /// their own, or each would wait for the one before.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn product(&self, other: &Self) -> Lanes<M> {
        let mut sums = [_mm512_setzero_si512(); 2 * LIMBS];
        for (i, a) in self.limbs.into_iter().enumerate() {
            for (j, b) in other.limbs.into_iter().enumerate() {
                sums[i + j] = _mm512_madd52lo_epu64(sums[i + j], a, b);
                sums[i + j + 1] = _mm512_madd52hi_epu64(sums[i + j + 1], a, b);
            }
        }
        Self::reduce(sums)
    }

    /// The Montgomery square: 80 multiplications.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn square(&self) -> Lanes<M> {
        let mut sums = [_mm512_setzero_si512(); 2 * LIMBS];
        for (i, a) in self.limbs.into_iter().enumerate() {
            for (j, b) in self.limbs.into_iter().enumerate().skip(i + 1) {
                sums[i + j] = _mm512_madd52lo_epu64(sums[i + j], a, b);
                sums[i + j + 1] = _mm512_madd52hi_epu64(sums[i + j + 1], a, b);
            }
        }
        for sum in &mut sums {
            *sum = _mm512_add_epi64(*sum, *sum);
        }
        for (i, a) in self.limbs.into_iter().enumerate() {
            sums[2 * i] = _mm512_madd52lo_epu64(sums[2 * i], a, a);
            sums[2 * i + 1] = _mm512_madd52hi_epu64(sums[2 * i + 1], a, a);
        }
        Self::reduce(sums)
    }

    /// [`product`](Self::product), sooner and less reduced: below (A B / 84.6 + 5) p.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn product_folded(&self, other: &Self) -> Lanes<M> {
        let mut sums = [_mm512_setzero_si512(); 2 * LIMBS];
        for (i, a) in self.limbs.into_iter().enumerate() {
            for (j, b) in other.limbs.into_iter().enumerate() {
                sums[i + j] = _mm512_madd52lo_epu64(sums[i + j], a, b);
                sums[i + j + 1] = _mm512_madd52hi_epu64(sums[i + j + 1], a, b);
            }
        }
        for i in 0..LIMBS - 1 {
            let carry = _mm512_srli_epi64::<LIMB_BITS>(sums[i]);
            sums[i + 1] = _mm512_add_epi64(sums[i + 1], carry);
        }
        let zero = _mm512_setzero_si512();
        let mut low = [sums[4], sums[5], sums[6], sums[7], sums[8]];
        let mut high = [zero, zero, zero, zero, sums[9]];
        for (digit, fold) in sums.into_iter().zip(M::FOLDS) {
            for (j, limb) in fold.into_iter().enumerate() {
                low[j] = _mm512_madd52lo_epu64(low[j], digit, splat(limb));
                high[j] = _mm512_madd52hi_epu64(high[j], digit, splat(limb));
            }
        }
        Self::reduce_last(low, high)
    }

    /// The last step of Montgomery's reduction.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    fn reduce_last(mut low: [__m512i; LIMBS], mut high: [__m512i; LIMBS]) -> Lanes<M> {
        let zero = _mm512_setzero_si512();
        let quotient = _mm512_madd52lo_epu64(zero, low[0], splat(M::INVERSE));
        // The lowest digit becomes zero, by a carry unless it is zero already.
        let up = _mm512_add_epi64(low[0], splat(LIMB_MASK));
        let carry = _mm512_srli_epi64::<LIMB_BITS>(up);
        for (j, p) in M::LIMBS.into_iter().enumerate() {
            if j > 0 {
                low[j] = _mm512_madd52lo_epu64(low[j], quotient, splat(p));
            }
            high[j] = _mm512_madd52hi_epu64(high[j], quotient, splat(p));
        }
        Lanes::of_limbs([
            _mm512_add_epi64(_mm512_add_epi64(low[1], high[0]), carry),
            _mm512_add_epi64(low[2], high[1]),
            _mm512_add_epi64(low[3], high[2]),
            _mm512_add_epi64(low[4], high[3]),
            high[4],
        ])
    }

    /// Montgomery's reduction, a limb at a time: 50 multiplications.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn reduce(mut sums: [__m512i; 2 * LIMBS]) -> Lanes<M> {
        let zero = _mm512_setzero_si512();
        for i in 0..LIMBS {
            let quotient = _mm512_madd52lo_epu64(zero, sums[i], splat(M::INVERSE));
            // The digit becomes zero, by a carry unless it is zero already.
            let up = _mm512_add_epi64(sums[i], splat(LIMB_MASK));
            let carry = _mm512_srli_epi64::<LIMB_BITS>(up);
            sums[i + 1] = _mm512_add_epi64(sums[i + 1], carry);
            for (j, p) in M::LIMBS.into_iter().enumerate() {
                if j > 0 {
                    sums[i + j] = _mm512_madd52lo_epu64(sums[i + j], quotient, splat(p));
                }
                sums[i + j + 1] = _mm512_madd52hi_epu64(sums[i + j + 1], quotient, splat(p));
            }
        }
        Lanes::of_limbs([sums[5], sums[6], sums[7], sums[8], sums[9]])
    }

    /// The product with a constant: c a, below 6 p. 60 multiplications.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn times(&self, multiplier: &Multiplier<M>) -> Lanes<M> {
        let zero = _mm512_setzero_si512();
        // Two sums to a limb: of lower and of upper halves.
        let mut low = [zero; LIMBS];
        let mut high = [zero; LIMBS];
        for (i, a) in self.limbs.into_iter().enumerate() {
            for (j, limb) in multiplier.limbs.iter().enumerate() {
                low[j] = _mm512_madd52lo_epu64(low[j], a, splat(limb[i]));
                high[j] = _mm512_madd52hi_epu64(high[j], a, splat(limb[i]));
            }
        }
        Self::reduce_last(low, high)
    }
}
