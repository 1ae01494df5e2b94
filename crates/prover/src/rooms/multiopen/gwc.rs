//! The opening argument of Plonk (Gabizon, Williamson, Ciobotaru 2019, section 3): for each point z,
//! a commitment to the quotient of sum_i v^i (p_i(X) - p_i(z)) by X - z.

use ff::Field;
use halo2_offload_engine::{Engine, Scalar};

use super::super::{evaluations::Evaluated, House};
use crate::{error::ProverError, transcript::Transcript};

pub(super) fn open<E: Engine>(
    house: &House<'_, E>,
    evaluated: &Evaluated<'_, E>,
    transcript: &mut impl Transcript<E::Curve>,
) -> Result<(), ProverError> {
    let House { engine, key } = *house;
    let v = transcript.squeeze();

    // Points in the order in which they first occur.
    let mut points: Vec<(Scalar<E>, Vec<usize>)> = Vec::new();
    for opening in &evaluated.openings {
        match points.iter_mut().find(|(point, _)| *point == opening.point) {
            Some((_, polynomials)) => polynomials.push(opening.polynomial),
            None => points.push((opening.point, vec![opening.polynomial])),
        }
    }
    let mut witnesses = Vec::with_capacity(points.len());
    for (point, polynomials) in points {
        let powers = std::iter::successors(Some(Scalar::<E>::ONE), |power| Some(*power * v));
        let terms: Vec<_> = powers
            .zip(polynomials.iter().map(|index| evaluated.polynomial(*index)))
            .collect();
        let sum = engine.linear_combination(key.circuit.n(), &terms, &[])?;
        // The division drops the remainder, which is the sum of the values.
        witnesses.push(engine.kate_division(sum, &[point])?);
    }
    let references: Vec<_> = witnesses.iter().collect();
    for commitment in engine.commit(&key.srs, &references)? {
        transcript.write_point(commitment)?;
    }
    Ok(())
}
