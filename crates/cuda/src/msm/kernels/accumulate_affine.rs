//! `accumulate_affine.cu`: adds the points of sorted entries to their buckets, with affine sums.

use super::{holds, AccumulateSlices, AffineSum, Entry, Xyzz};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    field::Affine,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    msm::plan::{Pass, AFFINE_THREADS},
};

entry_points!(msm_accumulate_affine);

/// The kernel takes sums as their quarters, [`AffineSum`] is four of them.
type Quarter = AffineSum;

/// Bytes of shared memory that a block takes whatever its threads' runs, and for each of them.
const TREE_BYTES: u32 = 2 * AFFINE_THREADS * 48;
const RUN_BYTES: u32 = AFFINE_THREADS * 32;

/// Shared memory of a block whose threads have so many runs.
pub(in crate::msm) fn shared_bytes(runs: u32) -> u32 {
    TREE_BYTES.saturating_add(RUN_BYTES.saturating_mul(runs))
}

#[derive(Debug)]
pub(in crate::msm) struct AccumulateAffine(Kernel<MsmAccumulateAffine>);

impl AccumulateAffine {
    /// For at most so many runs a thread.
    pub(super) fn load(context: &Context, runs: u32) -> Result<Self, CudaError> {
        let function = MsmAccumulateAffine::load(context)?;
        Ok(Self(function.with_shared_bytes(shared_bytes(runs))?))
    }

    /// As [`Accumulate::launch`](super::Accumulate::launch), with so many runs a thread.
    #[allow(clippy::too_many_arguments)]
    pub(in crate::msm) fn launch(
        &self,
        context: &Context,
        pass: &Pass,
        runs: u32,
        min_run: u32,
        points: DeviceSlice<'_, Affine>,
        sums: DeviceSliceMut<'_, AffineSum>,
        slices: AccumulateSlices<'_>,
    ) -> Result<(), CudaError> {
        slices.check("msm accumulate", pass)?;
        holds("msm accumulate", sums.len(), u64::from(pass.runs()))?;
        let min_run = min_run.max(1);
        let config = LaunchConfig::linear(pass.accumulate_blocks, AFFINE_THREADS);
        // SAFETY: threads read entries below `total`, which is at most their number, and the points,
        // and write the buckets that entries name, of which there are as many as the digits allow;
        // each run has a head and a sum, and the prefixes of a step fit the shared memory.
        unsafe {
            self.0.launch(
                context,
                config.with_shared_bytes(shared_bytes(runs)),
                (
                    &slices.entries,
                    &slices.total,
                    &min_run,
                    &runs,
                    &points,
                    &sums,
                    &slices.buckets,
                    &slices.head_buckets,
                    &slices.heads,
                ),
            )
        }
    }
}
