//! Where a call is to run.

use crate::{memory::CudaMemPool, stream::CudaStream};

/// The device that runs where none is named.
pub const DEFAULT_DEVICE_ID: usize = 0;

/// The device, stream and pool of a call.
#[repr(C)]
#[derive(Debug, Clone)]
pub struct DeviceContext<'a> {
    /// The stream; see [`CudaStream`] for what it means here.
    pub stream: &'a CudaStream,
    /// The device, which must be the calling thread's ([`set_device`](crate::device::set_device)).
    pub device_id: usize,
    /// The pool that memory is to come from. The engine has its own; this is not read.
    pub mempool: CudaMemPool,
}

impl Default for DeviceContext<'_> {
    fn default() -> Self {
        Self::default_for_device(DEFAULT_DEVICE_ID)
    }
}

impl DeviceContext<'_> {
    /// The default stream of a device.
    pub fn default_for_device(device_id: usize) -> DeviceContext<'static> {
        static STREAM: CudaStream = CudaStream::DEFAULT;
        DeviceContext {
            stream: &STREAM,
            device_id,
            mempool: std::ptr::null_mut(),
        }
    }
}
