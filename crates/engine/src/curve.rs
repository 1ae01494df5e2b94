//! What multi-scalar multiplication needs to know about a curve.

use ff::Field;
use halo2curves::{bls12_381, bn256, pasta, CurveAffine};

/// A short Weierstrass curve `y^2 = x^3 + b` (`a = 0`) of odd order, by the coordinates of its affine
/// points.
///
/// `CurveAffine::coordinates` may check the curve equation, and gives nothing for the identity; a
/// multi-scalar multiplication reads every base several times and can afford neither.
///
/// The identity is `(0, 0)`, which is on no curve with `b != 0`. The scalar field is at most 256
/// bits wide. Another curve is another implementation of these few lines.
pub trait MsmCurve: CurveAffine {
    /// The x coordinate, 0 for the identity.
    fn x(&self) -> Self::Base;

    /// The y coordinate, 0 for the identity.
    fn y(&self) -> Self::Base;

    /// The point `(x, y)`. Coordinates off the curve, which are a fault of the caller's, give a point on
    /// which the group law computes nonsense, or the identity where the curve's crate checks them.
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
    fn x(&self) -> bn256::Fq {
        self.x
    }

    #[inline(always)]
    fn y(&self) -> bn256::Fq {
        self.y
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

/// Curves whose coordinates are private: they come by `CurveAffine`, and points are checked on the way
/// back, three multiplications each.
macro_rules! by_coordinates {
    ($($curve:ty),*) => {$(
        impl MsmCurve for $curve {
            #[inline]
            fn x(&self) -> Self::Base {
                let coordinates = Option::from(self.coordinates());
                coordinates.map_or(Self::Base::ZERO, |c: halo2curves::Coordinates<Self>| *c.x())
            }

            #[inline]
            fn y(&self) -> Self::Base {
                let coordinates = Option::from(self.coordinates());
                coordinates.map_or(Self::Base::ZERO, |c: halo2curves::Coordinates<Self>| *c.y())
            }

            #[inline]
            fn from_xy_unchecked(x: Self::Base, y: Self::Base) -> Self {
                Option::from(Self::from_xy(x, y)).unwrap_or_default()
            }
        }
    )*};
}

by_coordinates!(pasta::EpAffine, pasta::EqAffine, bls12_381::G1Affine);
