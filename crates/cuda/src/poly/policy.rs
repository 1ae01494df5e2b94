//! Tuning numbers of the polynomial operations.

use super::kernels::{inverse_shared_bytes, HORNER_LOG_THREADS};
use crate::{buffer::DeviceSlice, device::DeviceInfo, field::ScalarField};

/// The numbers that a device's architecture and size decide. Any values give right results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Threads that the device holds at a time: runs grow once all of them have one.
    pub threads: u32,
    /// Coefficients of a thread at most in divisions. What a thread costs besides them is some six
    /// multiplications.
    pub max_run: u32,
    /// Rows of a thread at most in products: two columns of the rows that are being worked on should
    /// stay in the second-level cache, since a thread goes up and down its rows.
    pub max_product_run: u32,
    /// Values of a thread at most in inversions, which shared memory limits: 256 times as many share
    /// one inversion, and that costs as much as 80 multiplications of a warp.
    pub max_inverse_run: u32,
    /// Coefficients of a thread at least in evaluations.
    pub min_evaluated: u32,
}

/// Threads of a multiprocessor, with the registers that the kernels take.
const THREADS: u32 = 512;
/// Values of a thread from which on there is little to gain.
const MAX_INVERSE_RUN: u32 = 8;
/// log2 of the most blocks of a query: what a grid has in y.
const MAX_LOG_BLOCKS: u32 = 15;
/// Threads that a multiprocessor holds at most of those that multiply products up.
const PRODUCT_THREADS: u32 = 1024;
/// Rows of a thread that they have in any case: with fewer, the tree costs more than the rows.
const MIN_PRODUCT_RUN: u32 = 4;
const MAX_RUN: u32 = 16;
/// Shared memory that the system takes of each block.
const RESERVED_SHARED_BYTES: u32 = 1 << 10;

impl Policy {
    /// The policy for a device.
    pub fn of(device: &DeviceInfo) -> Self {
        Self::for_sizes(
            device.multiprocessors,
            device.shared_bytes_per_block_opt_in,
            device.l2_bytes,
        )
    }

    fn for_sizes(multiprocessors: u32, shared_bytes: u32, l2_bytes: u32) -> Self {
        let multiprocessors = multiprocessors.max(1);
        let row_bytes = 2 * size_of::<ScalarField>() as u32;
        let products_in_flight = multiprocessors.saturating_mul(PRODUCT_THREADS * row_bytes);
        // Two blocks of a multiprocessor, so that one inverts while the other multiplies; one, if that
        // leaves too few values for an inversion.
        let fitting = |blocks: u32| {
            let of_a_block = (shared_bytes / blocks).saturating_sub(RESERVED_SHARED_BYTES);
            (1..=MAX_INVERSE_RUN)
                .rev()
                .find(|&run| inverse_shared_bytes(run) <= of_a_block)
        };
        let max_inverse_run = fitting(2)
            .filter(|&run| run >= MAX_INVERSE_RUN / 2)
            .or(fitting(1));
        Self {
            threads: multiprocessors.saturating_mul(THREADS),
            max_run: MAX_RUN,
            max_product_run: (l2_bytes / products_in_flight).clamp(MIN_PRODUCT_RUN, MAX_RUN),
            max_inverse_run: max_inverse_run.unwrap_or(1),
            min_evaluated: 16,
        }
    }

    /// log2 of the blocks of each query: so that the longest column is shared out to threads with enough
    /// coefficients, and all queries together to a few times what the device holds.
    pub(super) fn log_blocks(&self, columns: &[DeviceSlice<'_, ScalarField>]) -> u32 {
        const WAVES: u64 = 8;
        let longest = columns.iter().map(|column| column.len() as u64).max();
        let of_column = longest.unwrap_or(0) / u64::from(self.min_evaluated.max(1));
        let of_device = WAVES * u64::from(self.threads) / columns.len().max(1) as u64;
        let blocks = of_column.min(of_device) >> HORNER_LOG_THREADS;
        blocks.checked_ilog2().unwrap_or(0).min(MAX_LOG_BLOCKS)
    }

    /// Values of a thread, if it is to have at most `max` of `n`.
    pub(super) fn run(&self, n: usize, max: u32) -> u32 {
        let shared_out = n / self.threads.max(1) as usize;
        u32::try_from(shared_out)
            .unwrap_or(u32::MAX)
            .min(max)
            .max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;

    #[test]
    fn inversions_fit_the_shared_memory() {
        let run =
            |shared_kib: u32| Policy::for_sizes(100, shared_kib << 10, 40 << 20).max_inverse_run;
        assert_eq!([48, 64, 99, 163, 227].map(run), [2, 4, 8, 7, 8]);
    }

    #[test]
    fn products_stay_in_the_cache() {
        // A 3090, an A100, an H100, a 4090.
        let run = |multiprocessors: u32, l2_mib: u32| {
            Policy::for_sizes(multiprocessors, 99 << 10, l2_mib << 20).max_product_run
        };
        assert_eq!(
            [run(82, 6), run(108, 40), run(132, 50), run(128, 72)],
            [4, 5, 6, 9]
        );
    }

    #[test]
    fn runs_grow_once_all_threads_have_one() {
        let policy = Policy::for_sizes(2, 48 << 10, 40 << 20);
        let run = |n: usize| policy.run(n, 16);
        assert_eq!(
            [0, 1, 1024, 2047, 2048, 1 << 14, 1 << 40].map(run),
            [1, 1, 1, 1, 2, 16, 16]
        );
    }
}
