//! Sizes of a permutation: pure host code.

use std::ops::Range;

use super::OPERATION;
use crate::{
    error::CudaError,
    field::{DeviceField, ScalarField},
    work::Work,
};

/// Rows of a block's tile in a sort.
pub(super) use halo2_offload_kernels::signatures::plonk_lookup_sort::TILE;
/// The first number of rows that the kernels do not take.
const ROW_LIMIT: usize = 1 << 31;

const FR_BYTES: u64 = size_of::<ScalarField>() as u64;
const WORD_BYTES: u64 = size_of::<u32>() as u64;

/// Wide multiplications of a reduction of Fr, and of a product.
const FR_REDUCTION: u64 = ScalarField::REDUCTION;
const FR_MULTIPLICATION: u64 = ScalarField::MULTIPLICATION;

/// Bytes of device memory that a permutation of so many rows takes besides its inputs and results:
/// 32.5 a row, and 8.
pub fn workspace_bytes(usable_rows: usize) -> u64 {
    let rows = usable_rows as u64;
    rows.saturating_mul(FR_BYTES)
        .saturating_add((rows.div_ceil(32) * 4 + 2) * WORD_BYTES)
}

/// A permutation of some rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) rows: u32,
}

impl Plan {
    pub(super) fn new(usable_rows: usize) -> Result<Self, CudaError> {
        match u32::try_from(usable_rows) {
            Ok(rows) if usable_rows < ROW_LIMIT => Ok(Self { rows }),
            _ => Err(CudaError::TooLarge {
                name: OPERATION.to_owned(),
                len: usable_rows,
            }),
        }
    }

    /// Blocks of a launch of the sort.
    pub(super) fn tiles(&self) -> u32 {
        self.rows.div_ceil(TILE)
    }

    /// Passes of the sort that merge, after the one that sorts tiles.
    pub(super) fn passes(&self) -> u32 {
        self.tiles().max(1).next_power_of_two().ilog2()
    }

    /// The runs that a pass merges pairs of. No overflow: it is less than the rows.
    pub(super) fn run_length(&self, pass: u32) -> u32 {
        TILE << pass
    }

    /// Words of a bit a row.
    pub(super) fn words(&self) -> usize {
        self.rows.div_ceil(32) as usize
    }

    /// Words of all that is not keys: the first missing row, whether there is one, the rows of the
    /// table that are taken, the inputs that are the first of their equals; and for each word of
    /// both how many bits are set before it.
    pub(super) fn state_len(&self) -> usize {
        2 + 4 * self.words()
    }

    /// Those of them that begin as zeros: whether a row is missing, and the rows that are taken.
    pub(super) fn zeroed(&self) -> Range<usize> {
        1..2 + self.words()
    }

    /// The sort of one column.
    pub(super) fn sort_work(&self) -> Work {
        let rows = u64::from(self.rows);
        let bytes = rows * FR_BYTES * (1 + u64::from(self.passes()));
        Work {
            multiplications: rows * FR_REDUCTION,
            bytes_read: bytes,
            bytes_written: bytes,
        }
    }

    /// A' and S' of sorted columns, if all inputs but one are repeated and all are in the table.
    pub(super) fn permutation_work(&self) -> Work {
        let rows = u64::from(self.rows);
        let bits = self.words() as u64 * WORD_BYTES;
        Work {
            multiplications: rows * 2 * FR_MULTIPLICATION,
            // Inputs and table to match them, the table to fill S'; bits of the table to set them, of
            // both to count them, and both with their counts to fill S'.
            bytes_read: rows * 3 * FR_BYTES + bits * 7,
            // Bits and counts of both.
            bytes_written: rows * 2 * FR_BYTES + bits * 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{workspace_bytes, Plan, TILE};

    fn plan(rows: usize) -> Plan {
        Plan::new(rows).expect("so many rows are taken")
    }

    #[test]
    fn passes_merge_all_tiles() {
        let tile = TILE as usize;
        for (rows, tiles, passes) in [
            (0, 0, 0),
            (1, 1, 0),
            (tile, 1, 0),
            (tile + 1, 2, 1),
            (2 * tile, 2, 1),
            (2 * tile + 1, 3, 2),
            (5 * tile, 5, 3),
            (1 << 20, 820, 10),
            ((1 << 31) - 1, 1_677_722, 21),
        ] {
            let plan = plan(rows);
            assert_eq!((plan.tiles(), plan.passes()), (tiles, passes), "{rows}");
            for pass in 0..passes {
                assert!((plan.run_length(pass) as usize) < rows, "{rows}");
            }
            assert!(u64::from(TILE) << passes >= rows as u64, "{rows}");
        }
    }

    #[test]
    fn a_workspace_is_a_column_and_bits() {
        for rows in [0, 1, 31, 32, 33, 1 << 20] {
            let words = plan(rows).state_len();
            let bytes = 32 * rows + 4 * words;
            assert_eq!(workspace_bytes(rows), bytes as u64, "{rows}");
        }
        assert_eq!(workspace_bytes(1 << 20), (65 << 19) + 8);
        assert_eq!(workspace_bytes(usize::MAX), u64::MAX);
    }

    #[test]
    fn more_rows_than_the_kernels_take_are_refused() {
        for rows in [1 << 31, u32::MAX as usize, usize::MAX] {
            assert!(Plan::new(rows).is_err(), "{rows}");
        }
    }

    #[test]
    fn work_is_counted_by_the_passes() {
        let work = plan(1 << 20).sort_work();
        assert_eq!(work.bytes(), (64 * 11) << 20);
        assert_eq!(work.multiplications, 56 << 20);
        let work = plan(1 << 20).permutation_work();
        // 96 and 64 bytes a row, and 11 bits in a byte.
        assert_eq!(work.bytes(), (160 << 20) + (11 << 17));
        assert_eq!(work.multiplications, 240 << 20);
    }
}
