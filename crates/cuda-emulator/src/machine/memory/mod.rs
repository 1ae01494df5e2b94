//! The address space of one device.
//!
//! Every allocation has a slot of addresses of its own, 64 GiB wide, and lies in its middle: an
//! access that misses it by less than 32 GiB falls into the slot's red zone, and is known for
//! what it missed. Slots are never used twice, so an access after a free is known for what it is.

mod allocation;
mod footprint;
mod host;

use std::sync::{Arc, PoisonError, RwLock};

use thiserror::Error;

pub use footprint::Touched;

pub(super) use allocation::{zero_words, Allocation, FULL};

use super::{Fault, FaultKind};

/// Why memory cannot be allocated.
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

pub(super) const SLOT_SHIFT: u32 = 36;
/// Distance of an allocation from the start of its slot.
const SLOT_MIDDLE: u64 = 1 << (SLOT_SHIFT - 1);
/// Slots of a device. Those of 63 devices keep addresses below 2^62.
const SLOTS: usize = 1 << 20;

/// What a slot of addresses holds.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Live(Arc<Allocation>),
    /// Freed: its size and what it was called.
    Freed(u64, Arc<str>),
}

/// All slots; slot `first + i` of addresses is entry `i`.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    first: usize,
    slots: Vec<Slot>,
    used: u64,
    /// Launches so far, as the race detector counts them.
    pub launch: u16,
}

impl Table {
    /// The place of an address's slot among the entries.
    fn entry(&self, address: u64) -> Option<usize> {
        ((address >> SLOT_SHIFT) as usize).checked_sub(self.first)
    }

    pub fn slot(&self, address: u64) -> Option<&Slot> {
        self.slots.get(self.entry(address)?)
    }

    /// The live allocation that an access of `bytes` at `address` lies in, or what is wrong.
    pub fn locate(
        &self,
        address: u64,
        bytes: u64,
    ) -> Result<&Arc<Allocation>, (FaultKind, String)> {
        let allocation = match self.slot(address) {
            Some(Slot::Live(allocation)) => allocation,
            Some(Slot::Freed(size, label)) => {
                let detail = format!("{bytes} bytes in `{label}` ({size} bytes), which was freed");
                return Err((FaultKind::UseAfterFree, detail));
            }
            None => {
                let detail = if address < 1 << 16 {
                    format!("{bytes} bytes through a null pointer")
                } else {
                    format!("{bytes} bytes where nothing was ever allocated")
                };
                return Err((FaultKind::OutOfBounds, detail));
            }
        };
        if allocation.is_freed() {
            let detail = format!(
                "{bytes} bytes in `{}` ({} bytes), which was freed meanwhile",
                allocation.label, allocation.bytes
            );
            return Err((FaultKind::UseAfterFree, detail));
        }
        let offset = address.wrapping_sub(allocation.address);
        match offset.checked_add(bytes) {
            Some(end) if end <= allocation.bytes => Ok(allocation),
            _ => Err((FaultKind::OutOfBounds, allocation.missed(address, bytes))),
        }
    }
}

/// The global memory of a device. Shared between host threads; every operation is atomic with
/// respect to allocation and free.
#[derive(Debug)]
pub struct Memory {
    capacity: u64,
    /// A launch keeps the table it began with.
    table: RwLock<Arc<Table>>,
}

impl Memory {
    /// An empty device memory of `capacity` bytes.
    pub fn new(capacity: u64) -> Self {
        Self::of_device(0, capacity)
    }

    /// The same for one of several devices, whose addresses no other device has.
    pub fn of_device(ordinal: usize, capacity: u64) -> Self {
        let table = Table {
            first: 1 + ordinal * SLOTS,
            ..Table::default()
        };
        Self {
            capacity,
            table: RwLock::new(Arc::new(table)),
        }
    }

    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Bytes that are allocated.
    pub fn used(&self) -> u64 {
        self.table().used
    }

    /// The table as it is now. A panic elsewhere leaves it whole: it changes in single steps.
    pub(super) fn table(&self) -> Arc<Table> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&table)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Table) -> T) -> T {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut table))
    }

    /// `bytes` of uninitialised memory at an address that is a multiple of 256.
    pub fn allocate(&self, bytes: u64, label: &str) -> Result<u64, AllocationError> {
        self.allocate_as(bytes, label, false, &[])
    }

    /// An allocation with its first bytes, which programs may be kept from writing.
    pub(super) fn allocate_as(
        &self,
        bytes: u64,
        label: &str,
        read_only: bool,
        initial: &[u8],
    ) -> Result<u64, AllocationError> {
        self.change(|table| {
            let error = AllocationError {
                requested: bytes,
                free: self.capacity - table.used,
                capacity: self.capacity,
            };
            let slot = (table.first + table.slots.len()) as u64;
            if bytes > error.free || bytes > SLOT_MIDDLE || table.slots.len() >= SLOTS {
                return Err(error);
            }
            let address = (slot << SLOT_SHIFT) + SLOT_MIDDLE;
            let allocation = Allocation::new(address, bytes, label, read_only).ok_or(error)?;
            allocation.write_bytes(0, initial);
            table.slots.push(Slot::Live(Arc::new(allocation)));
            table.used += bytes;
            Ok(address)
        })
    }

    /// Gives back the allocation that starts at `address`. Later accesses are use after free.
    pub fn free(&self, address: u64) -> Result<(), Fault> {
        self.change(|table| {
            let fault = |detail: String| Fault::host(FaultKind::InvalidFree, Some(address), detail);
            let entry = table.entry(address);
            let Some(slot) = entry.and_then(|entry| table.slots.get_mut(entry)) else {
                return Err(fault("nothing was ever allocated there".to_owned()));
            };
            match slot {
                Slot::Live(allocation) if allocation.address == address => {
                    allocation.mark_freed();
                    table.used -= allocation.bytes;
                    let freed = Slot::Freed(allocation.bytes, Arc::clone(&allocation.label));
                    *slot = freed;
                    Ok(())
                }
                Slot::Live(allocation) => Err(fault(format!(
                    "not the start of `{}`, which is {:#x}",
                    allocation.label, allocation.address
                ))),
                Slot::Freed(_, label) => Err(fault(format!("`{label}` was freed before"))),
            }
        })
    }

    /// The live allocation that holds `address`.
    pub fn find(&self, address: u64) -> Option<AllocationInfo> {
        let table = self.table();
        table.locate(address, 0).ok().map(|a| a.info())
    }

    /// Live allocations by address: at the end of a program, its leaks.
    pub fn live(&self) -> Vec<AllocationInfo> {
        let table = self.table();
        let live = table.slots.iter().filter_map(|slot| match slot {
            Slot::Live(allocation) => Some(allocation.info()),
            Slot::Freed(..) => None,
        });
        live.collect()
    }

    /// The table for a new launch, numbered so that the race detector tells it from others.
    pub(super) fn begin_launch(&self) -> Arc<Table> {
        self.change(|table| {
            table.launch += 1;
            if table.launch > super::races::LAST_LAUNCH {
                table.launch = 1;
                for slot in &table.slots {
                    if let Slot::Live(allocation) = slot {
                        allocation.forget_accesses();
                    }
                }
            }
        });
        self.table()
    }
}
