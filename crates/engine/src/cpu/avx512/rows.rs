//! Row by row: expression programs, and combinations of a column's rotations.

use ff::PrimeField;
use rayon::prelude::*;

use super::{
    ends::store,
    lanes::LANES,
    modulus::Words,
    run::{Registers, Run, BLOCK_ROWS},
    words_of, words_of_mut,
};
use crate::program::Program;

/// Rows that a task takes: the point of its first row is a power of omega.
const TASK_ROWS: usize = 8 * BLOCK_ROWS;

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
            store(output.load(vector).lowered(), values);
        }
    }
}

#[cfg(test)]
mod tests;
