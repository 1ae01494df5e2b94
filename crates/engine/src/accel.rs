//! The two primitives that other provers plug in, and that a [`HybridEngine`](crate::HybridEngine)
//! is made of: multi-scalar multiplication and number-theoretic transform over host slices.

use std::borrow::Cow;

use crate::{cpu::Buffer, curve::MsmCurve, error::EngineError};

/// Multi-scalar multiplication with resident bases.
pub trait MsmAccel<C: MsmCurve>: Send + Sync {
    /// Bases where this accelerator needs them; borrowed from the host where it can use that.
    type Bases<'h>: Send + Sync;

    /// The name used in messages and reports.
    fn name(&self) -> String;

    /// Takes bases in, once for many multiplications.
    fn load<'h>(&self, bases: Cow<'h, [C]>) -> Result<Self::Bases<'h>, EngineError>;

    /// [`load`](Self::load) for an engine, which knows how many bases there are before it has them. What
    /// computes nothing does not call `bases`.
    fn load_with<'h>(
        &self,
        n: usize,
        bases: impl FnOnce() -> Cow<'h, [C]>,
    ) -> Result<Self::Bases<'h>, EngineError> {
        let bases = bases();
        EngineError::check_length("load_srs", "the SRS", n, bases.len())?;
        self.load(bases)
    }

    /// sum_i s_i B_i for each column of scalars; a column may be shorter than the bases.
    fn msm(
        &self,
        bases: &Self::Bases<'_>,
        columns: &[&[C::ScalarExt]],
    ) -> Result<Vec<C::CurveExt>, EngineError>;

    /// [`msm`](Self::msm) of an engine's columns, which are without values where nothing is computed.
    fn msm_of(
        &self,
        bases: &Self::Bases<'_>,
        columns: &[&Buffer<'_, C::ScalarExt>],
    ) -> Result<Vec<C::CurveExt>, EngineError> {
        let columns: Vec<_> = columns.iter().map(|column| column.values()).collect();
        self.msm(bases, &columns)
    }
}

/// A transform of a column within its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InPlace<F> {
    /// [`NttAccel::forward`].
    Forward,
    /// [`NttAccel::inverse`].
    Inverse,
    /// [`NttAccel::coset_inverse`].
    CosetInverse {
        /// The coset is shift * H.
        shift: F,
    },
}

/// Number-theoretic transforms of batches of columns of one size, natural order in and out.
pub trait NttAccel<F: Copy>: Send + Sync {
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

    /// [`coset_forward`](Self::coset_forward), in place.
    fn coset_forward_in_place(
        &self,
        tables: &Self::Tables,
        columns: &mut [&mut [F]],
        shift: F,
    ) -> Result<(), EngineError> {
        let coefficients: Vec<Vec<F>> = columns.iter().map(|column| column.to_vec()).collect();
        let coefficients = coefficients.iter().map(Vec::as_slice);
        let columns = columns.iter_mut().map(|column| &mut **column);
        let mut jobs: Vec<_> = coefficients.zip(columns).collect();
        self.coset_forward(tables, &mut jobs, shift)
    }

    /// Transforms of an engine's columns, which are without values where nothing is computed.
    fn transform_in_place(
        &self,
        tables: &Self::Tables,
        which: InPlace<F>,
        columns: &mut [Buffer<'_, F>],
    ) -> Result<(), EngineError> {
        let mut columns: Vec<&mut [F]> = columns.iter_mut().map(Buffer::values_mut).collect();
        match which {
            InPlace::Forward => self.forward(tables, &mut columns),
            InPlace::Inverse => self.inverse(tables, &mut columns),
            InPlace::CosetInverse { shift } => self.coset_inverse(tables, &mut columns, shift),
        }
    }

    /// [`coset_forward`](Self::coset_forward) of an engine's columns, into as many others of their length.
    fn extend_into(
        &self,
        tables: &Self::Tables,
        columns: &[&Buffer<'_, F>],
        extended: &mut [Buffer<'_, F>],
        shift: F,
    ) -> Result<(), EngineError> {
        let mut columns: Vec<(&[F], &mut [F])> = columns
            .iter()
            .map(|column| column.values())
            .zip(extended.iter_mut().map(Buffer::values_mut))
            .collect();
        self.coset_forward(tables, &mut columns, shift)
    }
}
