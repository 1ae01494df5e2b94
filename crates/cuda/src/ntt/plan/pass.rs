//! One pass of a transform, and what it multiplies by.

use super::table::Table;

/// What elements are multiplied by: row r of sequence q by entry (q >> row_shift) 2^log_rows + r of
/// `row`, and by entry q & column_mask of `column`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// One of the two.
    pub row: Option<Table>,
    /// With `row`.
    pub row_shift: u32,
    /// The other.
    pub column: Option<Table>,
    /// With `column`.
    pub column_mask: u32,
}

impl Factors {
    pub(super) fn with_row(mut self, table: Table, row_shift: u32) -> Self {
        self.row = Some(table);
        self.row_shift = row_shift;
        self
    }

    pub(super) fn with_column(mut self, table: Table, log_columns: u32) -> Self {
        self.column = Some(table);
        self.column_mask = (1 << log_columns) - 1;
        self
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        u32::from(self.row.is_some()) + u32::from(self.column.is_some())
    }

    pub(super) fn tables_mut(&mut self) -> impl Iterator<Item = &mut Table> {
        self.row.iter_mut().chain(&mut self.column)
    }
}

/// One pass: transforms of 2^log_rows points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// log2 of its size.
    pub log_rows: u32,
    /// log2 of the distance of the elements of a sequence that it transforms; of the last pass zero.
    pub log_distance: u32,
    /// Whether it is the last one, which writes in natural order.
    pub last: bool,
    /// Whether element j is read from place -j mod n: that makes an inverse transform of a forward one.
    pub negated: bool,
    /// Multiplied in while it reads.
    pub load: Factors,
    /// Multiplied in while it writes.
    pub store: Factors,
    /// Powers of the root of unity between its two rounds, if it has two.
    pub round: Option<Table>,
}

/// log2 of the sizes of the two rounds of a pass; of a pass of one round the first is zero.
pub fn rounds(log_rows: u32) -> [u32; 2] {
    match log_rows {
        0..=3 => [0, log_rows],
        _ => [log_rows / 2, log_rows.div_ceil(2)],
    }
}

/// Multiplications in a transform of 2^log points in registers, as in `dft.cuh`.
pub(super) fn dft_multiplications(log: u32) -> u64 {
    match log {
        0 | 1 => 0,
        2 => 1,
        3 => 4,
        _ => 13,
    }
}
