//! Cosets: powers of the shift, multiplied in where the column is in hand anyway.

use ff::Field;
use rayon::prelude::*;

use super::descent::{in_parallel, pass, quarters_mut};
use super::twiddles::{Forward, Twiddles};

/// Columns that share the powers of the shift, at most: with 16, a power costs each of them a
/// sixteenth of a multiplication.
pub(super) const GROUP: usize = 16;

/// Consecutive powers made at a time, for each quarter of the column: 8 KiB in all.
const RUN: usize = 1 << 6;

/// Powers of a shift, from the table of those with one bit set in the exponent.
pub(super) struct Powers<F> {
    squares: Vec<F>,
    /// shift^0 .. shift^{RUN - 1}.
    run: Vec<F>,
}

impl<F: Field> Powers<F> {
    /// For exponents below 2^k.
    pub(super) fn new(shift: F, k: u32) -> Self {
        let successors = |first: F, ratio: F, len: usize| {
            core::iter::successors(Some(first), move |power| Some(*power * ratio)).take(len)
        };
        Self {
            squares: core::iter::successors(Some(shift), |power| Some(power.square()))
                .take(k as usize)
                .collect(),
            run: successors(F::ONE, shift, RUN).collect(),
        }
    }

    /// shift^exponent.
    fn at(&self, exponent: usize) -> F {
        self.squares
            .iter()
            .enumerate()
            .filter(|(bit, _)| exponent >> bit & 1 == 1)
            .fold(F::ONE, |power, (_, square)| power * square)
    }
}

/// A column to be transformed: its coefficients, unless they are in the output already; the output.
pub(super) type Column<'a, F> = (Option<&'a [F]>, &'a mut [F]);

/// From coefficients of p(X) to those of p(shift X), and these through the first radix-4 pass.
///
/// For each element: a multiplication by its power, a multiplication to make the power (once for
/// all columns), a quarter of one for the butterfly. One pass over the columns' memory.
pub(super) fn first_pass<F: Field>(
    columns: &mut [Column<'_, F>],
    powers: &Powers<F>,
    twiddles: &Twiddles<F>,
) {
    let Some(n) = columns.first().map(|(_, out)| out.len()) else {
        return;
    };
    if n < 4 {
        return short(columns, powers);
    }
    let quarter = n / 4;
    let parallel = in_parallel(n);
    let part_len = if parallel {
        quarter / (4 * rayon::current_num_threads()).next_power_of_two()
    } else {
        quarter
    };
    let part_len = part_len.max(RUN.min(quarter));

    let mut parts: Vec<Vec<Part<'_, F>>> = Vec::new();
    parts.resize_with(quarter / part_len, || Vec::with_capacity(columns.len()));
    for (coefficients, out) in columns {
        let [a0, a1, a2, a3] = quarters_mut(out).map(|quarter| quarter.chunks_mut(part_len));
        let out = a0.zip(a1).zip(a2).zip(a3);
        for (part, (((a0, a1), a2), a3)) in parts.iter_mut().zip(out) {
            part.push((*coefficients, [a0, a1, a2, a3]));
        }
    }

    let shift_quarters: [F; 4] = core::array::from_fn(|q| powers.at(q * quarter));
    let work = |(part, columns): (usize, &mut Vec<Part<'_, F>>)| {
        for run in (0..part_len).step_by(RUN) {
            let start = part * part_len + run;
            let first = powers.at(start);
            let powers: [[F; RUN]; 4] = shift_quarters.map(|quarter| {
                let first = first * quarter;
                core::array::from_fn(|j| powers.run[j] * first)
            });
            for (coefficients, out) in columns.iter_mut() {
                let mut out = out.each_mut().map(|quarter| {
                    let end = quarter.len().min(run + RUN);
                    &mut quarter[run..end]
                });
                for (q, (out, powers)) in out.iter_mut().zip(&powers).enumerate() {
                    match coefficients {
                        Some(p) => {
                            for ((out, p), power) in
                                out.iter_mut().zip(&p[q * quarter + start..]).zip(powers)
                            {
                                *out = *p * power;
                            }
                        }
                        None => {
                            for (out, power) in out.iter_mut().zip(powers) {
                                *out *= power;
                            }
                        }
                    }
                }
                pass::<F, Forward>(out, 0, twiddles);
            }
        }
    };
    if parallel {
        parts.par_iter_mut().enumerate().for_each(work);
    } else {
        parts.iter_mut().enumerate().for_each(work);
    }
}

/// A column's coefficients, unless they are in the output, and a part of each quarter of the
/// output.
type Part<'a, F> = (Option<&'a [F]>, [&'a mut [F]; 4]);

/// [`first_pass`] of columns of one or two elements, which have no quarters.
fn short<F: Field>(columns: &mut [Column<'_, F>], powers: &Powers<F>) {
    for (coefficients, out) in columns {
        if let Some(coefficients) = coefficients {
            out.copy_from_slice(coefficients);
        }
        if let [a, b] = out {
            *b *= powers.run[1];
            (*a, *b) = (*a + *b, *a - *b);
        }
    }
}

/// Multiplies element i of a column of `n` by factor * shift^i, a tile of the permutation at a
/// time: two multiplications an element.
pub(super) fn scale_tile<F: Field>(
    powers: &Powers<F>,
    factor: F,
    n: usize,
) -> impl Fn(usize, &mut [&mut [F]]) + Sync + '_ {
    move |tile, rows| {
        let first = factor * powers.at(tile * rows[0].len());
        let row_stride = n / rows.len();
        for (row, values) in rows.iter_mut().enumerate() {
            let first = first * powers.at(row * row_stride);
            for (i, values) in values.chunks_mut(RUN).enumerate() {
                let first = first * powers.at(i * RUN);
                for (value, power) in values.iter_mut().zip(&powers.run) {
                    *value *= first * power;
                }
            }
        }
    }
}
