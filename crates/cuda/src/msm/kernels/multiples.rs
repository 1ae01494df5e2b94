//! `multiples.cu`: the table of multiples of the bases.

use super::holds;
use crate::{
    buffer::DeviceSliceMut,
    context::Context,
    entry_points,
    error::CudaError,
    field::Affine,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    msm::plan::Table,
};

entry_points!(msm_multiples);

#[derive(Debug)]
pub(in crate::msm) struct Multiples(Kernel<MsmMultiples>);

impl Multiples {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self(MsmMultiples::load(context)?))
    }

    /// Completes a table whose first points are the bases.
    pub(in crate::msm) fn launch(
        &self,
        context: &Context,
        table: &Table,
        points: DeviceSliceMut<'_, Affine>,
    ) -> Result<(), CudaError> {
        holds(
            "msm table of multiples",
            points.len(),
            table.points() as u64,
        )?;
        if table.bases == 0 || table.multiples == 1 {
            return Ok(());
        }
        // SAFETY: thread i of as many as there are bases reads base i and writes its multiples, of
        // which the slice holds `multiples` times `bases`.
        unsafe {
            self.0.launch(
                context,
                LaunchConfig::covering(table.bases as usize, MsmMultiples::THREADS),
                (&points, &table.bases, &table.multiples, &table.stride),
            )
        }
    }
}
