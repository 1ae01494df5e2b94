//! Products and inverses: grand products, batch inversion.

use ff::Field;
use rayon::prelude::*;

use crate::{
    engine::ScalarField,
    program::{
        interpret::{Interpreter, BLOCK_ROWS},
        Program,
    },
};

/// Rows that share one field inversion: an inversion costs some hundred multiplications, so a
/// chunk of this size makes it vanish, while its scratch of 128 KiB stays in L2.
const CHUNK_ROWS: usize = 32 * BLOCK_ROWS;

/// Inverts in place, zero staying zero: Montgomery's trick chunk by chunk, 3 multiplications a
/// value.
pub(crate) fn batch_invert<F: Field>(values: &mut [F]) {
    values
        .par_chunks_mut(CHUNK_ROWS)
        .for_each_init(Vec::new, |prefix, values| invert_chunk(values, prefix));
}

fn invert_chunk<F: Field>(values: &mut [F], prefix: &mut Vec<F>) {
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

/// z_0 = first, z_(i+1) = z_i * numerator_i / denominator_i for i < usable_rows; the rows after
/// that are left zero.
pub(super) fn grand_product<F: ScalarField>(
    program: &Program<F>,
    inputs: &[&[F]],
    scalars: &[F],
    omega: F,
    n: usize,
    first: F,
    usable_rows: usize,
) -> Vec<F> {
    let interpreter = Interpreter::new(program, inputs, scalars, n, omega, F::ONE);
    let mut z = super::polynomial::zeros(n);
    z[0] = first;
    let steps = &mut z[1..=usable_rows];
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
    z
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
