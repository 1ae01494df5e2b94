//! Scalars as signed integers, and these as signed digits, eight side by side.

use std::arch::x86_64::*;

use crate::cpu::{
    avx512::{
        factors::Factors,
        lanes::Lanes,
        modulus::{limbs, words, Modulus, ScalarModulus, Words, LIMBS},
        words::{gather_words, load_words, splat, store_words, LANES},
    },
    msm::{
        plan::Windows,
        recode::{Chunk, Digit, CHUNK},
    },
};

/// (p - 1) / 2, in limbs.
const HALF: [u64; LIMBS] = {
    let [a, b, c, d] = ScalarModulus::WORDS;
    limbs([a >> 1 | b << 63, b >> 1 | c << 63, c >> 1 | d << 63, d >> 1])
};

/// Makes integers of least magnitude of scalars, of which there are [`CHUNK`] at most; false if these are
/// not elements of the field.
///
/// # Safety
///
/// The CPU has the instructions.
pub(in crate::cpu) unsafe fn integers<S: 'static>(scalars: &[S], chunk: &mut Chunk) -> bool {
    match words::<ScalarModulus, S>(scalars) {
        // SAFETY: the caller's.
        Some(scalars) => unsafe { integers_of_words(scalars, chunk) },
        None => return false,
    }
    true
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn integers_of_words(scalars: &[Words], chunk: &mut Chunk) {
    const ZERO: Words = [0; 4];
    // Times one and over 2^260: a raised element leaves Montgomery form.
    let one = Factors::splat(&[1, 0, 0, 0]);
    let zero = _mm512_setzero_si512();
    for (first, scalars) in (0..CHUNK).step_by(LANES).zip(scalars.chunks(LANES)) {
        let mut elements = [&ZERO; LANES];
        elements[..scalars.len()]
            .iter_mut()
            .zip(scalars)
            .for_each(|(at, element)| *at = element);
        let raised = Lanes::<ScalarModulus>::of_words_raised(gather_words(elements));
        let integer = raised.factors().product(&one).canonical_of_two();
        let mut to_half = integer.limbs;
        let mut to_modulus = integer.limbs;
        for i in 0..LIMBS {
            to_half[i] = _mm512_sub_epi64(splat(HALF[i]), integer.limbs[i]);
            to_modulus[i] = _mm512_sub_epi64(splat(ScalarModulus::LIMBS[i]), integer.limbs[i]);
        }
        let below_half = Lanes::<ScalarModulus>::of_limbs(to_half).factors();
        let negative = _mm512_cmplt_epi64_mask(below_half.limbs[LIMBS - 1], zero);
        let opposite = Lanes::of_limbs(to_modulus).digits();
        let magnitude = integer.or(negative, opposite).words();
        if let Some(magnitudes) = chunk.magnitudes[first..].first_chunk_mut() {
            store_words(magnitude, magnitudes);
        }
        chunk.negative[first / LANES] = negative;
    }
}

/// Writes the digits of a chunk's integers, those of a window side by side and `stride` after those of the
/// window before, as [`write_digits`](crate::cpu::msm::recode::write_digits) does for one. There are digits for
/// whole vectors.
///
/// # Safety
///
/// The CPU has the instructions.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
pub(in crate::cpu) unsafe fn write_digits<D: Digit>(
    chunk: &Chunk,
    windows: &Windows,
    digits: &mut [D],
    stride: usize,
    count: usize,
) {
    let zero = _mm512_setzero_si512();
    for first in (0..count).step_by(LANES) {
        let Some(magnitudes) = chunk.magnitudes[first..].first_chunk() else {
            return;
        };
        let [w0, w1, w2, w3] = load_words(magnitudes);
        // The integers end before the highest window does: the fifth word is zero, as is all above.
        let words = [w0, w1, w2, w3, zero];
        let negative = chunk.negative[first / LANES];
        let mut carries = 0;
        for window in 0..windows.count() {
            let (width, offset) = (windows.width(window), windows.offset(window));
            let (word, shift) = (offset / 64, offset % 64);
            let [low, high] = [word, word + 1].map(|word| words[word.min(LIMBS - 1)]);
            let bits = _mm512_shrdv_epi64(low, high, splat(shift as u64));
            let bits = _mm512_and_si512(bits, splat((1 << width) - 1));
            let raw = _mm512_mask_add_epi64(bits, carries, bits, splat(1));
            let half = splat(1 << (width - 1));
            let wraps_from = _mm512_mask_add_epi64(half, negative, half, splat(1));
            carries = match window + 1 < windows.count() {
                true => _mm512_cmpge_epi64_mask(raw, wraps_from),
                false => 0,
            };
            let digit = _mm512_mask_sub_epi64(raw, carries, raw, splat(1 << width));
            let digit = _mm512_mask_sub_epi64(digit, negative, zero, digit);
            let at = &mut digits[window * stride + first..][..LANES];
            // SAFETY: eight digits, of two or of four bytes.
            unsafe {
                match size_of::<D>() {
                    2 => _mm_storeu_si128(at.as_mut_ptr().cast(), _mm512_cvtepi64_epi16(digit)),
                    _ => _mm256_storeu_si256(at.as_mut_ptr().cast(), _mm512_cvtepi64_epi32(digit)),
                }
            }
        }
    }
}
