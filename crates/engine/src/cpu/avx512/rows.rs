//! Row by row: expression programs, and combinations of a column's rotations.

use ff::PrimeField;
use rayon::prelude::*;

use super::{
    constants::raised,
    ends,
    lanes::Lanes,
    modulus::{limbs, ScalarModulus, Words, LIMBS},
    polynomials::SUM_PRODUCTS,
    program::run::{Registers, Run, BLOCK_ROWS},
    sums::ProductSum,
    words::LANES,
    words_of, words_of_mut,
};
use crate::program::Program;

/// Rows that a task takes: the point of its first row is a power of omega.
const TASK_ROWS: usize = 8 * BLOCK_ROWS;

/// Rows of which each is combined with those before it.
const CHUNK_ROWS: usize = 1 << 12;

/// Evaluates the program's one output at every row; `values` holds the accumulator before.
pub(in crate::cpu) fn evaluate<F: PrimeField>(
    program: &Program<F>,
    inputs: &[&[F]],
    scalars: &[F],
    omega: F,
    shift: F,
    values: &mut [F],
) {
    let inputs = inputs.iter().map(|column| words_of(column)).collect();
    let n = values.len();
    // SAFETY: the instructions were detected when the kernels were chosen.
    let run = unsafe { Run::new(program, inputs, scalars, n, omega, shift) };
    words_of_mut(values)
        .par_chunks_mut(TASK_ROWS)
        .enumerate()
        .for_each_init(
            // SAFETY: as above.
            || unsafe { run.registers() },
            |registers, (task, values)| unsafe {
                evaluate_rows(&run, registers, task * TASK_ROWS, values);
            },
        );
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn evaluate_rows<F: PrimeField>(
    run: &Run<'_, F>,
    registers: &mut Registers,
    start: usize,
    values: &mut [Words],
) {
    run.start_at(registers, start);
    for (block, values) in values.chunks_mut(BLOCK_ROWS).enumerate() {
        let start = start + block * BLOCK_ROWS;
        run.block(registers, start, values.len(), values);
        let output = run.output(registers, 0);
        for (vector, values) in values.chunks_mut(LANES).enumerate() {
            ends::store(output.load(vector).lowered(), values);
        }
    }
}

/// Puts at every row j the sum of factors\[i\] * column\[j - i\], rows counted modulo the column's length,
/// which is no less than the number of factors.
///
/// Chunks are combined from copies of theirs, which begin with the rows before them.
pub(in crate::cpu) fn combine_rotations<F: PrimeField>(column: &mut [F], factors: &[F]) {
    let reach = factors.len().saturating_sub(1);
    let factors: Vec<_> = factors
        .iter()
        .map(|factor| limbs(raised(*factor)))
        .collect();
    let column = words_of_mut(column);
    let n = column.len();
    let rows_before: Vec<Vec<Words>> = (0..n)
        .step_by(CHUNK_ROWS)
        .map(|start| {
            let rows = start + n - reach..start + n;
            rows.map(|row| column[row % n]).collect()
        })
        .collect();
    let chunks = column.par_chunks_mut(CHUNK_ROWS).zip(rows_before);
    chunks.for_each_init(Vec::new, |copies, (rows, before)| {
        copies.clear();
        copies.extend_from_slice(&before);
        copies.extend_from_slice(rows);
        // SAFETY: the instructions were detected when the kernels were chosen.
        unsafe { combine_rows(copies, &factors, rows) }
    });
}

/// Row j is combined of the rows that end with that which is `factors.len() - 1` further in `copies`.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn combine_rows(copies: &[Words], factors: &[[u64; LIMBS]], rows: &mut [Words]) {
    let reach = factors.len().saturating_sub(1);
    for (vector, rows) in rows.chunks_mut(LANES).enumerate() {
        let last = reach + LANES * vector;
        let mut combined = Lanes::<ScalarModulus>::zero();
        for (group, factors) in factors.chunks(SUM_PRODUCTS).enumerate() {
            let mut sum = ProductSum::zero();
            for (back, factor) in factors.iter().enumerate() {
                let first = last - (group * SUM_PRODUCTS + back);
                let elements = ends::load(&copies[first..], 0, &[0; 4]);
                sum.add_constant(elements.limbs, factor);
            }
            combined = combined.reduced().plus(sum.reduced());
        }
        ends::store(combined, rows);
    }
}

#[cfg(test)]
mod tests;
