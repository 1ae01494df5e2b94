//! Streams of a context.

use std::{ptr::without_provenance_mut, sync::Arc};

use cudarc::driver::{result, sys};

use super::{Address, During, Event, HostMemory, Primary};
use crate::error::CudaError;

/// A stream that does not synchronise with the legacy default stream.
#[derive(Debug)]
pub(crate) struct RawStream {
    primary: Arc<Primary>,
    pub(super) stream: sys::CUstream,
}

// SAFETY: a name for an object of the driver, whose calls may be made from any thread.
unsafe impl Send for RawStream {}
// SAFETY: as above; all methods are driver calls.
unsafe impl Sync for RawStream {}

impl RawStream {
    pub(crate) fn new(primary: &Arc<Primary>) -> Result<Self, CudaError> {
        let stream = primary
            .call(
                |_| result::stream::create(result::stream::StreamKind::NonBlocking),
                |model| Ok(without_provenance_mut(model.create_stream())),
            )
            .during("creating a stream")?;
        Ok(Self {
            primary: primary.clone(),
            stream,
        })
    }

    /// What a model knows the stream by.
    pub(super) fn number(&self) -> usize {
        self.stream.addr()
    }

    pub(crate) fn primary(&self) -> &Arc<Primary> {
        &self.primary
    }

    /// Work given to the stream from here on waits for the event.
    pub(crate) fn wait(&self, event: &Event) -> Result<(), CudaError> {
        self.primary
            .call(
                // SAFETY: both handles live. The driver looks at the event's record now, so it may
                // be recorded again or destroyed afterwards.
                |_| unsafe {
                    result::stream::wait_event(
                        self.stream,
                        event.handle(),
                        sys::CUevent_wait_flags::CU_EVENT_WAIT_DEFAULT,
                    )
                },
                |model| {
                    model.wait_for_event(self.number(), event.number());
                    Ok(())
                },
            )
            .during("making a stream wait for another")
    }

    /// Waits on the host for all work of the stream.
    pub(crate) fn synchronize(&self) -> Result<(), CudaError> {
        self.primary
            .call(
                // SAFETY: the handle lives.
                |_| unsafe { result::stream::synchronize(self.stream) },
                |model| {
                    model.synchronize_stream(self.number());
                    Ok(())
                },
            )
            .during("waiting for a stream")
    }

    /// Copies host memory to the device, in stream order.
    ///
    /// # Safety
    /// `to` is the address of at least `bytes` bytes of device memory of this context that stay
    /// allocated until the copy is done in stream order; the bytes of `from` at `offset` stay
    /// allocated and unwritten until then.
    pub(crate) unsafe fn copy_from_host(
        &self,
        to: Address,
        from: &HostMemory,
        offset: usize,
        bytes: usize,
    ) -> Result<(), CudaError> {
        // SAFETY: by this function's contract.
        let Some(source) = (unsafe { from.read(offset, bytes) }) else {
            return Ok(());
        };
        self.give(
            "copying to the device",
            // SAFETY: by this function's contract.
            || unsafe { result::memcpy_htod_async(to.0, source, self.stream) },
        )
    }

    /// Copies device memory to the host, in stream order.
    ///
    /// # Safety
    /// `from` is the address of at least `bytes` bytes of device memory of this context that stay
    /// allocated until the copy is done in stream order; the bytes of `to` at `offset` stay
    /// allocated, unread and unwritten until then.
    pub(crate) unsafe fn copy_to_host(
        &self,
        to: &HostMemory,
        offset: usize,
        from: Address,
        bytes: usize,
    ) -> Result<(), CudaError> {
        // SAFETY: by this function's contract.
        let Some(target) = (unsafe { to.write(offset, bytes) }) else {
            return Ok(());
        };
        self.give(
            "copying from the device",
            // SAFETY: by this function's contract.
            || unsafe { result::memcpy_dtoh_async(target, from.0, self.stream) },
        )
    }

    /// Copies pageable host memory to the device, and waits.
    ///
    /// # Safety
    /// `to` is the address of at least as many bytes of device memory of this context, allocated
    /// throughout.
    pub(crate) unsafe fn copy_from_pageable(
        &self,
        to: Address,
        from: &[u8],
    ) -> Result<(), CudaError> {
        self.give(
            "copying to the device",
            // SAFETY: by this function's contract; `from` is borrowed until the copy is done.
            || unsafe { result::memcpy_htod_async(to.0, from, self.stream) },
        )
        // A call that fails may have begun the copy.
        .and(self.synchronize())
    }

    /// Copies device memory to pageable host memory, and waits.
    ///
    /// # Safety
    /// `from` is the address of at least as many bytes of device memory of this context, allocated
    /// throughout.
    pub(crate) unsafe fn copy_to_pageable(
        &self,
        to: &mut [u8],
        from: Address,
    ) -> Result<(), CudaError> {
        self.give(
            "copying from the device",
            // SAFETY: by this function's contract; `to` is borrowed until the copy is done.
            || unsafe { result::memcpy_dtoh_async(to, from.0, self.stream) },
        )
        .and(self.synchronize())
    }

    /// Copies within device memory, in stream order.
    ///
    /// # Safety
    /// Both addresses are of at least `bytes` bytes of device memory of this context that stay
    /// allocated until the copy is done in stream order, and the ranges do not overlap.
    pub(crate) unsafe fn copy_on_device(
        &self,
        to: Address,
        from: Address,
        bytes: usize,
    ) -> Result<(), CudaError> {
        self.give(
            "copying on the device",
            // SAFETY: by this function's contract.
            || unsafe { result::memcpy_dtod_async(to.0, from.0, bytes, self.stream) },
        )
    }

    /// Sets device memory to zero bytes, in stream order.
    ///
    /// # Safety
    /// `address` is that of at least `bytes` bytes of device memory of this context that stay
    /// allocated until this is done in stream order.
    pub(crate) unsafe fn zero(&self, address: Address, bytes: usize) -> Result<(), CudaError> {
        self.give(
            "zeroing device memory",
            // SAFETY: by this function's contract.
            || unsafe { result::memset_d8_async(address.0, 0, bytes, self.stream) },
        )
    }

    /// Gives work to the stream that a model does nothing for.
    fn give(
        &self,
        operation: &'static str,
        work: impl FnOnce() -> Result<(), result::DriverError>,
    ) -> Result<(), CudaError> {
        self.primary.call(|_| work(), |_| Ok(())).during(operation)
    }
}

impl Drop for RawStream {
    fn drop(&mut self) {
        self.primary.clean_up(
            "destroying a stream",
            // SAFETY: created by `new` and destroyed nowhere else. The driver lets work that is
            // still in the stream finish (CUDA Driver API, cuStreamDestroy).
            || unsafe { result::stream::destroy(self.stream) },
            |_| {},
        );
    }
}
