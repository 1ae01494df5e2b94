//! The verifier's last check.

use group::{Curve, Group};
use halo2_offload_engine::{
    halo2curves::{msm::msm_parallel, CurveAffine},
    Engine, Scalar,
};

use super::super::evaluations::Evaluated;
use crate::verifier::VerifierSide;

/// What the multi-opening argument claims: e(left, \[s\]H) = e(right, H), both sides being sums of points.
pub(in super::super) struct Claim<E: Engine> {
    /// The left side.
    pub left: Vec<(Scalar<E>, E::Curve)>,
    /// Of the right side: multiples of the polynomials that are opened.
    pub opened: Vec<(Scalar<E>, usize)>,
    /// Points of the argument's own.
    pub points: Vec<(Scalar<E>, E::Curve)>,
    /// The multiple of the generator.
    pub constant: Scalar<E>,
}

impl<E: Engine> Claim<E> {
    /// Whether it is true.
    pub fn holds(&self, evaluated: &Evaluated<'_, E>, side: &VerifierSide<E::Curve>) -> bool {
        let mut right = self.points.clone();
        right.push((self.constant, side.generator));
        for (factor, index) in &self.opened {
            // A key that has the verifier's side knows all commitments.
            let commitment = evaluated.commitment(*index).unwrap_or_default();
            right.extend(commitment.into_iter().map(|(f, point)| (f * factor, point)));
        }
        side.pairing.holds(sum(&self.left), sum(&right))
    }
}

fn sum<C: CurveAffine>(terms: &[(C::ScalarExt, C)]) -> C {
    // The library's sum does not take none.
    if terms.is_empty() {
        return C::CurveExt::identity().to_affine();
    }
    let (scalars, points): (Vec<_>, Vec<_>) = terms.iter().copied().unzip();
    msm_parallel(&scalars, &points).to_affine()
}
