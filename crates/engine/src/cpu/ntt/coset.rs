//! Cosets: powers of the shift, multiplied in where the column is in hand anyway.

use ff::Field;
use rayon::prelude::*;

use super::descent::{in_parallel, quarters_mut, radix_4_at_one};
use super::twiddles::{Forward, Twiddles};

/// Columns that share the powers of the shift: with 8, they cost an eighth of a multiplication an
/// element.
pub(super) const GROUP: usize = 8;

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
    let run = quarter.min(RUN);
    let root = twiddles.of::<Forward>(1);

    // Part i of the work: elements i * run .. (i + 1) * run of all quarters of all columns.
    let mut parts: Vec<Vec<Part<'_, F>>> = Vec::new();
    parts.resize_with(quarter / run, || Vec::with_capacity(columns.len()));
    for (coefficients, out) in columns {
        let out = quarters_mut(out).map(|quarter| quarter.chunks_mut(run));
        let [mut a0, mut a1, mut a2, mut a3] = out;
        for (i, part) in parts.iter_mut().enumerate() {
            let coefficients =
                coefficients.map(|p| core::array::from_fn(|q| &p[q * quarter + i * run..][..run]));
            if let (Some(a0), Some(a1), Some(a2), Some(a3)) =
                (a0.next(), a1.next(), a2.next(), a3.next())
            {
                part.push((coefficients, [a0, a1, a2, a3]));
            }
        }
    }

    let work = |(i, part): (usize, &mut Vec<Part<'_, F>>)| {
        let powers: [[F; RUN]; 4] = core::array::from_fn(|q| {
            let first = powers.at(q * quarter + i * run);
            core::array::from_fn(|j| powers.run[j] * first)
        });
        for (coefficients, out) in part {
            for j in 0..run {
                let shifted = core::array::from_fn(|q| {
                    let coefficient = match coefficients {
                        Some(p) => p[q][j],
                        None => out[q][j],
                    };
                    coefficient * powers[q][j]
                });
                let halved = radix_4_at_one::<F, Forward>(shifted, &root);
                for (out, value) in out.iter_mut().zip(halved) {
                    out[j] = value;
                }
            }
        }
    };
    if in_parallel(n) {
        parts.par_iter_mut().enumerate().for_each(work);
    } else {
        parts.iter_mut().enumerate().for_each(work);
    }
}

/// The same run of each quarter of a column.
type Part<'a, F> = (Option<[&'a [F]; 4]>, [&'a mut [F]; 4]);

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
