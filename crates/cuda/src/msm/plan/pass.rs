//! Some rows of some columns, together through the device.

use halo2_offload_kernels::signatures::{
    msm_accumulate, msm_accumulate_affine, msm_fold, msm_radix, msm_seams,
};

use super::{ceil_log2, sizes::Sizes, windows::Windows};
use crate::msm::policy::Policy;

/// Entries of a tile, and tiles of a chunk, of `radix`.
const TILE: u64 = msm_radix::TILE as u64;
pub(in crate::msm) const CHUNK: u32 = msm_radix::CHUNK;
/// Bits that a pass of `radix` sorts by, at most.
pub(super) const RADIX_BITS: u32 = msm_radix::MAX_BITS;
/// Threads of a block of `accumulate`, `accumulate_affine`, `seams` and `fold`.
pub(in crate::msm) const XYZZ_THREADS: u32 = msm_accumulate::THREADS;
pub(in crate::msm) const AFFINE_THREADS: u32 = msm_accumulate_affine::THREADS;
pub(in crate::msm) const SEAMS_THREADS: u32 = msm_seams::THREADS;
pub(in crate::msm) const LOG_FOLD_THREADS: u32 = msm_fold::BITS;
pub(in crate::msm) const FOLD_THREADS: u32 = msm_fold::THREADS;
/// Points that a block of `fold` leaves of an array of buckets, and that are left of it in the end.
pub(in crate::msm) const FOLD_PARTS: usize = msm_fold::PARTS as usize;
pub(in crate::msm) const FOLD_RESULTS: usize = msm_fold::RESULTS as usize;

/// Digits are numbered in 32 bits.
const MAX_ENTRIES: u64 = 1 << 31;
const MAX_LOG_BUCKETS: u32 = 31;
/// Blocks that a grid has at most in y: windows of all columns of a pass, blocks of a bucket set.
const MAX_GRID_Y: u64 = 65_535;

/// A pass of the radix sort: the bits of a bucket's number that it sorts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RadixPass {
    /// The lowest of them.
    pub shift: u32,
    /// How many.
    pub bits: u32,
}

/// How the sums of buckets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sums {
    /// In XYZZ coordinates, a run a thread.
    Xyzz,
    /// Affine, with shared inversions.
    Affine {
        /// Runs of a thread.
        runs: u32,
    },
}

/// Some rows of some columns, together through the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Which columns.
    pub columns: Vec<usize>,
    /// The first row.
    pub first_row: u32,
    /// Rows; shorter columns have fewer scalars in them.
    pub rows: u32,
    /// Their windows.
    pub windows: Windows,
    /// The passes of the sort.
    pub radix: Vec<RadixPass>,
    /// How it accumulates.
    pub sums: Sums,
    /// In how many blocks.
    pub accumulate_blocks: u32,
    /// log2 of the buckets that a thread of `fold` takes.
    pub log_run: u32,
    /// Blocks of `fold` for a bucket set.
    pub fold_blocks: u32,
    /// Where its results begin, among those of all passes.
    pub first_result: usize,
}

impl Pass {
    pub(super) fn new(
        columns: Vec<usize>,
        first_row: u32,
        rows: u32,
        windows: Windows,
        policy: &Policy,
    ) -> Self {
        let mut pass = Self {
            columns,
            first_row,
            rows,
            windows,
            radix: Vec::new(),
            sums: Sums::Xyzz,
            accumulate_blocks: 1,
            log_run: 0,
            fold_blocks: 1,
            first_result: 0,
        };
        let buckets = pass.arrays() * windows.buckets();
        let bits = ceil_log2(buckets).max(1);
        let steps = bits.div_ceil(RADIX_BITS);
        let boundary = |step: u32| bits * step / steps;
        pass.radix = (0..steps)
            .map(|step| RadixPass {
                shift: boundary(step),
                bits: boundary(step + 1) - boundary(step),
            })
            .collect();
        let runs = pass.entries().div_ceil(u64::from(policy.min_run.max(1)));
        let affine_runs = u64::from(AFFINE_THREADS)
            * u64::from(policy.affine_blocks)
            * u64::from(policy.affine_runs);
        if (1..=runs).contains(&affine_runs) {
            // With fewer runs, a step would not hide its inversion, nor share it well.
            pass.sums = Sums::Affine {
                runs: policy.affine_runs,
            };
            pass.accumulate_blocks = policy.affine_blocks;
        } else {
            let blocks = runs.div_ceil(u64::from(XYZZ_THREADS));
            pass.accumulate_blocks = blocks.clamp(1, u64::from(policy.xyzz_blocks.max(1))) as u32;
        }
        pass.log_run = (buckets / u64::from(policy.fold_threads.max(1)))
            .max(1)
            .ilog2()
            .min(policy.max_log_run)
            .min(windows.log_buckets());
        let of_a_block = 1 << (pass.log_run + LOG_FOLD_THREADS);
        pass.fold_blocks = windows.buckets().div_ceil(of_a_block) as u32;
        pass
    }

    /// Bucket sets of all columns: the arrays that `fold` takes.
    pub fn arrays(&self) -> u64 {
        self.columns.len() as u64 * u64::from(self.windows.sets)
    }

    /// Windows of all columns.
    pub fn segments(&self) -> u64 {
        self.columns.len() as u64 * u64::from(self.windows.count)
    }

    /// Digits, and entries if none of them is zero.
    pub fn entries(&self) -> u64 {
        self.segments() * u64::from(self.rows)
    }

    /// All buckets.
    pub fn buckets(&self) -> u64 {
        self.arrays() * self.windows.buckets()
    }

    /// The grid that `radix` takes digits in: tiles of a window, windows.
    pub fn digit_tiles(&self) -> [u32; 2] {
        [
            u64::from(self.rows).div_ceil(TILE) as u32,
            self.segments() as u32,
        ]
    }

    /// Tiles that `radix` takes entries in, if no digit is zero.
    pub fn entry_tiles(&self) -> u32 {
        self.entries().div_ceil(TILE) as u32
    }

    /// Runs of equal length that the entries are accumulated in.
    pub fn runs(&self) -> u32 {
        self.accumulate_blocks
            * match self.sums {
                Sums::Xyzz => XYZZ_THREADS,
                Sums::Affine { runs } => AFFINE_THREADS * runs,
            }
    }

    /// log2 of the points that a thread of `fold` takes in its second level, where an array has one
    /// block.
    pub fn log_slice_run(&self) -> u32 {
        ceil_log2(u64::from(self.fold_blocks).div_ceil(1 << LOG_FOLD_THREADS))
    }

    /// The points that `fold` leaves.
    pub fn results(&self) -> usize {
        self.arrays() as usize * FOLD_RESULTS
    }

    pub(super) fn sizes(&self) -> Sizes {
        let tiles = |pass: usize| match pass {
            0 => self.digit_tiles().map(u64::from).iter().product(),
            _ => u64::from(self.entry_tiles()),
        };
        let largest = |size: &dyn Fn(u64) -> u64| {
            let sizes = self.radix.iter().enumerate();
            sizes
                .map(|(pass, radix)| size(tiles(pass)) << radix.bits)
                .max()
                .unwrap_or(0)
        };
        Sizes {
            scalars: u64::from(self.rows),
            columns: self.columns.len() as u64,
            digits: self.entries(),
            entries: self.entries(),
            entries_between: if self.radix.len() > 1 {
                self.entries()
            } else {
                0
            },
            counts: largest(&|tiles| tiles),
            chunk_counts: largest(&|tiles: u64| tiles.div_ceil(u64::from(CHUNK))),
            buckets: self.buckets(),
            heads: seam_levels(self.runs()).map(u64::from).sum(),
            affine_sums: match self.sums {
                Sums::Xyzz => 0,
                Sums::Affine { .. } => u64::from(self.runs()),
            },
            slices: FOLD_PARTS as u64 * self.arrays() * u64::from(self.fold_blocks),
        }
    }

    pub(super) fn is_possible(&self) -> bool {
        self.entries() < MAX_ENTRIES
            && self.segments() <= MAX_GRID_Y
            && ceil_log2(self.buckets()) <= MAX_LOG_BUCKETS
            && u64::from(self.fold_blocks) <= MAX_GRID_Y
    }
}

/// How many heads there are for each launch of `seams`, and after the last: the last is one that no
/// other comes before.
pub(in crate::msm) fn seam_levels(runs: u32) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(runs), |&heads| {
        (heads > 1).then(|| heads.div_ceil(SEAMS_THREADS))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seams_end_with_a_head_that_stands_alone() {
        assert_eq!(seam_levels(128).collect::<Vec<_>>(), [128, 1]);
        assert_eq!(seam_levels(67_584).collect::<Vec<_>>(), [67_584, 528, 5, 1]);
    }
}
