//! A column's scalars by bit length, and the digits of those in a class.

use super::{
    plan::{Class, Windows},
    recode::{Chunk, Digit, Integer, Integers, CHUNK},
    scalar::Scalar,
};
use crate::cpu::CpuKernels;
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
    pub(super) fn take(kernels: CpuKernels, scalars: &'a [S]) -> Self {
        let integers = Integers::new(kernels);
        let slots = integers.max_bit_length() + 1;
        let mut short = vec![0; scalars.len()];
        let lengths = short
            .par_chunks_mut(BLOCK)
            .zip(scalars.par_chunks(BLOCK))
            .fold(
                || (vec![0; slots], Chunk::new()),
                |(mut lengths, mut chunk), (short, scalars)| {
                    for (short, scalars) in short.chunks_mut(CHUNK).zip(scalars.chunks(CHUNK)) {
                        count(&integers, scalars, &mut chunk, short, &mut lengths);
                    }
                    (lengths, chunk)
                },
            )
            .map(|(lengths, _)| lengths)
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
                let rows = block * BLOCK..all.min((block + 1) * BLOCK);
                let rows: Vec<u32> = match class.longest <= SHORT {
                    true => {
                        let members = rows.filter(|row| self.short_member(*row, class).is_some());
                        return members.map(|row| row as u32).collect();
                    }
                    false => rows
                        .filter(|row| self.may_be_member(*row, class))
                        .map(|row| row as u32)
                        .collect(),
                };
                let mut chunk = Chunk::new();
                let mut members = Vec::with_capacity(rows.len());
                for rows in rows.chunks(CHUNK) {
                    self.chunk(rows.iter().map(|row| *row as usize), class, &mut chunk);
                    let are_members = rows.iter().enumerate();
                    let are_members = are_members.filter(|(i, _)| !chunk.get(*i).is_zero());
                    members.extend(are_members.map(|(_, row)| *row));
                }
                members
            })
            .collect();
        listed.concat()
    }

    /// The scalars of a class, each with its row.
    pub(super) fn members(&self, class: &Class) -> Vec<(usize, Integer)> {
        let rows = self.rows(class);
        let mut chunk = Chunk::new();
        let mut members = Vec::with_capacity(rows.len());
        for rows in rows.chunks(CHUNK) {
            self.chunk(rows.iter().map(|row| *row as usize), class, &mut chunk);
            members.extend(
                rows.iter()
                    .enumerate()
                    .map(|(i, row)| (*row as usize, chunk.get(i))),
            );
        }
        members
    }

    /// The scalars in so many rows, at most [`CHUNK`]; those that are not in the class are zero. Their number.
    fn chunk(&self, rows: impl Iterator<Item = usize>, class: &Class, chunk: &mut Chunk) -> usize {
        if class.longest <= SHORT {
            let members = rows.map(|row| self.short_member(row, class).unwrap_or_default());
            let set = members
                .enumerate()
                .map(|(i, integer)| chunk.set(i, integer));
            return set.count();
        }
        let mut scalars = [self.scalars[0]; CHUNK];
        let count = rows
            .zip(&mut scalars)
            .map(|(row, scalar)| *scalar = self.scalars[row])
            .count();
        self.integers.chunk(&scalars[..count], chunk);
        for i in 0..count {
            if !class.has_length(chunk.get(i).bit_length()) {
                chunk.set(i, Integer::default());
            }
        }
        count
    }

    /// Whether the scalar in `row` may be in `class`, as far as is known without its integer.
    #[inline]
    fn may_be_member(&self, row: usize, class: &Class) -> bool {
        match self.short.get(row) {
            Some(short) => short & LONG != 0 || self.short_member(row, class).is_some(),
            None => !self.scalars[row].is_zero(),
        }
    }

    /// The scalar in `row`, if it is short and in `class`.
    #[inline]
    fn short_member(&self, row: usize, class: &Class) -> Option<Integer> {
        let short = self.short[row];
        let magnitude = short & (LONG - 1);
        let bits = (u64::BITS - magnitude.leading_zeros()) as usize;
        (short & LONG == 0 && class.has_length(bits)).then_some(Integer {
            magnitude: [magnitude, 0, 0, 0],
            negative: short & NEGATIVE != 0,
        })
    }
}

/// Counts the lengths of a chunk's scalars, and notes the short ones.
fn count<F: PrimeField, S: Scalar<F>>(
    integers: &Integers<F>,
    scalars: &[S],
    chunk: &mut Chunk,
    short: &mut [u64],
    lengths: &mut [usize],
) {
    // Most columns are mostly these two.
    let mut ones = 0;
    let are_bits = short.iter_mut().zip(scalars).all(|(short, scalar)| {
        *short = scalar.is_one().into();
        ones += *short;
        *short == 1 || scalar.is_zero()
    });
    if are_bits {
        lengths[1] += ones as usize;
        return;
    }
    integers.chunk(scalars, chunk);
    for (i, short) in short.iter_mut().enumerate() {
        let integer = chunk.get(i);
        let length = integer.bit_length();
        if length == 0 {
            continue;
        }
        lengths[length] += 1;
        *short = if length <= SHORT {
            integer.magnitude[0] | if integer.negative { NEGATIVE } else { 0 }
        } else {
            LONG
        };
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
        let block = block_rows(count);
        let mut digits = vec![D::default(); digit_count(count, windows)];
        digits
            .par_chunks_mut(block * windows.count())
            .enumerate()
            .for_each(|(index, digits)| {
                let first = index * block;
                let end = count.min(first + block);
                let mut chunk = Chunk::new();
                for from in (first..end).step_by(CHUNK) {
                    let members = from..end.min(from + CHUNK);
                    let members = members.map(|member| rows.row(member));
                    let members = census.chunk(members, class, &mut chunk);
                    let digits = &mut digits[from - first..];
                    (census.integers).write_digits(&mut chunk, windows, digits, block, members);
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

/// Rows of a block where there are `count` members: whole vectors of eight.
fn block_rows(count: usize) -> usize {
    BLOCK.min(count.next_multiple_of(8)).max(8)
}

/// Digits stored for `count` members, padding included.
pub(super) fn digit_count(count: usize, windows: &Windows) -> usize {
    let block = block_rows(count);
    count.div_ceil(block) * block * windows.count()
}
