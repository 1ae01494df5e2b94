//! A device's primary context, retained, or the model of a device.

use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc,
};

use cudarc::driver::{result, sys};

use super::{During, Model, RawDevice};
use crate::error::{CudaError, DriverCode};

/// The primary context of a device, which is shared with all other users of the device in this
/// process, released when dropped; or a model of a device, to which no driver belongs.
#[derive(Debug)]
pub(crate) struct Primary {
    target: Target,
    pinned_bytes: AtomicU64,
    peak_pinned_bytes: AtomicU64,
}

#[derive(Debug)]
enum Target {
    Device {
        device: RawDevice,
        context: sys::CUcontext,
    },
    Model(Model),
}

// SAFETY: the handle is not a pointer into this process's data but a name for an object of the
// driver, whose calls may be made from any thread.
unsafe impl Send for Primary {}
// SAFETY: as above; all methods take `&self` and are driver calls, or those of a model, which is
// `Sync` by itself.
unsafe impl Sync for Primary {}

impl Primary {
    pub(crate) fn retain(device: RawDevice) -> Result<Arc<Self>, CudaError> {
        // SAFETY: the handle comes from cuDeviceGet. `drop` releases what is retained here.
        let context = unsafe { result::primary_ctx::retain(device.0) }
            .during("opening a context on the device")?;
        Ok(Self::of(Target::Device { device, context }))
    }

    /// Where every call is answered by the model.
    pub(crate) fn modelled(model: Model) -> Arc<Self> {
        Self::of(Target::Model(model))
    }

    fn of(target: Target) -> Arc<Self> {
        Arc::new(Self {
            target,
            pinned_bytes: AtomicU64::new(0),
            peak_pinned_bytes: AtomicU64::new(0),
        })
    }

    pub(crate) fn is_modelled(&self) -> bool {
        matches!(self.target, Target::Model(_))
    }

    /// Makes a driver call for the device, with this context the thread's current one, or asks the
    /// model: one of the two. No call is made to a driver that is not there.
    pub(super) fn call<T>(
        &self,
        driver: impl FnOnce(RawDevice) -> Result<T, result::DriverError>,
        model: impl FnOnce(&Model) -> Result<T, DriverCode>,
    ) -> Result<T, DriverCode> {
        match &self.target {
            Target::Device { device, context } => {
                // SAFETY: the context is retained as long as `self` lives.
                unsafe { result::ctx::set_current(*context) }?;
                Ok(driver(*device)?)
            }
            Target::Model(it) => model(it),
        }
    }

    /// Runs a call that only cleans up, and goes on regardless of what comes of it: there is nobody
    /// to tell but the log.
    pub(super) fn clean_up(
        &self,
        operation: &'static str,
        driver: impl FnOnce() -> Result<(), result::DriverError>,
        model: impl FnOnce(&Model),
    ) {
        match &self.target {
            Target::Device { context, .. } => {
                // Where this fails the call may do without: most find the context by their handle.
                log_failure(
                    "entering the device's context to clean up",
                    // SAFETY: the context is retained as long as `self` lives.
                    unsafe { result::ctx::set_current(*context) },
                );
                log_failure(operation, driver());
            }
            Target::Model(it) => model(it),
        }
    }

    /// Waits for all work of the context.
    pub(crate) fn synchronize(&self) -> Result<(), CudaError> {
        self.call(
            |_| result::ctx::synchronize(),
            |model| {
                model.synchronize();
                Ok(())
            },
        )
        .during("waiting for the device")
    }

    /// Bytes of device memory: free, and in all.
    pub(crate) fn memory(&self) -> Result<(u64, u64), CudaError> {
        self.call(
            |_| result::mem_get_info().map(|(free, total)| (free as u64, total as u64)),
            |model| Ok(model.memory()),
        )
        .during("asking for free device memory")
    }

    /// Bytes of page-locked memory of the host, now and the most at a time. A model has none, and
    /// counts what there would be.
    pub(crate) fn pinned_bytes(&self) -> (u64, u64) {
        let read = |bytes: &AtomicU64| bytes.load(Ordering::Relaxed);
        (read(&self.pinned_bytes), read(&self.peak_pinned_bytes))
    }

    pub(super) fn count_pinned(&self, bytes: usize) {
        let before = self.pinned_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.peak_pinned_bytes
            .fetch_max(before + bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn count_unpinned(&self, bytes: usize) {
        self.pinned_bytes.fetch_sub(bytes as u64, Ordering::Relaxed);
    }
}

impl Drop for Primary {
    fn drop(&mut self) {
        if let Target::Device { device, .. } = self.target {
            // SAFETY: retained once by `retain`. Whatever lives in the context holds an Arc of
            // `self`, so nothing of ours is left in it.
            log_failure("releasing the context", unsafe {
                result::primary_ctx::release(device.0)
            });
        }
    }
}

fn log_failure(operation: &'static str, result: Result<(), result::DriverError>) {
    if let Err(error) = result {
        let code = DriverCode::from(error);
        tracing::warn!(target: "halo2_offload::cuda", operation, %code, "clean-up failed");
    }
}
