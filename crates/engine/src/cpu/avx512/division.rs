//! Kate division.

use std::array;

use ff::PrimeField;
use rayon::prelude::*;

use super::{
    constants::multiplier,
    ends,
    lanes::{gather_words, scatter_words, Lanes, Multiplier, LANES},
    modulus::{ScalarModulus, Words, LIMBS},
    polynomials::{raised_powers, Powers, SUM_PRODUCTS},
    sums::ProductSum,
    words_of, words_of_mut,
};

/// Coefficients that a lane divides, one after the other. At a multiple of a page from each other lanes'
/// coefficients would all be in the same places of the caches.
const PART_ROWS: usize = 272;

/// Coefficients of all lanes.
const CHUNK_ROWS: usize = LANES * PART_ROWS;

type Values = Lanes<ScalarModulus>;

/// What is divided by X - r with.
struct Divisor<F> {
    root: F,
    multiplier: Multiplier<ScalarModulus>,
    /// The powers of r, raised, in limbs.
    powers: Vec<[u64; LIMBS]>,
}

/// p <- (p - p(r)) / (X - r), by q_(i-1) = p_i + r q_i from the top; the last coefficient becomes 0.
///
/// Threads have parts, as in the portable kernel; of a chunk of a thread's part each lane has a part again,
/// and knows what it starts from once the values at r of those above are known.
pub(in crate::cpu) fn kate_division<F: PrimeField>(p: &mut [F], root: F) {
    let part_rows = p
        .len()
        .div_ceil(rayon::current_num_threads())
        .max(CHUNK_ROWS);
    let mut parts: Vec<(F, &mut [F])> = p
        .chunks_mut(part_rows)
        .map(|part| (F::ZERO, part))
        .collect();
    if parts.len() > 1 {
        let powers = Powers::new(root, part_rows);
        let but_first = parts[1..].par_iter_mut();
        but_first.for_each(|(value, part)| *value = powers.value(part));
    }
    // What was a part's own value becomes q just above the part.
    let mut above = F::ZERO;
    for (value, part) in parts.iter_mut().rev() {
        let step = root.pow_vartime([part.len() as u64]);
        (above, *value) = (above * step + *value, above);
    }
    let divisor = Divisor {
        root,
        // SAFETY: the instructions were detected when the kernels were chosen.
        multiplier: unsafe { multiplier(root) },
        powers: raised_powers(root, PART_ROWS.min(part_rows)),
    };
    let parts = parts.into_par_iter();
    parts.for_each(|(above, part)| divisor.divide(above, part));
}

impl<F: PrimeField> Divisor<F> {
    /// Divides coefficients, q being `above` just above them.
    fn divide(&self, above: F, coefficients: &mut [F]) {
        let mut q = above;
        let in_lanes = coefficients.len() / LANES * LANES;
        let (lower, highest) = coefficients.split_at_mut(in_lanes);
        for coefficient in highest.iter_mut().rev() {
            let p = *coefficient;
            *coefficient = q;
            q = p + self.root * q;
        }
        for chunk in words_of_mut(lower).rchunks_mut(CHUNK_ROWS) {
            let part_rows = chunk.len() / LANES;
            let mut chunks = chunk.chunks_exact_mut(part_rows);
            let parts = array::from_fn(|_| chunks.next().expect("a part for each lane"));
            // SAFETY: the instructions were detected when the kernels were chosen.
            q = unsafe { self.divide_parts(q, part_rows, parts) };
        }
    }

    /// Divides the lanes' parts. Returns q just below them.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    fn divide_parts(&self, above: F, part_rows: usize, mut parts: [&mut [Words]; LANES]) -> F {
        let mut values = Values::zero();
        for first in (0..part_rows).step_by(SUM_PRODUCTS) {
            let mut sum = ProductSum::zero();
            for row in first..part_rows.min(first + SUM_PRODUCTS) {
                let words = gather_words(parts.each_ref().map(|part| &part[row]));
                sum.add_constant(Values::of_words(words).limbs, &self.powers[row]);
            }
            values = values.plus(sum.reduced());
        }
        let mut values_of_parts = [F::ZERO; LANES];
        ends::store(values, words_of_mut(&mut values_of_parts));
        let step = self.root.pow_vartime([part_rows as u64]);
        let mut below = above;
        let mut starts = [F::ZERO; LANES];
        for (start, value) in starts.iter_mut().zip(values_of_parts).rev() {
            *start = below;
            below = below * step + value;
        }

        let mut q = ends::load(words_of(&starts), 0, &[0; 4]);
        for row in (0..part_rows).rev() {
            let words = gather_words(parts.each_ref().map(|part| &part[row]));
            let to = parts.each_mut().map(|part| &mut part[row]);
            scatter_words(q.canonical().words(), to);
            q = q
                .factors()
                .times(&self.multiplier)
                .plus(Values::of_words(words));
        }
        below
    }
}

#[cfg(test)]
mod tests;
