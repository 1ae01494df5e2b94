//! The self-check: what the verifier will compute, computed before a proof leaves.
//!
//! 1. [`identity`]: when the evaluations are there, and before they are written, the constraints are
//!    combined from them and compared with h(x) (x^n - 1), as the verifier does.
//! 2. [`opening`]: after the multi-opening argument, the pairing, with the commitments of the transcript and
//!    of the verifying key.
//!
//! Both are computed by other code than the proof is made with: no program of the key, no operation of the
//! engine. What they find wrong is looked for, in the key, on the rows and in the commitments, so that the
//! error says what it is.

mod copies;
mod identity;
mod opening;
mod rows;
mod suspects;

pub(super) use opening::Claim;
pub use suspects::Suspects;

use halo2_offload_engine::{Engine, Scalar, ScalarField};

use super::{
    evaluations::{Evaluated, Evaluations},
    quotient::CircuitPolynomials,
    Challenges, Prover,
};
use crate::{
    circuit::CompiledCircuit, degree::ColumnDegree, error::ProverError, failure::Failures,
};

/// The evaluations, if they satisfy the constraints.
pub(super) fn identity<'a, E: Engine>(
    prover: &Prover<'_, E>,
    circuits: &[CircuitPolynomials<'_, E>],
    evaluations: Evaluations<'a, E>,
    challenges: &Challenges<Scalar<E>>,
) -> Result<Evaluations<'a, E>, ProverError> {
    if identity::holds(prover, circuits, &evaluations, challenges)? {
        return Ok(evaluations);
    }
    // h(X) goes: its memory is wanted for looking.
    drop(evaluations);
    prover.engine.trim();
    // A damaged key makes witnesses look wrong: it comes first.
    key(prover)?;
    let mut failures = Failures::default();
    rows::gates(prover, circuits, challenges, &mut failures)?;
    for circuit in circuits.iter().enumerate() {
        copies::find(prover, circuit, &mut failures)?;
    }
    if !failures.is_empty() {
        return Err(ProverError::NotSatisfied(failures));
    }
    let circuit = &prover.key.circuit;
    let (needed, argument) = circuit.needed_degree(|_| ColumnDegree::Full);
    Err(match needed > circuit.degree {
        true => ProverError::Degree {
            degree: circuit.degree,
            needed,
            argument,
        },
        false => ProverError::Identity,
    })
}

/// An error if the key is damaged: for where something is wrong.
pub(super) fn key<E: Engine>(prover: &Prover<'_, E>) -> Result<(), ProverError> {
    let suspects = suspects::of_key(prover)?;
    match suspects.is_empty() {
        true => Ok(()),
        false => Err(ProverError::Refused(suspects)),
    }
}

/// An error unless the verifier's last check passes. Nothing is checked for a key without the verifier's
/// side.
pub(super) fn opening<E: Engine>(
    prover: &Prover<'_, E>,
    evaluated: &Evaluated<'_, E>,
    claim: &Claim<E>,
) -> Result<(), ProverError> {
    let Some(side) = &prover.key.verifier else {
        return Ok(());
    };
    if claim.holds(evaluated, side) {
        return Ok(());
    }
    Err(ProverError::Refused(suspects::of_proof(prover, evaluated)?))
}

/// The root of unity of order 2^k that halo2 takes, whatever the engine says.
fn omega<F: ScalarField>(k: u32) -> F {
    (k..F::S).fold(F::ROOT_OF_UNITY, |root, _| root.square())
}

/// Field multiplications of a pairing check: two Miller loops and one final exponentiation, as halo2curves
/// has them.
const PAIRING_MULTIPLICATIONS: u64 = 40_000;
/// Field multiplications for each point of its sum: 64 windows of an addition each, and the buckets'.
const POINT_MULTIPLICATIONS: u64 = 64 * 2 * 12;

/// About how many field multiplications both checks take: the multi-scalar multiplication of the opening
/// claim and the pairing; the expressions at one point are few beside them.
pub(super) fn multiplications<F>(circuit: &CompiledCircuit<F>, circuits: usize) -> u64 {
    let of_circuit =
        circuit.advice_phases.len() + circuit.permutation_products() + 3 * circuit.lookups.len();
    let of_key = circuit.fixed_columns + circuit.permutation.len();
    // The blinding polynomial, the generator, and the two points of the multi-opening argument.
    let points = circuits * of_circuit + of_key + circuit.quotient_pieces() + 4;
    let expressions = circuits * circuit.expressions.len();
    points as u64 * POINT_MULTIPLICATIONS + expressions as u64 + PAIRING_MULTIPLICATIONS
}
