//! Products and inverses: grand products, batch inversion.

use ff::Field;
use rayon::prelude::*;

#[cfg(avx512)]
use super::avx512;
use super::{
    engine::HostEngine, kernels::Portable, rows::most_registers_bytes, Buffer, Counting,
    CpuKernels, HostKernels,
};
use crate::{
    accel::{MsmAccel, NttAccel},
    basis::{Basis, LagrangeCoeff},
    column::Column,
    engine::{
        CommitmentCurve, EngineColumn, EngineDomain, EngineFractions, Fractions, Products,
        ScalarField,
    },
    error::EngineError,
    process,
    program::{
        interpret::{Interpreter, BLOCK_ROWS},
        Program,
    },
};

/// Rows that share one field inversion: an inversion costs some hundred multiplications, so a
/// chunk of this size makes it vanish, while its scratch of 128 KiB stays in L2.
const CHUNK_ROWS: usize = 32 * BLOCK_ROWS;

/// Fractions and running products.
pub trait ProductKernels<F: ScalarField> {
    /// z, in a column of zeros.
    fn grand_product(
        &self,
        fractions: &Fractions<'_, F, Buffer<'_, F>>,
        omega: F,
        z: &mut Buffer<'_, F>,
    ) {
        grand_product_by(grand_product, fractions, omega, z);
    }

    /// Inverts in place, zero staying zero.
    fn batch_invert(&self, values: &mut Buffer<'_, F>) {
        batch_invert(values.values_mut());
    }
}

impl<F: ScalarField> ProductKernels<F> for Portable {}

impl<F: ScalarField> ProductKernels<F> for CpuKernels {
    fn grand_product(
        &self,
        fractions: &Fractions<'_, F, Buffer<'_, F>>,
        omega: F,
        z: &mut Buffer<'_, F>,
    ) {
        match self {
            #[cfg(avx512)]
            Self::Avx512 if avx512::takes::<F>() => {
                grand_product_by(avx512::products::grand_product, fractions, omega, z);
            }
            _ => Portable.grand_product(fractions, omega, z),
        }
    }

    fn batch_invert(&self, values: &mut Buffer<'_, F>) {
        match self {
            #[cfg(avx512)]
            Self::Avx512 if avx512::takes::<F>() => {
                avx512::inversion::batch_invert(values.values_mut());
            }
            _ => Portable.batch_invert(values),
        }
    }
}

#[warn(clippy::missing_trait_methods)]
impl<F: ScalarField> ProductKernels<F> for Counting {
    fn grand_product(
        &self,
        fractions: &Fractions<'_, F, Buffer<'_, F>>,
        _: F,
        z: &mut Buffer<'_, F>,
    ) {
        // Denominators and prefixes of a chunk; with the vector kernels, numerators, too.
        let chunk = 2 * CHUNK_ROWS * size_of::<F>();
        #[cfg(avx512)]
        let chunk = chunk.max(avx512::products::CHUNK_BYTES);
        let workspace = self.threads() * (most_registers_bytes(fractions.program) + chunk);
        drop(self.hold(workspace as u64));
        // The fraction, its denominator's inverse, and two passes of products.
        let multiplications = fractions.program.multiplications() + 6;
        self.count("grand_product", multiplications * z.len() as u64);
    }

    fn batch_invert(&self, values: &mut Buffer<'_, F>) {
        self.count("batch_invert", 3 * values.len() as u64);
    }
}

impl<C, K, M, N> Products for HostEngine<'_, C, K, M, N>
where
    C: CommitmentCurve,
    K: HostKernels<C::ScalarExt>,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    fn grand_product(
        &self,
        domain: &EngineDomain<Self>,
        fractions: EngineFractions<'_, Self>,
    ) -> Result<EngineColumn<Self, LagrangeCoeff>, EngineError> {
        process::enter()?;
        let n = domain.n();
        fractions.check(n, |column| column.memory().len())?;
        let mut z = self.kernels.zeros(n);
        (self.kernels).grand_product(&fractions, domain.omega, &mut z);
        Ok(Column::from_memory(z))
    }

    fn batch_invert<B: Basis>(
        &self,
        column: EngineColumn<Self, B>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        process::enter()?;
        let mut values = column.into_memory();
        self.kernels.batch_invert(&mut values);
        Ok(Column::from_memory(values))
    }
}

/// The program, its columns and scalars, omega, the first product, the rows of z that are products, and
/// how many there are besides.
type GrandProduct<F> = fn(&Program<F>, &[&[F]], &[F], F, F, &mut [F], usize);

/// z: its products by a function of rows, then the blinding values.
fn grand_product_by<F: ScalarField>(
    grand_product: GrandProduct<F>,
    fractions: &Fractions<'_, F, Buffer<'_, F>>,
    omega: F,
    z: &mut Buffer<'_, F>,
) {
    let inputs = fractions.inputs.iter();
    let inputs: Vec<_> = inputs.map(|column| column.memory().values()).collect();
    let first = match fractions.after {
        Some(before) => before.memory().values()[fractions.usable_rows],
        None => F::ONE,
    };
    let (z, blinded) = z.values_mut().split_at_mut(fractions.usable_rows + 1);
    grand_product(
        fractions.program,
        &inputs,
        fractions.scalars,
        omega,
        first,
        z,
        blinded.len(),
    );
    blinded.copy_from_slice(fractions.blinding);
}

/// Inverts in place, zero staying zero: Montgomery's trick chunk by chunk, 3 multiplications a
/// value.
pub(crate) fn batch_invert<F: Field>(values: &mut [F]) {
    values
        .par_chunks_mut(CHUNK_ROWS)
        .for_each_init(Vec::new, |prefix, values| invert_chunk(values, prefix));
}

/// Inverts, zero staying zero, with one inversion.
pub(super) fn invert_chunk<F: Field>(values: &mut [F], prefix: &mut Vec<F>) {
    prefix.clear();
    let mut product = F::ONE;
    for value in values.iter() {
        prefix.push(product);
        if !value.is_zero_vartime() {
            product *= value;
        }
    }
    let mut inverse = product
        .invert()
        .expect("a product of values that are not zero is not zero");
    for (value, prefix) in values.iter_mut().zip(prefix).rev() {
        if !value.is_zero_vartime() {
            let inverted = inverse * *prefix;
            inverse *= *value;
            *value = inverted;
        }
    }
}

/// z_0 = first, z_(i+1) = z_i * numerator_i / denominator_i for all rows that `z` has; the columns have
/// `blinded_rows` more.
pub(super) fn grand_product<F: ScalarField>(
    program: &Program<F>,
    inputs: &[&[F]],
    scalars: &[F],
    omega: F,
    first: F,
    z: &mut [F],
    blinded_rows: usize,
) {
    let n = z.len() + blinded_rows;
    let interpreter = Interpreter::new(program, inputs, scalars, n, omega, F::ONE);
    z[0] = first;
    let steps = &mut z[1..];
    steps.par_chunks_mut(CHUNK_ROWS).enumerate().for_each_init(
        || {
            (
                interpreter.registers(),
                vec![F::ZERO; CHUNK_ROWS],
                Vec::new(),
            )
        },
        |(registers, denominators, prefix), (chunk, fractions)| {
            let denominators = &mut denominators[..fractions.len()];
            let blocks = fractions
                .chunks_mut(BLOCK_ROWS)
                .zip(denominators.chunks_mut(BLOCK_ROWS));
            for (block, (numerators, denominators)) in blocks.enumerate() {
                let start = chunk * CHUNK_ROWS + block * BLOCK_ROWS;
                interpreter.run(registers, start, numerators.len(), None);
                interpreter.output(registers, 0, start, None, numerators);
                interpreter.output(registers, 1, start, None, denominators);
            }
            invert_chunk(denominators, prefix);
            for (fraction, inverse) in fractions.iter_mut().zip(denominators) {
                *fraction *= *inverse;
            }
        },
    );
    scan_products(first, steps);
}

/// values_i <- first * values_0 * ... * values_i. Each thread has a part: the parts' products are
/// taken first, so that every part knows what it starts from (one multiplication a value more,
/// spared where there is one thread).
fn scan_products<F: Field>(first: F, values: &mut [F]) {
    let part_rows = values
        .len()
        .div_ceil(rayon::current_num_threads())
        .max(CHUNK_ROWS);
    let mut parts: Vec<(F, &mut [F])> = values
        .chunks_mut(part_rows)
        .map(|part| (F::ONE, part))
        .collect();
    if let Some((_, but_last)) = parts.split_last_mut() {
        but_last
            .par_iter_mut()
            .for_each(|(product, part)| *product = part.iter().product());
    }
    let mut start = first;
    for (product, _) in parts.iter_mut() {
        (start, *product) = (start * *product, start);
    }
    parts.into_par_iter().for_each(|(start, part)| {
        let mut product = start;
        for value in part {
            product *= *value;
            *value = product;
        }
    });
}
