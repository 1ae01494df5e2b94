//! Slices, of which a type says where they are.

use std::{
    fmt,
    marker::PhantomData,
    ops::{
        Bound, Index, IndexMut, RangeBounds, RangeFrom, RangeFull, RangeInclusive, RangeTo,
        RangeToInclusive,
    },
    ptr,
};

use halo2_offload_cuda::{Context, CudaError as EngineError};

use super::{
    locate,
    registry::{Located, Range},
    vec::DeviceVec,
    PlainData,
};
use crate::{
    device,
    error::{CudaError, CudaResult},
    offload,
    stream::CudaStream,
};

/// A slice, wherever it is: a [`HostSlice`] or a [`DeviceSlice`], and nothing else, for what these answer is
/// relied upon where memory is read and written.
pub trait HostOrDeviceSlice<T>: sealed::Slice {
    /// Whether it is a [`DeviceSlice`].
    fn is_on_device(&self) -> bool;
    /// The device that its memory is on; nothing for host memory.
    fn device_id(&self) -> Option<usize>;
    /// Its address.
    ///
    /// # Safety
    /// Whoever reads through it knows where it points.
    unsafe fn as_ptr(&self) -> *const T;
    /// Its address. Device memory whose address was asked for is taken to change at any time from then
    /// on: bases in it are not kept between calls.
    ///
    /// # Safety
    /// Whoever reads or writes through it knows where it points.
    unsafe fn as_mut_ptr(&mut self) -> *mut T;
    /// The number of values.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool;
}

mod sealed {
    pub trait Slice {}

    impl<T> Slice for super::HostSlice<T> {}
    impl<T> Slice for super::DeviceSlice<T> {}
}

/// Values in host memory.
#[derive(Debug)]
#[repr(transparent)]
pub struct HostSlice<T>([T]);

/// Values in device memory: an address and a number of values.
///
/// The slice that Rust sees is of units, which take no memory, so that no reference claims that the host
/// could read what is there.
#[repr(transparent)]
pub struct DeviceSlice<T> {
    values: PhantomData<T>,
    extent: [()],
}

impl<T> fmt::Debug for DeviceSlice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceSlice")
            .field("len", &self.extent.len())
            .finish_non_exhaustive()
    }
}

impl<T> HostOrDeviceSlice<T> for HostSlice<T> {
    fn is_on_device(&self) -> bool {
        false
    }

    fn device_id(&self) -> Option<usize> {
        None
    }

    unsafe fn as_ptr(&self) -> *const T {
        self.0.as_ptr()
    }

    unsafe fn as_mut_ptr(&mut self) -> *mut T {
        self.0.as_mut_ptr()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> HostOrDeviceSlice<T> for DeviceSlice<T> {
    fn is_on_device(&self) -> bool {
        true
    }

    fn device_id(&self) -> Option<usize> {
        Some(locate(self)?.device_id())
    }

    unsafe fn as_ptr(&self) -> *const T {
        ptr::with_exposed_provenance(self.address())
    }

    unsafe fn as_mut_ptr(&mut self) -> *mut T {
        if let Some(range) = locate(self) {
            range.expose();
        }
        ptr::with_exposed_provenance_mut(self.address())
    }

    fn len(&self) -> usize {
        self.extent.len()
    }

    fn is_empty(&self) -> bool {
        self.extent.is_empty()
    }
}

impl<T> HostSlice<T> {
    /// A slice as one that says where it is.
    pub fn from_slice(slice: &[T]) -> &Self {
        // SAFETY: `Self` is a slice of `T` in memory.
        unsafe { &*(ptr::from_ref(slice) as *const Self) }
    }

    /// The same for one that is written.
    pub fn from_mut_slice(slice: &mut [T]) -> &mut Self {
        // SAFETY: as above.
        unsafe { &mut *(ptr::from_mut(slice) as *mut Self) }
    }

    /// The slice.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The slice, to be written.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.0
    }

    /// The values.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    /// The values, to be written.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }
}

impl<T> DeviceSlice<T> {
    pub(super) fn at<'a>(address: usize, len: usize) -> &'a Self {
        let extent = ptr::slice_from_raw_parts(ptr::without_provenance::<()>(address), len);
        // SAFETY: units take no memory and have no alignment, so that any address but zero, which no
        // allocation has, makes a reference to a slice of them.
        unsafe { &*(extent as *const Self) }
    }

    pub(super) fn at_mut<'a>(address: usize, len: usize) -> &'a mut Self {
        let extent = ptr::slice_from_raw_parts_mut(ptr::without_provenance_mut::<()>(address), len);
        // SAFETY: as above; two references to no memory do not overlap.
        unsafe { &mut *(extent as *mut Self) }
    }

    /// A slice of device memory that the host has an address of.
    ///
    /// # Safety
    /// `slice` is made of the address of memory of a [`DeviceVec`] of `T` that outlives it and is not
    /// written meanwhile. Other addresses make slices that operations answer with an error.
    pub unsafe fn from_slice(slice: &[T]) -> &Self {
        Self::at(slice.as_ptr().addr(), slice.len())
    }

    /// The same for memory that is written.
    ///
    /// # Safety
    /// As with [`from_slice`](Self::from_slice), and nothing else reads or writes there meanwhile.
    pub unsafe fn from_mut_slice(slice: &mut [T]) -> &mut Self {
        Self::at_mut(slice.as_mut_ptr().addr(), slice.len())
    }

    fn address(&self) -> usize {
        self.extent.as_ptr().addr()
    }
}

impl<T: PlainData> DeviceSlice<T> {
    /// Copies the host's values to the device. Slices of different lengths are an error.
    pub fn copy_from_host(&mut self, val: &HostSlice<T>) -> CudaResult<()> {
        let range = self.range_for_copy(val.len())?;
        range.written();
        let from: *const u8 = val.0.as_ptr().cast();
        let bytes = size_of_val(&val.0);
        match range.located() {
            // SAFETY: both are `bytes` bytes; the one is borrowed for writing and no slice of host
            // memory, so that they do not overlap. `T` is its bytes, so that a copy owns nothing.
            Located::Host(start) => unsafe {
                ptr::copy_nonoverlapping(from, start.as_ptr(), bytes)
            },
            Located::Cuda(device, buffer) => {
                // SAFETY: these are the bytes of the host's values, all of them initialised.
                let values = unsafe { std::slice::from_raw_parts(from, bytes) };
                device.call(|context| upload(context, &range, buffer, values))?;
            }
        }
        Ok(())
    }

    /// Copies the device's values to the host. Slices of different lengths are an error.
    pub fn copy_to_host(&self, val: &mut HostSlice<T>) -> CudaResult<()> {
        let range = self.range_for_copy(val.len())?;
        let bytes = size_of_val(&val.0);
        let to: *mut u8 = val.0.as_mut_ptr().cast();
        match range.located() {
            // SAFETY: as in `copy_from_host`; any bytes are a value of `T`.
            Located::Host(start) => unsafe { ptr::copy_nonoverlapping(start.as_ptr(), to, bytes) },
            Located::Cuda(device, buffer) => {
                // SAFETY: as above.
                let values = unsafe { std::slice::from_raw_parts_mut(to, bytes) };
                device.call(|context| {
                    let buffer = buffer.read().unwrap_or_else(|locked| locked.into_inner());
                    context.download(buffer.range(range.within())?, values)
                })?;
            }
        }
        Ok(())
    }

    /// [`copy_from_host`](Self::copy_from_host); the host's values have been read when it returns.
    pub fn copy_from_host_async(
        &mut self,
        val: &HostSlice<T>,
        _stream: &CudaStream,
    ) -> CudaResult<()> {
        self.copy_from_host(val)
    }

    /// [`copy_to_host`](Self::copy_to_host); the values are there when it returns.
    pub fn copy_to_host_async(
        &self,
        val: &mut HostSlice<T>,
        _stream: &CudaStream,
    ) -> CudaResult<()> {
        self.copy_to_host(val)
    }

    fn range_for_copy(&self, len: usize) -> CudaResult<Range> {
        if self.extent.len() != len {
            return offload::fail(
                CudaError::cudaErrorInvalidValue,
                format!(
                    "a copy between {} values on the device and {len} on the host",
                    self.extent.len()
                ),
            );
        }
        let Some(range) = locate(self) else {
            return offload::fail(
                CudaError::cudaErrorInvalidDevicePointer,
                "a device slice that is no part of a DeviceVec".to_owned(),
            );
        };
        if range.device_id() != device::current() {
            return offload::fail(
                CudaError::cudaErrorInvalidDevice,
                format!(
                    "memory of device {}, which is not the calling thread's",
                    range.device_id()
                ),
            );
        }
        Ok(range)
    }
}

fn upload(
    context: &Context,
    range: &Range,
    buffer: &std::sync::RwLock<halo2_offload_cuda::DeviceBuffer<u8>>,
    values: &[u8],
) -> Result<(), EngineError> {
    let mut buffer = buffer.write().unwrap_or_else(|locked| locked.into_inner());
    context.upload(buffer.range_mut(range.within())?, values)?;
    Ok(())
}

/// The first place of a range and the number of its places.
///
/// # Panics
/// Where the range is not within `len`, as slices do.
fn resolve(range: impl RangeBounds<usize>, len: usize) -> (usize, usize) {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(end) => end.saturating_add(1),
        Bound::Excluded(end) => *end,
        Bound::Unbounded => len,
    };
    assert!(
        start <= end && end <= len,
        "range {start}..{end} of a slice of {len}"
    );
    (start, end - start)
}

/// Indexing by ranges makes slices, by whatever kind of range.
macro_rules! index_by {
    ($($range:ty)*) => {$(
        impl<T> Index<$range> for HostSlice<T> {
            type Output = Self;

            fn index(&self, index: $range) -> &Self {
                Self::from_slice(&self.0[index])
            }
        }

        impl<T> IndexMut<$range> for HostSlice<T> {
            fn index_mut(&mut self, index: $range) -> &mut Self {
                Self::from_mut_slice(&mut self.0[index])
            }
        }

        impl<T> Index<$range> for DeviceSlice<T> {
            type Output = Self;

            fn index(&self, index: $range) -> &Self {
                let (start, len) = resolve(index, self.extent.len());
                Self::at(self.address() + start * size_of::<T>(), len)
            }
        }

        impl<T> IndexMut<$range> for DeviceSlice<T> {
            fn index_mut(&mut self, index: $range) -> &mut Self {
                let (start, len) = resolve(index, self.extent.len());
                Self::at_mut(self.address() + start * size_of::<T>(), len)
            }
        }

        impl<T> Index<$range> for DeviceVec<T> {
            type Output = DeviceSlice<T>;

            fn index(&self, index: $range) -> &DeviceSlice<T> {
                &(**self)[index]
            }
        }

        impl<T> IndexMut<$range> for DeviceVec<T> {
            fn index_mut(&mut self, index: $range) -> &mut DeviceSlice<T> {
                &mut (**self)[index]
            }
        }
    )*};
}

index_by! {
    std::ops::Range<usize>
    RangeFull
    RangeFrom<usize>
    RangeInclusive<usize>
    RangeTo<usize>
    RangeToInclusive<usize>
}

impl<T> Index<usize> for HostSlice<T> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        &self.0[index]
    }
}

impl<T> IndexMut<usize> for HostSlice<T> {
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self.0[index]
    }
}
