//! From slices of clients to the memory behind them.

use std::slice;

use halo2_offload_engine::EngineError;
use icicle_core::error::{IcicleError, IcicleResult};
use icicle_cuda_runtime::{
    device::get_device,
    device_context::DeviceContext,
    error::CudaError,
    memory::{locate, HostOrDeviceSlice, Located, Range},
    offload::{self, Place},
};

use crate::repr::Limbs;

/// Values that are read: where the CPU can, or on the CUDA device of the call.
#[derive(Debug)]
pub(crate) enum Input<'a, T> {
    Host(&'a [T]),
    Cuda(Range),
}

/// Values that are written, and may be read.
#[derive(Debug)]
pub(crate) enum Output<'a, T> {
    Host(&'a mut [T]),
    Cuda(Range),
}

impl<'a, T> Input<'a, T> {
    /// The values where the CPU can read them.
    pub(crate) fn host(self) -> IcicleResult<&'a [T]> {
        match self {
            Self::Host(values) => Ok(values),
            Self::Cuda(_) => Err(elsewhere()),
        }
    }
}

impl<'a, T> Output<'a, T> {
    /// What is there now: for operations in place.
    pub(crate) fn as_input(&self) -> Input<'_, T> {
        match self {
            Self::Host(values) => Input::Host(values),
            Self::Cuda(range) => Input::Cuda(range.clone()),
        }
    }

    /// The values where the CPU can write them.
    pub(crate) fn host(self) -> IcicleResult<&'a mut [T]> {
        match self {
            Self::Host(values) => Ok(values),
            Self::Cuda(_) => Err(elsewhere()),
        }
    }
}

/// Memory of a CUDA device in a call that runs on the CPU, which nothing leads to.
fn elsewhere() -> IcicleError {
    IcicleError::invalid_argument("memory of a CUDA device in a call that runs on the CPU")
}

/// What a call runs on. Its device must be the thread's.
pub(crate) fn place(ctx: &DeviceContext) -> IcicleResult<Place> {
    let current = get_device().map_err(device_error)?;
    if ctx.device_id != current {
        return Err(IcicleError::invalid_argument(&format!(
            "the call is for device {}, the calling thread's is {current}; see set_device",
            ctx.device_id
        )));
    }
    offload::device(ctx.device_id).map_err(device_error)
}

/// The values of a slice.
pub(crate) fn input<'a, T: Limbs>(
    name: &str,
    slice: &'a (impl HostOrDeviceSlice<T> + ?Sized),
    ctx: &DeviceContext,
) -> IcicleResult<Input<'a, T>> {
    if !slice.is_on_device() {
        // SAFETY: a slice that is not on a device is a `HostSlice`, whose memory is borrowed for 'a.
        let values = unsafe { slice::from_raw_parts(slice.as_ptr(), slice.len()) };
        return Ok(Input::Host(values));
    }
    let range = on_device(name, slice, ctx)?;
    let host = match range.located() {
        Located::Host(start) => Some(start),
        Located::Cuda(..) => None,
    };
    Ok(match host {
        // SAFETY: the range is as long as the slice and lives as long as the `DeviceVec`, which is
        // borrowed for 'a; it is aligned for all types; any bytes are values of `T`.
        Some(start) => Input::Host(unsafe {
            slice::from_raw_parts(start.as_ptr().cast_const().cast(), slice.len())
        }),
        None => Input::Cuda(range),
    })
}

/// The values of a slice, to be written.
pub(crate) fn output<'a, T: Limbs>(
    name: &str,
    slice: &'a mut (impl HostOrDeviceSlice<T> + ?Sized),
    ctx: &DeviceContext,
) -> IcicleResult<Output<'a, T>> {
    let len = slice.len();
    if !slice.is_on_device() {
        // SAFETY: as in `input`, and it is borrowed for writing.
        let values = unsafe { slice::from_raw_parts_mut(slice.as_mut_ptr(), len) };
        return Ok(Output::Host(values));
    }
    let range = on_device(name, slice, ctx)?;
    range.written();
    let host = match range.located() {
        Located::Host(start) => Some(start),
        Located::Cuda(..) => None,
    };
    Ok(match host {
        // SAFETY: as in `input`, and the `DeviceVec` is borrowed for writing, so that no other slice of
        // it is in use.
        Some(start) => {
            Output::Host(unsafe { slice::from_raw_parts_mut(start.as_ptr().cast(), len) })
        }
        None => Output::Cuda(range),
    })
}

fn on_device<T>(
    name: &str,
    slice: &(impl HostOrDeviceSlice<T> + ?Sized),
    ctx: &DeviceContext,
) -> IcicleResult<Range> {
    match locate(slice) {
        Some(range) if range.device_id() == ctx.device_id => Ok(range),
        Some(range) => Err(IcicleError::invalid_argument(&format!(
            "{name} is on device {}, the call is for device {}",
            range.device_id(),
            ctx.device_id
        ))),
        None => Err(IcicleError::invalid_argument(&format!(
            "{name} is a device slice that is no part of a DeviceVec"
        ))),
    }
}

/// An error of the device, with what the runtime said about it.
pub(crate) fn device_error(error: CudaError) -> IcicleError {
    match offload::last_error_text() {
        Some(text) => IcicleError::from_cuda_error_and_text(error, &text),
        None => IcicleError::from_cuda_error(error),
    }
}

/// An error of the engine on a device.
pub(crate) fn engine_error(error: &halo2_offload_cuda::CudaError) -> IcicleError {
    IcicleError::from_cuda_error_and_text(offload::from_engine(error), &error.to_string())
}

/// An error of the engine on the CPU.
pub(crate) fn cpu_error(error: EngineError) -> IcicleError {
    IcicleError::from_cuda_error_and_text(CudaError::cudaErrorUnknown, &error.to_string())
}
