//! A device's primary context, retained, or the model of a device.

use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc,
};

use cudarc::driver::{result, sys};

use super::{During, Model, RawDevice, STARTED_BY};
use crate::error::{code, CudaError, DriverCode};

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

    /// An error in a child of the process that opened the device. What does not begin with a driver call, but
    /// with memory that is shared with the device, or with a lock, asks this first.
    pub(crate) fn check_process(&self) -> Result<(), CudaError> {
        match self.target {
            Target::Device { .. } => Ok(STARTED_BY.check()?),
            Target::Model(_) => Ok(()),
        }
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
                // As the driver itself answers a child that asks it anew.
                STARTED_BY.check().map_err(|error| DriverCode {
                    code: code::NOT_INITIALIZED,
                    name: "CUDA_ERROR_NOT_INITIALIZED".to_owned(),
                    text: error.to_string(),
                })?;
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
            // It is the parent's to clean up.
            Target::Device { .. } if STARTED_BY.check().is_err() => {}
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

    /// [`clean_up`](Self::clean_up) of what work under way may still use: waits for all work of the context
    /// first. That cuMemFree waits is no promise (it "may perform implicit synchronization": CUDA Driver API,
    /// Memory Management), and of cuMemFreeHost and cuModuleUnload the manual says nothing.
    pub(super) fn clean_up_when_idle(
        &self,
        operation: &'static str,
        driver: impl FnOnce() -> Result<(), result::DriverError>,
        model: impl FnOnce(&Model),
    ) {
        // If this fails, the context is lost and nothing of it runs any more.
        self.clean_up("waiting to clean up", result::ctx::synchronize, |_| {});
        self.clean_up(operation, driver, model);
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
        if let (Target::Device { device, .. }, Ok(())) = (&self.target, STARTED_BY.check()) {
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
