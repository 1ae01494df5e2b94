//! `fold.cu`: weighted sums of buckets.

use super::{holds, Xyzz};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    msm::plan::{Pass, FOLD_PARTS, FOLD_THREADS},
};

entry_points!(msm_fold);

#[derive(Debug)]
pub(in crate::msm) struct Fold(Kernel<MsmFold>);

impl Fold {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self(MsmFold::load(context)?))
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
        let config = |arrays: u32, blocks: u32| LaunchConfig {
            grid: [arrays, blocks, 1],
            ..LaunchConfig::linear(1, FOLD_THREADS)
        };
        // SAFETY: the first launch reads the buckets of each array and writes a point of each part for
        // each block; the second reads those, and writes the results of each array.
        unsafe {
            self.0.launch(
                context,
                config(arrays, pass.fold_blocks),
                (&buckets, &count, &pass.log_run, &0u32, &slices),
            )?;
            self.0.launch(
                context,
                config(parts, 1),
                (
                    &slices.as_read(),
                    &pass.fold_blocks,
                    &pass.log_slice_run(),
                    &arrays,
                    &results,
                ),
            )
        }
    }
}
