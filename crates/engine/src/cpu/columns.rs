//! Columns of the host.

use super::{engine::HostEngine, heap, seed, Buffer, Counting, CpuKernels, HostKernels};
use crate::{
    accel::{MsmAccel, NttAccel},
    basis::Basis,
    column::Column,
    engine::{Columns, CommitmentCurve, EngineColumn, ScalarField},
    error::EngineError,
    label::Label,
    process,
};

/// How columns come into being.
pub trait ColumnKernels<F: ScalarField> {
    /// Whether anything is computed.
    fn has_data(&self) -> bool {
        true
    }

    /// Zeros.
    fn zeros<'h>(&self, n: usize) -> Buffer<'h, F> {
        vec![F::ZERO; n].into()
    }

    /// The caller's values, of which n are promised.
    fn upload<'h>(
        &self,
        n: usize,
        values: impl FnOnce() -> Vec<F>,
    ) -> Result<Buffer<'h, F>, EngineError> {
        let values = values();
        EngineError::check_length("upload", "the column", n, values.len())?;
        Ok(values.into())
    }

    /// The values, for the caller.
    fn download(&self, column: &Buffer<'_, F>) -> Vec<F> {
        column.values().to_vec()
    }

    /// The same values once more.
    fn copy<'h>(&self, column: &Buffer<'_, F>) -> Buffer<'h, F> {
        column.values().to_vec().into()
    }

    /// See [`Columns::expand_seed`].
    fn expand_seed<'h>(&self, n: usize, seed: [u8; 32]) -> Buffer<'h, F> {
        seed::expand_seed(n, seed).into()
    }
}

impl<F: ScalarField> ColumnKernels<F> for CpuKernels {}

#[warn(clippy::missing_trait_methods)]
impl<F: ScalarField> ColumnKernels<F> for Counting {
    fn has_data(&self) -> bool {
        false
    }

    fn zeros<'h>(&self, n: usize) -> Buffer<'h, F> {
        self.buffer(n)
    }

    fn upload<'h>(
        &self,
        n: usize,
        _: impl FnOnce() -> Vec<F>,
    ) -> Result<Buffer<'h, F>, EngineError> {
        self.uploaded::<F>(n);
        Ok(self.buffer(n))
    }

    fn download(&self, column: &Buffer<'_, F>) -> Vec<F> {
        self.downloaded::<F>(column.len());
        vec![F::ZERO; column.len()]
    }

    fn copy<'h>(&self, column: &Buffer<'_, F>) -> Buffer<'h, F> {
        self.buffer(column.len())
    }

    fn expand_seed<'h>(&self, n: usize, _: [u8; 32]) -> Buffer<'h, F> {
        // 64 bytes become a value: three reductions.
        self.count("expand_seed", 3 * n as u64);
        self.buffer(n)
    }
}

impl<C, K, M, N> Columns for HostEngine<'_, C, K, M, N>
where
    C: CommitmentCurve,
    K: HostKernels<C::ScalarExt>,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    fn name(&self) -> String {
        match (self.msm.name(), self.ntt.name()) {
            (msm, ntt) if msm == ntt => msm,
            (msm, ntt) => format!("msm on {msm}, ntt on {ntt}"),
        }
    }

    fn has_data(&self) -> bool {
        self.kernels.has_data()
    }

    fn upload<B: Basis>(
        &self,
        _: Label,
        n: usize,
        values: impl FnOnce() -> Vec<C::ScalarExt>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        process::enter()?;
        Ok(Column::from_memory(self.kernels.upload(n, values)?))
    }

    fn download<B: Basis>(
        &self,
        column: &EngineColumn<Self, B>,
    ) -> Result<Vec<C::ScalarExt>, EngineError> {
        Ok(self.kernels.download(column.memory()))
    }

    fn zeros<B: Basis>(&self, n: usize) -> Result<EngineColumn<Self, B>, EngineError> {
        process::enter()?;
        Ok(Column::from_memory(self.kernels.zeros(n)))
    }

    fn expand_seed<B: Basis>(
        &self,
        _: Label,
        n: usize,
        seed: [u8; 32],
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        process::enter()?;
        Ok(Column::from_memory(self.kernels.expand_seed(n, seed)))
    }

    fn trim(&self) {
        if self.has_data() {
            heap::trim();
        }
    }
}
