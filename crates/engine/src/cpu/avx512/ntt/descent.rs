//! The levels of the descent, over values in lanes.

use super::{twiddles::Source, Constant, Factor, Value};
use crate::cpu::avx512::words::{transpose, LANES};

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
fn by_one(a: &mut Value, b: &mut Value) {
    outputs::<2, false>(a, b, b.reduced());
}

/// The levels of a matrix' columns at which values are reduced: a level adds 6 p to the 6 p that values may
/// begin with, and 84 p is not to be reached. There is one level or there are two to a pass over the values,
/// so that one of these comes in every descent.
const REDUCED: std::ops::Range<usize> = 11..13;

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
    if len > last && last == 1 && REDUCED.contains(&level) {
        for value in &mut *values {
            *value = value.reduced();
        }
    }
    let parts = match (len / last).ilog2() {
        0 => return,
        odd if odd % 2 == 1 => {
            halve(values, level, block, source);
            2
        }
        _ => {
            quarter(values, level, block, source);
            4
        }
    };
    let block = parts * block;
    if len > parts * last {
        let level = level + parts.ilog2() as usize;
        for (i, part) in values.chunks_exact_mut(len / parts).enumerate() {
            descend(part, level, block + i, source);
        }
    } else if last == LANES {
        let (pairs, _) = values.as_chunks_mut();
        for (i, pair) in pairs.iter_mut().enumerate() {
            pair_of_64(pair, block + 2 * i, source);
        }
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

/// The last six levels of two blocks of 64 elements: three with lanes that have one twiddle, three with
/// lanes that are blocks of eight elements.
///
/// Two blocks, because a level's butterflies wait for those of the level before: the other block's are
/// computed meanwhile.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn pair_of_64<const INVERSE: bool>(
    values: &mut [Value; 2 * LANES],
    block: usize,
    source: &Source<'_, INVERSE>,
) {
    let mut twiddles = [[Value::zero().factors(); LANES - 1]; 2];
    for (half, twiddles) in twiddles.iter_mut().enumerate() {
        source.of_vectors(block + half, twiddles);
    }
    three_levels::<INVERSE>(values, &twiddles);
    let (halves, _) = values.as_chunks_mut();
    for values in halves {
        turn(values);
        if let Some(coset) = source.coset {
            for (value, power) in values[1..].iter_mut().zip(&coset.elements) {
                *value = value.factors().times(power);
            }
        }
    }
    for (half, twiddles) in twiddles.iter_mut().enumerate() {
        source.of_lanes(block + half, twiddles);
    }
    three_levels::<INVERSE>(values, &twiddles);
    let (halves, _) = values.as_chunks_mut();
    for values in halves {
        turn(values);
    }
}

/// The butterflies of three levels of eight values: both values, and the number of the block whose twiddle
/// they have, those of one level after those of another.
const STEPS: [[usize; 3]; 12] = [
    [0, 4, 0],
    [1, 5, 0],
    [2, 6, 0],
    [3, 7, 0],
    [0, 2, 1],
    [1, 3, 1],
    [4, 6, 2],
    [5, 7, 2],
    [0, 1, 3],
    [2, 3, 4],
    [4, 5, 5],
    [6, 7, 6],
];

/// A loop of all of them, so that the constants of a product stay in registers.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn three_levels<const INVERSE: bool>(
    values: &mut [Value; 2 * LANES],
    twiddles: &[[Factor; LANES - 1]; 2],
) {
    for [a, b, twiddle] in STEPS {
        for (half, twiddles) in twiddles.iter().enumerate() {
            let (a, b) = (a + LANES * half, b + LANES * half);
            let product = values[b].factors().product_folded(&twiddles[twiddle]);
            let (mut low, mut high) = (values[a], values[b]);
            outputs::<6, INVERSE>(&mut low, &mut high, product);
            (values[a], values[b]) = (low, high);
        }
    }
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
