//! Inverses of many elements, and l_0 on a coset.

use std::array;

use ff::PrimeField;
use rayon::prelude::*;

use super::{
    constants::multiplier,
    ends::{self, store_canonical},
    lanes::Lanes,
    modulus::{Modulus, ScalarModulus, Words},
    words::LANES,
    words_of, words_of_mut,
};
use crate::cpu::products;

/// Rows that share an inversion. The products before each take 160 KiB.
const CHUNK_ROWS: usize = 1 << 12;

/// Vectors of running products: a product waits for the one before in its chain, and there are others
/// meanwhile.
const CHAINS: usize = 4;

type Values = Lanes<ScalarModulus>;

/// Inverts in place, zero staying zero: Montgomery's trick in each lane of a chunk's chains, 3
/// multiplications a value.
pub(in crate::cpu) fn batch_invert<F: PrimeField>(values: &mut [F]) {
    let chunks = words_of_mut(values).par_chunks_mut(CHUNK_ROWS);
    chunks.for_each_init(Vec::new, |prefixes, values| {
        // SAFETY: the instructions were detected when the kernels were chosen.
        unsafe { invert_chunk(values, prefixes, F::ONE, F::ZERO) }
    });
}

/// l_0 on shift * H, as the portable kernel has it: (shift^n - 1) / n * 1 / (X - 1), and 1 at X = 1.
pub(in crate::cpu) fn l0<F: PrimeField>(omega: F, shift: F, values: &mut [F]) {
    let n = values.len();
    let scale = (shift.pow_vartime([n as u64]) - F::ONE)
        * F::from(n as u64)
            .invert()
            .expect("n is a power of two, the field's characteristic odd");
    let chunks = words_of_mut(values).par_chunks_mut(CHUNK_ROWS).enumerate();
    chunks.for_each_init(Vec::new, |prefixes, (chunk, values)| {
        let first = shift * omega.pow_vartime([(chunk * CHUNK_ROWS) as u64]);
        // SAFETY: as above.
        unsafe {
            points_less_one(first, omega, values);
            invert_chunk(values, prefixes, scale, F::ONE);
        }
    });
}

/// X - 1 for the points X from the first one on.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn points_less_one<F: PrimeField>(first: F, omega: F, values: &mut [Words]) {
    let step = multiplier(omega.pow_vartime([LANES as u64]));
    let one = Values::splat(&words_of(&[F::ONE])[0]);
    let mut point = first;
    let points: [F; LANES] = array::from_fn(|_| {
        let this = point;
        point *= omega;
        this
    });
    let mut points = ends::load(words_of(&points), 0, &[0; 4]);
    for values in values.chunks_mut(LANES) {
        ends::store(points.minus::<1>(one), values);
        points = points.factors().times(&step);
    }
}

/// values_i <- scale / values_i, and `of_zero` for zeros.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn invert_chunk<F: PrimeField>(
    values: &mut [Words],
    prefixes: &mut Vec<Values>,
    scale: F,
    of_zero: F,
) {
    let one = Values::splat(&ScalarModulus::R260);
    let of_zero = Values::splat(&words_of(&[of_zero])[0]);
    let padding = words_of(&[F::ONE])[0];
    let vectors = values.len().div_ceil(LANES);

    prefixes.clear();
    let mut products = [one; CHAINS];
    for vector in 0..vectors {
        let value = ends::load_raised(values, vector, &padding);
        let value = value.or(value.zeros(), one).factors_of_digits();
        let product = &mut products[vector % CHAINS];
        prefixes.push(*product);
        *product = product.factors().product(&value);
    }

    // One inversion for all chains and all lanes.
    let mut before = [one; CHAINS];
    let mut all = one;
    for (before, product) in before.iter_mut().zip(&products) {
        *before = all;
        all = all.factors().product(&product.factors());
    }
    let mut inverses = lanes_elements::<F>(all);
    products::invert_chunk(&mut inverses, &mut Vec::with_capacity(LANES));
    for inverse in &mut inverses {
        *inverse *= scale;
    }
    // Inverses as a column has them: times raised values they stay so.
    let mut all = ends::load(words_of(&inverses), 0, &padding);
    let mut inverses = [all; CHAINS];
    for chain in (0..CHAINS).rev() {
        inverses[chain] = all.factors().product(&before[chain].factors());
        all = all.factors().product(&products[chain].factors());
    }

    for (vector, prefix) in prefixes.iter().enumerate().rev() {
        let value = ends::load_raised(values, vector, &padding);
        let zeros = value.zeros();
        let inverse = &mut inverses[vector % CHAINS];
        let factors = inverse.factors();
        *inverse = factors.product(&value.or(zeros, one).factors_of_digits());
        let inverted = factors.product(&prefix.factors()).canonical_of_two();
        let end = values.len().min(LANES * (vector + 1));
        store_canonical(
            inverted.or(zeros, of_zero),
            &mut values[LANES * vector..end],
        );
    }
}

/// The elements that raised values are.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
pub(super) fn lanes_elements<F: PrimeField>(raised: Values) -> [F; LANES] {
    let mut elements = [F::ZERO; LANES];
    ends::store(raised.lowered(), words_of_mut(&mut elements));
    elements
}

#[cfg(test)]
mod tests;
