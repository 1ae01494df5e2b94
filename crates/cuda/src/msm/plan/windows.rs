//! How scalars are cut into digits.

use ff::PrimeField;

use super::{ceil_log2, pass::RADIX_BITS};
use crate::{field::ScalarField, msm::policy::Policy};

/// Bits of the largest magnitude of a scalar as a signed integer: (p - 1) / 2, one bit less than the
/// modulus has.
pub const SCALAR_BITS: u32 = ScalarField::NUM_BITS - 1;

/// The widest window that any policy gets.
const MAX_WIDTH: u32 = 24;

/// What an entry costs, in wide multiplications: an addition with its digit, in XYZZ or affine; and the
/// time that each pass of the sort takes to move about 24 bytes.
const XYZZ_COST: u64 = 1200;
const AFFINE_COST: u64 = 850;
const RADIX_COST: u64 = 70;
/// What a bucket costs: two additions, and a fifth more in the fold.
const BUCKET_COST: u64 = 4000;

/// The widths of windows that a policy chooses among.
pub(super) fn widths(policy: &Policy) -> std::ops::RangeInclusive<u32> {
    let widest = policy.max_width.clamp(1, MAX_WIDTH);
    policy.min_width.clamp(1, widest)..=widest
}

/// Windows of a scalar.
pub(super) fn window_count(width: u32) -> u32 {
    // One bit more than a magnitude has, for the carry out of its top digit.
    (SCALAR_BITS + 1).div_ceil(width)
}

/// How scalars are cut into digits, and where the digits are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Bits of a window.
    pub width: u32,
    /// Windows of a scalar.
    pub count: u32,
    /// Bucket sets of a column.
    pub sets: u32,
}

impl Windows {
    pub(super) fn new(width: u32, sets: u32) -> Self {
        Self {
            width,
            count: window_count(width),
            sets,
        }
    }

    /// Multiples of the bases that they take.
    pub(super) fn multiples(&self) -> u32 {
        self.count.div_ceil(self.sets)
    }

    /// log2 of the buckets of a set: one for each magnitude of a digit but zero.
    pub fn log_buckets(&self) -> u32 {
        self.width - 1
    }

    pub(super) fn buckets(&self) -> u64 {
        1 << self.log_buckets()
    }

    /// What a column of so many scalars of full length costs, in wide multiplications.
    pub(super) fn cost(&self, rows: u64, policy: &Policy) -> u64 {
        let entry = match policy.affine_runs {
            0 => XYZZ_COST,
            _ => AFFINE_COST,
        };
        let passes = ceil_log2(u64::from(self.sets) * self.buckets()).div_ceil(RADIX_BITS);
        rows * u64::from(self.count) * (entry + RADIX_COST * u64::from(passes))
            + u64::from(self.sets) * self.buckets() * BUCKET_COST
    }
}
