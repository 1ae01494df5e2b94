//! Counting sort of a window's digits.

use super::{census::Digits, recode::Digit};
use rayon::prelude::*;
use std::{
    ops::Range,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

/// A base, negated or not: twice its row, plus one if it is negated.
#[derive(Clone, Copy)]
pub(in crate::cpu) struct Entry(u32);

impl Entry {
    #[inline(always)]
    pub(in crate::cpu) fn row(self) -> usize {
        (self.0 >> 1) as usize
    }

    #[inline(always)]
    pub(in crate::cpu) fn negated(self) -> bool {
        self.0 & 1 != 0
    }
}

/// How many entries ahead of one that is read may be looked at: so that its base is on its way from memory,
/// some hundred nanoseconds, while those before are copied.
pub(super) const AHEAD: usize = 24;

/// The bases of a window, bucket by bucket.
pub(super) struct SortedWindow {
    /// Atomic so that disjoint parts of the rows can be scattered side by side in safe Rust; a
    /// relaxed access is an ordinary one. After them come [`AHEAD`] more, so that who reads them can look
    /// ahead.
    entries: Vec<AtomicU32>,
    /// Where each bucket starts, and the end. Bucket `b` holds the digits `+-(b + 1)`.
    starts: Vec<u32>,
}

impl SortedWindow {
    /// Sorts the nonzero digits of `window`, which are at most `buckets` in magnitude, in so many
    /// parallel `parts`: each counts its digits, learns where they go, and moves them there.
    pub(super) fn new<D: Digit>(
        digits: &Digits<D>,
        window: usize,
        buckets: usize,
        parts: usize,
    ) -> Self {
        let blocks = digits.blocks();
        let per_part = blocks.div_ceil(parts);
        let part = |part: usize| part * per_part..blocks.min((part + 1) * per_part);
        let mut counts: Vec<Vec<u32>> = (0..blocks.div_ceil(per_part))
            .into_par_iter()
            .map(|index| {
                // Zero digits are counted too, which saves a branch.
                let mut counts = vec![0; buckets + 1];
                for block in part(index) {
                    for digit in digits.block(block, window) {
                        counts[digit.to_i32().unsigned_abs() as usize] += 1;
                    }
                }
                counts
            })
            .collect();
        let mut starts = Vec::with_capacity(buckets + 1);
        let mut next = 0;
        for bucket in 1..=buckets {
            starts.push(next);
            for counts in &mut counts {
                let count = counts[bucket];
                counts[bucket] = next;
                next += count;
            }
        }
        starts.push(next);
        let length = next as usize + AHEAD;
        let entries: Vec<AtomicU32> = (0..length).map(|_| AtomicU32::new(0)).collect();
        counts
            .into_par_iter()
            .enumerate()
            .for_each(|(index, mut places)| {
                for block in part(index) {
                    for (member, digit) in digits.block(block, window).iter().enumerate() {
                        let digit = digit.to_i32();
                        if digit != 0 {
                            let place = &mut places[digit.unsigned_abs() as usize];
                            let row = digits.row(block, member) as u32;
                            entries[*place as usize]
                                .store(row << 1 | u32::from(digit < 0), Relaxed);
                            *place += 1;
                        }
                    }
                }
            });
        SortedWindow { entries, starts }
    }

    /// Groups of rows as buckets, given one after the other with their lengths.
    pub(super) fn of_groups(
        rows: impl Iterator<Item = u32>,
        lengths: impl Iterator<Item = usize>,
    ) -> Self {
        let mut starts = vec![0];
        let mut end = 0;
        starts.extend(lengths.map(|length| {
            end += length as u32;
            end
        }));
        SortedWindow {
            entries: rows
                .chain([0; AHEAD])
                .map(|row| AtomicU32::new(row << 1))
                .collect(),
            starts,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len() - AHEAD
    }

    /// The places of the entries of a range of buckets.
    pub(super) fn places(&self, buckets: Range<usize>) -> Range<usize> {
        self.starts[buckets.start] as usize..self.starts[buckets.end] as usize
    }

    pub(super) fn entries(&self, places: Range<usize>) -> impl Iterator<Item = Entry> + Clone + '_ {
        self.entries[places]
            .iter()
            .map(|entry| Entry(entry.load(Relaxed)))
    }
}
