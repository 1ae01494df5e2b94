//! Polynomials in coefficient form: evaluation, combination, division.

use ff::Field;
use rayon::prelude::*;

/// Coefficients that one task works on.
const CHUNK_ROWS: usize = 1 << 12;

/// n zeros.
pub(super) fn zeros<F: Field>(n: usize) -> Vec<F> {
    vec![F::ZERO; n]
}

/// p(x) for each pair. Tasks are chunks of polynomials, so that one query is as parallel as many.
pub(super) fn horner<F: Field>(queries: &[(&[F], F)]) -> Vec<F> {
    queries
        .par_iter()
        .map(|(coefficients, point)| {
            let step = point.pow_vartime([CHUNK_ROWS as u64]);
            let chunks: Vec<F> = coefficients
                .par_chunks(CHUNK_ROWS)
                .map(|chunk| horner_chunk(chunk, *point))
                .collect();
            chunks
                .iter()
                .rev()
                .fold(F::ZERO, |sum, chunk| sum * step + chunk)
        })
        .collect()
}

/// Horner's rule on four interleaved polynomials in x^4: four chains of multiplications that do
/// not wait for each other.
fn horner_chunk<F: Field>(coefficients: &[F], point: F) -> F {
    let step = point.square().square();
    let mut sums = [F::ZERO; 4];
    for quad in coefficients.chunks(4).rev() {
        for (sum, coefficient) in sums.iter_mut().zip(quad) {
            *sum = *sum * step + coefficient;
        }
        for sum in &mut sums[quad.len()..] {
            *sum *= step;
        }
    }
    sums.iter()
        .rev()
        .fold(F::ZERO, |value, sum| value * point + sum)
}

/// sum <- sum + sum_j c_j p_j, in chunks of rows that stay in L2 while all terms pass over them.
pub(super) fn accumulate<F: Field>(sum: &mut [F], terms: &[(F, &[F])]) {
    sum.par_chunks_mut(CHUNK_ROWS)
        .enumerate()
        .for_each(|(chunk, sum)| {
            let start = chunk * CHUNK_ROWS;
            for (factor, column) in terms {
                let column = &column[start..start + sum.len()];
                if *factor == F::ONE {
                    sum.iter_mut().zip(column).for_each(|(sum, v)| *sum += v);
                } else {
                    sum.iter_mut()
                        .zip(column)
                        .for_each(|(sum, v)| *sum += *v * factor);
                }
            }
        });
}

/// p <- (p - p(r)) / (X - r), by q_(i-1) = p_i + r q_i from the top; the last coefficient becomes 0.
///
/// Each thread has a part of the coefficients. A part needs q at its upper end: that is Horner's
/// rule over everything above it, taken part by part first (a second multiplication a row, spared
/// where there is one thread).
pub(super) fn kate_division<F: Field>(p: &mut [F], root: F) {
    let part_rows = p
        .len()
        .div_ceil(rayon::current_num_threads())
        .max(CHUNK_ROWS);
    let mut parts: Vec<(F, &mut [F])> = p
        .chunks_mut(part_rows)
        .map(|part| (F::ZERO, part))
        .collect();
    if parts.len() > 1 {
        parts[1..]
            .par_iter_mut()
            .for_each(|(value, part)| *value = horner_chunk(part, root));
    }
    // What was a part's own value becomes q just above the part.
    let mut above = F::ZERO;
    for (value, part) in parts.iter_mut().rev() {
        let step = root.pow_vartime([part.len() as u64]);
        (above, *value) = (above * step + *value, above);
    }
    parts.into_par_iter().for_each(|(above, part)| {
        let mut q = above;
        for coefficient in part.iter_mut().rev() {
            let p = *coefficient;
            *coefficient = q;
            q = p + root * q;
        }
    });
}
