//! Columns: on the device, or on the host where the placement says so.

use crate::field::ScalarField;
use halo2_offload_engine::{Basis, Column, Columns, EngineColumn, EngineError, Label};

use super::{memory::column, CudaEngine};

/// Rows of columns that are committed to at a time as they come in: enough to fill a device.
const ROWS_AT_A_TIME: usize = 1 << 20;

impl Columns for CudaEngine {
    fn name(&self) -> String {
        "cuda".into()
    }

    fn has_data(&self) -> bool {
        !self.context.is_modelled()
    }

    fn upload<B: Basis>(
        &self,
        label: Label,
        n: usize,
        values: impl FnOnce() -> Vec<ScalarField>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        Ok(Column::from_memory(self.take_in(label, n, values)?))
    }

    fn download<B: Basis>(
        &self,
        column: &EngineColumn<Self, B>,
    ) -> Result<Vec<ScalarField>, EngineError> {
        self.download_values(column.memory())
    }

    fn zeros<B: Basis>(&self, n: usize) -> Result<EngineColumn<Self, B>, EngineError> {
        let buffer = self.context.allocate_zeroed("zeros", n)?;
        Ok(column(buffer))
    }

    fn expand_seed<B: Basis>(
        &self,
        label: Label,
        n: usize,
        seed: [u8; 32],
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        let mut buffer = self.allocate("expanded seed", n)?;
        self.seeds.expand(seed, buffer.all_mut())?;
        self.settle(label, buffer.into())
    }

    fn place<B: Basis>(
        &self,
        label: Label,
        column: EngineColumn<Self, B>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        self.settle(label, column.into_memory())
    }

    fn working_columns(&self, least: usize, most: usize) -> usize {
        self.placement.working_columns.clamp(least, most)
    }

    fn columns_at_a_time(&self, n: usize) -> usize {
        (ROWS_AT_A_TIME / n.max(1)).max(1)
    }
}
