//! The witness and advice stages: synthesis phase by phase, commitments of the advice columns, the
//! challenges of each phase.

use ff::Field;
use group::prime::PrimeCurveAffine;
use halo2_offload_engine::{Engine, EngineColumn, EngineSrs, Label, LagrangeCoeff, Scalar};
use rand_core::RngCore;

use super::{draw_blinds, random_scalars, Challenges, CircuitColumns, Prover};
use crate::{
    error::ProverError,
    meter::{Meter, Stage},
    transcript::Transcript,
    witness::{AdviceSink, WitnessSource},
};

/// What leaves the stage: all witness columns, committed to, and the challenges of the phases.
pub(super) struct Advice<'i, E: Engine> {
    pub circuits: Vec<CircuitColumns<'i, E, LagrangeCoeff>>,
    pub challenges: Challenges<Scalar<E>>,
}

pub(super) fn enter<'i, E: Engine>(
    prover: &Prover<'_, E>,
    srs: &EngineSrs<E, LagrangeCoeff>,
    witnesses: &mut [Box<dyn WitnessSource<Scalar<E>> + '_>],
    instances: &'i [&'i [&'i [Scalar<E>]]],
    rng: &mut impl RngCore,
    transcript: &mut impl Transcript<E::Curve>,
    meter: &mut impl Meter,
) -> Result<Advice<'i, E>, ProverError> {
    let circuit = &prover.key.circuit;
    meter.enter(Stage::Advice);
    transcript.common_scalar(circuit.transcript_repr)?;
    let mut challenges = vec![None; circuit.challenge_phases.len()];
    let mut circuits = Vec::with_capacity(witnesses.len());
    for (witness, instances) in witnesses.iter_mut().zip(instances) {
        let mut sink = PhaseSink {
            prover,
            srs,
            instances,
            advice: circuit.advice_phases.iter().map(|_| None).collect(),
            commitments: vec![E::Curve::identity(); circuit.advice_phases.len()],
            first_column: circuits.len() * circuit.advice_phases.len(),
            challenges: &mut challenges,
            phase: 0,
            rng,
            transcript,
            meter,
        };
        sink.meter.enter(Stage::Witness);
        witness.synthesize(&mut sink)?;
        let PhaseSink {
            advice,
            commitments,
            ..
        } = sink;
        let advice: Option<Vec<_>> = advice.into_iter().collect();
        let advice = advice.ok_or_else(|| {
            ProverError::Witness("synthesis ended before all of its phases were closed".into())
        })?;
        meter.enter(Stage::Advice);
        circuits.push(CircuitColumns {
            advice,
            commitments,
            instances,
        });
    }
    // Every challenge belongs to a phase that has an advice column, and all phases are closed.
    let challenges = challenges
        .into_iter()
        .map(|c| c.unwrap_or(Scalar::<E>::ZERO));
    Ok(Advice {
        circuits,
        challenges: Challenges::new(challenges.collect()),
    })
}

/// An error unless there are as many instances, of such lengths, as the circuits have.
pub(super) fn check_shape<E: Engine>(
    prover: &Prover<'_, E>,
    witnesses: usize,
    instances: &[&[&[Scalar<E>]]],
) -> Result<(), ProverError> {
    let circuit = &prover.key.circuit;
    if witnesses != instances.len() || witnesses == 0 {
        return Err(ProverError::Circuits {
            circuits: witnesses,
            instances: instances.len(),
        });
    }
    if witnesses > 1 && (circuit.phases() > 1 || !circuit.challenge_phases.is_empty()) {
        return Err(ProverError::ChallengesWithSeveralCircuits {
            circuits: witnesses,
        });
    }
    for (index, columns) in instances.iter().enumerate() {
        if columns.len() != circuit.instance_columns {
            return Err(ProverError::InstanceColumns {
                circuit: index,
                expected: circuit.instance_columns,
                actual: columns.len(),
            });
        }
        let usable = circuit.usable_rows();
        if let Some(column) = columns.iter().position(|values| values.len() > usable) {
            return Err(ProverError::InstanceTooLarge {
                circuit: index,
                column,
                actual: columns[column].len(),
                usable,
                k: circuit.k,
            });
        }
    }
    Ok(())
}

/// halo2's prover absorbs the instances of each circuit before its advice, its verifier those of all circuits
/// first: where a circuit after the first one has any, their challenges differ.
pub(super) fn check_instances<F>(instances: &[&[&[F]]]) -> Result<(), ProverError> {
    let circuit = instances
        .iter()
        .skip(1)
        .position(|columns| columns.iter().any(|values| !values.is_empty()));
    match circuit {
        None => Ok(()),
        Some(before) => Err(ProverError::InstancesOfSeveralCircuits {
            circuits: instances.len(),
            circuit: before + 1,
        }),
    }
}

/// Takes the advice columns of each phase when its synthesis ends.
struct PhaseSink<'a, 'h, E: Engine, R, T, M> {
    prover: &'a Prover<'h, E>,
    srs: &'a EngineSrs<E, LagrangeCoeff>,
    instances: &'a [&'a [Scalar<E>]],
    advice: Vec<Option<EngineColumn<E, LagrangeCoeff>>>,
    commitments: Vec<E::Curve>,
    /// The number of the circuit's first advice column among those of all circuits.
    first_column: usize,
    challenges: &'a mut [Option<Scalar<E>>],
    phase: u8,
    rng: &'a mut R,
    transcript: &'a mut T,
    meter: &'a mut M,
}

impl<E, R, T, M> AdviceSink<Scalar<E>> for PhaseSink<'_, '_, E, R, T, M>
where
    E: Engine,
    R: RngCore,
    T: Transcript<E::Curve>,
    M: Meter,
{
    fn phase(&self) -> u8 {
        self.phase
    }

    fn challenge(&self, index: usize) -> Option<Scalar<E>> {
        self.challenges.get(index).copied().flatten()
    }

    fn close_phase(
        &mut self,
        column: &mut dyn FnMut(usize) -> Vec<Scalar<E>>,
    ) -> Result<(), ProverError> {
        let Prover { engine, key } = *self.prover;
        let circuit = &key.circuit;
        if self.phase >= circuit.phases() {
            // A circuit may close more phases than it has: nothing is left to commit to.
            return Ok(());
        }
        self.meter.enter(Stage::Advice);
        if self.phase == 0 {
            for value in self.instances.iter().copied().flatten() {
                self.transcript.common_scalar(*value)?;
            }
        }
        let indices: Vec<usize> = circuit.advice_of_phase(self.phase).collect();
        let at_a_time = engine.columns_at_a_time(circuit.n()).max(1);
        let mut commitments = Vec::new();
        for indices in indices.chunks(at_a_time) {
            let mut columns = Vec::with_capacity(indices.len());
            for index in indices {
                let blinding = random_scalars(self.rng, circuit.blinding_factors + 1);
                let label = Label::of_proof("advice", self.first_column + index);
                columns.push(engine.upload(label, circuit.n(), || {
                    let mut values = column(*index);
                    let blinding_start = values.len().saturating_sub(blinding.len());
                    values[blinding_start..].copy_from_slice(&blinding);
                    values
                })?);
            }
            let references: Vec<_> = columns.iter().collect();
            commitments.push((indices, engine.begin_commit(self.srs, &references)?));
            for (index, column) in indices.iter().zip(columns) {
                self.advice[*index] = Some(column);
            }
        }
        draw_blinds::<Scalar<E>>(self.rng, indices.len());
        for (indices, commitments) in commitments {
            let commitments = engine.finish_commit(commitments)?;
            for (index, commitment) in indices.iter().zip(commitments) {
                self.transcript.write_point(commitment)?;
                self.commitments[*index] = commitment;
            }
        }
        for (challenge, phase) in self.challenges.iter_mut().zip(&circuit.challenge_phases) {
            if *phase == self.phase {
                *challenge = Some(self.transcript.squeeze());
            }
        }
        self.phase += 1;
        self.meter.enter(Stage::Witness);
        Ok(())
    }
}
