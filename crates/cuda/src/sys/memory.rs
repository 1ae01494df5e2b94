//! Memory of the device, and page-locked memory of the host.

use std::{ptr::NonNull, sync::Arc};

use cudarc::driver::{result, sys};

use super::{During, Primary, RawStream};
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

    /// The number, as a kernel reads it from a table of addresses, or other code from its caller.
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

/// Raw allocation: what is allocated by one of these is freed by its partner, once, by the caller.
impl RawStream {
    /// Allocates from the device's default pool, in stream order.
    pub(crate) fn allocate(&self, bytes: usize) -> Result<Address, DriverCode> {
        let address = self.primary().call(
            // SAFETY: the stream lives; the memory is not read before it is written by work of its
            // owner, who orders that after this stream's.
            |_| unsafe { result::malloc_async(self.stream, bytes) },
            |model| model.allocate(bytes),
        );
        address.map(Address)
    }

    /// Gives memory back to the pool, in stream order.
    ///
    /// # Safety
    /// `address` comes from [`allocate`](Self::allocate) on a stream of this context, was not freed,
    /// and this stream's work up to now comes after all uses of it.
    pub(crate) unsafe fn free(&self, address: Address) {
        self.primary().clean_up(
            "freeing device memory",
            // SAFETY: by this function's contract.
            || unsafe { result::free_async(address.0, self.stream) },
            |model| model.free(address.0),
        );
    }
}

impl Primary {
    /// Allocates at once; this may wait for the device.
    pub(crate) fn allocate(&self, bytes: usize) -> Result<Address, DriverCode> {
        let address = self.call(
            // SAFETY: the memory is not read before it is written by work of its owner.
            |_| unsafe { result::malloc_sync(bytes) },
            |model| model.allocate(bytes),
        );
        address.map(Address)
    }

    /// Frees at once, when the device has done all its work.
    ///
    /// # Safety
    /// `address` comes from [`allocate`](Self::allocate) on this context and was not freed; all
    /// work that uses it has been given to its streams before this call.
    pub(crate) unsafe fn free(&self, address: Address) {
        self.clean_up_when_idle(
            "freeing device memory",
            // SAFETY: by this function's contract; the work was waited for.
            || unsafe { result::memory_free(address.0) },
            |model| model.free(address.0),
        );
    }

    /// Lets the default pool keep what is freed, up to all of the device's memory: by default it
    /// goes back to the system at each synchronisation, and the next allocation pays for it again.
    pub(crate) fn keep_freed_memory(&self) -> Result<(), CudaError> {
        self.call(
            |device| {
                let mut threshold = u64::MAX;
                // SAFETY: the handle comes from cuDeviceGet; the attribute takes a u64, which
                // outlives the call.
                unsafe {
                    result::mem_pool::set_attribute(
                        result::device::get_default_mem_pool(device.0)?,
                        sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD,
                        (&raw mut threshold).cast(),
                    )
                }
            },
            |_| Ok(()),
        )
        .during("setting up the device's memory pool")
    }

    /// Bytes that the default pool keeps to be used again.
    pub(crate) fn kept_bytes(&self) -> Result<u64, CudaError> {
        self.call(
            |device| {
                // SAFETY: the handle comes from cuDeviceGet.
                let pool = unsafe { result::device::get_default_mem_pool(device.0) }?;
                let read = |attribute| {
                    let mut bytes = 0_u64;
                    // SAFETY: the pool is the device's own; both attributes that are asked for are
                    // a u64, which outlives the call.
                    unsafe {
                        result::mem_pool::get_attribute(pool, attribute, (&raw mut bytes).cast())
                    }?;
                    Ok(bytes)
                };
                let reserved =
                    read(sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT)?;
                let used = read(sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_CURRENT)?;
                Ok(reserved.saturating_sub(used))
            },
            |_| Ok(0),
        )
        .during("asking what the memory pool keeps")
    }

    /// Gives freed memory of the default pool back to the system.
    pub(crate) fn release_freed_memory(&self) -> Result<(), CudaError> {
        self.call(
            // SAFETY: the handle comes from cuDeviceGet.
            |device| unsafe {
                let pool = result::device::get_default_mem_pool(device.0)?;
                result::mem_pool::trim_to(pool, 0)
            },
            |_| Ok(()),
        )
        .during("releasing freed device memory")
    }
}

/// Page-locked memory of the host, which the device reads and writes by itself. For a model there is
/// none, only the count of its bytes.
///
/// It is cached by the CPU, not write-combined: staging is read as often as it is written, and
/// reading write-combined memory is an order of magnitude slower.
#[derive(Debug)]
pub(crate) struct HostMemory {
    primary: Arc<Primary>,
    start: Option<NonNull<u8>>,
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
        let start = primary.call(
            // SAFETY: freed once, in `drop`.
            |_| unsafe { result::malloc_host(bytes.max(1), 0) }.map(Some),
            |_| Ok(None),
        );
        let start = start.map_err(|code| match code.code {
            code::OUT_OF_MEMORY => CudaError::OutOfPinnedMemory {
                operation,
                bytes,
                code,
            },
            _ => CudaError::driver(operation, code),
        })?;
        let at_null = || {
            CudaError::driver(
                operation,
                DriverCode {
                    code: 0,
                    name: "no code".to_owned(),
                    text: "the driver allocated host memory at null".to_owned(),
                },
            )
        };
        let start = start
            .map(|start| NonNull::new(start.cast::<u8>()).ok_or_else(at_null))
            .transpose()?;
        if let Some(start) = start {
            // SAFETY: `bytes` bytes were allocated at `start`; making them defined once means that
            // no later read is of uninitialised memory.
            unsafe { start.write_bytes(0, bytes) };
        }
        primary.count_pinned(bytes);
        Ok(Self {
            primary: primary.clone(),
            start,
            bytes,
        })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A range of the memory; nothing for a model.
    ///
    /// # Panics
    /// If the range is not within it.
    ///
    /// # Safety
    /// Nothing writes to the range while the slice lives, the device included.
    pub(crate) unsafe fn read(&self, offset: usize, bytes: usize) -> Option<&[u8]> {
        assert!(offset <= self.bytes && bytes <= self.bytes - offset);
        // SAFETY: within the allocation, initialised, and not written by this function's contract.
        let slice = |start: NonNull<u8>| unsafe {
            std::slice::from_raw_parts(start.as_ptr().add(offset), bytes)
        };
        self.start.map(slice)
    }

    /// A range of the memory, to be written; nothing for a model.
    ///
    /// # Panics
    /// If the range is not within it.
    ///
    /// # Safety
    /// Nothing else reads or writes the range while the slice lives, the device included.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn write(&self, offset: usize, bytes: usize) -> Option<&mut [u8]> {
        assert!(offset <= self.bytes && bytes <= self.bytes - offset);
        // SAFETY: within the allocation, initialised, and exclusive by this function's contract.
        let slice = |start: NonNull<u8>| unsafe {
            std::slice::from_raw_parts_mut(start.as_ptr().add(offset), bytes)
        };
        self.start.map(slice)
    }
}

impl Drop for HostMemory {
    fn drop(&mut self) {
        self.primary.count_unpinned(self.bytes);
        if let Some(start) = self.start {
            self.primary.clean_up_when_idle(
                "freeing page-locked memory",
                // SAFETY: `new` allocated it and nothing else frees it. All work of the context was waited
                // for just before this, so no copy reads or writes it any more; where that wait failed,
                // the context is lost and none of its copies runs.
                || unsafe { result::free_host(start.as_ptr().cast()) },
                |_| {},
            );
        }
    }
}
