//! What lookups are sorted by.

use ff::PrimeField;

use super::{
    ends,
    lanes::Lanes,
    modulus::ScalarModulus,
    multiplier::Multiplier,
    words::{store_words, LANES},
    words_of,
};
use crate::cpu::lookups::Keyed;

/// The keys of elements, the first of which stands in the row given: elements over 2^256, below p.
pub(in crate::cpu) fn keys<F: PrimeField>(values: &[F], first_row: u32, keys: &mut [Keyed]) {
    // SAFETY: the instructions were detected when the kernels were chosen.
    unsafe { keys_in_lanes(values, first_row, keys) }
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn keys_in_lanes<F: PrimeField>(values: &[F], first_row: u32, keys: &mut [Keyed]) {
    // A column has its elements times 2^256: times 2^-256, which raised is 16, they are the integers.
    let out_of_montgomery_form = Multiplier::<ScalarModulus>::new(Lanes::splat(&[16, 0, 0, 0]));
    let values = words_of(values);
    let rows = keys.iter_mut().zip(first_row..);
    let mut rows = rows.map(|((key, row), this)| {
        *row = this;
        key
    });
    for vector in 0..values.len().div_ceil(LANES) {
        let value = ends::load(values, vector, &[0; 4]).factors();
        let [w0, w1, w2, w3] = value.times(&out_of_montgomery_form).canonical().words();
        let mut words = [[0; 4]; LANES];
        store_words([w3, w2, w1, w0], &mut words);
        rows.by_ref()
            .zip(words)
            .for_each(|(key, words)| *key = words);
    }
}

#[cfg(test)]
mod tests;
