//! Tables of twiddles.

use crate::{
    field::{DeviceField, ScalarField},
    ntt::twiddle::Twiddle,
    work::Work,
};

/// Wide multiplications of an entry: about four in the field, as in `tables.cu`.
const ENTRY_MULTIPLICATIONS: u64 = 4 * ScalarField::MULTIPLICATION;
/// Bytes of an entry of a table.
const ENTRY_BYTES: u64 = size_of::<Twiddle>() as u64;

/// omega^(2^a) g^(2^b), or without one or either: g is the shift of a forward transform, its inverse of
/// an inverse one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Base {
    /// a.
    pub log_omega: Option<u32>,
    /// b.
    pub log_shift: Option<u32>,
}

impl Base {
    pub(super) const ONE: Self = Self {
        log_omega: None,
        log_shift: None,
    };

    pub(super) fn omega(log: u32) -> Self {
        Self {
            log_omega: Some(log),
            ..Self::ONE
        }
    }

    pub(super) fn shift(log: u32) -> Self {
        Self {
            log_shift: Some(log),
            ..Self::ONE
        }
    }
}

/// A table of 2^(log_high + log_low) rows of 2^log_length twiddles, see `tables.cu`: entry y of row
/// x = h 2^log_low + l is
///
/// `scale rows^x' steps^y both^(x' y)`, with x' = h + 2^log_high l, and scale 1 or 1/n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Table {
    /// log2 of the values of h.
    pub log_high: u32,
    /// log2 of the values of l.
    pub log_low: u32,
    /// log2 of the values of y.
    pub log_length: u32,
    /// Whether the scale is 1/n.
    pub scaled: bool,
    /// See above.
    pub rows: Base,
    /// See above.
    pub steps: Base,
    /// See above.
    pub both: Base,
}

impl Table {
    /// One row of powers of `steps`.
    pub(super) fn powers(log_length: u32, steps: Base) -> Self {
        Self {
            log_length,
            steps,
            ..Self::default()
        }
    }

    /// `both^(x' y)`.
    pub(super) fn products(log_high: u32, log_low: u32, log_length: u32, both: Base) -> Self {
        Self {
            log_high,
            log_low,
            log_length,
            both,
            ..Self::default()
        }
    }

    /// Its entries.
    pub fn entries(&self) -> usize {
        1 << (self.log_high + self.log_low + self.log_length)
    }

    /// The work of making it.
    pub fn work(&self) -> Work {
        let entries = self.entries() as u64;
        Work {
            multiplications: ENTRY_MULTIPLICATIONS * entries,
            bytes_read: 0,
            bytes_written: ENTRY_BYTES * entries,
        }
    }

    /// Whether it is another one for another shift.
    pub fn depends_on_shift(&self) -> bool {
        [self.rows, self.steps, self.both]
            .iter()
            .any(|base| base.log_shift.is_some())
    }
}

/// A table of (x, y), x a digit of 2^log_x values: rows^x steps^y.
pub(super) fn two_digits(log_x: u32, log_y: u32, rows: Base, steps: Base) -> Table {
    Table {
        log_high: log_x,
        log_length: log_y,
        rows,
        steps,
        ..Table::default()
    }
}
