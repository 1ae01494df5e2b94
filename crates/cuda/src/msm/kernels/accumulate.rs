//! `accumulate.cu`: adds the points of sorted entries to their buckets.

use halo2curves::bn256::G1Affine;

use super::{holds, Entry, Xyzz};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    kernel::Function,
    launch::LaunchConfig,
    msm::plan::{Pass, ACCUMULATE_THREADS},
};

#[derive(Debug)]
pub(in crate::msm) struct Accumulate(Function);

impl Accumulate {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self(context.function("msm_accumulate", "msm_accumulate")?))
    }

    /// Writes the buckets that `total` entries name, and the heads of threads.
    #[allow(clippy::too_many_arguments)]
    pub(in crate::msm) fn launch(
        &self,
        context: &Context,
        pass: &Pass,
        min_run: u32,
        entries: DeviceSlice<'_, Entry>,
        total: DeviceSlice<'_, u32>,
        points: DeviceSlice<'_, G1Affine>,
        buckets: DeviceSliceMut<'_, Xyzz>,
        head_buckets: DeviceSliceMut<'_, u32>,
        heads: DeviceSliceMut<'_, Xyzz>,
    ) -> Result<(), CudaError> {
        const OPERATION: &str = "msm accumulate";
        let threads = u64::from(pass.accumulate_threads());
        holds(OPERATION, entries.len(), pass.entries())?;
        holds(OPERATION, total.len(), 1)?;
        holds(OPERATION, buckets.len(), pass.buckets())?;
        holds(OPERATION, head_buckets.len(), threads)?;
        holds(OPERATION, heads.len(), threads)?;
        let min_run = min_run.max(1);
        // SAFETY: threads read entries below `total`, which is at most their number, the points and
        // write the buckets that entries name, of which there are as many as the digits allow; each
        // thread has a head.
        unsafe {
            context.launch(
                &self.0,
                LaunchConfig::linear(pass.accumulate_blocks, ACCUMULATE_THREADS),
                &[
                    &entries,
                    &total,
                    &min_run,
                    &points,
                    &buckets,
                    &head_buckets,
                    &heads,
                ],
            )
        }
    }
}
