//! Row by row: expression programs, and l_0 on a coset.

use ff::Field;
use rayon::prelude::*;

#[cfg(avx512)]
use super::avx512;
use super::{
    engine::{buffers, HostEngine},
    kernels::Portable,
    products::batch_invert,
    Buffer, Counting, CpuKernels, HostKernels,
};
use crate::{
    accel::{MsmAccel, NttAccel},
    basis::RowBasis,
    column::Column,
    engine::{CommitmentCurve, EngineColumn, EngineRows, RowPrograms, ScalarField},
    error::EngineError,
    process,
    program::{
        interpret::{registers_bytes, Interpreter, BLOCK_ROWS},
        Program,
    },
};

/// What is computed row by row.
pub trait RowKernels<F: ScalarField> {
    /// Evaluates the program's one output at every row; `values` holds the accumulator before.
    fn evaluate(
        &self,
        program: &Program<F>,
        inputs: &[&Buffer<'_, F>],
        scalars: &[F],
        omega: F,
        shift: F,
        values: &mut Buffer<'_, F>,
    ) {
        let inputs: Vec<_> = inputs.iter().map(|column| column.values()).collect();
        evaluate(program, &inputs, scalars, omega, shift, values.values_mut());
    }

    /// l_0 on shift * H.
    fn extend_l0(&self, omega: F, shift: F, values: &mut Buffer<'_, F>) {
        l0(omega, shift, values.values_mut());
    }

    /// Puts at every row j the sum of factors\[i\] * column\[j - i\], rows counted modulo the column's
    /// length, which is no less than the number of factors. With l_0 for the column that is
    /// sum_i factors\[i\] l_i.
    fn combine_rotations(&self, column: &mut Buffer<'_, F>, factors: &[F]) {
        combine_rotations(column.values_mut(), factors);
    }
}

impl<F: ScalarField> RowKernels<F> for Portable {}

impl<F: ScalarField> RowKernels<F> for CpuKernels {
    fn evaluate(
        &self,
        program: &Program<F>,
        inputs: &[&Buffer<'_, F>],
        scalars: &[F],
        omega: F,
        shift: F,
        values: &mut Buffer<'_, F>,
    ) {
        match self {
            #[cfg(avx512)]
            Self::Avx512 if avx512::takes::<F>() => {
                let inputs: Vec<_> = inputs.iter().map(|column| column.values()).collect();
                avx512::rows::evaluate(
                    program,
                    &inputs,
                    scalars,
                    omega,
                    shift,
                    values.values_mut(),
                );
            }
            _ => Portable.evaluate(program, inputs, scalars, omega, shift, values),
        }
    }

    fn extend_l0(&self, omega: F, shift: F, values: &mut Buffer<'_, F>) {
        match self {
            #[cfg(avx512)]
            Self::Avx512 if avx512::takes::<F>() => {
                avx512::inversion::l0(omega, shift, values.values_mut());
            }
            _ => Portable.extend_l0(omega, shift, values),
        }
    }

    fn combine_rotations(&self, column: &mut Buffer<'_, F>, factors: &[F]) {
        match self {
            #[cfg(avx512)]
            Self::Avx512 if avx512::takes::<F>() => {
                avx512::rows::combine_rotations(column.values_mut(), factors);
            }
            _ => Portable.combine_rotations(column, factors),
        }
    }
}

#[warn(clippy::missing_trait_methods)]
impl<F: ScalarField> RowKernels<F> for Counting {
    fn evaluate(
        &self,
        program: &Program<F>,
        _: &[&Buffer<'_, F>],
        _: &[F],
        _: F,
        _: F,
        values: &mut Buffer<'_, F>,
    ) {
        let registers = self.threads() * most_registers_bytes(program);
        drop(self.hold(registers as u64));
        self.count("evaluate", program.multiplications() * values.len() as u64);
    }

    fn extend_l0(&self, _: F, _: F, values: &mut Buffer<'_, F>) {
        self.count("extend_l0", 5 * values.len() as u64);
    }

    fn combine_rotations(&self, column: &mut Buffer<'_, F>, factors: &[F]) {
        let multiplications = column.len() * factors.len();
        self.count("extend_values", multiplications as u64);
    }
}

impl<C, K, M, N> RowPrograms for HostEngine<'_, C, K, M, N>
where
    C: CommitmentCurve,
    K: HostKernels<C::ScalarExt>,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    fn evaluate<B: RowBasis>(
        &self,
        program: &Program<C::ScalarExt>,
        rows: EngineRows<'_, Self>,
        inputs: &[&EngineColumn<Self, B>],
        scalars: &[C::ScalarExt],
        accumulator: Option<EngineColumn<Self, B>>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        process::enter()?;
        let n = rows.domain.n();
        let inputs = buffers(inputs);
        let lengths = inputs.iter().map(|column| column.len());
        program.check_run("evaluate", n, lengths, scalars.len(), 1)?;
        program.check_accumulator("evaluate", accumulator.is_some())?;
        let mut values = match accumulator {
            Some(accumulator) => accumulator.into_memory(),
            None => self.kernels.zeros(n),
        };
        EngineError::check_length("evaluate", "the accumulator", n, values.len())?;
        let omega = rows.domain.omega;
        (self.kernels).evaluate(program, &inputs, scalars, omega, rows.shift, &mut values);
        Ok(Column::from_memory(values))
    }
}

/// The bytes of a thread's registers, with the kernels that take the most.
pub(super) fn most_registers_bytes<F>(program: &Program<F>) -> usize {
    let portable = registers_bytes(program);
    #[cfg(avx512)]
    let portable = portable.max(avx512::registers_bytes(program));
    portable
}

/// Rows that a thread takes at a time.
const CHUNK_ROWS: usize = 1 << 12;

/// Evaluates the program's one output at every row; `values` holds the accumulator before.
fn evaluate<F: ScalarField>(
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
fn l0<F: ff::PrimeField>(omega: F, shift: F, values: &mut [F]) {
    let n = values.len();
    let scale = (shift.pow_vartime([n as u64]) - F::ONE)
        * F::from(n as u64)
            .invert()
            .expect("n is a power of two, the field's characteristic odd");
    values
        .par_chunks_mut(CHUNK_ROWS)
        .enumerate()
        .for_each(|(chunk, values)| {
            let mut point = shift * omega.pow_vartime([(chunk * CHUNK_ROWS) as u64]);
            for value in values.iter_mut() {
                *value = point - F::ONE;
                point *= omega;
            }
        });
    batch_invert(values);
    values.par_iter_mut().for_each(|value| {
        // X = 1 is on the coset where that is H itself: X - 1 had no inverse, and l_0(1) = 1.
        *value = if value.is_zero_vartime() {
            F::ONE
        } else {
            *value * scale
        };
    });
}

/// [`RowKernels::combine_rotations`].
///
/// In place: from its last row to its first a chunk needs nothing that it has written, and of the chunk
/// before it a few rows, which are copied beforehand.
fn combine_rotations<F: Field>(column: &mut [F], factors: &[F]) {
    let n = column.len();
    let reach = factors.len().saturating_sub(1);
    let rows_before: Vec<Vec<F>> = (0..n)
        .step_by(CHUNK_ROWS)
        .map(|start| {
            (0..reach)
                .map(|row| column[(start + n - reach + row) % n])
                .collect()
        })
        .collect();
    column
        .par_chunks_mut(CHUNK_ROWS)
        .zip(rows_before)
        .for_each(|(rows, before)| {
            for row in (0..rows.len()).rev() {
                let mut sum = F::ZERO;
                for (back, factor) in factors.iter().enumerate() {
                    let value = match row.checked_sub(back) {
                        Some(row) => rows[row],
                        None => before[reach + row - back],
                    };
                    sum += value * factor;
                }
                rows[row] = sum;
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2curves::bn256::Fr;
    use rand_chacha::{rand_core::SeedableRng, ChaCha8Rng};

    /// Around the sizes at which a column has one chunk, and more.
    #[test]
    fn rotations_go_round_and_over_chunks() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for n in [
            1,
            2,
            8,
            CHUNK_ROWS / 2,
            CHUNK_ROWS,
            2 * CHUNK_ROWS,
            4 * CHUNK_ROWS,
        ] {
            let column: Vec<Fr> = (0..n).map(|_| Fr::random(&mut rng)).collect();
            for count in [0, 1, 2, 7].into_iter().filter(|count| *count <= n) {
                let factors: Vec<Fr> = (0..count).map(|_| Fr::random(&mut rng)).collect();
                let mut combined = column.clone();
                combine_rotations(&mut combined, &factors);
                for (row, value) in combined.iter().enumerate() {
                    let terms = factors.iter().enumerate();
                    let sum: Fr = terms.map(|(i, f)| column[(row + n - i) % n] * f).sum();
                    assert!(*value == sum, "row {row} of {n}, {count} factors");
                }
            }
        }
    }
}
