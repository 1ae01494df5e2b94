//! The opening argument of Plonk (Gabizon, Williamson, Ciobotaru 2019, section 3): for each point z,
//! a commitment to the quotient of sum_i v^i (p_i(X) - p_i(z)) by X - z.

use ff::Field;
use halo2_offload_engine::{Engine, Scalar};

use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha20Rng,
};
use rand_core::OsRng;

use super::super::{
    evaluations::{Evaluated, Opening},
    self_check::Claim,
    Prover,
};
use crate::{error::ProverError, transcript::Transcript};

/// A point, and what is opened there.
type AtPoint<'o, F> = (F, Vec<&'o Opening<F>>);

pub(super) fn open<E: Engine>(
    prover: &Prover<'_, E>,
    evaluated: &Evaluated<'_, E>,
    transcript: &mut impl Transcript<E::Curve>,
) -> Result<Claim<E>, ProverError> {
    let Prover { engine, key } = *prover;
    let v = transcript.squeeze();

    // Points in the order in which they first occur.
    let mut points: Vec<AtPoint<'_, Scalar<E>>> = Vec::new();
    for opening in &evaluated.openings {
        match points.iter_mut().find(|(point, _)| *point == opening.point) {
            Some((_, openings)) => openings.push(opening),
            None => points.push((opening.point, vec![opening])),
        }
    }
    let powers = |base| std::iter::successors(Some(Scalar::<E>::ONE), move |p| Some(*p * base));
    let mut witnesses = Vec::with_capacity(points.len());
    for (point, openings) in &points {
        let polynomials = openings.iter().map(|o| evaluated.polynomial(o.polynomial));
        let terms: Vec<_> = powers(v).zip(polynomials).collect();
        let sum = engine.linear_combination(key.circuit.n(), &terms, &[])?;
        // The division drops the remainder, which is the sum of the values.
        witnesses.push(engine.kate_division(sum, &[*point])?);
    }
    let references: Vec<_> = witnesses.iter().collect();
    let commitments = engine.commit(&key.srs, &references)?;
    for commitment in &commitments {
        transcript.write_point(*commitment)?;
    }

    // For each point, s W = sum_j v^j C_j - sum_j v^j p_j(z) G + z W; the verifier takes their sum, with
    // powers of a random u.
    let u = own_challenge()?;
    let mut claim = Claim {
        left: Vec::new(),
        opened: Vec::new(),
        points: Vec::new(),
        constant: Scalar::<E>::ZERO,
    };
    for ((power_of_u, (point, openings)), witness) in powers(u).zip(&points).zip(commitments) {
        claim.left.push((power_of_u, witness));
        claim.points.push((power_of_u * point, witness));
        for (power_of_v, opening) in powers(v).zip(openings) {
            let factor = power_of_u * power_of_v;
            claim.opened.push((factor, opening.polynomial));
            claim.constant -= factor * opening.value;
        }
    }
    Ok(claim)
}

/// A random scalar that is neither of the caller's RNG nor of the transcript: the verifier's challenge comes
/// after the proof, and the proof's bytes do not depend on how it is checked.
fn own_challenge<F: Field>() -> Result<F, ProverError> {
    let mut seed = [0; 32];
    OsRng
        .try_fill_bytes(&mut seed)
        .map_err(|error| ProverError::Randomness(error.to_string()))?;
    Ok(F::random(ChaCha20Rng::from_seed(seed)))
}
