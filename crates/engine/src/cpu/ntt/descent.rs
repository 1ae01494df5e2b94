//! The butterfly passes: radix 4, depth first.

use ff::Field;
use rayon::prelude::*;

use super::twiddles::{Direction, Twiddles};

/// Blocks up to this length are done stage by stage: 16 KiB of 32-byte elements, half of a usual
/// L1 cache. Longer ones are quartered first.
const BASE_LEN: usize = 1 << 9;

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

/// A block that fits the innermost cache, pass by pass.
fn base<F: Field, D: Direction>(
    values: &mut [F],
    block: usize,
    twiddles: &Twiddles<F>,
    mut scale: Option<F>,
) {
    let mut len = values.len();
    let mut first = block;
    while len >= 4 {
        for (i, values) in values.chunks_exact_mut(len).enumerate() {
            match scale {
                None => pass::<F, D>(quarters_mut(values), first + i, twiddles),
                Some(scale) => {
                    scaled_pass::<F, D>(quarters_mut(values), first + i, twiddles, scale)
                }
            }
        }
        scale = None;
        len /= 4;
        first *= 4;
    }
    if len == 2 {
        for (i, pair) in values.chunks_exact_mut(2).enumerate() {
            let [a, b] = [pair[0], pair[1]];
            let (a, b) = match first + i {
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

/// Two stages of one block, or of corresponding parts of its quarters: 4 multiplications for 4
/// elements, 1 in block 0.
#[inline(always)]
fn pass<F: Field, D: Direction>(quarters: [&mut [F]; 4], block: usize, twiddles: &Twiddles<F>) {
    if block == 0 {
        let root = twiddles.of::<D>(1);
        for_each_quadruple(quarters, |a| radix_4_at_one::<F, D>(a, &root));
    } else {
        let roots = twiddles.of_quarters::<D>(block);
        for_each_quadruple(quarters, |a| radix_4::<F, D>(a, &roots));
    }
}

/// [`pass`] of `scale` times the block: 2 multiplications more, for the first half takes it
/// alone and the second half takes it with the twiddle.
fn scaled_pass<F: Field, D: Direction>(
    quarters: [&mut [F]; 4],
    block: usize,
    twiddles: &Twiddles<F>,
    scale: F,
) {
    if block == 0 {
        let root = twiddles.of::<D>(1);
        for_each_quadruple(quarters, |a| {
            radix_4_at_one::<F, D>(a.map(|a| a * scale), &root)
        });
    } else {
        let mut roots = twiddles.of_quarters::<D>(block);
        roots[0] *= scale;
        for_each_quadruple(quarters, |[a0, a1, a2, a3]| {
            radix_4::<F, D>([a0 * scale, a1 * scale, a2, a3], &roots)
        });
    }
}

#[inline(always)]
fn for_each_quadruple<F: Copy>(quarters: [&mut [F]; 4], butterfly: impl Fn([F; 4]) -> [F; 4]) {
    let [a0, a1, a2, a3] = quarters;
    for (((a0, a1), a2), a3) in a0.iter_mut().zip(a1).zip(a2).zip(a3) {
        [*a0, *a1, *a2, *a3] = butterfly([*a0, *a1, *a2, *a3]);
    }
}

/// From p mod (X^4 - c) to its four evaluations: by `roots[0]` into halves, then each of these by
/// its own root.
#[inline(always)]
fn radix_4<F: Field, D: Direction>([a0, a1, a2, a3]: [F; 4], roots: &[F; 3]) -> [F; 4] {
    let (a0, a2) = D::butterfly(a0, a2, &roots[0]);
    let (a1, a3) = D::butterfly(a1, a3, &roots[0]);
    let (a0, a1) = D::butterfly(a0, a1, &roots[1]);
    let (a2, a3) = D::butterfly(a2, a3, &roots[2]);
    [a0, a1, a2, a3]
}

/// [`radix_4`] for c = 1, where the first two roots are 1 and the third is `root`, of order 4.
#[inline(always)]
pub(super) fn radix_4_at_one<F: Field, D: Direction>([a0, a1, a2, a3]: [F; 4], root: &F) -> [F; 4] {
    let (a0, a2) = (a0 + a2, a0 - a2);
    let (a1, a3) = (a1 + a3, a1 - a3);
    let (a0, a1) = (a0 + a1, a0 - a1);
    let (a2, a3) = D::butterfly(a2, a3, root);
    [a0, a1, a2, a3]
}

/// The four quarters of a block.
pub(super) fn quarters_mut<F>(values: &mut [F]) -> [&mut [F]; 4] {
    let (low, high) = values.split_at_mut(values.len() / 2);
    let (a0, a1) = low.split_at_mut(low.len() / 2);
    let (a2, a3) = high.split_at_mut(high.len() / 2);
    [a0, a1, a2, a3]
}

/// Whether a pass over `len` elements is worth sharing, and there is a thread to share it with.
pub(super) fn in_parallel(len: usize) -> bool {
    len >= PARALLEL_LEN && rayon::current_num_threads() > 1
}
