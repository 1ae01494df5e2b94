//! Device memory: named, counted, bounded, and freed in stream order when it is dropped.

mod backing;
mod ledger;

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    error::{code, CudaError, OutOfMemory},
    streams::{Streams, Uses},
    sys::Address,
    timeline::StreamRole,
};
pub use backing::MemorySource;
use backing::{Backing, Refusal};
pub(crate) use ledger::EntryId;
use ledger::Ledger;
pub use ledger::{Holding, LedgerReport};

/// The memory of a context.
///
/// An allocation belongs to the stream it is made for, its home: it may be used there at once, and
/// is freed in that stream's order after all its uses on any stream. Neither waits for the device.
#[derive(Debug)]
pub(crate) struct Arena {
    streams: Arc<Streams>,
    backing: Backing,
    budget_bytes: Option<u64>,
    device_bytes: u64,
    ledger: Mutex<Ledger>,
}

impl Arena {
    pub(crate) fn new(
        streams: Arc<Streams>,
        memory_pools: bool,
        device_bytes: u64,
        budget_bytes: Option<u64>,
    ) -> Result<Self, CudaError> {
        Ok(Self {
            backing: Backing::new(&streams, memory_pools)?,
            streams,
            budget_bytes,
            device_bytes,
            ledger: Mutex::default(),
        })
    }

    pub(crate) fn allocate(
        self: &Arc<Self>,
        name: Cow<'static, str>,
        home: StreamRole,
        bytes: usize,
    ) -> Result<Allocation, CudaError> {
        // Booked before it is allocated, so that two threads cannot both take what is left.
        let entry = self.book(name.clone(), bytes as u64)?;
        let mut allocation = Allocation {
            arena: self.clone(),
            home,
            entry,
            address: Address::NULL,
            bytes,
            uses: Uses::default(),
        };
        if bytes > 0 {
            allocation.address = self
                .backing
                .allocate(&self.streams, home, &allocation.uses, bytes)
                .map_err(|refusal| self.explain(refusal, &name, bytes as u64))?;
        }
        Ok(allocation)
    }

    pub(crate) fn current(&self) -> LedgerReport {
        self.ledger().current()
    }

    pub(crate) fn peak(&self) -> LedgerReport {
        self.ledger().peak()
    }

    pub(crate) fn reset_peak(&self) {
        self.ledger().reset_peak();
    }

    /// Bytes that could be allocated now: what the budget leaves of what the device has.
    pub(crate) fn available_bytes(&self) -> Result<u64, CudaError> {
        let (free, _) = self.streams.primary().memory()?;
        let free = free + self.backing.kept_bytes(&self.streams)?;
        Ok(self.budget_left().map_or(free, |left| left.min(free)))
    }

    fn budget_left(&self) -> Option<u64> {
        let current = self.ledger().current_bytes();
        self.budget_bytes
            .map(|budget| budget.saturating_sub(current))
    }

    fn book(&self, name: Cow<'static, str>, bytes: u64) -> Result<EntryId, CudaError> {
        let mut ledger = self.ledger();
        if let Some(budget) = self.budget_bytes {
            let left = budget.saturating_sub(ledger.current_bytes());
            if bytes > left {
                return Err(CudaError::OutOfMemory(Box::new(OutOfMemory {
                    name: name.into_owned(),
                    asked_bytes: bytes,
                    budget_left_bytes: Some(left),
                    budget_bytes: Some(budget),
                    free_bytes: None,
                    total_bytes: self.device_bytes,
                    held: ledger.current(),
                    code: None,
                })));
            }
        }
        Ok(ledger.add(name, bytes))
    }

    /// Called while the refused allocation is still in the ledger.
    fn explain(&self, refusal: Refusal, name: &str, bytes: u64) -> CudaError {
        let code = match refusal {
            Refusal::Driver(code) if code.code == code::OUT_OF_MEMORY => code,
            Refusal::Driver(code) => {
                return CudaError::driver(format!("allocating `{name}`"), code)
            }
            Refusal::Other(error) => return error,
        };
        CudaError::OutOfMemory(Box::new(OutOfMemory {
            name: name.to_owned(),
            asked_bytes: bytes,
            budget_left_bytes: self.budget_left().map(|left| left + bytes),
            budget_bytes: self.budget_bytes,
            free_bytes: self.streams.primary().memory().ok().map(|(free, _)| free),
            total_bytes: self.device_bytes,
            held: self.ledger().current().without(name, bytes),
            code: Some(code),
        }))
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // Nothing is allocated any more: each allocation holds the arena.
        if let Err(error) = self.backing.release_freed(&self.streams) {
            tracing::warn!(target: "halo2_offload::cuda", %error, "freed device memory was not released");
        }
    }
}

/// Device memory, freed in stream order when dropped.
#[derive(Debug)]
pub struct Allocation {
    arena: Arc<Arena>,
    home: StreamRole,
    entry: EntryId,
    address: Address,
    bytes: usize,
    uses: Uses,
}

impl Allocation {
    pub(crate) fn address(&self) -> Address {
        self.address
    }

    /// The ledger shows the allocation under this name from now on.
    pub(crate) fn rename(&mut self, name: Cow<'static, str>) {
        self.arena.ledger().rename(self.entry, name);
    }

    pub(crate) fn uses(&self) -> &Uses {
        &self.uses
    }

    /// Whether the allocation is of the context that has these streams.
    pub(crate) fn is_of(&self, streams: &Streams) -> bool {
        std::ptr::eq(&*self.arena.streams, streams)
    }
}

impl Drop for Allocation {
    fn drop(&mut self) {
        self.arena.ledger().remove(self.entry);
        if self.address == Address::NULL {
            return;
        }
        let arena = &self.arena;
        // SAFETY: allocated by `Arena::allocate` and freed nowhere else.
        unsafe {
            arena.backing.free(
                &arena.streams,
                self.home,
                &self.uses,
                self.address,
                self.bytes,
            );
        }
    }
}
