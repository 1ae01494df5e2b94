//! Row by row: expression programs, and l_0 on a coset.

use ff::Field;
use rayon::prelude::*;

use super::product::batch_invert;
use crate::{
    engine::ScalarField,
    program::{
        interpret::{Interpreter, BLOCK_ROWS},
        Program,
    },
};

/// Evaluates the program's one output at every row; `values` holds the accumulator before.
pub(super) fn evaluate<F: ScalarField>(
    program: &Program<F>,
    inputs: &[&[F]],
    scalars: &[F],
    omega: F,
    shift: F,
    values: &mut [F],
) {
    let interpreter = Interpreter::new(program, inputs, scalars, values.len(), omega, shift);
    values.par_chunks_mut(BLOCK_ROWS).enumerate().for_each_init(
        || (interpreter.registers(), vec![F::ZERO; BLOCK_ROWS]),
        |(registers, result), (block, values)| {
            let start = block * BLOCK_ROWS;
            let result = &mut result[..values.len()];
            interpreter.run(registers, start, values.len(), Some(values));
            interpreter.output(registers, 0, start, Some(values), result);
            values.copy_from_slice(result);
        },
    );
}

/// l_0 on shift * H, whose points X all have X^n = shift^n:
/// l_0(X) = (shift^n - 1) / n * 1 / (X - 1). One inversion a chunk, 5 multiplications a row.
pub(super) fn l0<F: Field + ff::PrimeField>(n: usize, omega: F, shift: F) -> Vec<F> {
    let scale = (shift.pow_vartime([n as u64]) - F::ONE)
        * F::from(n as u64)
            .invert()
            .expect("n is a power of two, the field's characteristic odd");
    let mut values = super::polynomial::zeros(n);
    let chunk_rows = 1 << 12;
    values
        .par_chunks_mut(chunk_rows)
        .enumerate()
        .for_each(|(chunk, values)| {
            let mut point = shift * omega.pow_vartime([(chunk * chunk_rows) as u64]);
            for value in values.iter_mut() {
                *value = point - F::ONE;
                point *= omega;
            }
        });
    batch_invert(&mut values);
    values.par_iter_mut().for_each(|value| {
        // X = 1 is on the coset where that is H itself: X - 1 had no inverse, and l_0(1) = 1.
        *value = if value.is_zero_vartime() {
            F::ONE
        } else {
            *value * scale
        };
    });
    values
}
