//! Device memory that is owned.

use std::{
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use super::{registry, slices::DeviceSlice, PlainData};
use crate::{
    device,
    error::{CudaError, CudaResult},
    offload,
    stream::CudaStream,
};

/// `count` values in device memory, which is given back when this is dropped.
///
/// What the values are before something is copied or computed there is not said; no value of `T` is
/// dropped.
pub struct DeviceVec<T> {
    address: usize,
    count: usize,
    values: PhantomData<T>,
}

impl<T> fmt::Debug for DeviceVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceVec")
            .field("len", &self.count)
            .finish_non_exhaustive()
    }
}

impl<T: PlainData> DeviceVec<T> {
    /// Allocates on the calling thread's device. No bytes at all are an error, as with ICICLE.
    pub fn cuda_malloc(count: usize) -> CudaResult<Self> {
        let bytes = count.checked_mul(size_of::<T>()).unwrap_or(0);
        if bytes == 0 || align_of::<T>() > registry::ALIGNMENT {
            return offload::fail(
                CudaError::cudaErrorMemoryAllocation,
                format!(
                    "no device memory for {count} values of {} bytes",
                    size_of::<T>()
                ),
            );
        }
        Ok(Self {
            address: registry::allocate(bytes)?,
            count,
            values: PhantomData,
        })
    }

    /// The same, in the order of a stream.
    pub fn cuda_malloc_async(count: usize, _stream: &CudaStream) -> CudaResult<Self> {
        Self::cuda_malloc(count)
    }

    /// Allocates on a device, which must be the calling thread's.
    pub fn cuda_malloc_for_device(count: usize, device_id: usize) -> CudaResult<Self> {
        if device_id != device::current() {
            return offload::fail(
                CudaError::cudaErrorInvalidDevice,
                format!("device {device_id} is not the calling thread's; see set_device"),
            );
        }
        Self::cuda_malloc(count)
    }

    /// The same, in the order of a stream.
    pub fn cuda_malloc_async_for_device(
        count: usize,
        _stream: &CudaStream,
        device_id: usize,
    ) -> CudaResult<Self> {
        Self::cuda_malloc_for_device(count, device_id)
    }
}

impl<T> Deref for DeviceVec<T> {
    type Target = DeviceSlice<T>;

    fn deref(&self) -> &Self::Target {
        DeviceSlice::at(self.address, self.count)
    }
}

impl<T> DerefMut for DeviceVec<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        DeviceSlice::at_mut(self.address, self.count)
    }
}

impl<T> Drop for DeviceVec<T> {
    fn drop(&mut self) {
        registry::free(self.address);
    }
}
