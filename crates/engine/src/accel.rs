//! The two primitives that other provers plug in, and that a [`HybridEngine`](crate::HybridEngine)
//! is made of: multi-scalar multiplication and number-theoretic transform over host slices.

use std::borrow::Cow;

use crate::{curve::MsmCurve, error::EngineError};

/// Multi-scalar multiplication with resident bases.
pub trait MsmAccel<C: MsmCurve>: Send + Sync {
    /// Bases where this accelerator needs them; borrowed from the host where it can use that.
    type Bases<'h>: Send + Sync;

    /// The name used in messages and reports.
    fn name(&self) -> String;

    /// Takes bases in, once for many multiplications.
    fn load<'h>(&self, bases: Cow<'h, [C]>) -> Result<Self::Bases<'h>, EngineError>;

    /// sum_i s_i B_i for each column of scalars; a column may be shorter than the bases.
    fn msm(
        &self,
        bases: &Self::Bases<'_>,
        columns: &[&[C::ScalarExt]],
    ) -> Result<Vec<C::CurveExt>, EngineError>;
}

/// Number-theoretic transforms of batches of columns of one size, natural order in and out.
pub trait NttAccel<F>: Send + Sync {
    /// Twiddles of one size.
    type Tables: Send + Sync;

    /// The name used in messages and reports.
    fn name(&self) -> String;

    /// Makes the twiddles for size 2^k; returns omega with them.
    fn tables(&self, k: u32) -> Result<(F, Self::Tables), EngineError>;

    /// a_i <- sum_j a_j omega^(ij), in place.
    fn forward(&self, tables: &Self::Tables, columns: &mut [&mut [F]]) -> Result<(), EngineError>;

    /// The inverse of [`forward`](NttAccel::forward), 1/n included.
    fn inverse(&self, tables: &Self::Tables, columns: &mut [&mut [F]]) -> Result<(), EngineError>;

    /// (p, out): out_i <- p(shift * omega^i) for the coefficients p.
    fn coset_forward(
        &self,
        tables: &Self::Tables,
        columns: &mut [(&[F], &mut [F])],
        shift: F,
    ) -> Result<(), EngineError>;

    /// The inverse of [`coset_forward`](NttAccel::coset_forward), in place.
    fn coset_inverse(
        &self,
        tables: &Self::Tables,
        columns: &mut [&mut [F]],
        shift: F,
    ) -> Result<(), EngineError>;
}
