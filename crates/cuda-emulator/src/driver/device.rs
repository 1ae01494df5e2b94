//! What an emulated device says of itself.

use std::collections::BTreeMap;

use crate::control::DeviceConfig;
use crate::machine::Memory;

use super::history::{History, Stamp};
use super::status::{Outcome, Status};

/// What `cuDeviceGetName` answers: nobody can take it for a real device.
pub const NAME: &str = "Emulated device (halo2-offload)";

/// Threads of a warp.
pub const WARP: i32 = 32;
/// The most threads of a block, on every architecture so far.
pub const MAX_BLOCK_THREADS: u32 = 1024;
/// The largest block, by axis.
pub const MAX_BLOCK: [u32; 3] = [1024, 1024, 64];
/// The largest grid, by axis.
pub const MAX_GRID: [u32; 3] = [i32::MAX as u32, 65_535, 65_535];
/// Shared memory of a block, in bytes, that needs no `cuFuncSetAttribute`.
pub const SHARED_BYTES: u32 = 48 << 10;

/// One device and its memory.
pub struct Device {
    pub config: DeviceConfig,
    pub memory: Memory,
    /// Live allocations of the program under test, by address.
    pub allocations: BTreeMap<u64, Allocation>,
    /// Where memory was and who freed it, by address.
    pub freed: BTreeMap<u64, Freed>,
    /// Bytes allocated, as the program's order of calls has it.
    pub allocated_bytes: u64,
    /// The most of them at once.
    pub peak_bytes: u64,
    /// The primary context and how often it is retained.
    pub primary: Option<(u64, u32)>,
    /// Flags of the primary context.
    pub primary_flags: u32,
    /// Handles of the default memory pool and of the current one.
    pub default_pool: u64,
    pub pool: u64,
}

/// Device memory that is allocated.
pub struct Allocation {
    pub bytes: u64,
    pub context: u64,
    pub origin: Origin,
    /// Its freeing has been submitted to a stream.
    pub free_submitted: bool,
    pub history: History,
}

/// Whose a range of device memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Allocated from the device: `cuMemAlloc`.
    Device,
    /// Allocated from a pool, in the order of a stream: `cuMemAllocAsync`.
    Pool(u64),
    /// A module's variable.
    Module,
}

/// Device memory that was freed.
pub struct Freed {
    pub bytes: u64,
    pub by: std::sync::Arc<Stamp>,
}

/// What an architecture has, from the table of technical specifications in NVIDIA's CUDA C++
/// Programming Guide (appendix on compute capabilities).
struct Architecture {
    shared_optin: u32,
    shared_multiprocessor: u32,
    threads_multiprocessor: u32,
    blocks_multiprocessor: u32,
}

impl Device {
    pub fn new(ordinal: usize, config: DeviceConfig, pool: u64) -> Self {
        Self {
            memory: Memory::of_device(ordinal, config.memory_bytes),
            config,
            allocations: BTreeMap::new(),
            freed: BTreeMap::new(),
            allocated_bytes: 0,
            peak_bytes: 0,
            primary: None,
            primary_flags: 0,
            default_pool: pool,
            pool,
        }
    }

    /// The live allocation that holds an address, and where it begins.
    pub fn find(&self, address: u64) -> Option<(u64, &Allocation)> {
        let (&start, allocation) = self.allocations.range(..=address).next_back()?;
        (address < start + allocation.bytes).then_some((start, allocation))
    }

    /// As [`find`](Self::find).
    pub fn find_mut(&mut self, address: u64) -> Option<(u64, &mut Allocation)> {
        let (&start, allocation) = self.allocations.range_mut(..=address).next_back()?;
        (address < start + allocation.bytes).then_some((start, allocation))
    }

    /// The freed memory that held an address.
    pub fn find_freed(&self, address: u64) -> Option<&Freed> {
        let (&start, freed) = self.freed.range(..=address).next_back()?;
        (address < start + freed.bytes).then_some(freed)
    }

    fn architecture(&self) -> Architecture {
        let (shared, threads, blocks) = match self.config.compute_capability {
            (7, 5) => (64, 1024, 16),
            (7, _) => (96, 2048, 32),
            (8, 6) => (100, 1536, 16),
            (8, 9) => (100, 1536, 24),
            (8, _) => (164, 2048, 32),
            (9 | 10, _) => (228, 2048, 32),
            _ => (100, 1536, 24),
        };
        // From 8.0 on the system keeps 1 KiB of each block.
        let reserved = self.reserved_shared() >> 10;
        Architecture {
            shared_optin: (shared - reserved) << 10,
            shared_multiprocessor: shared << 10,
            threads_multiprocessor: threads,
            blocks_multiprocessor: blocks,
        }
    }

    fn reserved_shared(&self) -> u32 {
        if self.config.compute_capability.0 >= 8 {
            1 << 10
        } else {
            0
        }
    }

    /// The architecture of its machine code: 90 in sm_90.
    pub fn architecture_number(&self) -> u32 {
        let (major, minor) = self.config.compute_capability;
        10 * major + minor
    }

    /// The most shared memory that a block may ask for with `cuFuncSetAttribute`, in bytes.
    pub fn shared_optin_bytes(&self) -> u32 {
        self.architecture().shared_optin
    }

    /// How many blocks a multiprocessor holds, by threads and shared memory. Registers are
    /// not known of PTX and do not count.
    pub fn resident_blocks(&self, threads: u32, shared_bytes: u64) -> u32 {
        let has = self.architecture();
        let warps = threads.div_ceil(WARP as u32).max(1);
        let by_threads = has.threads_multiprocessor / (warps * WARP as u32);
        let taken = shared_bytes + u64::from(self.reserved_shared());
        let by_shared = u64::from(has.shared_multiprocessor)
            .checked_div(taken)
            .unwrap_or(u64::MAX);
        let by_shared = u32::try_from(by_shared).unwrap_or(u32::MAX);
        by_threads.min(by_shared).min(has.blocks_multiprocessor)
    }

    /// A `CUdevice_attribute`, by its number in `cuda.h`. What an emulated device does not
    /// have is 0.
    pub fn attribute(&self, ordinal: i32, number: i32) -> Outcome<i32> {
        const ATTRIBUTES: std::ops::Range<i32> = 1..150;
        if !ATTRIBUTES.contains(&number) {
            return Err(Status::INVALID_VALUE);
        }
        let has = self.architecture();
        let (major, minor) = self.config.compute_capability;
        let value: u32 = match number {
            1 => MAX_BLOCK_THREADS,
            2..=4 => MAX_BLOCK[number as usize - 2],
            5..=7 => MAX_GRID[number as usize - 5],
            8 => SHARED_BYTES,
            // Constant memory.
            9 => 64 << 10,
            10 => WARP as u32,
            // Pitch.
            11 => i32::MAX as u32,
            // Registers of a block and of a multiprocessor.
            12 | 82 => 64 << 10,
            // Texture alignment.
            14 => 512,
            // Copies overlap with kernels, kernels with kernels; addresses are unified; stream
            // priorities, cooperative launches, host registration and memory pools exist.
            15 | 31 | 41 | 78 | 95 | 99 | 115 => 1,
            16 => self.config.multiprocessors,
            // Identity on a bus that is not there: one device a slot.
            34 => ordinal as u32,
            38 => 4 << 20,
            39 => has.threads_multiprocessor,
            // Copy engines: one up, one down.
            40 => 2,
            75 => major,
            76 => minor,
            81 => has.shared_multiprocessor,
            97 => has.shared_optin,
            106 => has.blocks_multiprocessor,
            111 => self.reserved_shared(),
            _ => 0,
        };
        i32::try_from(value).map_err(|_| Status::INVALID_VALUE)
    }
}
