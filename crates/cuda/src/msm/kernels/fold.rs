//! `fold.cu`: weighted sums of buckets.

use super::{holds, Xyzz};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    kernel::Function,
    launch::LaunchConfig,
    msm::plan::{Pass, FOLD_PARTS, FOLD_THREADS},
};

#[derive(Debug)]
pub(in crate::msm) struct Fold {
    buckets: Function,
    slices: Function,
}

impl Fold {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self {
            buckets: context.function("msm_fold", "msm_fold_buckets")?,
            slices: context.function("msm_fold", "msm_fold_slices")?,
        })
    }

    /// Leaves of each bucket set the points that its weighted sum is made of.
    pub(in crate::msm) fn launch(
        &self,
        context: &Context,
        pass: &Pass,
        buckets: DeviceSlice<'_, Xyzz>,
        slices: DeviceSliceMut<'_, Xyzz>,
        results: DeviceSliceMut<'_, Xyzz>,
    ) -> Result<(), CudaError> {
        const OPERATION: &str = "msm fold";
        let arrays = pass.arrays() as u32;
        let parts = FOLD_PARTS as u32 * arrays;
        holds(OPERATION, buckets.len(), pass.buckets())?;
        holds(
            OPERATION,
            slices.len(),
            u64::from(parts) * u64::from(pass.fold_blocks),
        )?;
        holds(OPERATION, results.len(), pass.results() as u64)?;
        let count = 1u32 << pass.windows.log_buckets();
        let config = LaunchConfig {
            grid: [pass.fold_blocks, arrays, 1],
            ..LaunchConfig::linear(1, FOLD_THREADS)
        };
        // SAFETY: the first kernel reads the buckets of each array and writes a point of each part
        // for each block; the second reads those, and writes the results of each array.
        unsafe {
            context.launch(
                &self.buckets,
                config,
                &[&buckets, &count, &pass.log_run, &slices],
            )?;
            context.launch(
                &self.slices,
                LaunchConfig::linear(parts, FOLD_THREADS),
                &[
                    &slices.as_read(),
                    &arrays,
                    &pass.fold_blocks,
                    &pass.log_slice_run(),
                    &results,
                ],
            )
        }
    }
}
