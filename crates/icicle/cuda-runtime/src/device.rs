//! The devices, and which one a thread works on.

use std::{cell::Cell, ffi::c_void};

use crate::{
    error::{CudaError, CudaResult},
    memory::registry,
    offload,
    stream::CudaStream,
};

thread_local! {
    static CURRENT: Cell<usize> = const { Cell::new(0) };
}

pub(crate) fn current() -> usize {
    CURRENT.get()
}

/// Makes a device that of the calling thread.
pub fn set_device(device_id: usize) -> CudaResult<()> {
    if device_id >= get_device_count()? {
        return offload::fail(
            CudaError::cudaErrorInvalidDevice,
            format!("there is no device {device_id}"),
        );
    }
    CURRENT.set(device_id);
    Ok(())
}

/// The number of devices: one where the CPU is the device. No device where one is required is an error.
pub fn get_device_count() -> CudaResult<usize> {
    offload::device_count()
}

/// The calling thread's device.
pub fn get_device() -> CudaResult<usize> {
    Ok(current())
}

/// The device that memory of a [`DeviceVec`](crate::memory::DeviceVec) is on.
pub fn get_device_from_pointer(ptr: *const c_void) -> CudaResult<usize> {
    match registry::find(ptr.addr(), 0) {
        Some(range) => Ok(range.device_id()),
        None => offload::fail(
            CudaError::cudaErrorInvalidValue,
            "the pointer is to no memory of a device".to_owned(),
        ),
    }
}

/// Insists that a device is the calling thread's.
///
/// # Panics
/// Where it is not: that is what the function is for. Nothing in these packages calls it; operations
/// for another device than the thread's answer with an error.
pub fn check_device(device_id: usize) {
    assert!(
        device_id == current(),
        "device {device_id} is not the calling thread's, which is {}",
        current()
    );
}

/// Opens the calling thread's device, so that the first operation need not: the driver, the kernels,
/// and the line on stderr that says what runs.
pub fn warmup(_stream: &CudaStream) -> CudaResult<()> {
    offload::device(current()).map(drop)
}
