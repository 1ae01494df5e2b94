//! Grand products.
//!
//! Of a chunk's rows each lane has a part, one after the other: running products then go along lanes, and
//! what a lane starts from is known once its parts' products are. z_i is the product of the numerators up
//! to i, times that of the denominators after i, over that of all denominators: 4 multiplications a row
//! and one inversion a chunk, no row's inverse.

use std::array;

use ff::PrimeField;
use rayon::prelude::*;

use super::{
    constants::multiplier,
    ends,
    inversion::lanes_elements,
    lanes::Lanes,
    modulus::{Modulus, ScalarModulus, Words},
    program::run::{Registers, Run, BLOCK_ROWS},
    words::{gather_words, scatter_words, store_words, LANES},
    words_of, words_of_mut,
};
use crate::{cpu::products, program::Program};

/// Rows of a lane's part. Lanes' rows are read side by side: at a multiple of a page from each other they
/// would all be in the same places of the caches.
const PART_ROWS: usize = 17 * BLOCK_ROWS / LANES;

/// Rows that share an inversion.
const CHUNK_ROWS: usize = LANES * PART_ROWS;

/// What a thread keeps of a chunk, in bytes: [`Scratch`].
pub(in crate::cpu) const CHUNK_BYTES: usize =
    2 * CHUNK_ROWS * size_of::<Words>() + 2 * PART_ROWS * size_of::<Values>();

type Values = Lanes<ScalarModulus>;

/// What a thread computes a chunk with.
struct Scratch {
    registers: Registers,
    /// Raised, below 2 p, in the rows' order.
    numerators: Vec<Words>,
    denominators: Vec<Words>,
    /// In each lane the products of its numerators up to a row, and of its denominators after it.
    before: Vec<Values>,
    after: Vec<Values>,
}

/// z_0 = first, z_(i+1) = z_i * numerator_i / denominator_i for all rows that `z` has; the columns have
/// `blinded_rows` more.
pub(in crate::cpu) fn grand_product<F: PrimeField>(
    program: &Program<F>,
    inputs: &[&[F]],
    scalars: &[F],
    omega: F,
    first: F,
    z: &mut [F],
    blinded_rows: usize,
) {
    let n = z.len() + blinded_rows;
    let inputs = inputs.iter().map(|column| words_of(column)).collect();
    // SAFETY: the instructions were detected when the kernels were chosen.
    let run = unsafe { Run::new(program, inputs, scalars, n, omega, F::ONE) };
    z[0] = first;
    let steps = words_of_mut(&mut z[1..]);
    // Where one thread does it all, a chunk starts from what the one before came to. Else each starts from
    // one and is multiplied by that later, at one more multiplication a row.
    let task_rows = match rayon::current_num_threads() {
        1 => steps.len().max(1),
        _ => CHUNK_ROWS,
    };
    let tasks = steps.par_chunks_mut(task_rows).enumerate();
    let products: Vec<F> = tasks
        .map_init(
            // SAFETY: as above.
            || unsafe { scratch(&run) },
            |scratch, (task, steps)| {
                let mut product = if task == 0 { first } else { F::ONE };
                for (chunk, steps) in steps.chunks_mut(CHUNK_ROWS).enumerate() {
                    let start = task * task_rows + chunk * CHUNK_ROWS;
                    // SAFETY: as above.
                    product = unsafe { chunk_products(&run, scratch, start, product, steps) };
                }
                product
            },
        )
        .collect();
    let mut start = F::ONE;
    let starts = products.into_iter().map(|product| {
        let this = start;
        start *= product;
        this
    });
    let starts: Vec<F> = starts.collect();
    let tasks = steps.par_chunks_mut(task_rows).zip(starts).skip(1);
    // SAFETY: as above.
    tasks.for_each(|(steps, start)| unsafe { multiply(steps, start) });
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn scratch<F: PrimeField>(run: &Run<'_, F>) -> Scratch {
    Scratch {
        registers: run.registers(),
        numerators: vec![[0; 4]; CHUNK_ROWS],
        denominators: vec![[0; 4]; CHUNK_ROWS],
        before: vec![Lanes::zero(); PART_ROWS],
        after: vec![Lanes::zero(); PART_ROWS],
    }
}

/// The running products of a chunk, from `start` on. Returns the last.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn chunk_products<F: PrimeField>(
    run: &Run<'_, F>,
    scratch: &mut Scratch,
    first_row: usize,
    start: F,
    z: &mut [Words],
) -> F {
    let rows = z.len();
    let part_rows = rows.div_ceil(LANES);
    fractions(run, scratch, first_row, rows);
    let Scratch {
        numerators,
        denominators,
        before,
        after,
        ..
    } = scratch;
    // Rows that fill the last lanes change no product.
    let one = ScalarModulus::R260;
    numerators[rows..LANES * part_rows].fill(one);
    denominators[rows..LANES * part_rows].fill(one);

    let gather = |rows: &[Words], row| {
        Values::of_words(gather_words(array::from_fn(|lane| {
            &rows[lane * part_rows + row]
        })))
    };
    let mut numerator = Values::splat(&one);
    let mut denominator = numerator;
    for (row, before) in before[..part_rows].iter_mut().enumerate() {
        let factor = gather(numerators, row).factors_of_digits();
        numerator = numerator.factors().product(&factor);
        *before = numerator;
        let row = part_rows - 1 - row;
        let factor = gather(denominators, row).factors_of_digits();
        after[row] = denominator;
        denominator = denominator.factors().product(&factor);
    }

    let numerators_of_lanes = lanes_elements::<F>(numerator);
    let mut inverses = lanes_elements::<F>(denominator);
    products::invert_chunk(&mut inverses, &mut Vec::with_capacity(LANES));
    let mut product = start;
    let scales: [F; LANES] = array::from_fn(|lane| {
        let scale = product * inverses[lane];
        product = scale * numerators_of_lanes[lane];
        scale
    });

    let scales = ends::load(words_of(&scales), 0, &[0; 4]).factors();
    let is_whole = rows == LANES * part_rows;
    let to = if is_whole {
        &mut *z
    } else {
        &mut numerators[..LANES * part_rows]
    };
    let mut parts = to.chunks_exact_mut(part_rows);
    let mut parts: [&mut [Words]; LANES] = array::from_fn(|_| parts.next().expect("eight parts"));
    for row in 0..part_rows {
        let running = before[row].factors().product(&after[row].factors());
        let running = running.factors().product(&scales).canonical_of_two();
        scatter_words(running.words(), parts.each_mut().map(|part| &mut part[row]));
    }
    if !is_whole {
        z.copy_from_slice(&numerators[..rows]);
    }
    product
}

/// The numerators and denominators of a chunk's rows. Where a denominator is zero, whose inverse is zero,
/// the numerator becomes that.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn fractions<F: PrimeField>(
    run: &Run<'_, F>,
    scratch: &mut Scratch,
    first_row: usize,
    rows: usize,
) {
    let Scratch {
        registers,
        numerators,
        denominators,
        ..
    } = scratch;
    let one = Values::splat(&ScalarModulus::R260);
    run.start_at(registers, first_row);
    for start in (0..rows).step_by(BLOCK_ROWS) {
        let block_rows = BLOCK_ROWS.min(rows - start);
        run.block(registers, first_row + start, block_rows, &[]);
        let outputs = [0, 1].map(|index| run.output(registers, index));
        let numerators = numerators[start..].as_chunks_mut::<LANES>().0;
        let denominators = denominators[start..].as_chunks_mut::<LANES>().0;
        let to = numerators.iter_mut().zip(denominators);
        for (vector, (numerator, denominator)) in to.enumerate().take(block_rows.div_ceil(LANES)) {
            let values = outputs[1].load(vector).canonical();
            let zeros = values.zeros();
            store_words(values.or(zeros, one).words(), denominator);
            let values = outputs[0].load(vector).reduced();
            store_words(values.or(zeros, Values::zero()).words(), numerator);
        }
    }
}

/// values_i <- factor values_i.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn multiply<F: PrimeField>(values: &mut [Words], factor: F) {
    let factor = multiplier(factor);
    for values in values.chunks_mut(LANES) {
        let multiple = ends::load(values, 0, &[0; 4])
            .factors_of_digits()
            .times(&factor);
        ends::store(multiple, values);
    }
}

#[cfg(test)]
mod tests;
