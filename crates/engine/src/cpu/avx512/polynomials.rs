//! Polynomials: evaluation and combination, as sums of products with constants that are reduced once for
//! many.

use ff::PrimeField;
use rayon::prelude::*;

use super::{
    constants::{multiplier, raised},
    ends,
    lanes::Lanes,
    modulus::{limbs, ScalarModulus, Words, LIMBS},
    multiplier::Multiplier,
    sums::ProductSum,
    words::{prefetch, LANES},
    words_of, words_of_mut,
};

/// Coefficients that one task works on.
const CHUNK_ROWS: usize = 1 << 12;

/// Products of a sum: with elements and constants below p, it is below 2 p.
pub(super) const SUM_PRODUCTS: usize = 64;

/// Columns that are read side by side.
const SIDE_BY_SIDE: usize = 16;

/// How far ahead columns are prefetched that are read side by side: more than a CPU follows by itself.
const AHEAD_ROWS: usize = 128;

type Values = Lanes<ScalarModulus>;

/// p(x) for each pair. Tasks are chunks of polynomials, so that one query is as parallel as many.
pub(in crate::cpu) fn horner<F: PrimeField>(queries: &[(&[F], F)]) -> Vec<F> {
    let queries = queries.par_iter();
    queries
        .map(|(coefficients, point)| {
            let powers = Powers::new(*point, coefficients.len());
            let step = point.pow_vartime([CHUNK_ROWS as u64]);
            let chunks: Vec<F> = coefficients
                .par_chunks(CHUNK_ROWS)
                .map(|chunk| powers.value(chunk))
                .collect();
            chunks
                .iter()
                .rev()
                .fold(F::ZERO, |sum, chunk| sum * step + chunk)
        })
        .collect()
}

/// What polynomials are evaluated with at a point x.
pub(super) struct Powers<F> {
    point: F,
    /// x^(8 i), raised, in limbs.
    powers: Vec<[u64; LIMBS]>,
    /// x^(8 `SUM_PRODUCTS`).
    step: Multiplier<ScalarModulus>,
}

impl<F: PrimeField> Powers<F> {
    /// For polynomials of so many coefficients at most.
    pub(super) fn new(point: F, coefficients: usize) -> Self {
        let vectors = coefficients.div_ceil(LANES).min(SUM_PRODUCTS);
        let of_lanes = point.pow_vartime([LANES as u64]);
        let step = of_lanes.pow_vartime([SUM_PRODUCTS as u64]);
        Self {
            point,
            powers: raised_powers(of_lanes, vectors),
            // SAFETY: the instructions were detected when the kernels were chosen.
            step: unsafe { multiplier(step) },
        }
    }

    /// The value at x of a polynomial.
    pub(super) fn value(&self, coefficients: &[F]) -> F {
        let mut lanes = [F::ZERO; LANES];
        // SAFETY: as above.
        unsafe { self.values(words_of(coefficients), words_of_mut(&mut lanes)) }
        let lanes = lanes.into_iter().rev();
        lanes.fold(F::ZERO, |value, lane| value * self.point + lane)
    }

    /// Lane j: the value at x^8 of the polynomial of the coefficients j, j + 8, and so on.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    fn values(&self, coefficients: &[Words], lanes: &mut [Words]) {
        let mut value = Values::zero();
        for coefficients in coefficients.chunks(LANES * SUM_PRODUCTS).rev() {
            let mut sum = ProductSum::zero();
            let vectors = coefficients.len().div_ceil(LANES);
            for (vector, power) in self.powers[..vectors].iter().enumerate() {
                let coefficients = ends::load(coefficients, vector, &[0; 4]);
                sum.add_constant(coefficients.limbs, power);
            }
            value = value.factors().times(&self.step).plus(sum.reduced());
        }
        ends::store(value, lanes);
    }
}

/// The powers from 0 on of an element, raised, in limbs.
pub(super) fn raised_powers<F: PrimeField>(element: F, count: usize) -> Vec<[u64; LIMBS]> {
    let mut power = F::ONE;
    let powers = (0..count).map(|_| {
        let this = limbs(raised(power));
        power *= element;
        this
    });
    powers.collect()
}

/// sum <- sum + sum_j c_j p_j, in chunks of rows that stay in L2 while all terms pass over them.
pub(in crate::cpu) fn accumulate<F: PrimeField>(sum: &mut [F], terms: &[(F, &[F])]) {
    let terms = terms.iter();
    let terms: Vec<_> = terms
        .map(|(factor, column)| (limbs(raised(*factor)), words_of(column)))
        .collect();
    let chunks = words_of_mut(sum).par_chunks_mut(CHUNK_ROWS).enumerate();
    chunks.for_each(|(chunk, sum)| {
        for terms in terms.chunks(SIDE_BY_SIDE) {
            // SAFETY: the instructions were detected when the kernels were chosen.
            unsafe { accumulate_chunk(sum, chunk * CHUNK_ROWS, terms) }
        }
    });
}

/// A column's elements times a constant, raised, in limbs.
type Term<'a> = ([u64; LIMBS], &'a [Words]);

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn accumulate_chunk(sum: &mut [Words], start: usize, terms: &[Term<'_>]) {
    for (vector, sum) in sum.chunks_mut(LANES).enumerate() {
        let row = start + LANES * vector;
        let mut products = ProductSum::zero();
        for (factor, column) in terms {
            prefetch(column, row + AHEAD_ROWS);
            let elements = ends::load(&column[row..], 0, &[0; 4]);
            products.add_constant(elements.limbs, factor);
        }
        let before = ends::load(sum, 0, &[0; 4]);
        ends::store(products.reduced().plus(before), sum);
    }
}

#[cfg(test)]
pub(super) mod tests;
