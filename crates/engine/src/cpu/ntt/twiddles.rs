//! The table of roots, in the order in which the descent meets them, and its two directions.

use ff::Field;
use rayon::prelude::*;

/// The roots omega^{rev(i)} for i < n/2, rev reversing k - 1 bits.
///
/// Entry i is the twiddle of block i of every stage that has more than i blocks: at a stage of 2^s
/// blocks, block i descends from X^m - r^2 with r of order dividing 2^{s+1}, which the reversal
/// puts at the same place whatever n is. So one table serves all stages, each reads its beginning
/// in order, and the blocks 4i .. 4i+3 of the next radix-4 pass find theirs side by side.
///
/// The inverse of entry i, 2^q <= i < 2^{q+1}, is minus entry 3 * 2^q - 1 - i: negating an exponent
/// modulo n keeps its lowest set bit, which is i's highest, and complements those above it; the one
/// that falls out of the n/2 entries is the sign. So the inverse transform needs no second table.
#[derive(Clone)]
pub(in crate::cpu) struct Twiddles<F>(Vec<F>);

impl<F: Field> Twiddles<F> {
    /// n/2 multiplications; `omega` generates the domain of size n = 2^k.
    pub(in crate::cpu) fn new(k: u32, omega: F) -> Self {
        let len = (1_usize << k) / 2;
        let mut table = Vec::with_capacity(len.max(1));
        table.push(F::ONE);
        // omega^{n/4}, omega^{n/8}, ..: what bit 0, 1, .. of the index stands for.
        let mut bits: Vec<F> = core::iter::successors(Some(omega), |root| Some(root.square()))
            .take(k.saturating_sub(1) as usize)
            .collect();
        while let Some(root) = bits.pop() {
            let made = table.len();
            table.resize(2 * made, root);
            let (low, high) = table.split_at_mut(made);
            high.par_iter_mut()
                .with_min_len(1 << 10)
                .zip(low)
                .for_each(|(high, low)| *high *= &*low);
        }
        Self(table)
    }

    pub(in crate::cpu) fn into_entries(self) -> Vec<F> {
        self.0
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<F>()
    }

    /// The twiddle of block `block` >= 1, up to D's sign.
    #[inline(always)]
    pub(super) fn of<D: Direction>(&self, block: usize) -> F {
        self.0[D::index(block)]
    }

    /// The twiddles of a radix-4 butterfly of block `block` >= 1: its own, then its two halves'.
    #[inline(always)]
    pub(super) fn of_quarters<D: Direction>(&self, block: usize) -> [F; 3] {
        [
            self.of::<D>(block),
            self.of::<D>(2 * block),
            self.of::<D>(2 * block + 1),
        ]
    }
}

/// Forward with omega, or inverse with omega^-1.
pub(super) trait Direction {
    /// Where the twiddle of a block >= 1 stands in the table.
    fn index(block: usize) -> usize;

    /// (a + t b, a - t b), t being the table's entry with this direction's sign.
    fn butterfly<F: Field>(a: F, b: F, entry: &F) -> (F, F);
}

pub(super) struct Forward;

impl Direction for Forward {
    #[inline(always)]
    fn index(block: usize) -> usize {
        block
    }

    #[inline(always)]
    fn butterfly<F: Field>(a: F, b: F, entry: &F) -> (F, F) {
        let b = b * entry;
        (a + b, a - b)
    }
}

pub(super) struct Inverse;

impl Direction for Inverse {
    #[inline(always)]
    fn index(block: usize) -> usize {
        (3 << block.ilog2()) - 1 - block
    }

    #[inline(always)]
    fn butterfly<F: Field>(a: F, b: F, entry: &F) -> (F, F) {
        let b = b * entry;
        (a - b, a + b)
    }
}
