//! Eight field elements side by side, in limbs of 52 bits.
//!
//! A vector holds one limb of eight values; a value is the sum of limb i times 2^(52 i). Columns are in
//! Montgomery form with R = 2^256, and stay so; the Montgomery product of two values here is a b / 2^260.
//! What comes out of a product therefore depends on how its factors are scaled:
//!
//! - a column's element x 2^256 times a constant c 2^260 is (x c) 2^256, a column's element;
//! - a column's element times another one that was loaded *raised*, that is shifted left by four bits,
//!   x 2^256 * 16 y 2^256 / 2^260 = (x y) 2^256, is a column's element, too;
//! - raised values are x 2^260: their products stay so.
//!
//! Limbs may be more than 52 bits wide, or negative, between products ([`Lanes`]); a product takes
//! [`Factors`], whose limbs have been carried. Values are kept from 0 to 84 p (2^260 / p = 84.6), and
//! reduced to below p where they are stored. What a product of a < A p and b < B p is below is
//! (A B / 84.6 + 1) p: no operation has to reduce its result.
//!
//! Gueron and Krasnov, *Accelerating big integer arithmetic using Intel IFMA extensions*, ARITH 2016.

use std::{arch::x86_64::*, marker::PhantomData};

use super::{
    factors::Factors,
    modulus::{Modulus, Words, LIMBS, LIMB_BITS, LIMB_MASK},
    words::{load_words, splat, store_words, LANES},
};

/// Eight values from 0 to 84 p, whose limbs are signed 64-bit integers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes<M> {
    pub(super) limbs: [__m512i; LIMBS],
    modulus: PhantomData<M>,
}

impl<M: Modulus> Lanes<M> {
    /// Values by their limbs, which are from 0 to 84 p together.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn of_limbs(limbs: [__m512i; LIMBS]) -> Self {
        let modulus = PhantomData;
        Self { limbs, modulus }
    }

    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn zero() -> Self {
        Self::of_limbs([_mm512_setzero_si512(); LIMBS])
    }

    /// The same value in all lanes.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn splat(words: &Words) -> Self {
        Self::of_limbs(super::modulus::limbs(*words).map(|limb| splat(limb)))
    }

    /// Words, below 2^256.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn of_words([w0, w1, w2, w3]: [__m512i; 4]) -> Self {
        let mask = splat(LIMB_MASK);
        Self::of_limbs([
            _mm512_and_si512(w0, mask),
            _mm512_and_si512(_mm512_shrdi_epi64::<52>(w0, w1), mask),
            _mm512_and_si512(_mm512_shrdi_epi64::<40>(w1, w2), mask),
            _mm512_and_si512(_mm512_shrdi_epi64::<28>(w2, w3), mask),
            _mm512_srli_epi64::<16>(w3),
        ])
    }

    /// Sixteen times the words: elements become raised values, below 16 p.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn of_words_raised([w0, w1, w2, w3]: [__m512i; 4]) -> Self {
        let mask = splat(LIMB_MASK);
        Self::of_limbs([
            _mm512_and_si512(_mm512_slli_epi64::<4>(w0), mask),
            _mm512_and_si512(_mm512_shrdi_epi64::<48>(w0, w1), mask),
            _mm512_and_si512(_mm512_shrdi_epi64::<36>(w1, w2), mask),
            _mm512_and_si512(_mm512_shrdi_epi64::<24>(w2, w3), mask),
            _mm512_srli_epi64::<12>(w3),
        ])
    }

    /// Eight elements of a column.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn load(elements: &[Words; LANES]) -> Self {
        Self::of_words(load_words(elements))
    }

    /// Eight elements of a column, raised: below 16 p.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn load_raised(elements: &[Words; LANES]) -> Self {
        Self::of_words_raised(load_words(elements))
    }

    /// The values below p, as elements of a column.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn store(self, elements: &mut [Words; LANES]) {
        store_words(self.canonical().words(), elements);
    }

    /// The words of values that are digits below 2^256.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn words(self) -> [__m512i; 4] {
        let [l0, l1, l2, l3, l4] = self.limbs;
        [
            _mm512_or_si512(l0, _mm512_slli_epi64::<52>(l1)),
            _mm512_or_si512(_mm512_srli_epi64::<12>(l1), _mm512_slli_epi64::<40>(l2)),
            _mm512_or_si512(_mm512_srli_epi64::<24>(l2), _mm512_slli_epi64::<28>(l3)),
            _mm512_or_si512(_mm512_srli_epi64::<36>(l3), _mm512_slli_epi64::<16>(l4)),
        ]
    }

    /// The same values, ready to be multiplied.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn factors(self) -> Factors<M> {
        let mut limbs = self.limbs;
        for i in 1..LIMBS {
            let carry = _mm512_srai_epi64::<LIMB_BITS>(limbs[i - 1]);
            limbs[i] = _mm512_add_epi64(limbs[i], carry);
        }
        let modulus = PhantomData;
        Factors { limbs, modulus }
    }

    /// The same values, which are digits, ready to be multiplied as they are.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn factors_of_digits(self) -> Factors<M> {
        let modulus = PhantomData;
        Factors {
            limbs: self.limbs,
            modulus,
        }
    }

    /// The same values, each limb but the highest a digit: from 0 to 2^52 - 1.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn digits(self) -> Self {
        let mut limbs = self.factors().limbs;
        for limb in &mut limbs[..LIMBS - 1] {
            *limb = _mm512_and_si512(*limb, splat(LIMB_MASK));
        }
        Self::of_limbs(limbs)
    }

    /// a + b.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn plus(self, other: Self) -> Self {
        let mut limbs = self.limbs;
        for (limb, other) in limbs.iter_mut().zip(other.limbs) {
            *limb = _mm512_add_epi64(*limb, other);
        }
        Self::of_limbs(limbs)
    }

    /// a - b + `MULTIPLE` p, for b no more than that.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn minus<const MULTIPLE: u64>(self, other: Self) -> Self {
        let mut limbs = self.limbs;
        for ((limb, other), p) in limbs.iter_mut().zip(other.limbs).zip(M::LIMBS) {
            let difference = _mm512_sub_epi64(*limb, other);
            *limb = _mm512_add_epi64(difference, splat(MULTIPLE * p));
        }
        Self::of_limbs(limbs)
    }

    /// a - b, for b no more than a.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn less(self, other: Self) -> Self {
        let mut limbs = self.limbs;
        for (limb, other) in limbs.iter_mut().zip(other.limbs) {
            *limb = _mm512_sub_epi64(*limb, other);
        }
        Self::of_limbs(limbs)
    }

    /// The multiple of p in all lanes: zero of the field, to subtract from.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn multiple(multiple: u64) -> Self {
        Self::of_limbs(M::LIMBS.map(|limb| splat(multiple * limb)))
    }

    /// A sixteenth: raised values become a column's elements. Below (A + 16) / 16 p for values below A p.
    ///
    /// As in Montgomery's reduction a multiple of p makes the value a multiple of 16.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn lowered(self) -> Self {
        let zero = _mm512_setzero_si512();
        let mut limbs = self.digits().limbs;
        let quotient = _mm512_madd52lo_epu64(zero, limbs[0], splat(M::INVERSE));
        let quotient = _mm512_and_si512(quotient, splat(15));
        for (limb, p) in limbs.iter_mut().zip(M::LIMBS) {
            *limb = _mm512_madd52lo_epu64(*limb, quotient, splat(p));
        }
        for (limb, p) in limbs[1..].iter_mut().zip(M::LIMBS) {
            *limb = _mm512_madd52hi_epu64(*limb, quotient, splat(p));
        }
        let mut shifted = limbs.map(|limb| _mm512_srli_epi64::<4>(limb));
        for (limb, above) in shifted.iter_mut().zip(&limbs[1..]) {
            // What the limb above loses.
            let low = _mm512_and_si512(*above, splat(15));
            let low = _mm512_slli_epi64::<{ LIMB_BITS - 4 }>(low);
            *limb = _mm512_add_epi64(*limb, low);
        }
        Self::of_limbs(shifted)
    }

    /// 2^`BITS` a.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn shifted<const BITS: u32>(self) -> Self {
        Self::of_limbs(self.limbs.map(|limb| _mm512_slli_epi64::<BITS>(limb)))
    }

    /// In each lane b where the mask has a one, else a.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn or(self, mask: __mmask8, b: Self) -> Self {
        let mut limbs = self.limbs;
        for (limb, b) in limbs.iter_mut().zip(b.limbs) {
            *limb = _mm512_mask_mov_epi64(*limb, mask, b);
        }
        Self::of_limbs(limbs)
    }

    /// The same elements of the field, below (1 + 2^-40) p and in digits.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn reduced(self) -> Self {
        let mut limbs = self.limbs;
        // The highest digit, less one or two: what is carried into the limb below may be one either way.
        let carry = _mm512_srai_epi64::<LIMB_BITS>(limbs[LIMBS - 2]);
        let one_less = _mm512_sub_epi64(_mm512_add_epi64(limbs[LIMBS - 1], carry), splat(1));
        let highest = _mm512_max_epi64(one_less, _mm512_setzero_si512());
        // The quotient by p, or one less where the remainder is below 2^-40 p: the highest digit is 2^45 for a p.
        let scaled = _mm512_madd52hi_epu64(_mm512_setzero_si512(), highest, splat(M::RECIPROCAL));
        let quotient = _mm512_srli_epi64::<44>(scaled);
        for (limb, complement) in limbs.iter_mut().zip(M::COMPLEMENT) {
            *limb = _mm512_madd52lo_epu64(*limb, quotient, splat(complement));
        }
        for (limb, complement) in limbs[1..].iter_mut().zip(M::COMPLEMENT) {
            *limb = _mm512_madd52hi_epu64(*limb, quotient, splat(complement));
        }
        let mut digits = Self::of_limbs(limbs).digits();
        let highest = &mut digits.limbs[LIMBS - 1];
        // The complement is 2^260 - p: what is above is what has to go.
        *highest = _mm512_and_si512(*highest, splat(LIMB_MASK));
        digits
    }

    /// The same elements of the field, below p and in digits.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn canonical(self) -> Self {
        self.reduced().canonical_of_digits()
    }

    /// [`canonical`](Self::canonical) of values below 2 p.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn canonical_of_two(self) -> Self {
        self.digits().canonical_of_digits()
    }

    /// [`canonical`](Self::canonical) of values below 2 p that are digits.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    fn canonical_of_digits(self) -> Self {
        let mut limbs = self.limbs;
        for (limb, p) in limbs.iter_mut().zip(M::LIMBS) {
            *limb = _mm512_sub_epi64(*limb, splat(p));
        }
        let less = Self::of_limbs(limbs).digits();
        let negative = _mm512_cmplt_epi64_mask(less.limbs[LIMBS - 1], _mm512_setzero_si512());
        less.or(negative, self)
    }

    /// Which values are zero: digits below p.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn zeros(self) -> __mmask8 {
        let [a, b, c, d, e] = self.limbs;
        let any = _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d));
        _mm512_testn_epi64_mask(_mm512_or_si512(any, e), splat(u64::MAX))
    }
}
