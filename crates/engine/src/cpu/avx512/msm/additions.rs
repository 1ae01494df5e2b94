//! Batched affine additions in lanes, for multi-scalar multiplication over BN254.
//!
//! As in [`addition`](crate::cpu::msm::addition), a batch shares one inversion; here eight additions go side
//! by side, in [`CHAINS`] chains of vectors whose products do not wait for each other. A batch's products of
//! denominators are eight in the end, which Montgomery's trick brings down to one.
//!
//! Coordinates are as columns have them, x 2^256, loaded as they are. A product of two values scaled by 2^s
//! and 2^t is scaled by 2^(s + t - 260), so that the running products d_0 .. d_i of denominators, which begin
//! with one, scaled by 2^260, lose a factor 2^4 with each of them, and the running inverses lose it on the way
//! back. An inverse times the product before it has lost as much for every i: with a factor 2^6 on the total
//! inverse, 1 / d_i is scaled by 2^262, and what follows comes out right without a shift:
//!
//! ```text
//! slope   (y2 - y1) 2^256  *  1/d 2^262       scaled by 2^258
//! x3      slope 2^258 * slope 2^258           scaled by 2^256
//! y3      slope 2^258 * (x1 - x3) 2^(256 + 2) scaled by 2^256
//! ```
//!
//! Coordinates of points in work are below (1 + 2^-40) p, not below p, and a point's sign stands in the highest
//! bit of its y, which no coordinate reaches: [`finish`] makes field elements of them.

use std::{any::TypeId, arch::x86_64::*, mem::offset_of, slice};

use ff::Field;
use halo2curves::bn256::{Fq, G1Affine};

use crate::cpu::avx512::{
    factors::Factors,
    lanes::Lanes,
    modulus::{words_mut, BaseModulus, Modulus, Words},
    words::{gather_words, splat, transpose, LANES},
};
use crate::cpu::msm::{
    addition::{Aligned, Pair},
    sort::Entry,
};

/// Independent products at a time: what one waits for, the others fill.
const CHAINS: usize = 4;

/// Vectors of additions that go side by side: one is a chain of five products.
const SIDE_BY_SIDE: usize = 2;

/// A point in work.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Point {
    x: Words,
    y: Words,
}

const _: () = assert!(size_of::<G1Affine>() == 64 && size_of::<Point>() == 64);
const _: () = assert!(offset_of!(G1Affine, x) == 0 && offset_of!(G1Affine, y) == 32);

type Values = Lanes<BaseModulus>;
type Multiplicands = Factors<BaseModulus>;

/// Working memory for batches of additions.
#[derive(Default)]
pub(in crate::cpu) struct Additions {
    /// Of each vector of additions the product of the denominators before it in its chain.
    products: Vec<Multiplicands>,
}

/// Whether points of this curve are added here.
pub(in crate::cpu) fn has_curve<C: 'static>() -> bool {
    TypeId::of::<C>() == TypeId::of::<G1Affine>()
}

/// The points, if they are of this curve.
fn points_mut<C: 'static>(points: &mut [Aligned<C>]) -> Option<&mut [Point]> {
    // SAFETY: `C` is `G1Affine`: x and then y, four words each, without padding, as asserted above; and any
    // words are a point. Size and alignment are those of `Aligned<G1Affine>`.
    has_curve::<C>()
        .then(|| unsafe { slice::from_raw_parts_mut(points.as_mut_ptr().cast(), points.len()) })
}

/// The highest bit of a point's y: the point is the negative of what its coordinates say.
const SIGN: u64 = 1 << 63;

/// Appends the bases that the entries name. `ahead` are those that come later: they are fetched.
pub(in crate::cpu) fn gather<C: Copy + 'static>(
    points: &mut Vec<Aligned<C>>,
    bases: &[C],
    entries: impl Iterator<Item = Entry> + Clone,
    ahead: impl Iterator<Item = Entry>,
) {
    let gathered = points.len();
    points.extend(entries.clone().zip(ahead).map(|(entry, ahead)| {
        let next = std::ptr::from_ref(&bases[ahead.row()]).cast::<i8>();
        // SAFETY: fetching reads nothing. A base lies on two cache lines, mostly.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(next);
            _mm_prefetch::<_MM_HINT_T0>(next.add(size_of::<C>() - 1));
        }
        Aligned(bases[entry.row()])
    }));
    let points = points_mut(&mut points[gathered..]).into_iter().flatten();
    for (point, entry) in points.zip(entries) {
        point.y[3] |= u64::from(entry.negated()) * SIGN;
    }
}

/// Coordinates below p: points as others know them.
pub(in crate::cpu) fn finish<C: 'static>(points: &mut [Aligned<C>]) {
    for Point { x, y } in points_mut(points).into_iter().flatten() {
        let negated = y[3] & SIGN != 0;
        y[3] &= !SIGN;
        for coordinate in [&mut *x, &mut *y] {
            *coordinate = difference(*coordinate, BaseModulus::WORDS).unwrap_or(*coordinate);
        }
        if negated && *y != [0; 4] {
            *y = difference(BaseModulus::WORDS, *y).unwrap_or(*y);
        }
    }
}

/// a - b, unless that is negative.
fn difference(a: Words, b: Words) -> Option<Words> {
    let mut difference = [0; 4];
    let mut borrow = false;
    for ((difference, a), p) in difference.iter_mut().zip(a).zip(b) {
        let (word, first) = a.overflowing_sub(p);
        let (word, second) = word.overflowing_sub(borrow.into());
        *difference = word;
        borrow = first || second;
    }
    (!borrow).then_some(difference)
}

impl Additions {
    /// Puts the sum of each pair in its place. The places are no other pair's points.
    ///
    /// If a point has x = 0, as the identity has, or two of a pair have one x, so that the sum has no slope or
    /// another one, nothing is added and false returned.
    pub(in crate::cpu) fn add<C: 'static>(
        &mut self,
        points: &mut [Aligned<C>],
        pairs: &[Pair],
    ) -> bool {
        // SAFETY: there are `Additions` only where the instructions have been detected.
        points_mut(points).is_some_and(|points| unsafe { self.add_points(points, pairs) })
    }

    /// [`add`](Self::add), of points of this curve.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    fn add_points(&mut self, points: &mut [Point], pairs: &[Pair]) -> bool {
        let Some(ends) = self.announce(points, pairs) else {
            return false;
        };
        let Some(mut inverses) = inverses(&ends) else {
            return false;
        };
        let vectors = pairs.chunks(SIDE_BY_SIDE * LANES);
        let products = self.products.chunks(SIDE_BY_SIDE);
        for (i, (pairs, products)) in vectors.zip(products).enumerate().rev() {
            let first = i * SIDE_BY_SIDE % CHAINS;
            let inverses = &mut inverses[first..first + SIDE_BY_SIDE];
            match (products, inverses) {
                ([a, b], [c, d]) => {
                    let (low, high) = pairs.split_at(LANES);
                    add_vectors(points, [low, high], [a, b], [c, d]);
                }
                ([product], [inverse, ..]) => add_vectors(points, [pairs], [product], [inverse]),
                _ => {}
            }
        }
        true
    }

    /// The products of the denominators of each chain.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    fn announce(&mut self, points: &[Point], pairs: &[Pair]) -> Option<[Multiplicands; CHAINS]> {
        let mut ends = [Multiplicands::splat(&BaseModulus::R260); CHAINS];
        self.products.clear();
        for (group, pairs) in pairs.chunks(LANES).enumerate() {
            let mut a = [&points[0].x; LANES];
            let mut b = a;
            for lane in 0..LANES {
                let pair = lane_of(pairs, lane);
                a[lane] = &points[pair.a as usize].x;
                b[lane] = &points[pair.b as usize].x;
            }
            let (a, b) = (gather_words(a), gather_words(b));
            if has_zero(a) || has_zero(b) {
                return None;
            }
            let denominators = Values::of_words(b).minus::<2>(Values::of_words(a));
            let end = &mut ends[group % CHAINS];
            self.products.push(*end);
            *end = end.product(&denominators.factors()).factors();
        }
        Some(ends)
    }
}

/// The pair of a lane. The last vector may be short: it has its last pair several times.
#[inline(always)]
fn lane_of(pairs: &[Pair], lane: usize) -> &Pair {
    &pairs[lane.min(pairs.len() - 1)]
}

/// Whether an element is zero: its words are, if the point is the identity.
#[target_feature(enable = "avx512f")]
#[inline]
fn has_zero([a, b, c, d]: [__m512i; 4]) -> bool {
    let any = _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d));
    _mm512_testn_epi64_mask(any, any) != 0
}

/// The inverses of what the chains end with, times 2^6; none if one of the products is zero.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn inverses(ends: &[Multiplicands; CHAINS]) -> Option<[Multiplicands; CHAINS]> {
    // before[i]: the product of the first i + 1.
    let mut before = *ends;
    for i in 1..CHAINS {
        before[i] = before[i - 1].product(&ends[i]).factors();
    }
    let mut elements = [Fq::ZERO; LANES];
    let all = before[CHAINS - 1].product(&Multiplicands::splat(&BaseModulus::R260));
    all.store(as_array(words_mut::<BaseModulus, _>(&mut elements)?)?);
    invert_lanes(&mut elements)?;
    let mut inverse =
        Values::load(as_array(words_mut::<BaseModulus, _>(&mut elements)?)?).factors();
    let mut inverses = *ends;
    for i in (1..CHAINS).rev() {
        inverses[i] = inverse.product(&before[i - 1]).factors();
        inverse = inverse.product(&ends[i]).factors();
    }
    inverses[0] = inverse;
    Some(inverses)
}

fn as_array(words: &mut [Words]) -> Option<&mut [Words; LANES]> {
    words.try_into().ok()
}

/// 2^6 / e for each element; none if there is a zero.
fn invert_lanes(elements: &mut [Fq; LANES]) -> Option<()> {
    let mut before = [Fq::ONE; LANES];
    for i in 1..LANES {
        before[i] = before[i - 1] * elements[i - 1];
    }
    let all = before[LANES - 1] * elements[LANES - 1];
    let mut inverse = Option::<Fq>::from(all.invert())? * Fq::from(1 << 6);
    for i in (0..LANES).rev() {
        let element = elements[i];
        elements[i] = inverse * before[i];
        inverse *= element;
    }
    Some(())
}

/// N times eight additions, each given the product of the denominators before theirs and the inverse of the
/// product that has theirs too, which becomes that of the product before.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn add_vectors<const N: usize>(
    points: &mut [Point],
    pairs: [&[Pair]; N],
    products: [&Multiplicands; N],
    inverses: [&mut Multiplicands; N],
) {
    let zero = Values::zero();
    let [mut x1, mut y1, mut x2, mut y2] = [[zero; N]; 4];
    for k in 0..N {
        let mut a = [&points[0]; LANES];
        let mut b = a;
        for lane in 0..LANES {
            let pair = lane_of(pairs[k], lane);
            a[lane] = &points[pair.a as usize];
            b[lane] = &points[pair.b as usize];
        }
        [x1[k], y1[k]] = load_points(a);
        [x2[k], y2[k]] = load_points(b);
    }
    let mut share = [*products[0]; N];
    for k in 0..N {
        share[k] = inverses[k].product(products[k]).factors();
        let denominator = x2[k].minus::<2>(x1[k]).factors();
        *inverses[k] = inverses[k].product(&denominator).factors();
    }
    let mut slope = share;
    for k in 0..N {
        let rise = y2[k].minus::<2>(y1[k]).factors();
        slope[k] = rise.product(&share[k]).factors();
    }
    let mut x3 = [zero; N];
    for k in 0..N {
        let square = slope[k].square();
        x3[k] = square.minus::<3>(x1[k].plus(x2[k])).reduced();
    }
    for k in 0..N {
        let run = x1[k].minus::<2>(x3[k]).shifted::<2>().factors();
        let y3 = slope[k].product(&run).minus::<2>(y1[k]).reduced();
        let sums = point_rows([x3[k], y3]);
        for (pair, sum) in pairs[k].iter().zip(sums) {
            let place = &mut points[pair.to as usize];
            // SAFETY: a point is 64 bytes, and aligned to as many.
            unsafe { _mm512_store_si512(std::ptr::from_mut(place).cast(), sum) }
        }
    }
}

/// The coordinates of eight points.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn load_points(points: [&Point; LANES]) -> [Values; 2] {
    let mut rows = [_mm512_setzero_si512(); LANES];
    for (row, point) in rows.iter_mut().zip(points) {
        // SAFETY: a point is 64 bytes, and aligned to as many.
        *row = unsafe { _mm512_load_si512(std::ptr::from_ref(point).cast()) };
    }
    let [x0, x1, x2, x3, y0, y1, y2, y3] = transpose(rows);
    let negated = _mm512_cmplt_epi64_mask(y3, _mm512_setzero_si512());
    let y = Values::of_words([y0, y1, y2, _mm512_andnot_si512(splat(SIGN), y3)]);
    let negative = Values::zero().minus::<2>(y);
    [Values::of_words([x0, x1, x2, x3]), y.or(negated, negative)]
}

/// The inverse of [`load_points`], for coordinates in digits.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
fn point_rows([x, y]: [Values; 2]) -> [__m512i; LANES] {
    let [x0, x1, x2, x3] = x.words();
    let [y0, y1, y2, y3] = y.words();
    transpose([x0, x1, x2, x3, y0, y1, y2, y3])
}
