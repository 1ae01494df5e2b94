//! How much a plan takes: wide multiplications and bytes, counted.

use super::kernels::Entry;
use super::plan::{Pass, Plan, Sums, Table, AFFINE_THREADS};
use crate::{
    field::{Affine, BaseField, DeviceField, ScalarField, Xyzz},
    work::Work,
};

/// Wide multiplications of a reduction of Fr, of a product, a square and a difference of two products of
/// Fq; of a mixed addition, an addition, a doubling (`kernels/include/curve.cuh`), and an affine addition
/// whose inversion is shared.
const FR_REDUCTION: u64 = ScalarField::REDUCTION;
const FQ_MULTIPLICATION: u64 = BaseField::MULTIPLICATION;
const FQ_SQUARING: u64 = BaseField::SQUARING;
const FQ_DIFFERENCE: u64 = BaseField::SUM_OF_PRODUCTS;
const MIXED_ADDITION: u64 = 6 * FQ_MULTIPLICATION + 2 * FQ_SQUARING + FQ_DIFFERENCE;
const ADDITION: u64 = 10 * FQ_MULTIPLICATION + 2 * FQ_SQUARING + FQ_DIFFERENCE;
const DOUBLING: u64 = 4 * FQ_MULTIPLICATION + 3 * FQ_SQUARING + FQ_DIFFERENCE;
const AFFINE_ADDITION: u64 = 5 * FQ_MULTIPLICATION + FQ_SQUARING;

/// Bytes of a scalar, of a digit, of a sorted entry, of an affine point, of an XYZZ point.
const FR_BYTES: u64 = size_of::<ScalarField>() as u64;
const DIGIT_BYTES: u64 = size_of::<u32>() as u64;
const ENTRY_BYTES: u64 = size_of::<Entry>() as u64;
const AFFINE_BYTES: u64 = size_of::<Affine>() as u64;
const XYZZ_BYTES: u64 = size_of::<Xyzz>() as u64;

/// Multiplications of the product tree of a step, in blocks of as many threads as it has: warps that
/// work in it, 31, for the warps of a block.
const TREE_WARPS: u64 = 31;
const BLOCK_WARPS: u64 = AFFINE_THREADS as u64 / 32;

/// Additions of a block of `fold` after its threads' own.
const FOLD_ADDITIONS: u64 = 374;

/// What the kernels of a pass or of a plan do, by operation, for columns of uniform scalars. Shorter
/// scalars, and zeros, take less: it is an upper bound.
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
///
/// Bytes are without what stays in the second-level cache, and without zeroing, which
/// [`Context::zero`](crate::Context::zero) accounts for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MsmWork {
    /// Scalars to digits.
    pub digits: Work,
    /// The sort of the digits.
    pub sort: Work,
    /// Points into buckets, the seams between runs included.
    pub accumulate: Work,
    /// The buckets' weighted sums.
    pub fold: Work,
}

impl MsmWork {
    /// All of it.
    pub fn total(&self) -> Work {
        self.digits + self.sort + self.accumulate + self.fold
    }
}

impl Plan {
    /// The work of all passes.
    pub fn work(&self) -> MsmWork {
        self.passes
            .iter()
            .map(Pass::work)
            .fold(MsmWork::default(), |sum, pass| MsmWork {
                digits: sum.digits + pass.digits,
                sort: sum.sort + pass.sort,
                accumulate: sum.accumulate + pass.accumulate,
                fold: sum.fold + pass.fold,
            })
    }
}

impl Pass {
    /// The work of the pass.
    pub fn work(&self) -> MsmWork {
        let scalars = self.columns.len() as u64 * u64::from(self.rows);
        let (entries, runs, buckets) = (self.entries(), u64::from(self.runs()), self.buckets());
        let blocks = self.arrays() * u64::from(self.fold_blocks);
        let (accumulate, gathers) = match self.sums {
            Sums::Xyzz => (MIXED_ADDITION * entries, 1),
            Sums::Affine { runs } => {
                let tree = FQ_MULTIPLICATION * TREE_WARPS * entries;
                let share = tree / (BLOCK_WARPS * u64::from(runs));
                (AFFINE_ADDITION * entries + share, 2)
            }
        };
        let later_passes = self.radix.len().saturating_sub(1) as u64;
        MsmWork {
            digits: Work {
                multiplications: FR_REDUCTION * scalars,
                bytes_read: FR_BYTES * scalars,
                bytes_written: DIGIT_BYTES * entries,
            },
            // Histogram and scatter both read; the first pass reads digits.
            sort: Work {
                multiplications: 0,
                bytes_read: 2 * entries * (DIGIT_BYTES + ENTRY_BYTES * later_passes),
                bytes_written: ENTRY_BYTES * entries * (1 + later_passes),
            },
            // A head for each run, which the seams read and add to its bucket.
            accumulate: Work {
                multiplications: accumulate + ADDITION * runs,
                bytes_read: (ENTRY_BYTES + AFFINE_BYTES) * gathers * entries
                    + 2 * XYZZ_BYTES * runs,
                bytes_written: XYZZ_BYTES * (buckets + 2 * runs),
            },
            fold: Work {
                multiplications: ADDITION * (2 * buckets + FOLD_ADDITIONS * blocks),
                bytes_read: XYZZ_BYTES * buckets,
                bytes_written: XYZZ_BYTES * self.results() as u64,
            },
        }
    }
}

impl Table {
    /// The work of making the multiples.
    pub fn work(&self) -> Work {
        let bases = u64::from(self.bases);
        let multiples = bases * u64::from(self.multiples.saturating_sub(1));
        let to_affine = 7 * FQ_MULTIPLICATION + FQ_SQUARING;
        Work {
            multiplications: multiples * (DOUBLING * u64::from(self.stride) + to_affine),
            bytes_read: match multiples {
                0 => 0,
                _ => AFFINE_BYTES * bases,
            },
            bytes_written: AFFINE_BYTES * multiples,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msm::policy::Policy;

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
            let work = plan.work().total();
            let found = plan.passes[0].windows;
            let total_bytes = work.bytes() as f64;
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
