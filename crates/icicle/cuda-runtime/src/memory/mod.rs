//! Slices of host memory and of device memory.
//!
//! Where the CPU is the device, device memory is host memory that this package allocates; nothing
//! else differs.

mod plain;
pub(crate) mod registry;
mod slices;
mod vec;

use std::ffi::c_void;

pub use plain::PlainData;
#[doc(hidden)]
pub use registry::{Located, Range, Stamp};
pub use slices::{DeviceSlice, HostOrDeviceSlice, HostSlice};
pub use vec::DeviceVec;

/// A pool that device memory comes from. The engine has its own; values of this type are not read.
pub type CudaMemPool = *mut c_void;

/// The memory of a slice that is on a device: for the packages above. Nothing if the slice is no part of
/// a [`DeviceVec`], as one made by [`DeviceSlice::from_slice`] may be.
#[doc(hidden)]
pub fn locate<T>(slice: &(impl HostOrDeviceSlice<T> + ?Sized)) -> Option<Range> {
    // SAFETY: the pointer is not read, its address is.
    let address = unsafe { slice.as_ptr() }.addr();
    registry::find(address, size_of::<T>().checked_mul(slice.len())?)
}
