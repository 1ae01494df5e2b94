//! `tables.cu`: tables of twiddles.

use halo2_offload_kernels::signatures::ntt_tables::LOG_RUN;

use super::holds;
use crate::{
    buffer::DeviceSliceMut,
    context::Context,
    entry_points,
    error::CudaError,
    field::ScalarField,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    ntt::{plan::Table, twiddle::Twiddle},
};

entry_points!(ntt_tables);

#[derive(Debug)]
pub(in crate::ntt) struct TableKernel(Kernel<NttTable>);

/// What a table's entries are made of.
#[derive(Clone, Copy, Debug)]
pub(in crate::ntt) struct TableValues {
    pub(in crate::ntt) scale: ScalarField,
    pub(in crate::ntt) rows: ScalarField,
    pub(in crate::ntt) steps: ScalarField,
    pub(in crate::ntt) both: ScalarField,
}

impl TableKernel {
    pub(in crate::ntt) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self(NttTable::load(context)?))
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
            self.0.launch(
                context,
                LaunchConfig::covering(runs, NttTable::THREADS),
                (
                    &out,
                    &values.scale,
                    &values.rows,
                    &values.steps,
                    &values.both,
                    &table.log_high,
                    &table.log_low,
                    &table.log_length,
                ),
            )
        }
    }
}
