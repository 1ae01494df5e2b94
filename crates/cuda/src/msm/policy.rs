//! Tuning numbers of the multi-scalar multiplication.

use super::kernels;
use crate::device::DeviceInfo;

/// The numbers that a device's architecture, size and memory decide. Any values give right sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Narrowest window.
    pub min_width: u32,
    /// Widest window: 2^(max_width - 1) buckets a set.
    pub max_width: u32,
    /// Blocks of `accumulate`: what the device holds at a time, so that all finish together.
    pub xyzz_blocks: u32,
    /// The same of `accumulate_affine`.
    pub affine_blocks: u32,
    /// Runs of a thread of `accumulate_affine`; with none, all passes take `accumulate`.
    pub affine_runs: u32,
    /// Entries in a run at least.
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

/// Blocks that a multiprocessor holds with the registers of `accumulate` and `accumulate_affine`.
const XYZZ_BLOCKS: u32 = 4;
const AFFINE_BLOCKS: u32 = 2;
/// Runs of a thread from which on there is little to gain: an entry's share of the product tree is
/// below half a multiplication.
const MOST_RUNS: u32 = 8;
/// Runs of a thread with which it is better to have XYZZ sums.
const TOO_FEW_RUNS: u32 = 2;
/// Shared memory that the system takes of each block.
const RESERVED_SHARED_BYTES: u32 = 1 << 10;
/// Threads of `fold` that a multiprocessor holds.
const FOLD_THREADS: u32 = 384;

impl Policy {
    /// The policy for a device of which so many bytes are free.
    ///
    /// A third of them for the multiples of one set of bases: halo2 commits in two, monomial and
    /// Lagrange. A quarter as workspace, which is held during a multiplication only.
    pub fn of(device: &DeviceInfo, free_bytes: u64) -> Self {
        Self::for_sizes(
            device.multiprocessors,
            device.shared_bytes_per_block_opt_in,
            free_bytes,
        )
    }

    fn for_sizes(multiprocessors: u32, shared_bytes: u32, free_bytes: u64) -> Self {
        let of_a_block = (shared_bytes / AFFINE_BLOCKS).saturating_sub(RESERVED_SHARED_BYTES);
        let affine_runs = (1..=MOST_RUNS)
            .rev()
            .find(|&runs| kernels::shared_bytes(runs) <= of_a_block)
            .filter(|&runs| runs > TOO_FEW_RUNS);
        let multiprocessors = multiprocessors.max(1);
        Self {
            min_width: 1,
            max_width: 22,
            xyzz_blocks: XYZZ_BLOCKS * multiprocessors,
            affine_blocks: AFFINE_BLOCKS * multiprocessors,
            affine_runs: affine_runs.unwrap_or(0),
            min_run: 16,
            fold_threads: FOLD_THREADS * multiprocessors,
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
        Self::for_sizes(132, 227 << 10, 78 << 30)
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;

    #[test]
    fn runs_of_a_thread_fit_the_shared_memory() {
        let runs = |shared_kib: u32| Policy::for_sizes(100, shared_kib << 10, 1 << 34).affine_runs;
        assert_eq!([48, 64, 99, 163, 227].map(runs), [0, 0, 3, 7, 8]);
    }
}
