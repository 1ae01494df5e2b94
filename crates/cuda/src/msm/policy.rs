//! Tuning numbers of the multi-scalar multiplication.

use crate::device::DeviceInfo;

/// The numbers that a device's architecture, size and memory decide. Any values give right sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Widest window: 2^(max_width - 1) buckets a set.
    pub max_width: u32,
    /// Blocks of `accumulate`: what the device holds at a time, so that all finish together.
    pub accumulate_blocks: u32,
    /// Entries that a thread of `accumulate` takes at least.
    pub min_run: u32,
    /// Threads of `fold` from which on a thread takes more than one bucket.
    pub fold_threads: u32,
    /// log2 of the most buckets that a thread of `fold` takes.
    pub max_log_run: u32,
    /// Entries from which on no further column joins a pass: enough to fill the device, and few
    /// enough that the upload of the next columns goes on meanwhile.
    pub pass_entries: u64,
    /// Bytes that the multiples of one set of bases may take, the bases themselves apart.
    pub table_bytes: u64,
    /// Bytes of workspace to stay below, as far as possible.
    pub workspace_bytes: u64,
}

/// Blocks of 128 threads that a multiprocessor holds with the registers of `accumulate`.
const ACCUMULATE_BLOCKS: u32 = 4;
/// Threads of `fold` that a multiprocessor holds.
const FOLD_THREADS: u32 = 384;

impl Policy {
    /// The policy for a device of which so many bytes are free.
    ///
    /// A third of them for the multiples of one set of bases: halo2 commits in two, monomial and
    /// Lagrange. A quarter as workspace, which is held during a multiplication only.
    pub fn of(device: &DeviceInfo, free_bytes: u64) -> Self {
        Self::for_multiprocessors(device.multiprocessors, free_bytes)
    }

    fn for_multiprocessors(multiprocessors: u32, free_bytes: u64) -> Self {
        Self {
            max_width: 22,
            accumulate_blocks: ACCUMULATE_BLOCKS * multiprocessors.max(1),
            min_run: 16,
            fold_threads: FOLD_THREADS * multiprocessors.max(1),
            max_log_run: 3,
            pass_entries: 1 << 24,
            table_bytes: free_bytes / 3,
            workspace_bytes: free_bytes / 4,
        }
    }
}

#[cfg(test)]
impl Policy {
    /// An H100 of which 78 GiB are free.
    pub(super) fn h100() -> Self {
        Self::for_multiprocessors(132, 78 << 30)
    }
}
