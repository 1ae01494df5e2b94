//! The account that an estimate keeps.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

/// Calls of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperationTally {
    /// How often it was called, for each column.
    pub calls: u64,
    /// Field multiplications, on all threads together.
    pub multiplications: u64,
}

/// What a proof takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Bytes that are held now.
    pub held_bytes: u64,
    /// The most bytes that were held at once, workspaces included.
    pub peak_bytes: u64,
    /// Bytes given to [`Engine::upload`](crate::Columns::upload).
    pub uploaded_bytes: u64,
    /// Bytes given back by [`Engine::download`](crate::Columns::download).
    pub downloaded_bytes: u64,
    /// Operations by name.
    pub operations: BTreeMap<&'static str, OperationTally>,
}

impl Tally {
    /// Field multiplications of all operations.
    pub fn multiplications(&self) -> u64 {
        self.operations.values().map(|o| o.multiplications).sum()
    }
}

#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Tally>);

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, Tally> {
        // A tally is a set of counters: a panic elsewhere does not leave it inconsistent.
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn tally(&self) -> Tally {
        self.lock().clone()
    }

    pub fn allocate(self: &Arc<Self>, bytes: u64) -> Booking {
        let mut tally = self.lock();
        tally.held_bytes += bytes;
        tally.peak_bytes = tally.peak_bytes.max(tally.held_bytes);
        Booking {
            ledger: Arc::clone(self),
            bytes,
        }
    }

    pub fn upload(&self, bytes: u64) {
        self.lock().uploaded_bytes += bytes;
    }

    pub fn download(&self, bytes: u64) {
        self.lock().downloaded_bytes += bytes;
    }

    pub fn count(&self, operation: &'static str, multiplications: u64) {
        let mut tally = self.lock();
        let operation = tally.operations.entry(operation).or_default();
        operation.calls += 1;
        operation.multiplications += multiplications;
    }
}

/// Memory that is accounted for, until it is dropped.
#[derive(Debug)]
pub struct Booking {
    ledger: Arc<Ledger>,
    bytes: u64,
}

impl Booking {
    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Booking {
    fn drop(&mut self) {
        self.ledger.lock().held_bytes -= self.bytes;
    }
}
