//! The workspace of a batch.

use crate::{
    field::{ScalarField, Xyzz},
    msm::kernels::{AffineSum, Entry},
};

const ENTRY_BYTES: u64 = size_of::<Entry>() as u64;
const XYZZ_BYTES: u64 = size_of::<Xyzz>() as u64;
const AFFINE_SUM_BYTES: u64 = size_of::<AffineSum>() as u64;
const SCALAR_BYTES: u64 = size_of::<ScalarField>() as u64;

/// Lengths of the buffers of the workspace, in values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Scalars of a column, twice over.
    pub scalars: u64,
    /// Counts of windows in use.
    pub columns: u64,
    /// Digits.
    pub digits: u64,
    /// Sorted entries.
    pub entries: u64,
    /// Entries between two passes of the sort.
    pub entries_between: u64,
    /// Counts of the sort by tile and bin.
    pub counts: u64,
    /// Counts of the sort by chunk and bin.
    pub chunk_counts: u64,
    /// Buckets.
    pub buckets: u64,
    /// Heads of all levels.
    pub heads: u64,
    /// Affine sums of runs.
    pub affine_sums: u64,
    /// What `fold` hands to its second level.
    pub slices: u64,
}

impl Sizes {
    /// Buffers for this and for another.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            scalars: self.scalars.max(other.scalars),
            columns: self.columns.max(other.columns),
            digits: self.digits.max(other.digits),
            entries: self.entries.max(other.entries),
            entries_between: self.entries_between.max(other.entries_between),
            counts: self.counts.max(other.counts),
            chunk_counts: self.chunk_counts.max(other.chunk_counts),
            buckets: self.buckets.max(other.buckets),
            heads: self.heads.max(other.heads),
            affine_sums: self.affine_sums.max(other.affine_sums),
            slices: self.slices.max(other.slices),
        }
    }

    /// Their bytes altogether.
    pub fn bytes(&self) -> u64 {
        2 * self.scalars * SCALAR_BYTES
            + 4 * (self.columns + self.digits + self.counts + self.chunk_counts + self.heads)
            + ENTRY_BYTES * (self.entries + self.entries_between)
            + XYZZ_BYTES * (self.buckets + self.heads + self.slices)
            + AFFINE_SUM_BYTES * self.affine_sums
    }
}
