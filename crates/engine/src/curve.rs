//! What multi-scalar multiplication needs to know about a curve.

use halo2curves::{bn256, CurveAffine};

/// A short Weierstrass curve `y^2 = x^3 + b` (`a = 0`) of odd order, whose affine points lend their
/// coordinates.
///
/// `CurveAffine::coordinates` checks the curve equation and copies; a multi-scalar multiplication
/// reads every base several times, straight from the borrowed SRS, and can afford neither.
///
/// The identity is `(0, 0)`, which is on no curve with `b != 0`. The scalar field is at most 256
/// bits wide. Another curve with public coordinates is the same three lines.
pub trait MsmCurve: CurveAffine {
    /// The x coordinate, 0 for the identity.
    fn x(&self) -> &Self::Base;

    /// The y coordinate, 0 for the identity.
    fn y(&self) -> &Self::Base;

    /// The point `(x, y)`. Nothing is checked: coordinates off the curve give a point on which the
    /// group law computes nonsense, though nothing worse.
    fn from_xy_unchecked(x: Self::Base, y: Self::Base) -> Self;

    /// The product `a b`, for the innermost loops: a curve whose field has an inlined
    /// multiplication beside the operator should name it here.
    #[inline(always)]
    fn product(a: &Self::Base, b: &Self::Base) -> Self::Base {
        *a * b
    }
}

impl MsmCurve for bn256::G1Affine {
    #[inline(always)]
    fn x(&self) -> &bn256::Fq {
        &self.x
    }

    #[inline(always)]
    fn y(&self) -> &bn256::Fq {
        &self.y
    }

    #[inline(always)]
    fn from_xy_unchecked(x: bn256::Fq, y: bn256::Fq) -> Self {
        Self { x, y }
    }

    #[inline(always)]
    fn product(a: &bn256::Fq, b: &bn256::Fq) -> bn256::Fq {
        a.mul(b)
    }
}
