//! The basis a column's values are given in, as a type.

use std::fmt::Debug;

mod sealed {
    pub trait Sealed {}
}

/// What the n values of a [`Column`](crate::Column) mean.
pub trait Basis: sealed::Sealed + Copy + Debug + Send + Sync + 'static {
    /// The name used in messages.
    const NAME: &'static str;
}

/// Values p(omega^i) on the domain H = {1, omega, ..., omega^(n-1)}: the coefficients of the
/// Lagrange basis.
#[derive(Clone, Copy, Debug)]
pub struct LagrangeCoeff;

/// Coefficients p_i of X^i.
#[derive(Clone, Copy, Debug)]
pub struct Coeff;

/// Values p(shift * omega^i) on one coset shift * H.
#[derive(Clone, Copy, Debug)]
pub struct Coset;

impl sealed::Sealed for LagrangeCoeff {}
impl sealed::Sealed for Coeff {}
impl sealed::Sealed for Coset {}

impl Basis for LagrangeCoeff {
    const NAME: &'static str = "Lagrange";
}
impl Basis for Coeff {
    const NAME: &'static str = "coefficient";
}
impl Basis for Coset {
    const NAME: &'static str = "coset";
}

/// Bases in which a column can be committed: there is an SRS for them.
pub trait CommitBasis: Basis {
    /// Whether the SRS is that of the Lagrange basis (otherwise the monomial one).
    const LAGRANGE: bool;
}

impl CommitBasis for LagrangeCoeff {
    const LAGRANGE: bool = true;
}
impl CommitBasis for Coeff {
    const LAGRANGE: bool = false;
}

/// Bases that are values over rows, so that an expression can be evaluated row by row.
pub trait RowBasis: Basis {}
impl RowBasis for LagrangeCoeff {}
impl RowBasis for Coset {}
