//! The memory behind device slices: who holds it, and where.
//!
//! A device slice is an address and a length. Before anything is done with one, its address is looked up
//! here, so that no address leads to memory that is not there, and the pointers used are those that the
//! memory was allocated with.

use std::{
    alloc::{alloc_zeroed, dealloc, Layout},
    collections::BTreeMap,
    ptr::NonNull,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        Arc, PoisonError, RwLock,
    },
};

use halo2_offload_cuda::DeviceBuffer;

use crate::{
    device,
    error::{CudaError, CudaResult},
    offload::{self, Device, Place},
};

/// Device memory is aligned to at least this.
pub(crate) const ALIGNMENT: usize = 256;

static ALLOCATIONS: RwLock<BTreeMap<usize, Arc<Allocation>>> = RwLock::new(BTreeMap::new());

/// The memory of one [`DeviceVec`](super::DeviceVec).
#[derive(Debug)]
pub struct Allocation {
    device_id: usize,
    address: usize,
    bytes: usize,
    memory: Memory,
    /// Raised whenever something is written.
    version: AtomicU64,
    /// Whether its address was given to the client for writing: then anything may change at any time.
    exposed: AtomicBool,
}

#[derive(Debug)]
enum Memory {
    Host(HostMemory),
    /// Read by many, written by one at a time. Nobody holds two of these locks but for reading.
    Cuda(Arc<Device>, RwLock<DeviceBuffer<u8>>),
}

#[derive(Debug)]
struct HostMemory {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: it is memory that is owned, like a `Box<[u8]>`; who may touch it when is decided by the
// borrows of the slices that lead here.
unsafe impl Send for HostMemory {}
// SAFETY: as above.
unsafe impl Sync for HostMemory {}

impl HostMemory {
    fn allocate(bytes: usize) -> Option<Self> {
        let layout = Layout::from_size_align(bytes, ALIGNMENT).ok()?;
        if bytes == 0 {
            return None;
        }
        // SAFETY: the layout is not of size zero.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        Some(Self { start, layout })
    }
}

impl Drop for HostMemory {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout and is given back once.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }
}

/// A part of an allocation.
#[derive(Clone, Debug)]
pub struct Range {
    allocation: Arc<Allocation>,
    offset: usize,
    bytes: usize,
}

/// Where a range is.
#[derive(Debug)]
pub enum Located<'a> {
    /// In host memory, from there.
    Host(NonNull<u8>),
    /// On a CUDA device, from that byte of the buffer.
    Cuda(&'a Arc<Device>, &'a RwLock<DeviceBuffer<u8>>),
}

/// What is in a range, as far as this package knows: equal stamps, equal contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The first byte.
    pub address: usize,
    /// The bytes.
    pub bytes: usize,
    version: u64,
}

impl Stamp {
    /// Whether what this is of is the beginning of what another stamp was of.
    pub fn begins(&self, other: &Self) -> bool {
        self.bytes <= other.bytes
            && *other
                == Self {
                    bytes: other.bytes,
                    ..*self
                }
    }
}

/// Allocates on the calling thread's device; the address.
pub(crate) fn allocate(bytes: usize) -> CudaResult<usize> {
    /// Versions are unique among allocations too, so that memory that is allocated where other memory
    /// was has another stamp.
    static VERSIONS: AtomicU64 = AtomicU64::new(0);
    let device_id = device::current();
    let (address, memory) = match offload::device(device_id)? {
        Place::Cpu => match HostMemory::allocate(bytes) {
            // The number goes to the client, who may make a pointer of it.
            Some(memory) => (
                memory.start.as_ptr().expose_provenance(),
                Memory::Host(memory),
            ),
            None => {
                return offload::fail(
                    CudaError::cudaErrorMemoryAllocation,
                    format!("no {bytes} bytes of memory"),
                )
            }
        },
        Place::Cuda(device) => {
            let buffer =
                device.call(|context| context.allocate::<u8>("icicle device vec", bytes))?;
            let Ok(address) = usize::try_from(buffer.address()) else {
                return offload::fail(
                    CudaError::cudaErrorMemoryAllocation,
                    "the device's addresses are wider than the host's".to_owned(),
                );
            };
            (address, Memory::Cuda(device, RwLock::new(buffer)))
        }
    };
    let allocation = Allocation {
        device_id,
        address,
        bytes,
        memory,
        version: AtomicU64::new(VERSIONS.fetch_add(1 << 32, Ordering::Relaxed)),
        exposed: AtomicBool::new(false),
    };
    ALLOCATIONS
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(address, Arc::new(allocation));
    Ok(address)
}

/// Gives memory back, when the last operation that uses it is done with it.
pub(crate) fn free(address: usize) {
    let freed = ALLOCATIONS
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&address);
    // Outside of the lock: giving memory back to a driver may take its time.
    drop(freed);
}

/// The allocation that so many bytes from an address lie in.
pub fn find(address: usize, bytes: usize) -> Option<Range> {
    let allocations = ALLOCATIONS.read().unwrap_or_else(PoisonError::into_inner);
    let (start, allocation) = allocations.range(..=address).next_back()?;
    let offset = address - start;
    (offset <= allocation.bytes && bytes <= allocation.bytes - offset).then(|| Range {
        allocation: allocation.clone(),
        offset,
        bytes,
    })
}

impl Range {
    /// The device that it is on.
    pub fn device_id(&self) -> usize {
        self.allocation.device_id
    }

    /// Where it is.
    pub fn located(&self) -> Located<'_> {
        match &self.allocation.memory {
            // SAFETY: `find` has checked that the range lies in the allocation.
            Memory::Host(memory) => Located::Host(unsafe { memory.start.add(self.offset) }),
            Memory::Cuda(device, buffer) => Located::Cuda(device, buffer),
        }
    }

    /// So many bytes of it, from there.
    pub fn part(&self, start: usize, bytes: usize) -> Option<Self> {
        let end = start.checked_add(bytes)?;
        (end <= self.bytes).then(|| Self {
            allocation: self.allocation.clone(),
            offset: self.offset + start,
            bytes,
        })
    }

    /// Its bytes within the buffer.
    pub fn within(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.bytes
    }

    /// Whether two ranges are of the same allocation.
    pub fn shares_buffer(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.allocation, &other.allocation)
    }

    /// To be called for whatever writes to it, before.
    pub fn written(&self) {
        self.allocation.version.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn expose(&self) {
        self.allocation.exposed.store(true, Ordering::Relaxed);
    }

    /// What is in it; nothing if it may change without this package's doing.
    pub fn stamp(&self) -> Option<Stamp> {
        (!self.allocation.exposed.load(Ordering::Relaxed)).then(|| Stamp {
            address: self.allocation.address + self.offset,
            bytes: self.bytes,
            version: self.allocation.version.load(Ordering::Relaxed),
        })
    }
}
