//! What a halo2 prover asks of the machine that computes for it.
//!
//! The operations stand in a file for each family, with what they take: [`Columns`], [`Commit`],
//! [`Transforms`], [`RowPrograms`], [`Products`], [`Lookups`], [`Polynomials`]. An [`Engine`] has all of
//! them. [`Checked`](crate::Checked) follows from these definitions (`#[operations]`).

use ff::WithSmallOrderMulGroup;

use crate::{
    basis::{Basis, CommitBasis},
    column::Column,
    curve::MsmCurve,
    error::EngineError,
    srs::Srs,
};

mod columns;
mod commit;
mod lookups;
mod polynomials;
mod products;
mod rows;
mod transforms;

pub use columns::Columns;
pub use commit::Commit;
pub use lookups::{check_permute_lookup, Lookups, Permuted};
pub use polynomials::Polynomials;
pub use products::{Fractions, Products};
pub use rows::{RowPrograms, Rows};
pub(crate) use transforms::extend_by_transforms;
pub use transforms::{Domain, Transforms};

/// A scalar field that a halo2 prover can work over: it has a cube root of unity for the coset of
/// the quotient, and an order. Canonical representations are of at most 32 bytes, little-endian.
pub trait ScalarField: WithSmallOrderMulGroup<3> + Ord {}
impl<F: WithSmallOrderMulGroup<3> + Ord> ScalarField for F {}

/// A curve whose points are commitments and whose scalar field a halo2 prover can work over.
pub trait CommitmentCurve: MsmCurve<ScalarExt: ScalarField> {}
impl<C: MsmCurve<ScalarExt: ScalarField>> CommitmentCurve for C {}

/// In what an engine keeps columns, domains and points.
pub trait Storage: Sized {
    /// The curve of the commitments.
    type Curve: CommitmentCurve;
    /// The memory of one column.
    type Memory: Send + Sync;
    /// Twiddles and the like, made once for a domain.
    type Tables: Send + Sync;
    /// The points of half an SRS, where commitments need them.
    type Points: Send + Sync;
    /// Commitments that were begun.
    type Commitments: Send;
}

/// The scalar field of an engine.
pub type Scalar<E> = <<E as Storage>::Curve as halo2curves::CurveAffine>::ScalarExt;

/// A column in an engine's memory.
pub type EngineColumn<E, B> = Column<<E as Storage>::Memory, B>;

/// Half an SRS in an engine's memory.
pub type EngineSrs<E, B> = Srs<<E as Storage>::Points, B>;

/// The domain of an engine.
pub type EngineDomain<E> = Domain<Scalar<E>, <E as Storage>::Tables>;

/// Rows of an engine's domain.
pub type EngineRows<'a, E> = Rows<'a, Scalar<E>, <E as Storage>::Tables>;

/// A grand product over an engine's columns.
pub type EngineFractions<'a, E> = Fractions<'a, Scalar<E>, <E as Storage>::Memory>;

/// A' and S' in an engine's memory.
pub type EnginePermuted<E> = Permuted<<E as Storage>::Memory>;

/// What a halo2 prover asks of the machine that computes for it.
///
/// An engine owns the memory of its columns, wherever that is. No operation moves a column
/// between host and device unless its name says so ([`upload`](Columns::upload),
/// [`download`](Columns::download)). Results do not depend on the engine, the number of threads or
/// the device: the same inputs give the same field elements and points. n = 2^k throughout; the
/// cost of each operation is given in field multiplications.
pub trait Engine:
    Columns + Commit + Transforms + RowPrograms + Products + Lookups + Polynomials
{
}

impl<E> Engine for E where
    E: Columns + Commit + Transforms + RowPrograms + Products + Lookups + Polynomials
{
}

/// Engines whose columns and SRS can be borrowed from the host without a copy, for as long as `'h`.
pub trait BorrowHost<'h>: Engine {
    /// A column that is the caller's slice.
    fn borrow<B: Basis>(&self, values: &'h [Scalar<Self>]) -> EngineColumn<Self, B>;

    /// Half an SRS that is the caller's slice.
    fn borrow_srs<B: CommitBasis>(
        &self,
        points: &'h [Self::Curve],
    ) -> Result<EngineSrs<Self, B>, EngineError>;
}
