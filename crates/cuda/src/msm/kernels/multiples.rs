//! `multiples.cu`: the table of multiples of the bases.

use halo2curves::bn256::G1Affine;

use super::holds;
use crate::{
    buffer::DeviceSliceMut, context::Context, error::CudaError, kernel::Function,
    launch::LaunchConfig, msm::plan::Table,
};

const THREADS: u32 = 256;

#[derive(Debug)]
pub(in crate::msm) struct Multiples(Function);

impl Multiples {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self(context.function("msm_multiples", "msm_multiples")?))
    }

    /// Completes a table whose first points are the bases.
    pub(in crate::msm) fn launch(
        &self,
        context: &Context,
        table: &Table,
        points: DeviceSliceMut<'_, G1Affine>,
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
            context.launch(
                &self.0,
                LaunchConfig::covering(table.bases as usize, THREADS),
                &[&points, &table.bases, &table.multiples, &table.stride],
            )
        }
    }
}
