//! Words of eight elements, between memory and vectors.

use std::arch::x86_64::*;

use super::modulus::Words;

/// Elements of a vector.
pub(super) const LANES: usize = 8;

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
