//! The butterfly passes: radix 4, depth first.

use ff::Field;
use rayon::prelude::*;

use super::twiddles::{Direction, Twiddles};

/// Blocks up to this length are done stage by stage: 16 KiB of 32-byte elements, half of a usual
/// L1 cache. Longer ones are quartered first.
const BASE_LEN: usize = 1 << 9;

/// Elements of a quarter that go through both stages of a pass together: four runs are 2 KiB.
const RUN: usize = 1 << 4;

/// Blocks from this length on are shared among threads, about half a millisecond of work.
const PARALLEL_LEN: usize = 1 << 11;

/// Butterflies of a radix-4 pass that a thread takes at least.
const PARALLEL_CHUNK: usize = 1 << 8;

/// Takes block `block` of its stage, p mod (X^m - c), down to evaluations in bit-reversed order.
/// `scale` is multiplied into all of them.
pub(super) fn descend<F: Field, D: Direction>(
    values: &mut [F],
    block: usize,
    twiddles: &Twiddles<F>,
    scale: Option<F>,
) {
    if values.len() <= BASE_LEN {
        return base::<F, D>(values, block, twiddles, scale);
    }
    let [a0, a1, a2, a3] = quarters_mut(values);
    if in_parallel(4 * a0.len()) {
        (
            a0.par_chunks_mut(PARALLEL_CHUNK),
            a1.par_chunks_mut(PARALLEL_CHUNK),
            a2.par_chunks_mut(PARALLEL_CHUNK),
            a3.par_chunks_mut(PARALLEL_CHUNK),
        )
            .into_par_iter()
            .for_each(|(a0, a1, a2, a3)| pass::<F, D>([a0, a1, a2, a3], block, twiddles));
    } else {
        pass::<F, D>([a0, a1, a2, a3], block, twiddles);
    }
    descend_quarters::<F, D>(values, block, twiddles, scale);
}

/// [`descend`] for a block whose first pass is done.
pub(super) fn descend_quarters<F: Field, D: Direction>(
    values: &mut [F],
    block: usize,
    twiddles: &Twiddles<F>,
    scale: Option<F>,
) {
    let quarter = values.len() / 4;
    if quarter <= 1 {
        return;
    }
    let finish = |(i, values): (usize, &mut [F])| {
        descend::<F, D>(values, 4 * block + i, twiddles, scale);
    };
    if in_parallel(4 * quarter) {
        values.par_chunks_mut(quarter).enumerate().for_each(finish);
    } else {
        values.chunks_mut(quarter).enumerate().for_each(finish);
    }
}

/// A block that fits the innermost cache, stage by stage.
fn base<F: Field, D: Direction>(
    values: &mut [F],
    block: usize,
    twiddles: &Twiddles<F>,
    mut scale: Option<F>,
) {
    let mut len = values.len();
    let mut first = block;
    while len > 2 {
        for (block, values) in (first..).zip(values.chunks_exact_mut(len)) {
            let (a, b) = values.split_at_mut(len / 2);
            match scale {
                Some(scale) => scaled_stage::<F, D>(a, b, block, twiddles, scale),
                None if block == 0 => at_one(a, b),
                None => butterflies::<F, D>(a, b, &twiddles.of::<D>(block)),
            }
        }
        scale = None;
        len /= 2;
        first *= 2;
    }
    if len == 2 {
        for (block, pair) in (first..).zip(values.chunks_exact_mut(2)) {
            let [a, b] = [pair[0], pair[1]];
            let (a, b) = match block {
                0 => (a + b, a - b),
                block => D::butterfly(a, b, &twiddles.of::<D>(block)),
            };
            pair[0] = a;
            pair[1] = b;
        }
    }
    if let Some(scale) = scale {
        values.iter_mut().for_each(|value| *value *= scale);
    }
}

/// One stage of `scale` times a block: a multiplication more for each butterfly, for the first
/// half takes the scale alone and the second half takes it with the twiddle.
fn scaled_stage<F: Field, D: Direction>(
    a: &mut [F],
    b: &mut [F],
    block: usize,
    twiddles: &Twiddles<F>,
    scale: F,
) {
    a.iter_mut().for_each(|a| *a *= scale);
    if block == 0 {
        b.iter_mut().for_each(|b| *b *= scale);
        at_one(a, b);
    } else {
        butterflies::<F, D>(a, b, &(scale * twiddles.of::<D>(block)));
    }
}

/// Two stages of one block, or of corresponding parts of its quarters: 4 multiplications for 4
/// elements, 1 in block 0.
///
/// A run of each quarter goes through both stages before the next does. Runs of one butterfly
/// would have its second multiplications wait for its first; within a run they are independent,
/// and the processor overlaps them.
pub(super) fn pass<F: Field, D: Direction>(
    quarters: [&mut [F]; 4],
    block: usize,
    twiddles: &Twiddles<F>,
) {
    let [a0, a1, a2, a3] = quarters.map(|quarter| quarter.chunks_mut(RUN));
    let runs = a0.zip(a1).zip(a2).zip(a3);
    if block == 0 {
        let root = twiddles.of::<D>(1);
        for (((a0, a1), a2), a3) in runs {
            at_one(a0, a2);
            at_one(a1, a3);
            at_one(a0, a1);
            butterflies::<F, D>(a2, a3, &root);
        }
    } else {
        let [root, low, high] = twiddles.of_quarters::<D>(block);
        for (((a0, a1), a2), a3) in runs {
            butterflies::<F, D>(a0, a2, &root);
            butterflies::<F, D>(a1, a3, &root);
            butterflies::<F, D>(a0, a1, &low);
            butterflies::<F, D>(a2, a3, &high);
        }
    }
}

/// (a, b) <- (a + t b, a - t b), by the table's entry for t.
#[inline(always)]
fn butterflies<F: Field, D: Direction>(a: &mut [F], b: &mut [F], entry: &F) {
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = D::butterfly(*a, *b, entry);
    }
}

/// [`butterflies`] by the twiddle 1, that of every stage's block 0.
#[inline(always)]
fn at_one<F: Field>(a: &mut [F], b: &mut [F]) {
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = (*a + *b, *a - *b);
    }
}

/// The four quarters of a block.
pub(super) fn quarters_mut<F>(values: &mut [F]) -> [&mut [F]; 4] {
    let (low, high) = values.split_at_mut(values.len() / 2);
    let (a0, a1) = low.split_at_mut(low.len() / 2);
    let (a2, a3) = high.split_at_mut(high.len() / 2);
    [a0, a1, a2, a3]
}

/// Whether a pass over `len` elements is worth sharing, and there is a thread to share it with.
pub(in crate::cpu) fn in_parallel(len: usize) -> bool {
    len >= PARALLEL_LEN && rayon::current_num_threads() > 1
}
