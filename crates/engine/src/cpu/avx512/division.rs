//! Kate division.

use std::array;

use ff::PrimeField;
use rayon::prelude::*;

use super::{
    constants::multiplier,
    ends,
    lanes::Lanes,
    modulus::{ScalarModulus, Words, LIMBS},
    multiplier::Multiplier,
    polynomials::{raised_powers, Powers, SUM_PRODUCTS},
    sums::ProductSum,
    words::{gather_words, scatter_words, LANES},
    words_of, words_of_mut,
};

/// Coefficients that a lane divides, one after the other. At a multiple of a page from each other lanes'
/// coefficients would all be in the same places of the caches.
const PART_ROWS: usize = 136;

/// Vectors of lanes: a step waits for the one before, and there is another meanwhile.
const CHAINS: usize = 2;

const PARTS: usize = CHAINS * LANES;

/// Coefficients of all lanes.
const CHUNK_ROWS: usize = PARTS * PART_ROWS;

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
        let in_lanes = coefficients.len() / PARTS * PARTS;
        let (lower, highest) = coefficients.split_at_mut(in_lanes);
        for coefficient in highest.iter_mut().rev() {
            let p = *coefficient;
            *coefficient = q;
            q = p + self.root * q;
        }
        for chunk in words_of_mut(lower).rchunks_mut(CHUNK_ROWS) {
            // SAFETY: the instructions were detected when the kernels were chosen.
            q = unsafe { self.divide_chunk(q, chunk) };
        }
    }

    /// Divides a part of the chunk in each lane. Returns q just below it.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    fn divide_chunk(&self, above: F, chunk: &mut [Words]) -> F {
        let part_rows = chunk.len() / PARTS;
        let mut parts = chunk.chunks_exact_mut(part_rows);
        let mut chains: [[&mut [Words]; LANES]; CHAINS] =
            array::from_fn(|_| array::from_fn(|_| parts.next().expect("a part for each lane")));

        let mut values = [F::ZERO; PARTS];
        for (parts, values) in chains.iter().zip(values.chunks_mut(LANES)) {
            self.values(parts, words_of_mut(values));
        }
        let step = self.root.pow_vartime([part_rows as u64]);
        let mut below = above;
        let mut starts = [F::ZERO; PARTS];
        for (start, value) in starts.iter_mut().zip(values).rev() {
            *start = below;
            below = below * step + value;
        }

        let mut quotients = [Values::zero(); CHAINS];
        for (chain, q) in quotients.iter_mut().enumerate() {
            *q = ends::load(words_of(&starts), chain, &[0; 4]);
        }
        for row in (0..part_rows).rev() {
            for (parts, q) in chains.iter_mut().zip(&mut quotients) {
                let p = Values::of_words(gather_words(parts.each_ref().map(|part| &part[row])));
                let to = parts.each_mut().map(|part| &mut part[row]);
                scatter_words(q.words(), to);
                let product = q.factors_of_digits().times(&self.multiplier);
                *q = product.plus(p).canonical();
            }
        }
        below
    }

    /// The values at r of the lanes' parts, as polynomials of their own.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    fn values(&self, parts: &[&mut [Words]; LANES], values: &mut [Words]) {
        let part_rows = parts[0].len();
        let mut sum_of_sums = Values::zero();
        for first in (0..part_rows).step_by(SUM_PRODUCTS) {
            let mut sum = ProductSum::zero();
            for row in first..part_rows.min(first + SUM_PRODUCTS) {
                let words = gather_words(parts.each_ref().map(|part| &part[row]));
                sum.add_constant(Values::of_words(words).limbs, &self.powers[row]);
            }
            sum_of_sums = sum_of_sums.plus(sum.reduced());
        }
        ends::store(sum_of_sums, values);
    }
}

#[cfg(test)]
mod tests;
