//! Kernels that compute nothing: what a proof takes, before anything is spent.

use std::sync::Arc;

use super::Buffer;

mod ledger;
#[cfg(test)]
mod tests;

use ledger::Ledger;
pub use ledger::{Booking, OperationTally, Tally};

/// Keeps account of the bytes that columns and workspaces take, of bytes moved, calls and field
/// multiplications. What each kernel takes is said beside it, in the file of its family.
#[derive(Clone, Debug)]
pub struct Counting {
    ledger: Arc<Ledger>,
    threads: usize,
}

impl Counting {
    /// An account of work on so many threads.
    pub fn new(threads: usize) -> Self {
        Self {
            ledger: Arc::default(),
            threads,
        }
    }

    /// Threads that a workspace is for.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The account so far.
    pub fn tally(&self) -> Tally {
        self.ledger.tally()
    }

    /// Accounts for memory, for as long as what is returned lives.
    pub fn hold(&self, bytes: u64) -> Booking {
        self.ledger.allocate(bytes)
    }

    /// Accounts for a call of an operation.
    pub fn count(&self, operation: &'static str, multiplications: u64) {
        self.ledger.count(operation, multiplications);
    }

    /// A column of n values.
    pub(super) fn buffer<'h, F: Clone>(&self, n: usize) -> Buffer<'h, F> {
        Buffer::counted(n, self.hold((n * size_of::<F>()) as u64))
    }

    /// n values came in.
    pub(super) fn uploaded<F>(&self, n: usize) {
        self.ledger.upload((n * size_of::<F>()) as u64);
        self.count("upload", 0);
    }

    /// n values went out.
    pub(super) fn downloaded<F>(&self, n: usize) {
        self.ledger.download((n * size_of::<F>()) as u64);
        self.count("download", 0);
    }
}
