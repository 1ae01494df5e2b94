//! A column's scalars by bit length, and the digits of those in a class.

use super::{
    plan::{Class, Windows},
    recode::{write_digits, Digit, Integer, Integers},
    scalar::Scalar,
};
use ff::PrimeField;
use rayon::prelude::*;

/// Rows that are recoded, and stored, together.
const BLOCK: usize = 4096;

/// Magnitudes of at most so many bits are kept by the census.
pub(super) const SHORT: usize = 62;
const NEGATIVE: u64 = 1 << 63;
const LONG: u64 = 1 << 62;

/// What one pass over a column finds out.
pub(super) struct Census<'a, F, S> {
    scalars: &'a [S],
    integers: Integers<F>,
    /// How many scalars have so many bits.
    lengths: Vec<usize>,
    /// Of every scalar the short integer, or [`LONG`]: 8 bytes, so that columns of small numbers
    /// leave Montgomery form once. Empty if no class needs them.
    short: Vec<u64>,
}

impl<'a, F: PrimeField, S: Scalar<F>> Census<'a, F, S> {
    pub(super) fn take(scalars: &'a [S]) -> Self {
        let integers = Integers::new();
        let slots = integers.max_bit_length() + 1;
        let mut short = vec![0; scalars.len()];
        let lengths = short
            .par_chunks_mut(BLOCK)
            .zip(scalars.par_chunks(BLOCK))
            .fold(
                || vec![0; slots],
                |mut lengths, (short, scalars)| {
                    for (short, scalar) in short.iter_mut().zip(scalars) {
                        // Most columns are mostly these two.
                        if scalar.is_zero() {
                            continue;
                        }
                        if scalar.is_one() {
                            *short = 1;
                            lengths[1] += 1;
                            continue;
                        }
                        let integer = integers.of(scalar);
                        let length = integer.bit_length();
                        lengths[length] += 1;
                        *short = if length <= SHORT {
                            integer.magnitude[0] | if integer.negative { NEGATIVE } else { 0 }
                        } else {
                            LONG
                        };
                    }
                    lengths
                },
            )
            .reduce(
                || vec![0; slots],
                |mut a, b| {
                    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                    a
                },
            );
        Census {
            scalars,
            integers,
            lengths,
            short,
        }
    }

    pub(super) fn scalars(&self) -> &'a [S] {
        self.scalars
    }

    pub(super) fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Gives back what only classes of short scalars read.
    pub(super) fn forget_short(&mut self) {
        self.short = Vec::new();
    }

    /// The rows of a class, in order.
    pub(super) fn rows(&self, class: &Class) -> Vec<u32> {
        let all = self.scalars.len();
        let listed: Vec<Vec<u32>> = (0..all.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                (block * BLOCK..all.min((block + 1) * BLOCK))
                    .filter(|row| self.member(*row, class).is_some())
                    .map(|row| row as u32)
                    .collect()
            })
            .collect();
        listed.concat()
    }

    /// The scalars of a class, each with its row.
    pub(super) fn members(&self, class: &Class) -> Vec<(usize, Integer)> {
        self.rows(class)
            .into_iter()
            .map(|row| row as usize)
            .filter_map(|row| Some((row, self.member(row, class)?)))
            .collect()
    }

    /// The scalar in `row`, if it is in `class`.
    #[inline]
    fn member(&self, row: usize, class: &Class) -> Option<Integer> {
        let integer = match self.short.get(row) {
            Some(0) => return None,
            Some(short) if short & LONG == 0 => Integer {
                magnitude: [short & (LONG - 1), 0, 0, 0],
                negative: short & NEGATIVE != 0,
            },
            Some(_) if class.longest <= SHORT => return None,
            _ if self.scalars[row].is_zero() => return None,
            _ => self.integers.of(&self.scalars[row]),
        };
        (class.shortest..=class.longest)
            .contains(&integer.bit_length())
            .then_some(integer)
    }
}

/// Which rows of the column a class's digits belong to.
enum Rows {
    /// All; rows of other classes have zero digits.
    All(usize),
    Listed(Vec<u32>),
}

/// The signed digits of a class, blocks of rows one after the other, in each block window by window.
pub(super) struct Digits<D> {
    rows: Rows,
    windows: usize,
    /// Rows in a block; the last one is padded with zero digits.
    block: usize,
    digits: Vec<D>,
}

impl<D: Digit> Digits<D> {
    pub(super) fn of<F: PrimeField, S: Scalar<F>>(
        census: &Census<'_, F, S>,
        class: &Class,
        windows: &Windows,
    ) -> Self {
        let all = census.scalars.len();
        let rows = if lists_rows(class.points, all) {
            Rows::Listed(census.rows(class))
        } else {
            Rows::All(all)
        };
        let count = rows.count();
        let block = BLOCK.min(count);
        let mut digits = vec![D::default(); digit_count(count, windows)];
        digits
            .par_chunks_mut(block * windows.count())
            .enumerate()
            .for_each(|(index, digits)| {
                let first = index * block;
                for member in first..count.min(first + block) {
                    if let Some(integer) = census.member(rows.row(member), class) {
                        let digits = digits[member - first..].iter_mut().step_by(block);
                        write_digits(&integer, windows, digits);
                    }
                }
            });
        Digits {
            rows,
            windows: windows.count(),
            block,
            digits,
        }
    }

    /// Members, those with zero digits included.
    pub(super) fn count(&self) -> usize {
        self.rows.count()
    }

    pub(super) fn blocks(&self) -> usize {
        self.digits.len() / (self.block * self.windows)
    }

    /// The digits of one window in one block.
    pub(super) fn block(&self, block: usize, window: usize) -> &[D] {
        let start = (block * self.windows + window) * self.block;
        &self.digits[start..start + self.block]
    }

    /// The row of the column that a member of a block stands for.
    #[inline(always)]
    pub(super) fn row(&self, block: usize, member: usize) -> usize {
        self.rows.row(block * self.block + member)
    }
}

impl Rows {
    fn count(&self) -> usize {
        match self {
            Rows::All(count) => *count,
            Rows::Listed(rows) => rows.len(),
        }
    }

    #[inline(always)]
    fn row(&self, member: usize) -> usize {
        match self {
            Rows::All(_) => member,
            Rows::Listed(rows) => rows[member] as usize,
        }
    }
}

/// Whether a class of `points` out of `all` rows lists its rows.
pub(super) fn lists_rows(points: usize, all: usize) -> bool {
    points < all / 2
}

/// Digits stored for `count` members, padding included.
pub(super) fn digit_count(count: usize, windows: &Windows) -> usize {
    let block = BLOCK.min(count).max(1);
    count.div_ceil(block) * block * windows.count()
}
