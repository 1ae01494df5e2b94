//! Polynomials in coefficient form: evaluation, combination, division.

use ff::Field;
use rayon::prelude::*;

#[cfg(avx512)]
use super::avx512;
use super::{
    engine::{check_columns, HostEngine},
    kernels::Portable,
    Buffer, Counting, CpuKernels, HostKernels,
};
use crate::{
    accel::{MsmAccel, NttAccel},
    basis::Coeff,
    column::Column,
    engine::{Columns, CommitmentCurve, EngineColumn, Polynomials, ScalarField},
    error::EngineError,
    process,
};

/// Coefficients that one task works on.
const CHUNK_ROWS: usize = 1 << 12;

/// Polynomials by their coefficients.
pub trait PolynomialKernels<F: ScalarField> {
    /// p(x) for each pair.
    fn horner(&self, queries: &[(&Buffer<'_, F>, F)]) -> Vec<F> {
        let queries = queries.iter();
        let queries: Vec<_> = queries.map(|(p, x)| (p.values(), *x)).collect();
        horner(&queries)
    }

    /// sum <- sum + sum_j c_j p_j.
    fn accumulate(&self, sum: &mut Buffer<'_, F>, terms: &[(F, &Buffer<'_, F>)]) {
        let terms = terms.iter();
        let terms: Vec<_> = terms.map(|(c, p)| (*c, p.values())).collect();
        accumulate(sum.values_mut(), &terms);
    }

    /// sum <- sum + low, of which there are few.
    fn add_low(&self, sum: &mut Buffer<'_, F>, low: &[F]) {
        let first = sum.values_mut().iter_mut();
        first.zip(low).for_each(|(sum, low)| *sum += low);
    }

    /// p <- (p - p(r)) / (X - r); the last coefficient becomes 0.
    fn kate_division(&self, p: &mut Buffer<'_, F>, root: F) {
        kate_division(p.values_mut(), root);
    }
}

impl<F: ScalarField> PolynomialKernels<F> for Portable {}

impl<F: ScalarField> PolynomialKernels<F> for CpuKernels {
    fn horner(&self, queries: &[(&Buffer<'_, F>, F)]) -> Vec<F> {
        match self {
            #[cfg(avx512)]
            Self::Avx512 if avx512::takes::<F>() => {
                let queries = queries.iter();
                let queries: Vec<_> = queries.map(|(p, x)| (p.values(), *x)).collect();
                avx512::polynomials::horner(&queries)
            }
            _ => Portable.horner(queries),
        }
    }

    fn accumulate(&self, sum: &mut Buffer<'_, F>, terms: &[(F, &Buffer<'_, F>)]) {
        match self {
            #[cfg(avx512)]
            Self::Avx512 if avx512::takes::<F>() => {
                let terms = terms.iter();
                let terms: Vec<_> = terms.map(|(c, p)| (*c, p.values())).collect();
                avx512::polynomials::accumulate(sum.values_mut(), &terms);
            }
            _ => Portable.accumulate(sum, terms),
        }
    }

    fn kate_division(&self, p: &mut Buffer<'_, F>, root: F) {
        match self {
            #[cfg(avx512)]
            Self::Avx512 if avx512::takes::<F>() => {
                avx512::division::kate_division(p.values_mut(), root);
            }
            _ => Portable.kate_division(p, root),
        }
    }
}

#[warn(clippy::missing_trait_methods)]
impl<F: ScalarField> PolynomialKernels<F> for Counting {
    fn horner(&self, queries: &[(&Buffer<'_, F>, F)]) -> Vec<F> {
        for (p, _) in queries {
            self.count("horner", p.len() as u64);
        }
        vec![F::ONE; queries.len()]
    }

    fn accumulate(&self, sum: &mut Buffer<'_, F>, terms: &[(F, &Buffer<'_, F>)]) {
        self.count("accumulate", (terms.len() * sum.len()) as u64);
    }

    fn add_low(&self, _: &mut Buffer<'_, F>, _: &[F]) {}

    fn kate_division(&self, p: &mut Buffer<'_, F>, _: F) {
        self.count("kate_division", p.len() as u64);
    }
}

impl<C, K, M, N> Polynomials for HostEngine<'_, C, K, M, N>
where
    C: CommitmentCurve,
    K: HostKernels<C::ScalarExt>,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    fn horner(
        &self,
        queries: &[(&EngineColumn<Self, Coeff>, C::ScalarExt)],
    ) -> Result<Vec<C::ScalarExt>, EngineError> {
        process::enter()?;
        let queries = queries.iter();
        let queries: Vec<_> = queries.map(|(p, x)| (p.memory(), *x)).collect();
        Ok(self.kernels.horner(&queries))
    }

    fn linear_combination(
        &self,
        n: usize,
        terms: &[(C::ScalarExt, &EngineColumn<Self, Coeff>)],
        low: &[C::ScalarExt],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        const OPERATION: &str = "linear_combination";
        EngineError::check_at_most(OPERATION, "the list of first coefficients", n, low)?;
        let mut sum = self.accumulate(self.zeros(n)?, terms)?;
        self.kernels.add_low(sum.memory_mut(), low);
        Ok(sum)
    }

    fn accumulate(
        &self,
        sum: EngineColumn<Self, Coeff>,
        terms: &[(C::ScalarExt, &EngineColumn<Self, Coeff>)],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        process::enter()?;
        let mut sum = sum.into_memory();
        let columns = terms.iter().map(|(_, column)| column.memory());
        check_columns("accumulate", sum.len(), columns)?;
        let terms = terms.iter();
        let terms: Vec<_> = terms.map(|(c, p)| (*c, p.memory())).collect();
        self.kernels.accumulate(&mut sum, &terms);
        Ok(Column::from_memory(sum))
    }

    fn kate_division(
        &self,
        column: EngineColumn<Self, Coeff>,
        roots: &[C::ScalarExt],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        process::enter()?;
        let mut values = column.into_memory();
        for root in roots {
            self.kernels.kate_division(&mut values, *root);
        }
        Ok(Column::from_memory(values))
    }
}

/// p(x) for each pair. Tasks are chunks of polynomials, so that one query is as parallel as many.
fn horner<F: Field>(queries: &[(&[F], F)]) -> Vec<F> {
    queries
        .par_iter()
        .map(|(coefficients, point)| {
            let step = point.pow_vartime([CHUNK_ROWS as u64]);
            let chunks: Vec<F> = coefficients
                .par_chunks(CHUNK_ROWS)
                .map(|chunk| horner_chunk(chunk, *point))
                .collect();
            chunks
                .iter()
                .rev()
                .fold(F::ZERO, |sum, chunk| sum * step + chunk)
        })
        .collect()
}

/// Horner's rule on four interleaved polynomials in x^4: four chains of multiplications that do
/// not wait for each other.
fn horner_chunk<F: Field>(coefficients: &[F], point: F) -> F {
    let step = point.square().square();
    let mut sums = [F::ZERO; 4];
    for quad in coefficients.chunks(4).rev() {
        for (sum, coefficient) in sums.iter_mut().zip(quad) {
            *sum = *sum * step + coefficient;
        }
        for sum in &mut sums[quad.len()..] {
            *sum *= step;
        }
    }
    sums.iter()
        .rev()
        .fold(F::ZERO, |value, sum| value * point + sum)
}

/// sum <- sum + sum_j c_j p_j, in chunks of rows that stay in L2 while all terms pass over them.
fn accumulate<F: Field>(sum: &mut [F], terms: &[(F, &[F])]) {
    sum.par_chunks_mut(CHUNK_ROWS)
        .enumerate()
        .for_each(|(chunk, sum)| {
            let start = chunk * CHUNK_ROWS;
            for (factor, column) in terms {
                let column = &column[start..start + sum.len()];
                if *factor == F::ONE {
                    sum.iter_mut().zip(column).for_each(|(sum, v)| *sum += v);
                } else {
                    sum.iter_mut()
                        .zip(column)
                        .for_each(|(sum, v)| *sum += *v * factor);
                }
            }
        });
}

/// p <- (p - p(r)) / (X - r), by q_(i-1) = p_i + r q_i from the top; the last coefficient becomes 0.
///
/// Each thread has a part of the coefficients. A part needs q at its upper end: that is Horner's
/// rule over everything above it, taken part by part first (a second multiplication a row, spared
/// where there is one thread).
fn kate_division<F: Field>(p: &mut [F], root: F) {
    let part_rows = p
        .len()
        .div_ceil(rayon::current_num_threads())
        .max(CHUNK_ROWS);
    let mut parts: Vec<(F, &mut [F])> = p
        .chunks_mut(part_rows)
        .map(|part| (F::ZERO, part))
        .collect();
    if parts.len() > 1 {
        parts[1..]
            .par_iter_mut()
            .for_each(|(value, part)| *value = horner_chunk(part, root));
    }
    // What was a part's own value becomes q just above the part.
    let mut above = F::ZERO;
    for (value, part) in parts.iter_mut().rev() {
        let step = root.pow_vartime([part.len() as u64]);
        (above, *value) = (above * step + *value, above);
    }
    parts.into_par_iter().for_each(|(above, part)| {
        let mut q = above;
        for coefficient in part.iter_mut().rev() {
            let p = *coefficient;
            *coefficient = q;
            q = p + root * q;
        }
    });
}
