//! Streams of a context.

use std::sync::Arc;

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
        primary.bind()?;
        let stream = result::stream::create(result::stream::StreamKind::NonBlocking)
            .during("creating a stream")?;
        Ok(Self {
            primary: primary.clone(),
            stream,
        })
    }

    pub(crate) fn primary(&self) -> &Arc<Primary> {
        &self.primary
    }

    /// Work given to the stream from here on waits for the event.
    pub(crate) fn wait(&self, event: &Event) -> Result<(), CudaError> {
        self.primary.bind()?;
        // SAFETY: both handles live. The driver looks at the event's record now, so it may be
        // recorded again or destroyed afterwards.
        unsafe {
            result::stream::wait_event(
                self.stream,
                event.handle(),
                sys::CUevent_wait_flags::CU_EVENT_WAIT_DEFAULT,
            )
        }
        .during("making a stream wait for another")
    }

    /// Waits on the host for all work of the stream.
    pub(crate) fn synchronize(&self) -> Result<(), CudaError> {
        self.primary.bind()?;
        // SAFETY: the handle lives.
        unsafe { result::stream::synchronize(self.stream) }.during("waiting for a stream")
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
        self.primary.bind()?;
        // SAFETY: by this function's contract; `read` checks that the range lies in `from`.
        unsafe {
            let source = from.read(offset, bytes);
            result::memcpy_htod_async(to.0, source, self.stream)
        }
        .during("copying to the device")
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
        self.primary.bind()?;
        // SAFETY: by this function's contract; `write` checks that the range lies in `to`.
        unsafe {
            let target = to.write(offset, bytes);
            result::memcpy_dtoh_async(target, from.0, self.stream)
        }
        .during("copying from the device")
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
        self.primary.bind()?;
        // SAFETY: by this function's contract; `from` is borrowed until the copy is done.
        unsafe { result::memcpy_htod_async(to.0, from, self.stream) }
            .during("copying to the device")?;
        self.synchronize()
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
        self.primary.bind()?;
        // SAFETY: by this function's contract; `to` is borrowed until the copy is done.
        unsafe { result::memcpy_dtoh_async(to, from.0, self.stream) }
            .during("copying from the device")?;
        self.synchronize()
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
        self.primary.bind()?;
        // SAFETY: by this function's contract.
        unsafe { result::memcpy_dtod_async(to.0, from.0, bytes, self.stream) }
            .during("copying on the device")
    }

    /// Sets device memory to zero bytes, in stream order.
    ///
    /// # Safety
    /// `address` is that of at least `bytes` bytes of device memory of this context that stay
    /// allocated until this is done in stream order.
    pub(crate) unsafe fn zero(&self, address: Address, bytes: usize) -> Result<(), CudaError> {
        self.primary.bind()?;
        // SAFETY: by this function's contract.
        unsafe { result::memset_d8_async(address.0, 0, bytes, self.stream) }
            .during("zeroing device memory")
    }
}

impl Drop for RawStream {
    fn drop(&mut self) {
        self.primary.clean_up("destroying a stream", || {
            // SAFETY: created by `new` and destroyed nowhere else. The driver lets work that is
            // still in the stream finish.
            unsafe { result::stream::destroy(self.stream) }
        });
    }
}
