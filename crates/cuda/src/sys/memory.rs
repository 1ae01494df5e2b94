//! Memory of the device, and page-locked memory of the host.

use std::{ffi::c_void, ptr::NonNull, sync::Arc};

use cudarc::driver::{result, sys};

use super::{During, Primary, RawDevice, RawStream};
use crate::error::{code, CudaError, DriverCode};

/// An address in device memory: a number here, a pointer there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Address(pub(super) sys::CUdeviceptr);

impl Address {
    /// Where no memory is: the address of empty buffers.
    pub(crate) const NULL: Self = Self(0);

    pub(crate) fn offset(self, bytes: usize) -> Self {
        Self(self.0 + bytes as u64)
    }

    /// The number, as a kernel reads it from a table of addresses.
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

/// Raw allocation: what is allocated by one of these is freed by its partner, once, by the caller.
impl RawStream {
    /// Allocates from the device's default pool, in stream order.
    pub(crate) fn allocate(&self, bytes: usize) -> Result<Address, DriverCode> {
        self.primary().try_bind()?;
        // SAFETY: the stream lives; the memory is not read before it is written by work of its
        // owner, who orders that after this stream's.
        unsafe { result::malloc_async(self.stream, bytes) }
            .map(Address)
            .map_err(DriverCode::from)
    }

    /// Gives memory back to the pool, in stream order.
    ///
    /// # Safety
    /// `address` comes from [`allocate`](Self::allocate) on a stream of this context, was not freed,
    /// and this stream's work up to now comes after all uses of it.
    pub(crate) unsafe fn free(&self, address: Address) {
        self.primary().clean_up("freeing device memory", || {
            // SAFETY: by this function's contract.
            unsafe { result::free_async(address.0, self.stream) }
        });
    }
}

impl Primary {
    /// Allocates at once; this may wait for the device.
    pub(crate) fn allocate(&self, bytes: usize) -> Result<Address, DriverCode> {
        self.try_bind()?;
        // SAFETY: the memory is not read before it is written by work of its owner.
        unsafe { result::malloc_sync(bytes) }
            .map(Address)
            .map_err(DriverCode::from)
    }

    /// Frees at once, which waits for the device.
    ///
    /// # Safety
    /// `address` comes from [`allocate`](Self::allocate) on this context and was not freed; all
    /// work that uses it has been given to its streams before this call.
    pub(crate) unsafe fn free(&self, address: Address) {
        self.clean_up("freeing device memory", || {
            // SAFETY: by this function's contract; cuMemFree waits for the work.
            unsafe { result::memory_free(address.0) }
        });
    }
}

impl RawDevice {
    /// Lets the default pool keep what is freed, up to all of the device's memory: by default it
    /// goes back to the system at each synchronisation, and the next allocation pays for it again.
    pub(crate) fn keep_freed_memory(self) -> Result<(), CudaError> {
        let mut threshold = u64::MAX;
        // SAFETY: the handle comes from cuDeviceGet; the attribute takes a u64, which outlives the
        // call.
        unsafe {
            let pool = result::device::get_default_mem_pool(self.0)
                .during("asking for the device's memory pool")?;
            result::mem_pool::set_attribute(
                pool,
                sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD,
                (&raw mut threshold).cast(),
            )
        }
        .during("setting up the device's memory pool")
    }

    /// Bytes that the default pool keeps to be used again.
    pub(crate) fn kept_bytes(self) -> Result<u64, CudaError> {
        let read = |attribute| {
            let mut bytes = 0_u64;
            // SAFETY: the handle comes from cuDeviceGet; both attributes that are asked for are a
            // u64, which outlives the call.
            unsafe {
                let pool = result::device::get_default_mem_pool(self.0)?;
                result::mem_pool::get_attribute(pool, attribute, (&raw mut bytes).cast())?;
            }
            Ok(bytes)
        };
        let reserved = read(sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT)
            .during("asking for the memory pool's size")?;
        let used = read(sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_CURRENT)
            .during("asking for the memory pool's use")?;
        Ok(reserved.saturating_sub(used))
    }

    /// Gives freed memory of the default pool back to the system.
    pub(crate) fn release_freed_memory(self) -> Result<(), DriverCode> {
        // SAFETY: the handle comes from cuDeviceGet.
        unsafe {
            let pool = result::device::get_default_mem_pool(self.0)?;
            result::mem_pool::trim_to(pool, 0)?;
        }
        Ok(())
    }
}

/// Page-locked memory of the host, which the device reads and writes by itself.
///
/// It is cached by the CPU, not write-combined: staging is read as often as it is written, and
/// reading write-combined memory is an order of magnitude slower.
#[derive(Debug)]
pub(crate) struct HostMemory {
    primary: Arc<Primary>,
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the memory is owned, and bytes can go to another thread.
unsafe impl Send for HostMemory {}
// SAFETY: `&self` gives access to the memory only through `unsafe` functions, whose callers see to
// it that nothing is written while it is read.
unsafe impl Sync for HostMemory {}

impl HostMemory {
    pub(crate) fn new(
        primary: &Arc<Primary>,
        bytes: usize,
        operation: &'static str,
    ) -> Result<Self, CudaError> {
        primary.bind()?;
        // SAFETY: freed once, in `drop`.
        let start =
            unsafe { result::malloc_host(bytes.max(1), 0) }.map_err(
                |error| match DriverCode::from(error) {
                    code if code.code == code::OUT_OF_MEMORY => CudaError::OutOfPinnedMemory {
                        operation,
                        bytes,
                        code,
                    },
                    code => CudaError::driver(operation, code),
                },
            )?;
        let start: NonNull<c_void> = NonNull::new(start).ok_or_else(|| {
            CudaError::driver(
                operation,
                DriverCode {
                    code: 0,
                    name: "no code".to_owned(),
                    text: "the driver allocated host memory at null".to_owned(),
                },
            )
        })?;
        // SAFETY: `bytes` bytes were allocated at `start`; making them defined once means that no
        // later read is of uninitialised memory.
        unsafe { start.cast::<u8>().write_bytes(0, bytes) };
        Ok(Self {
            primary: primary.clone(),
            start: start.cast(),
            bytes,
        })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A range of the memory.
    ///
    /// # Panics
    /// If the range is not within it.
    ///
    /// # Safety
    /// Nothing writes to the range while the slice lives, the device included.
    pub(crate) unsafe fn read(&self, offset: usize, bytes: usize) -> &[u8] {
        assert!(offset <= self.bytes && bytes <= self.bytes - offset);
        // SAFETY: within the allocation, initialised, and not written by this function's contract.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().add(offset), bytes) }
    }

    /// A range of the memory, to be written.
    ///
    /// # Panics
    /// If the range is not within it.
    ///
    /// # Safety
    /// Nothing else reads or writes the range while the slice lives, the device included.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn write(&self, offset: usize, bytes: usize) -> &mut [u8] {
        assert!(offset <= self.bytes && bytes <= self.bytes - offset);
        // SAFETY: within the allocation, initialised, and exclusive by this function's contract.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr().add(offset), bytes) }
    }
}

impl Drop for HostMemory {
    fn drop(&mut self) {
        self.primary.clean_up("freeing page-locked memory", || {
            // SAFETY: allocated by `new` and freed nowhere else. The driver waits for copies that
            // still use it.
            unsafe { result::free_host(self.start.as_ptr().cast()) }
        });
    }
}
