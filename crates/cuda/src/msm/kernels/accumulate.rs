//! `accumulate.cu`: adds the points of sorted entries to their buckets.

use super::{holds, Entry, Xyzz};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    field::Affine,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    msm::plan::Pass,
};

entry_points!(msm_accumulate);

/// What both kernels that accumulate read and write.
pub(in crate::msm) struct AccumulateSlices<'a> {
    /// Sorted.
    pub(in crate::msm) entries: DeviceSlice<'a, Entry>,
    /// How many there are.
    pub(in crate::msm) total: DeviceSlice<'a, u32>,
    /// Zero before.
    pub(in crate::msm) buckets: DeviceSliceMut<'a, Xyzz>,
    /// Of each run.
    pub(in crate::msm) head_buckets: DeviceSliceMut<'a, u32>,
    /// Of each run.
    pub(in crate::msm) heads: DeviceSliceMut<'a, Xyzz>,
}

impl AccumulateSlices<'_> {
    pub(super) fn check(&self, operation: &'static str, pass: &Pass) -> Result<(), CudaError> {
        holds(operation, self.entries.len(), pass.entries())?;
        holds(operation, self.total.len(), 1)?;
        holds(operation, self.buckets.len(), pass.buckets())?;
        holds(operation, self.head_buckets.len(), u64::from(pass.runs()))?;
        holds(operation, self.heads.len(), u64::from(pass.runs()))
    }
}

#[derive(Debug)]
pub(in crate::msm) struct Accumulate(Kernel<MsmAccumulate>);

impl Accumulate {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self(MsmAccumulate::load(context)?))
    }

    /// Writes the buckets that `total` entries name, and the heads of runs.
    pub(in crate::msm) fn launch(
        &self,
        context: &Context,
        pass: &Pass,
        min_run: u32,
        points: DeviceSlice<'_, Affine>,
        slices: AccumulateSlices<'_>,
    ) -> Result<(), CudaError> {
        slices.check("msm accumulate", pass)?;
        let min_run = min_run.max(1);
        // SAFETY: threads read entries below `total`, which is at most their number, and the points,
        // and write the buckets that entries name, of which there are as many as the digits allow;
        // each thread has a run, and each run a head.
        unsafe {
            self.0.launch(
                context,
                LaunchConfig::linear(pass.accumulate_blocks, MsmAccumulate::THREADS),
                (
                    &slices.entries,
                    &slices.total,
                    &min_run,
                    &points,
                    &slices.buckets,
                    &slices.head_buckets,
                    &slices.heads,
                ),
            )
        }
    }
}
