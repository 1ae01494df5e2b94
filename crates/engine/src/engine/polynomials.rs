//! Polynomials in coefficient form: evaluation, combination, division.

use halo2_offload_engine_derive::operations;

use super::{Columns, EngineColumn, Scalar};
use crate::{basis::Coeff, error::EngineError};

/// What openings are made of.
#[operations]
pub trait Polynomials: Columns {
    /// Evaluates each polynomial at its point, by Horner's rule: n multiplications each.
    fn horner(
        &self,
        queries: &[(&EngineColumn<Self, Coeff>, Scalar<Self>)],
    ) -> Result<Vec<Scalar<Self>>, EngineError>;

    /// sum_j c_j p_j(X) + low(X), `low` being the first coefficients of a polynomial of degree < n:
    /// one multiplication per term and row.
    fn linear_combination(
        &self,
        n: usize,
        terms: &[(Scalar<Self>, &EngineColumn<Self, Coeff>)],
        low: &[Scalar<Self>],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError>;

    /// sum(X) + sum_j c_j p_j(X), in the memory of `sum`: one multiplication per term and row.
    fn accumulate(
        &self,
        sum: EngineColumn<Self, Coeff>,
        terms: &[(Scalar<Self>, &EngineColumn<Self, Coeff>)],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError>;

    /// The quotient of p(X) by the product of (X - r) over all `roots`; remainders are dropped.
    /// n multiplications a root (Kate, Zaverucha, Goldberg 2010, section 3.3).
    fn kate_division(
        &self,
        column: EngineColumn<Self, Coeff>,
        roots: &[Scalar<Self>],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError>;
}
