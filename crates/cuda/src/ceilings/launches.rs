//! The cost of a launch.

use super::rate;
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    field::{DeviceField, ScalarField, Unary, UnaryKernel, VECTOR_THREADS},
    launch::LaunchConfig,
    timeline::StreamRole,
};

/// Launches under way at a time: enough that the first one's way to the device does not count.
const LAUNCHES: usize = 1000;
const EMULATED_LAUNCHES: usize = 10;

/// Nanoseconds from one launch to the next of a kernel that does nothing.
pub(super) fn measure(context: &Context) -> Result<f64, CudaError> {
    let launches = match context.device().is_emulated() {
        true => EMULATED_LAUNCHES,
        false => LAUNCHES,
    };
    // With no elements it only finds that it has nothing to do.
    let nothing = ScalarField::unary(context, Unary::Neg)?;
    let a_second = rate(launches as f64, || {
        context.device_time(StreamRole::Compute, || {
            (0..launches).try_for_each(|_| launch(context, &nothing))
        })
    })?;
    Ok(1e9 / a_second)
}

fn launch(context: &Context, nothing: &UnaryKernel<ScalarField>) -> Result<(), CudaError> {
    let (result, operand, n) = (None::<DeviceSliceMut<'_, _>>, None::<DeviceSlice<'_, _>>, 0);
    let config = LaunchConfig::linear(1, VECTOR_THREADS);
    // SAFETY: the kernel reads and writes no element of the vectors of none, which are at null.
    unsafe { nothing.launch(context, config, (&result, &operand, &n)) }
}
