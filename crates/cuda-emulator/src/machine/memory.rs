//! The address space of one device.

use thiserror::Error;

use super::{Fault, FaultKind};

/// Memory that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("out of memory: {requested} bytes asked for, {free} of {capacity} free")]
pub struct AllocationError {
    pub requested: u64,
    pub free: u64,
    pub capacity: u64,
}

/// A live allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationInfo {
    pub address: u64,
    pub bytes: u64,
    pub label: String,
}

/// The global memory of a device. Shared between host threads; every operation is atomic with
/// respect to allocation and free.
#[derive(Debug)]
pub struct Memory {
    capacity: u64,
}

impl Memory {
    /// An empty device memory of `capacity` bytes.
    pub fn new(capacity: u64) -> Self {
        Self { capacity }
    }

    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Bytes that are allocated.
    pub fn used(&self) -> u64 {
        todo!()
    }

    /// `bytes` of uninitialised memory at an address that is a multiple of 256.
    pub fn allocate(&self, bytes: u64, label: &str) -> Result<u64, AllocationError> {
        let _ = (bytes, label);
        todo!()
    }

    /// Gives back the allocation that starts at `address`. Later accesses are use after free.
    pub fn free(&self, address: u64) -> Result<(), Fault> {
        Err(Fault::host(FaultKind::InvalidFree, Some(address), "todo"))
    }

    /// The live allocation that holds `address`.
    pub fn find(&self, address: u64) -> Option<AllocationInfo> {
        let _ = address;
        todo!()
    }

    /// Live allocations by address: at the end of a program, its leaks.
    pub fn live(&self) -> Vec<AllocationInfo> {
        todo!()
    }

    /// Copies from the device. Uninitialised bytes are copied as they are:
    /// [`first_uninitialised`](Self::first_uninitialised) finds them.
    pub fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Fault> {
        let _ = (address, bytes);
        todo!()
    }

    /// Copies to the device.
    pub fn write(&self, address: u64, bytes: &[u8]) -> Result<(), Fault> {
        let _ = (address, bytes);
        todo!()
    }

    /// Writes `pattern` (1, 2 or 4 bytes in a memset) `count` times in a row.
    pub fn fill(&self, address: u64, pattern: &[u8], count: u64) -> Result<(), Fault> {
        let _ = (address, pattern, count);
        todo!()
    }

    /// Copies within the device; the ranges may overlap. What is uninitialised stays so.
    pub fn copy(&self, destination: u64, source: u64, bytes: u64) -> Result<(), Fault> {
        let _ = (destination, source, bytes);
        todo!()
    }

    /// The first address of a range that nothing has written.
    pub fn first_uninitialised(&self, address: u64, bytes: u64) -> Result<Option<u64>, Fault> {
        let _ = (address, bytes);
        todo!()
    }
}
