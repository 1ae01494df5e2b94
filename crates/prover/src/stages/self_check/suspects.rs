//! What may be wrong with a proof that does not verify although its witness satisfies the circuit: polynomials
//! that do not commit to what the verifier has of them.

use group::prime::PrimeCurveAffine;
use halo2_offload_engine::Engine;
use std::fmt;

use super::super::{
    evaluations::{Evaluated, Name},
    Polynomial, Prover,
};
use crate::{error::ProverError, key::KeyColumn};

/// Polynomials that are not what they should be, and what that means.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Suspects {
    /// Columns of the key whose coefficients do not commit, over the powers of the SRS, to what the verifying
    /// key says.
    of_key: Vec<String>,
    /// Columns of the key that commit to something and are none of these.
    good_of_key: usize,
    /// Columns of the key whose values are not those of their coefficients.
    values_of_key: Vec<String>,
    /// Columns of the proof whose values were committed to, over the Lagrange points, and whose coefficients
    /// commit to something else over the powers.
    as_values: Vec<String>,
    /// Other polynomials that do not commit to what was written.
    as_coefficients: Vec<String>,
}

impl Suspects {
    /// Whether nothing is suspect.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            of_key,
            good_of_key: _,
            values_of_key,
            as_values,
            as_coefficients,
        } = self;
        [of_key, values_of_key, as_values, as_coefficients]
            .iter()
            .all(|names| names.is_empty())
    }

    /// Commits to a polynomial anew, over the powers of the SRS, and compares.
    fn compare<E: Engine>(
        &mut self,
        prover: &Prover<'_, E>,
        name: Name,
        polynomial: &Polynomial<E>,
        known: E::Curve,
    ) -> Result<(), ProverError> {
        let anew = prover.engine.commit(&prover.key.srs, &[polynomial])?;
        let is_good = anew == [known];
        let names = match name {
            Name::Fixed(_) | Name::Permutation(_) if is_good => {
                // A column of zeros says nothing of the SRS.
                self.good_of_key += usize::from(!bool::from(known.is_identity()));
                return Ok(());
            }
            Name::Fixed(_) | Name::Permutation(_) => &mut self.of_key,
            Name::Blinding => &mut self.as_coefficients,
            _ => &mut self.as_values,
        };
        if !is_good {
            names.push(name.to_string());
        }
        Ok(())
    }

    /// Compares the two forms of a column, where both are held.
    fn compare_values<E: Engine>(
        &mut self,
        prover: &Prover<'_, E>,
        name: Name,
        column: &KeyColumn<E>,
    ) -> Result<(), ProverError> {
        let Prover { engine, key } = *prover;
        if let Some(values) = &column.values {
            let derived = engine
                .tabulate(&key.domain, &[&column.coeff])?
                .swap_remove(0);
            let derived = {
                let on_host = engine.download(&derived)?;
                drop(derived);
                on_host
            };
            if derived != engine.download(values)? {
                self.values_of_key.push(name.to_string());
            }
        }
        Ok(())
    }
}

/// The columns of the key.
pub(super) fn of_key<E: Engine>(prover: &Prover<'_, E>) -> Result<Suspects, ProverError> {
    let key = prover.key;
    let mut suspects = Suspects::default();
    let fixed = key.fixed.iter().enumerate();
    let fixed = fixed.map(|(index, column)| (Name::Fixed(index), column));
    let permutation = key.permutation.iter().enumerate();
    let permutation = permutation.map(|(index, column)| (Name::Permutation(index), column));
    for (name, column) in fixed.chain(permutation) {
        let known = key.verifier.as_ref().and_then(|side| match name {
            Name::Fixed(index) => side.fixed_commitments.get(index),
            Name::Permutation(index) => side.permutation_commitments.get(index),
            _ => None,
        });
        if let Some(known) = known {
            suspects.compare(prover, name, &column.coeff, *known)?;
        }
        suspects.compare_values(prover, name, column)?;
    }
    Ok(suspects)
}

/// Everything that is opened.
pub(super) fn of_proof<E: Engine>(
    prover: &Prover<'_, E>,
    evaluated: &Evaluated<'_, E>,
) -> Result<Suspects, ProverError> {
    let mut suspects = Suspects::default();
    for opened in &evaluated.polynomials {
        if let Some(known) = opened.commitment {
            suspects.compare(prover, opened.name, opened.polynomial, known)?;
        }
    }
    Ok(suspects)
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

/// The likeliest cause.
impl fmt::Display for Suspects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const FAULT: &str = "a fault of memory or of the device: prove again, on a device with \
                             `prove --checked` (`engine::Checked`)";
        match (&self.of_key[..], &self.as_values[..]) {
            (of_key @ [_, ..], as_values @ [_, ..]) => write!(
                f,
                "over the powers of the SRS, neither {} of the key nor {} commits to what it commits to over the \
                 Lagrange points: the powers are damaged, or of another setup (`verify_srs` checks an SRS)",
                First(of_key),
                First(as_values)
            ),
            (of_key @ [_, ..], []) if self.good_of_key == 0 => write!(
                f,
                "{} of the key is not what the verifying key commits to: the key was made with another SRS. Use \
                 the SRS that the key was made with",
                First(of_key)
            ),
            (of_key @ [_, ..], []) => write!(
                f,
                "{} of the key is not what the verifying key commits to: the key is damaged, or was put together \
                 of two keys. Make it anew",
                First(of_key)
            ),
            ([], _) if !self.values_of_key.is_empty() => write!(
                f,
                "the values of {} of the key are not those of its coefficients: the key is damaged. Make it anew",
                First(&self.values_of_key)
            ),
            ([], as_values @ [_, ..]) => write!(
                f,
                "{} commits to different points over the two halves of the SRS: its Lagrange points are \
                 of another setup, of another size or in another order than its powers (`verify_srs` checks an \
                 SRS, `ParamsKZG::from_parts` makes Lagrange points of powers). Else it is {FAULT}",
                First(as_values)
            ),
            ([], []) if !self.as_coefficients.is_empty() => write!(
                f,
                "{} is not what was committed to: {FAULT}",
                First(&self.as_coefficients)
            ),
            ([], []) => write!(
                f,
                "every commitment is right. Either the powers of the SRS and its points of the second group \
                 are of different setups (`verify_srs` checks an SRS), or an evaluation is wrong: {FAULT}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_cause_is_named() {
        let names = |count: usize| (0..count).map(|i| Name::Advice(0, i).to_string()).collect();
        let suspects = |of_key, good_of_key, values_of_key, as_values, as_coefficients| Suspects {
            of_key: names(of_key),
            good_of_key,
            values_of_key: names(values_of_key),
            as_values: names(as_values),
            as_coefficients: names(as_coefficients),
        };
        for (suspects, parts) in [
            (
                suspects(2, 1, 0, 1, 1),
                [
                    "circuit 0 (and 1 more) of the key nor",
                    "the powers are damaged",
                ],
            ),
            (
                suspects(1, 0, 1, 0, 0),
                ["advice column 0 of circuit 0 of the key", "another SRS"],
            ),
            (
                suspects(1, 1, 1, 0, 0),
                ["advice column 0 of circuit 0 of the key", "is damaged"],
            ),
            (
                suspects(0, 1, 1, 0, 0),
                ["the values of advice column 0", "is damaged"],
            ),
            (
                suspects(0, 1, 0, 3, 1),
                ["circuit 0 (and 2 more) commits", "two halves"],
            ),
            (
                suspects(0, 1, 0, 0, 1),
                ["not what was committed to", "--checked"],
            ),
            (
                suspects(0, 1, 0, 0, 0),
                ["every commitment is right", "second group"],
            ),
        ] {
            let text = suspects.to_string();
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        }
        assert!(suspects(0, 5, 0, 0, 0).is_empty());
        assert!(!suspects(0, 5, 1, 0, 0).is_empty());
    }
}
