//! A device's primary context, retained.

use std::sync::Arc;

use cudarc::driver::{result, sys};

use super::{During, RawDevice};
use crate::error::{CudaError, DriverCode};

/// The primary context of a device, which is shared with all other users of the device in this
/// process, released when dropped.
#[derive(Debug)]
pub(crate) struct Primary {
    device: RawDevice,
    context: sys::CUcontext,
}

// SAFETY: the handle is not a pointer into this process's data but a name for an object of the
// driver, whose calls may be made from any thread.
unsafe impl Send for Primary {}
// SAFETY: as above; all methods take `&self` and are driver calls.
unsafe impl Sync for Primary {}

impl Primary {
    pub(crate) fn retain(device: RawDevice) -> Result<Arc<Self>, CudaError> {
        // SAFETY: the handle comes from cuDeviceGet. `drop` releases what is retained here.
        let context = unsafe { result::primary_ctx::retain(device.0) }
            .during("opening a context on the device")?;
        Ok(Arc::new(Self { device, context }))
    }

    pub(crate) fn device(&self) -> RawDevice {
        self.device
    }

    /// Makes this context the current one of the calling thread.
    pub(crate) fn bind(&self) -> Result<(), CudaError> {
        self.try_bind().during("entering the device's context")
    }

    pub(super) fn try_bind(&self) -> Result<(), result::DriverError> {
        // SAFETY: the context is retained as long as `self` lives.
        unsafe { result::ctx::set_current(self.context) }
    }

    /// Runs a call that only cleans up, and goes on regardless of what comes of it: there is nobody
    /// to tell but the log.
    pub(super) fn clean_up(
        &self,
        operation: &'static str,
        call: impl FnOnce() -> Result<(), result::DriverError>,
    ) {
        // Where this fails the call may do without: most find the context by their handle.
        log_failure("entering the device's context to clean up", self.try_bind());
        log_failure(operation, call());
    }

    /// Waits for all work of the context.
    pub(crate) fn synchronize(&self) -> Result<(), CudaError> {
        self.bind()?;
        result::ctx::synchronize().during("waiting for the device")
    }

    /// Bytes of device memory: free, and in all.
    pub(crate) fn memory(&self) -> Result<(u64, u64), CudaError> {
        self.bind()?;
        let (free, total) = result::mem_get_info().during("asking for free device memory")?;
        Ok((free as u64, total as u64))
    }
}

impl Drop for Primary {
    fn drop(&mut self) {
        // SAFETY: retained once by `retain`. Whatever lives in the context holds an Arc of `self`,
        // so nothing of ours is left in it.
        log_failure("releasing the context", unsafe {
            result::primary_ctx::release(self.device.0)
        });
    }
}

fn log_failure(operation: &'static str, result: Result<(), result::DriverError>) {
    if let Err(error) = result {
        let code = DriverCode::from(error);
        tracing::warn!(target: "halo2_offload::cuda", operation, %code, "clean-up failed");
    }
}
