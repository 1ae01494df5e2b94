//! Engines whose columns are in host memory.

use std::{borrow::Cow, marker::PhantomData};

use super::{Buffer, Counting, CpuKernels, HostKernels};
use crate::{
    accel::{MsmAccel, NttAccel},
    basis::{Basis, CommitBasis},
    column::Column,
    engine::{BorrowHost, CommitmentCurve, EngineColumn, EngineSrs, Storage},
    error::EngineError,
    srs::Srs,
};

/// Columns on the host: multi-scalar multiplication by `M`, NTT by `N`, the rest by the kernels `K`.
/// `'h` is how long the host data lives that it may borrow instead of owning.
#[derive(Clone, Debug)]
pub struct HostEngine<'h, C, K, M = K, N = K> {
    pub(super) kernels: K,
    pub(super) msm: M,
    pub(super) ntt: N,
    borrows: PhantomData<&'h [C]>,
}

/// Everything by the kernels of the CPU, on rayon's current thread pool: the default, and the reference
/// for every other engine.
pub type CpuEngine<'h, C> = HostEngine<'h, C, CpuKernels>;

/// Columns on the host, multi-scalar multiplication by `M` and NTT by `N`, wherever those are.
pub type HybridEngine<'h, C, M, N> = HostEngine<'h, C, CpuKernels, M, N>;

/// An engine without data: answers the calls of a prover as [`CpuEngine`] does, and is one, over kernels
/// that compute nothing. It keeps account of bytes in memory, bytes moved, calls and field
/// multiplications ([`Counting`]). Points and scalars that it returns are placeholders.
pub type Estimate<C> = HostEngine<'static, C, Counting>;

impl<C> CpuEngine<'_, C> {
    /// The CPU engine, over the kernels that were chosen for this process ([`CpuKernels::chosen`]).
    pub fn new() -> Self {
        Self::with_kernels(CpuKernels::default())
    }

    /// The CPU engine over these kernels.
    pub fn with_kernels(kernels: CpuKernels) -> Self {
        Self::of(kernels, kernels, kernels)
    }
}

impl<C> Default for CpuEngine<'_, C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C, M, N> HybridEngine<'_, C, M, N> {
    /// An engine over the given primitives, with the chosen kernels for the rest.
    pub fn with_accelerators(msm: M, ntt: N) -> Self {
        Self::of(CpuKernels::default(), msm, ntt)
    }
}

impl<C> Estimate<C> {
    /// An estimate for the CPU engine with so many threads.
    pub fn new(threads: usize) -> Self {
        let counting = Counting::new(threads);
        Self::of(counting.clone(), counting.clone(), counting)
    }
}

impl<C, K, M, N> HostEngine<'_, C, K, M, N> {
    /// An engine over any kernels: of others than this crate's, for tests of what uses an engine.
    pub fn of(kernels: K, msm: M, ntt: N) -> Self {
        Self {
            kernels,
            msm,
            ntt,
            borrows: PhantomData,
        }
    }

    /// What computes, or counts, all but multi-scalar multiplication and NTT.
    pub fn kernels(&self) -> &K {
        &self.kernels
    }
}

impl<'h, C, K, M, N> Storage for HostEngine<'h, C, K, M, N>
where
    C: CommitmentCurve,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    type Curve = C;
    type Memory = Buffer<'h, C::ScalarExt>;
    type Tables = N::Tables;
    type Points = M::Bases<'h>;
    type Commitments = Vec<C>;
}

impl<'h, C, K, M, N> BorrowHost<'h> for HostEngine<'h, C, K, M, N>
where
    C: CommitmentCurve,
    K: HostKernels<C::ScalarExt>,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    fn borrow<B: Basis>(&self, values: &'h [C::ScalarExt]) -> EngineColumn<Self, B> {
        Column::from_memory(Buffer::borrowed(values))
    }

    fn borrow_srs<B: CommitBasis>(
        &self,
        points: &'h [C],
    ) -> Result<EngineSrs<Self, B>, EngineError> {
        Ok(Srs::from_points(self.msm.load(Cow::Borrowed(points))?))
    }
}

/// The buffers of columns.
pub(super) fn buffers<'c, 'h, F: Clone, B: Basis>(
    columns: &[&'c Column<Buffer<'h, F>, B>],
) -> Vec<&'c Buffer<'h, F>> {
    columns.iter().map(|column| column.memory()).collect()
}

/// An error unless all columns have n values.
pub(super) fn check_columns<'b, 'h: 'b, F: Clone + 'h>(
    operation: &'static str,
    n: usize,
    columns: impl IntoIterator<Item = &'b Buffer<'h, F>>,
) -> Result<(), EngineError> {
    columns
        .into_iter()
        .try_for_each(|column| EngineError::check_length(operation, "a column", n, column.len()))
}
