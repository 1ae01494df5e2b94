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

use super::modulus::{power_of_two, Modulus, Words, LIMBS, LIMB_BITS, LIMB_MASK};

/// Elements of a vector.
pub(super) const LANES: usize = 8;

/// Eight values from 0 to 84 p, whose limbs are signed 64-bit integers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes<M> {
    pub(super) limbs: [__m512i; LIMBS],
    modulus: PhantomData<M>,
}

/// Eight values to be multiplied: the lower 52 bits of a limb are its digit, what is above them has been
/// added to the next limb and is not looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factors<M> {
    pub(super) limbs: [__m512i; LIMBS],
    modulus: PhantomData<M>,
}

/// The same word in all lanes.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn splat(word: u64) -> __m512i {
    _mm512_set1_epi64(word.cast_signed())
}

/// Eight elements, word by word: word w of all of them is vector w.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn load_words(elements: &[Words; LANES]) -> [__m512i; 4] {
    let at = elements.as_ptr().cast::<__m512i>();
    // SAFETY: eight elements of 32 bytes are four vectors.
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| unsafe { _mm512_loadu_si512(at.add(i)) });
    transpose_pairs([a, b, c, d])
}

/// Brings eight elements from a row on near, which may be beyond the column's end.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn prefetch(column: &[Words], row: usize) {
    for line in 0..4 {
        let at = column.as_ptr().wrapping_add(row + 2 * line);
        // SAFETY: what is prefetched is not accessed, wherever it is. Newer compilers need no `unsafe`.
        #[allow(unused_unsafe)]
        unsafe {
            _mm_prefetch::<_MM_HINT_T1>(at.cast());
        }
    }
}

/// Eight elements that stand anywhere, as [`load_words`] has them.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn gather_words(elements: [&Words; LANES]) -> [__m512i; 4] {
    // Two elements to a vector, in the order in which they would stand in memory.
    let mut pairs = [_mm512_setzero_si512(); 4];
    for (pair, [low, high]) in pairs.iter_mut().zip(elements.as_chunks().0) {
        // SAFETY: an element is 32 bytes.
        let low = unsafe { _mm256_loadu_si256(low.as_ptr().cast()) };
        // SAFETY: as above.
        let high = unsafe { _mm256_loadu_si256(high.as_ptr().cast()) };
        *pair = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high);
    }
    transpose_pairs(pairs)
}

/// From two elements a vector to a word a vector.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn transpose_pairs([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let first = _mm512_set_epi64(13, 9, 12, 8, 5, 1, 4, 0);
    let second = _mm512_set_epi64(15, 11, 14, 10, 7, 3, 6, 2);
    let [even_ab, odd_ab] = [_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b)];
    let [even_cd, odd_cd] = [_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d)];
    [
        _mm512_permutex2var_epi64(even_ab, first, even_cd),
        _mm512_permutex2var_epi64(odd_ab, first, odd_cd),
        _mm512_permutex2var_epi64(even_ab, second, even_cd),
        _mm512_permutex2var_epi64(odd_ab, second, odd_cd),
    ]
}

/// The inverse of [`transpose_pairs`].
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn untranspose_pairs(words: [__m512i; 4]) -> [__m512i; 4] {
    let first = _mm512_set_epi64(11, 9, 3, 1, 10, 8, 2, 0);
    let second = _mm512_set_epi64(15, 13, 7, 5, 14, 12, 6, 4);
    let [w0, w1, w2, w3] = words;
    let even_ab = _mm512_permutex2var_epi64(w0, first, w2);
    let odd_ab = _mm512_permutex2var_epi64(w1, first, w3);
    let even_cd = _mm512_permutex2var_epi64(w0, second, w2);
    let odd_cd = _mm512_permutex2var_epi64(w1, second, w3);
    [
        _mm512_unpacklo_epi64(even_ab, odd_ab),
        _mm512_unpackhi_epi64(even_ab, odd_ab),
        _mm512_unpacklo_epi64(even_cd, odd_cd),
        _mm512_unpackhi_epi64(even_cd, odd_cd),
    ]
}

/// The inverse of [`load_words`].
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn store_words(words: [__m512i; 4], elements: &mut [Words; LANES]) {
    let at = elements.as_mut_ptr().cast::<__m512i>();
    for (i, pair) in untranspose_pairs(words).into_iter().enumerate() {
        // SAFETY: eight elements of 32 bytes are four vectors.
        unsafe { _mm512_storeu_si512(at.add(i), pair) }
    }
}

/// The inverse of [`gather_words`].
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn scatter_words(words: [__m512i; 4], elements: [&mut Words; LANES]) {
    let pairs = untranspose_pairs(words);
    for (i, element) in elements.into_iter().enumerate() {
        let half = match i % 2 {
            0 => _mm512_castsi512_si256(pairs[i / 2]),
            _ => _mm512_extracti64x4_epi64::<1>(pairs[i / 2]),
        };
        // SAFETY: an element is 32 bytes.
        unsafe { _mm256_storeu_si256(element.as_mut_ptr().cast(), half) }
    }
}

/// Rows become columns.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn transpose(rows: [__m512i; LANES]) -> [__m512i; LANES] {
    let [a, b, c, d, e, f, g, h] = rows;
    // Pairs of lanes, then quadruples, then halves.
    let low = |x, y| _mm512_unpacklo_epi64(x, y);
    let high = |x, y| _mm512_unpackhi_epi64(x, y);
    let pairs = [
        low(a, b),
        high(a, b),
        low(c, d),
        high(c, d),
        low(e, f),
        high(e, f),
        low(g, h),
        high(g, h),
    ];
    let even = |x, y| _mm512_shuffle_i64x2::<0b10_00_10_00>(x, y);
    let odd = |x, y| _mm512_shuffle_i64x2::<0b11_01_11_01>(x, y);
    let quads = [
        even(pairs[0], pairs[2]),
        even(pairs[1], pairs[3]),
        odd(pairs[0], pairs[2]),
        odd(pairs[1], pairs[3]),
        even(pairs[4], pairs[6]),
        even(pairs[5], pairs[7]),
        odd(pairs[4], pairs[6]),
        odd(pairs[5], pairs[7]),
    ];
    [
        even(quads[0], quads[4]),
        even(quads[1], quads[5]),
        even(quads[2], quads[6]),
        even(quads[3], quads[7]),
        odd(quads[0], quads[4]),
        odd(quads[1], quads[5]),
        odd(quads[2], quads[6]),
        odd(quads[3], quads[7]),
    ]
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
    /// 105 multiplications. The lower and the upper halves of the product's partial products have sums of
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

    /// The Montgomery square: 85 multiplications.
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

    /// Montgomery's reduction, a limb at a time: 55 multiplications.
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

    /// The product with a constant: c a, below 6 p. 61 multiplications.
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

/// A constant c by which many values are multiplied: c 2^(52 (i + 1)) modulo p for each limb i that a
/// value has.
///
/// The sum of a value's limbs times these is c a 2^52, and only one limb longer than p: one step of
/// Montgomery's reduction is left to do, where a product has five.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Multiplier<M> {
    /// Limb j of constant i is `limbs[j][i]`.
    limbs: [[u64; LANES]; LIMBS],
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
