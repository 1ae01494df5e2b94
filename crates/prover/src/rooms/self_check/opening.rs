//! The verifier's last check, and what is wrong where it fails.

use group::{Curve, Group};
use halo2_offload_engine::{
    halo2curves::{msm::msm_parallel, CurveAffine},
    Engine, Scalar,
};
use std::fmt;

use super::super::{evaluations::Evaluated, House};
use crate::{error::ProverError, verifier::VerifierSide};

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

/// What may be wrong with openings that do not verify: polynomials that do not commit to what the verifier
/// has of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct OpeningFault {
    of_key: Vec<String>,
    as_values: Vec<String>,
    as_coefficients: Vec<String>,
}

/// Commits to every polynomial anew, over the monomial half of the SRS, and compares.
pub(super) fn suspects<E: Engine>(
    house: &House<'_, E>,
    evaluated: &Evaluated<'_, E>,
) -> Result<OpeningFault, ProverError> {
    let House { engine, key } = *house;
    let mut fault = OpeningFault::default();
    for opened in &evaluated.polynomials {
        let anew = engine.commit(&key.srs, &[opened.polynomial])?;
        if opened.commitment.is_none_or(|known| anew == [known]) {
            continue;
        }
        let suspects = match opened.name {
            name if name.is_of_key() => &mut fault.of_key,
            name if name.is_committed_as_values() => &mut fault.as_values,
            _ => &mut fault.as_coefficients,
        };
        suspects.push(opened.name.to_string());
    }
    Ok(fault)
}

/// The first of some names, and how many more there are.
struct First<'a>(&'a [String]);

impl fmt::Display for First<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            [one] => f.write_str(one),
            [first, more @ ..] => write!(f, "{first} (and {} more)", more.len()),
        }
    }
}

/// The likeliest cause first.
impl fmt::Display for OpeningFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const FAULT: &str = "a fault of memory or of the device: prove again, on a device with \
                             `prove --checked` (`engine::Checked`)";
        if !self.of_key.is_empty() {
            return write!(
                f,
                "{} of the key is not what the verifying key commits to: the key is damaged, was put \
                 together of two keys, or was made with another SRS. Make it anew",
                First(&self.of_key)
            );
        }
        if !self.as_values.is_empty() {
            return write!(
                f,
                "{} commits to different points over the two halves of the SRS: its Lagrange points are \
                 of another setup, of another size or in another order than its powers (make them anew \
                 from the powers: `ParamsKZG::downsize`, or `g_to_lagrange`). Else it is {FAULT}",
                First(&self.as_values)
            );
        }
        if !self.as_coefficients.is_empty() {
            return write!(
                f,
                "{} is not what was committed to: {FAULT}",
                First(&self.as_coefficients)
            );
        }
        write!(
            f,
            "every commitment is right. Either the powers of the SRS and its points of the second group \
             are of different setups, or an evaluation is wrong: {FAULT}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::evaluations::Name;

    #[test]
    fn the_likeliest_cause_is_named() {
        let names = |count: usize| (0..count).map(|i| Name::Advice(0, i).to_string()).collect();
        let fault = |of_key, as_values, as_coefficients| OpeningFault {
            of_key: names(of_key),
            as_values: names(as_values),
            as_coefficients: names(as_coefficients),
        };
        for (fault, parts) in [
            (
                fault(1, 1, 1),
                ["advice column 0 of circuit 0 of the key", "another SRS"],
            ),
            (
                fault(0, 3, 1),
                ["circuit 0 (and 2 more) commits", "two halves"],
            ),
            (fault(0, 0, 1), ["not what was committed to", "--checked"]),
            (
                fault(0, 0, 0),
                ["every commitment is right", "second group"],
            ),
        ] {
            let text = fault.to_string();
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        }
    }
}
