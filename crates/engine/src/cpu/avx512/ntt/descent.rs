//! The levels of the descent, over values in lanes.

use super::{twiddles::Source, Constant, Factor, Value};
use crate::cpu::avx512::lanes::{gather_words, transpose, LANES};

/// (a + t b, a - t b) by what a butterfly has made of b, up to `BOUND` p: t b, or -t b in the inverse,
/// which goes by the table's negated entries.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn outputs<const BOUND: u64, const INVERSE: bool>(a: &mut Value, b: &mut Value, product: Value) {
    let (sum, difference) = (a.plus(product), a.minus::<BOUND>(product));
    (*a, *b) = match INVERSE {
        false => (sum, difference),
        true => (difference, sum),
    };
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn by_constant<const INVERSE: bool>(a: &mut Value, b: &mut Value, twiddle: &Constant) {
    outputs::<6, INVERSE>(a, b, b.factors().times(twiddle));
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn by_factor<const INVERSE: bool>(a: &mut Value, b: &mut Value, twiddle: &Factor) {
    outputs::<3, INVERSE>(a, b, b.factors().product(twiddle));
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn by_one(a: &mut Value, b: &mut Value) {
    outputs::<2, false>(a, b, b.reduced());
}

/// Takes a block, p mod (X^m - c), down through its levels: to blocks of one value a lane where the
/// multipliers are made already, else to those of 64 elements, which lie side by side in the lanes, and
/// these to their end.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
pub(super) fn descend<const INVERSE: bool>(
    values: &mut [Value],
    level: usize,
    block: usize,
    source: &Source<'_, INVERSE>,
) {
    let last = if source.made.is_some() { 1 } else { LANES };
    let len = values.len();
    if len == last {
        if let Ok(values) = <&mut [Value; LANES]>::try_from(values) {
            block_of_64(values, block, source);
        }
        return;
    }
    let parts = if (len / last).ilog2() % 2 == 1 {
        halve(values, level, block, source);
        2
    } else {
        quarter(values, level, block, source);
        4
    };
    if len == parts && last == 1 {
        return;
    }
    let level = level + parts.ilog2() as usize;
    for (i, part) in values.chunks_exact_mut(len / parts).enumerate() {
        descend(part, level, parts * block + i, source);
    }
}

/// One level.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn halve<const INVERSE: bool>(
    values: &mut [Value],
    level: usize,
    block: usize,
    source: &Source<'_, INVERSE>,
) {
    let (a, b) = values.split_at_mut(values.len() / 2);
    if source.is_one(block) {
        for (a, b) in a.iter_mut().zip(b) {
            by_one(a, b);
        }
    } else {
        let mut place = Constant::none();
        let root = source.at(level, block, &mut place);
        for (a, b) in a.iter_mut().zip(b) {
            by_constant::<INVERSE>(a, b, root);
        }
    }
}

/// Two levels.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn quarter<const INVERSE: bool>(
    values: &mut [Value],
    level: usize,
    block: usize,
    source: &Source<'_, INVERSE>,
) {
    let (low, high) = values.split_at_mut(values.len() / 2);
    let (a0, a1) = low.split_at_mut(low.len() / 2);
    let (a2, a3) = high.split_at_mut(high.len() / 2);
    let quarters = a0.iter_mut().zip(a1).zip(a2).zip(a3);
    let mut places = [Constant::none(); 3];
    let [place, place_low, place_high] = &mut places;
    let upper = source.at(level + 1, 2 * block + 1, place_high);
    if source.is_one(block) {
        for (((a0, a1), a2), a3) in quarters {
            by_one(a0, a2);
            by_one(a1, a3);
            by_one(a0, a1);
            by_constant::<INVERSE>(a2, a3, upper);
        }
    } else {
        let root = source.at(level, block, place);
        let lower = source.at(level + 1, 2 * block, place_low);
        for (((a0, a1), a2), a3) in quarters {
            by_constant::<INVERSE>(a0, a2, root);
            by_constant::<INVERSE>(a1, a3, root);
            by_constant::<INVERSE>(a0, a1, lower);
            by_constant::<INVERSE>(a2, a3, upper);
        }
    }
}

/// The last six levels of 64 elements: three with lanes that have one twiddle, three with lanes that are
/// blocks of eight elements.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn block_of_64<const INVERSE: bool>(
    values: &mut [Value; LANES],
    block: usize,
    source: &Source<'_, INVERSE>,
) {
    let twiddles = source.of_block(block);
    let mut first = 0;
    for half in [4, 2, 1] {
        for (i, block) in values.chunks_exact_mut(2 * half).enumerate() {
            let twiddle = twiddles.at(first + i);
            let (a, b) = block.split_at_mut(half);
            for (a, b) in a.iter_mut().zip(b) {
                by_factor::<INVERSE>(a, b, &twiddle);
            }
        }
        first = 2 * first + 1;
    }
    turn(values);
    if let Some(coset) = source.coset {
        for (value, power) in values[1..].iter_mut().zip(&coset.elements) {
            *value = value.factors().times(power);
        }
    }
    for half in [4, 2, 1] {
        let blocks = LANES / (2 * half);
        for (i, values) in values.chunks_exact_mut(2 * half).enumerate() {
            let entries = source.table.eight(LANES * blocks * block + i, blocks);
            let twiddle = Value::of_words(gather_words(entries)).factors();
            let (a, b) = values.split_at_mut(half);
            for (a, b) in a.iter_mut().zip(b) {
                by_factor::<INVERSE>(a, b, &twiddle);
            }
        }
    }
    turn(values);
}

/// Vectors become lanes, and lanes vectors.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn turn(values: &mut [Value; LANES]) {
    for limb in 0..values[0].limbs.len() {
        let [a, b, c, d, e, f, g, h] = &*values;
        let rows = [a, b, c, d, e, f, g, h].map(|value| value.limbs[limb]);
        for (value, row) in values.iter_mut().zip(transpose(rows)) {
            value.limbs[limb] = row;
        }
    }
}
