//! Batched affine additions.
//!
//! Adding `P = (x1, y1)` and `Q = (x2, y2)` takes the slope `s = (y2 - y1) / (x2 - x1)`, or
//! `3 x1^2 / 2 y1` where `P = Q`, and then
//!
//! ```text
//! x3 = s^2 - x1 - x2,    y3 = s (x1 - x3) - y1.
//! ```
//!
//! Montgomery's trick (Montgomery, *Speeding the Pollard and elliptic curve methods of
//! factorization*, 1987, section 10.3.1) shares one inversion among a batch of slopes: 3
//! multiplications for the share, 3 for the point, against 11 for a mixed projective addition. An
//! inversion costs about a hundred multiplications, so a batch should hold several hundred.

use super::sort::Entry;
#[cfg(avx512)]
use crate::cpu::avx512::msm::additions as avx512;
use crate::{cpu::CpuKernels, curve::MsmCurve};
use ff::Field;

/// A point that vector units load whole, without a border of cache lines in it.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(in crate::cpu) struct Aligned<C>(pub(in crate::cpu) C);

/// An addition among many points, by their indices: of `a` and `b`, put into the place `to`, which may be
/// that of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cpu) struct Pair {
    pub(in crate::cpu) a: u32,
    pub(in crate::cpu) b: u32,
    pub(in crate::cpu) to: u32,
}

/// Adds batches of pairs.
pub(super) struct Additions<C: MsmCurve> {
    slopes: Slopes<C>,
    /// Where the CPU's vector unit adds the points of this curve.
    #[cfg(avx512)]
    lanes: Option<avx512::Additions>,
}

impl<C: MsmCurve> Additions<C> {
    /// For batches of up to so many additions.
    pub(super) fn new(kernels: CpuKernels, additions: usize) -> Self {
        match kernels {
            #[cfg(avx512)]
            CpuKernels::Avx512 if avx512::has_curve::<C>() => Additions {
                slopes: Slopes::with_capacity(0),
                lanes: Some(avx512::Additions::default()),
            },
            _ => Additions {
                slopes: Slopes::with_capacity(additions),
                #[cfg(avx512)]
                lanes: None,
            },
        }
    }

    /// Appends the bases that the entries name. `ahead` are entries that come later, as many.
    pub(super) fn gather(
        &self,
        points: &mut Vec<Aligned<C>>,
        bases: &[C],
        entries: impl Iterator<Item = Entry> + Clone,
        ahead: impl Iterator<Item = Entry>,
    ) {
        #[cfg(avx512)]
        if self.lanes.is_some() {
            return avx512::gather(points, bases, entries, ahead);
        }
        #[cfg(not(avx512))]
        let _ = ahead;
        let gathered = points.len();
        // Copied as they are first: the loop must hold little else for the loads of bases far apart to
        // overlap.
        points.extend(entries.clone().map(|entry| Aligned(bases[entry.row()])));
        for (Aligned(point), entry) in points[gathered..].iter_mut().zip(entries) {
            if entry.negated() {
                *point = C::from_xy_unchecked(point.x(), -point.y());
            }
        }
    }

    /// Puts the sum of each pair in its place. No place is read by another pair.
    pub(super) fn add(&mut self, points: &mut [Aligned<C>], pairs: &[Pair]) {
        if pairs.is_empty() {
            return;
        }
        #[cfg(avx512)]
        if let Some(lanes) = &mut self.lanes {
            if lanes.add(points, pairs) {
                return;
            }
            // A few sums among many, mostly. Points are compared as elements of the field.
            avx512::finish(points);
            let at = |index: u32| &points[index as usize].0;
            let exceptional = |pair: &Pair| is_exceptional(at(pair.a), at(pair.b));
            let (exceptional, others): (Vec<_>, Vec<_>) =
                pairs.iter().copied().partition(exceptional);
            self.slopes.add(points, &exceptional);
            if lanes.add(points, &others) {
                return;
            }
            avx512::finish(points);
            return self.slopes.add(points, &others);
        }
        self.slopes.add(points, pairs);
    }

    /// Points that have been added up, as elements of the field are: coordinates may have been left
    /// unreduced.
    pub(super) fn finish(&self, points: &mut [Aligned<C>]) {
        #[cfg(avx512)]
        if self.lanes.is_some() {
            avx512::finish(points);
        }
        #[cfg(not(avx512))]
        let _ = points;
    }
}

#[inline(always)]
pub(super) fn identity<C: MsmCurve>() -> C {
    C::from_xy_unchecked(C::Base::ZERO, C::Base::ZERO)
}

#[inline(always)]
pub(super) fn is_identity<C: MsmCurve>(p: &C) -> bool {
    // Derived equality, not `is_zero`: constant time costs more than it is worth here.
    p.x() == C::Base::ZERO && p.y() == C::Base::ZERO
}

/// Whether the sum has no slope, or that of a tangent.
#[inline(always)]
fn is_exceptional<C: MsmCurve>(p: &C, q: &C) -> bool {
    p.x() == q.x() || is_identity(p) || is_identity(q)
}

/// The slopes of a batch of additions: pushed in one order, popped in the reverse one.
///
/// Field elements are computed where they stay and read from there. Copies are what to avoid here:
/// they are made of 16-byte loads, which stall on the 8-byte stores that arithmetic has just made.
struct Slopes<C: MsmCurve> {
    /// The denominator of each addition, 0 if it has none.
    denominators: Vec<C::Base>,
    /// `products[i]` is the product of the first `i` denominators that are not 0.
    products: Vec<C::Base>,
    /// The inverse of the product of the denominators not popped yet.
    inverse: C::Base,
}

impl<C: MsmCurve> Slopes<C> {
    /// Room for a batch of `additions`.
    fn with_capacity(additions: usize) -> Self {
        let mut products = Vec::with_capacity(additions + 1);
        products.push(C::Base::ONE);
        Slopes {
            denominators: Vec::with_capacity(additions),
            products,
            inverse: C::Base::ONE,
        }
    }

    /// As [`Additions::add`].
    fn add(&mut self, points: &mut [Aligned<C>], pairs: &[Pair]) {
        for pair in pairs {
            self.push(&points[pair.a as usize].0, &points[pair.b as usize].0);
        }
        self.invert();
        for pair in pairs.iter().rev() {
            let (a, b) = (&points[pair.a as usize].0, &points[pair.b as usize].0);
            points[pair.to as usize].0 = self.pop(a, b);
        }
    }

    /// Announces the addition `p + q`. One multiplication.
    #[inline(always)]
    fn push(&mut self, p: &C, q: &C) {
        if is_exceptional(p, q) {
            return self.push_exceptional(p, q);
        }
        let denominator = q.x() - p.x();
        let product = C::product(&self.products[self.denominators.len()], &denominator);
        self.products.push(product);
        self.denominators.push(denominator);
    }

    #[cold]
    #[inline(never)]
    fn push_exceptional(&mut self, p: &C, q: &C) {
        let denominator = exceptional_denominator(p, q);
        let mut product = self.products[self.denominators.len()];
        if denominator != C::Base::ZERO {
            product *= denominator;
        }
        self.products.push(product);
        self.denominators.push(denominator);
    }

    /// Inverts the product of all denominators announced.
    fn invert(&mut self) {
        // A product of nonzero elements, or of none.
        let product = self.products[self.denominators.len()];
        self.inverse = product.invert().unwrap_or(C::Base::ONE);
    }

    /// The sum `p + q`, where `p` and `q` are the last announced and not popped yet. Five
    /// multiplications.
    #[inline(always)]
    fn pop(&mut self, p: &C, q: &C) -> C {
        let last = self.denominators.len() - 1;
        let denominator = &self.denominators[last];
        if p.x() == q.x() || *denominator == C::Base::ZERO {
            return self.pop_exceptional(p, q);
        }
        let inverse = C::product(&self.inverse, &self.products[last]);
        self.inverse = C::product(&self.inverse, denominator);
        self.denominators.truncate(last);
        self.products.truncate(last + 1);
        sum(p, q, &C::product(&(q.y() - p.y()), &inverse))
    }

    #[cold]
    #[inline(never)]
    fn pop_exceptional(&mut self, p: &C, q: &C) -> C {
        self.products.pop();
        match (self.denominators.pop(), self.products.last()) {
            (Some(denominator), Some(product)) if denominator != C::Base::ZERO => {
                let inverse = self.inverse * product;
                self.inverse *= denominator;
                let square = p.x().square();
                sum(p, q, &((square.double() + square) * inverse))
            }
            _ => sum_without_slope(p, q),
        }
    }
}

/// The third point, negated, of the line of slope `slope` through `p` and `q`.
#[inline(always)]
fn sum<C: MsmCurve>(p: &C, q: &C, slope: &C::Base) -> C {
    // Not `square`, which is the slower of the two in halo2curves.
    let x = C::product(slope, slope) - p.x() - q.x();
    let y = C::product(slope, &(p.x() - x)) - p.y();
    C::from_xy_unchecked(x, y)
}

/// The slope's denominator where `x1 = x2` or a point is the identity: `2 y` for a doubling, 0
/// where the sum has no slope.
fn exceptional_denominator<C: MsmCurve>(p: &C, q: &C) -> C::Base {
    if is_identity(p) || is_identity(q) || p.y() != q.y() {
        C::Base::ZERO
    } else {
        // Zero for a point of order two, which is its own negative.
        p.y().double()
    }
}

/// The sum where a point is the identity or the points cancel.
fn sum_without_slope<C: MsmCurve>(p: &C, q: &C) -> C {
    if is_identity(p) {
        *q
    } else if is_identity(q) {
        *p
    } else {
        identity()
    }
}
