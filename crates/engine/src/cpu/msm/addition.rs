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

use crate::curve::MsmCurve;
use ff::Field;

#[inline(always)]
pub(super) fn identity<C: MsmCurve>() -> C {
    C::from_xy_unchecked(C::Base::ZERO, C::Base::ZERO)
}

#[inline(always)]
pub(super) fn is_identity<C: MsmCurve>(p: &C) -> bool {
    // Derived equality, not `is_zero`: constant time costs more than it is worth here.
    *p.x() == C::Base::ZERO && *p.y() == C::Base::ZERO
}

/// The slopes of a batch of additions: pushed in one order, popped in the reverse one.
pub(super) struct Slopes<C: MsmCurve> {
    /// Before `invert` the product of all denominators pushed, after it the inverse of the product
    /// of those not popped yet.
    product: C::Base,
    /// Of each addition its denominator, 0 if it needs none, and the product of those before it.
    pending: Vec<(C::Base, C::Base)>,
}

impl<C: MsmCurve> Slopes<C> {
    /// Room for a batch of `additions`.
    pub(super) fn with_capacity(additions: usize) -> Self {
        Slopes {
            product: C::Base::ONE,
            pending: Vec::with_capacity(additions),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Announces the addition `p + q`. One multiplication.
    #[inline(always)]
    pub(super) fn push(&mut self, p: &C, q: &C) {
        let mut denominator = *q.x() - p.x();
        if denominator == C::Base::ZERO || is_identity(p) || is_identity(q) {
            denominator = exceptional_denominator(p, q);
            if denominator == C::Base::ZERO {
                self.pending.push((denominator, C::Base::ZERO));
                return;
            }
        }
        self.pending.push((denominator, self.product));
        self.product *= denominator;
    }

    /// Inverts the product of all denominators announced.
    pub(super) fn invert(&mut self) {
        // A product of nonzero elements, or of none.
        self.product = self.product.invert().unwrap_or(C::Base::ONE);
    }

    /// The sum `p + q`, where `p` and `q` are the last announced and not popped yet. Five
    /// multiplications.
    #[inline(always)]
    pub(super) fn pop(&mut self, p: &C, q: &C) -> C {
        let Some((denominator, before)) = self.pending.pop() else {
            debug_assert!(false, "more sums asked for than announced");
            return identity();
        };
        if denominator == C::Base::ZERO {
            return sum_without_slope(p, q);
        }
        let inverse = self.product * before;
        self.product *= denominator;
        let numerator = if p.x() == q.x() {
            tangent_numerator(p)
        } else {
            *q.y() - p.y()
        };
        let slope = numerator * inverse;
        // Not `square`, which is the slower of the two in halo2curves.
        let x = slope * slope - p.x() - q.x();
        let y = slope * (*p.x() - x) - p.y();
        C::from_xy_unchecked(x, y)
    }

    /// Makes ready for the next batch; the last sum has been popped.
    pub(super) fn clear(&mut self) {
        debug_assert!(self.is_empty());
        self.pending.clear();
        self.product = C::Base::ONE;
    }
}

/// The slope's denominator where `x1 = x2` or a point is the identity: `2 y` for a doubling, 0
/// where the sum has no slope.
#[cold]
fn exceptional_denominator<C: MsmCurve>(p: &C, q: &C) -> C::Base {
    if is_identity(p) || is_identity(q) || p.y() != q.y() {
        C::Base::ZERO
    } else {
        // Zero for a point of order two, which is its own negative.
        p.y().double()
    }
}

#[cold]
fn tangent_numerator<C: MsmCurve>(p: &C) -> C::Base {
    let square = p.x().square();
    square.double() + square
}

/// The sum where a point is the identity or the points cancel.
#[cold]
fn sum_without_slope<C: MsmCurve>(p: &C, q: &C) -> C {
    if is_identity(p) {
        *q
    } else if is_identity(q) {
        *p
    } else {
        identity()
    }
}
