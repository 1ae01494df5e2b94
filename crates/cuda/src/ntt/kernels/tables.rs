//! `tables.cu`: tables of twiddles.

use halo2curves::bn256::Fr;

use super::holds;
use crate::{
    buffer::DeviceSliceMut,
    context::Context,
    error::CudaError,
    kernel::Function,
    launch::LaunchConfig,
    ntt::{plan::Table, twiddle::Twiddle},
};

const THREADS: u32 = 128;
/// log2 of the consecutive entries that a thread makes, at most.
const LOG_RUN: u32 = 4;

#[derive(Debug)]
pub(in crate::ntt) struct TableKernel(Function);

/// What a table's entries are made of.
#[derive(Clone, Copy, Debug)]
pub(in crate::ntt) struct TableValues {
    pub(in crate::ntt) scale: Fr,
    pub(in crate::ntt) rows: Fr,
    pub(in crate::ntt) steps: Fr,
    pub(in crate::ntt) both: Fr,
}

impl TableKernel {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self(context.function("ntt_tables", "ntt_table")?))
    }

    pub(in crate::ntt) fn launch(
        &self,
        context: &Context,
        table: &Table,
        values: &TableValues,
        out: DeviceSliceMut<'_, Twiddle>,
    ) -> Result<(), CudaError> {
        holds("ntt table", out.len(), table.entries() as u64)?;
        let runs = table.entries() >> table.log_length.min(LOG_RUN);
        // SAFETY: the kernel writes the table's entries and nothing else, in any grid with a thread
        // for each run.
        unsafe {
            context.launch(
                &self.0,
                LaunchConfig::covering(runs, THREADS),
                &[
                    &out,
                    &values.scale,
                    &values.rows,
                    &values.steps,
                    &values.both,
                    &table.log_high,
                    &table.log_low,
                    &table.log_length,
                ],
            )
        }
    }
}
