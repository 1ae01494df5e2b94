//! How much a plan takes: wide multiplications and bytes, counted.

use super::plan::{Pass, Plan, Sums, AFFINE_THREADS};

/// Wide multiplications of a reduction of Fr, of one of Fq; of a mixed addition, an addition, and an
/// affine addition whose inversion is shared.
const FR_REDUCTION: u64 = 56;
const FQ_MULTIPLICATION: u64 = 130;
const MIXED_ADDITION: u64 = 1178;
const ADDITION: u64 = 1698;
const AFFINE_ADDITION: u64 = 752;

/// Multiplications of the product tree of a step, in blocks of as many threads as it has: warps that
/// work in it, 31, for the warps of a block.
const TREE_WARPS: u64 = 31;
const BLOCK_WARPS: u64 = AFFINE_THREADS as u64 / 32;

/// Additions of a block of `fold` after its threads' own.
const FOLD_ADDITIONS: u64 = 374;

/// What the kernels of a plan do, for uniform scalars.
///
/// Nothing here was measured. With the issue rate of wide multiplications and the bandwidth of a device
/// it gives the time below which a multi-scalar multiplication cannot come. On an H100 SXM (132
/// multiprocessors, 1.755 GHz), if a multiprocessor issues 32 wide multiplications a clock, which is
/// what published figures suggest and what `ceilings` measures, they are 7.41e12 a second; its memory
/// moves 3.35e12 bytes a second. Columns of uniform scalars on the device, full tables:
///
/// | rows | windows | wide multiplications | at 7.41e12/s | bytes | at 3.35e12/s | predicted, not measured |
/// |---|---|---|---|---|---|---|
/// | 2^20 | 14 of 19 bits | 1.42e10 | 1.9 ms | 3.1e9 | 0.9 ms | 2.5 ms |
/// | 2^22 | 13 of 20 bits | 4.77e10 | 6.4 ms | 1.08e10 | 3.2 ms | 8.5 ms |
/// | 2^24 | 13 of 20 bits | 1.82e11 | 24.5 ms | 4.20e10 | 12.5 ms | 33 ms |
///
/// The last column takes multiplications at 85 % of their rate and the bytes of the sort, which does
/// nothing but move, at 70 % of theirs; the other bytes go beside multiplications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Wide multiplications, 32 bits by 32 to 64.
    pub multiplications: u64,
    /// Bytes that the sort moves, in and out.
    pub sort_bytes: u64,
    /// Bytes that all else moves, but for what stays in the second-level cache.
    pub other_bytes: u64,
}

impl Plan {
    /// The work of all passes.
    pub fn work(&self) -> Work {
        self.passes.iter().map(Pass::work).fold(
            Work::default(),
            |Work {
                 multiplications,
                 sort_bytes,
                 other_bytes,
             },
             pass| Work {
                multiplications: multiplications + pass.multiplications,
                sort_bytes: sort_bytes + pass.sort_bytes,
                other_bytes: other_bytes + pass.other_bytes,
            },
        )
    }
}

impl Pass {
    fn work(&self) -> Work {
        let scalars = self.columns.len() as u64 * u64::from(self.rows);
        let (entries, runs, buckets) = (self.entries(), u64::from(self.runs()), self.buckets());
        let blocks = self.arrays() * u64::from(self.fold_blocks);
        let fold = ADDITION * (2 * buckets + FOLD_ADDITIONS * blocks);
        let (accumulate, gathers) = match self.sums {
            Sums::Xyzz => (MIXED_ADDITION * entries, 1),
            Sums::Affine { runs } => {
                let tree = FQ_MULTIPLICATION * TREE_WARPS * entries;
                let share = tree / (BLOCK_WARPS * u64::from(runs));
                (AFFINE_ADDITION * entries + share, 2)
            }
        };
        // Digits are read twice and entries twice more in each pass after the first, written in each.
        let passes = self.radix.len() as u64;
        let sort_bytes = entries * (2 * 4 + 8 + (passes - 1) * 24);
        Work {
            multiplications: FR_REDUCTION * scalars + accumulate + ADDITION * runs + fold,
            sort_bytes,
            other_bytes: 32 * scalars
                + 4 * entries
                + (8 + 64) * gathers * entries
                + 128 * (3 * buckets + 3 * runs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msm::{plan::Table, policy::Policy};

    /// The table above.
    #[test]
    fn counted_work_of_large_columns() {
        for (log_rows, windows, multiplications, bytes) in [
            (20, (14, 19), 1.42e10, 3.1e9),
            (22, (13, 20), 4.77e10, 1.08e10),
            (24, (13, 20), 1.82e11, 4.20e10),
        ] {
            let rows = 1u32 << log_rows;
            let policy = Policy::h100();
            let plan = Plan::new(&Table::choose(rows, &policy), &[rows as usize], &policy);
            let work = plan.work();
            let found = plan.passes[0].windows;
            let total_bytes = (work.sort_bytes + work.other_bytes) as f64;
            assert_eq!((found.count, found.width), windows);
            let close = |found: f64, documented: f64| (found / documented - 1.0).abs() < 0.02;
            assert!(
                close(work.multiplications as f64, multiplications),
                "{work:?}"
            );
            assert!(close(total_bytes, bytes), "{work:?}");
        }
    }
}
