//! `seams.cu`: adds heads to buckets.

use super::{holds, Xyzz};
use crate::{
    buffer::DeviceSliceMut,
    context::Context,
    entry_points,
    error::CudaError,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    msm::plan::{seam_levels, SEAMS_THREADS},
};

entry_points!(msm_seams);

#[derive(Debug)]
pub(in crate::msm) struct Seams(Kernel<MsmSeams>);

impl Seams {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self(MsmSeams::load(context)?))
    }

    /// Adds all heads of `runs` runs, level by level: the slices begin with the runs' heads and have
    /// room for those of all levels.
    pub(in crate::msm) fn launch(
        &self,
        context: &Context,
        runs: u32,
        mut head_buckets: DeviceSliceMut<'_, u32>,
        mut heads: DeviceSliceMut<'_, Xyzz>,
        mut buckets: DeviceSliceMut<'_, Xyzz>,
    ) -> Result<(), CudaError> {
        const OPERATION: &str = "msm seams";
        let all = seam_levels(runs).map(u64::from).sum();
        holds(OPERATION, head_buckets.len(), all)?;
        holds(OPERATION, heads.len(), all)?;
        for (count, next) in seam_levels(runs).zip(seam_levels(runs).skip(1)) {
            let (these_buckets, rest_buckets) = head_buckets.split_at(count as usize)?;
            let (these_heads, rest_heads) = heads.split_at(count as usize)?;
            // SAFETY: the kernel reads `count` heads and writes one for each of its blocks; the
            // bucket of a head is one that `accumulate` named.
            unsafe {
                self.0.launch(
                    context,
                    LaunchConfig::linear(next, SEAMS_THREADS),
                    (
                        &these_buckets.as_read(),
                        &these_heads.as_read(),
                        &count,
                        &buckets.reborrow(),
                        &rest_buckets,
                        &rest_heads,
                    ),
                )?;
            }
            (head_buckets, heads) = (rest_buckets, rest_heads);
        }
        Ok(())
    }
}
