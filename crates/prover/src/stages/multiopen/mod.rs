//! The multiopen stage: one short proof for all openings.

use halo2_offload_engine::Engine;
use std::collections::BTreeSet;

use super::{evaluations::Evaluated, self_check::Claim, Multiopen, Prover};
use crate::{error::ProverError, transcript::Transcript};

mod gwc;
mod shplonk;

/// Writes the argument; what it claims, which the verifier checks last.
pub(super) fn enter<E: Engine>(
    prover: &Prover<'_, E>,
    multiopen: Multiopen,
    evaluated: &Evaluated<'_, E>,
    transcript: &mut impl Transcript<E::Curve>,
) -> Result<Claim<E>, ProverError> {
    let mut seen = BTreeSet::new();
    let openings = evaluated.openings.iter();
    for opening in openings {
        // Both arguments are only defined for distinct (polynomial, point) pairs.
        if !seen.insert((opening.polynomial, opening.point)) {
            return Err(ProverError::QueryCollision {
                k: prover.key.circuit.k,
            });
        }
    }
    match multiopen {
        Multiopen::Shplonk => shplonk::open(prover, evaluated, transcript),
        Multiopen::Gwc => gwc::open(prover, evaluated, transcript),
    }
}
