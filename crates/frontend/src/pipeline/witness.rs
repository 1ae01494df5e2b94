//! A witness between two threads: one synthesises, the other one proves.

use halo2_axiom::{halo2curves::bn256::Fr, plonk::Circuit};
use halo2_offload_prover::{AdviceSink, CompiledCircuit, ProverError, WitnessSource};
use std::{
    any::Any,
    collections::BTreeMap,
    panic::{catch_unwind, resume_unwind, AssertUnwindSafe},
    sync::mpsc::{channel, Receiver, Sender},
};

use super::wait::wait;
use crate::{error::Error, synthesis::CircuitWitness};

/// What the synthesising thread tells the proving one.
enum Step {
    /// It is done with what it was at: first the check of the circuits against the key, then the
    /// synthesis of each of them.
    Done,
    /// The values of a phase's columns.
    Phase(BTreeMap<usize, Vec<Fr>>),
    /// It waits for the challenges of the phase; those of all phases are this many.
    Challenges(usize),
    /// Nothing comes after this.
    Failed(Error),
    /// Nor after this.
    Panicked(Box<dyn Any + Send>),
}

/// The challenges that are known by now.
type Challenges = Vec<Option<Fr>>;

/// Both ends of the witnesses of one proof.
pub(super) fn synthesis() -> (Synthesis, WitnessAhead) {
    let (steps, received) = channel();
    let (challenges, awaited) = channel();
    let synthesis = Synthesis {
        steps,
        challenges: awaited,
    };
    let witness = WitnessAhead {
        steps: received,
        challenges: Some(challenges),
    };
    (synthesis, witness)
}

/// The synthesising end.
pub(super) struct Synthesis {
    steps: Sender<Step>,
    challenges: Receiver<Challenges>,
}

impl Synthesis {
    /// Synthesises the circuits one after another, and ends early if nobody proves them any more.
    pub fn run<C: Circuit<Fr>>(
        self,
        key: &CompiledCircuit<Fr>,
        circuits: Vec<C>,
        instances: &[Vec<Vec<Fr>>],
    ) {
        // The circuits are given back in here: when the proving end hears no more, they are gone.
        let steps = AssertUnwindSafe(|| self.steps(key, circuits, instances));
        let last = match catch_unwind(steps) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => Step::Failed(error),
            Err(payload) => Step::Panicked(payload),
        };
        // Where nobody listens, nobody asked.
        let _ = self.steps.send(last);
    }

    fn steps<C: Circuit<Fr>>(
        &self,
        key: &CompiledCircuit<Fr>,
        circuits: Vec<C>,
        instances: &[Vec<Vec<Fr>>],
    ) -> Result<(), Error> {
        let columns: Vec<Vec<&[Fr]>> = instances
            .iter()
            .map(|columns| columns.iter().map(Vec::as_slice).collect())
            .collect();
        let columns: Vec<&[&[Fr]]> = columns.iter().map(Vec::as_slice).collect();
        let witnesses = CircuitWitness::of_circuits(key, &circuits, &columns)?;
        self.tell(Step::Done)?;
        for mut witness in witnesses {
            witness.synthesize(&mut PhaseSender {
                key,
                synthesis: self,
                phase: 0,
                challenges: vec![None; key.challenge_phases.len()],
            })?;
            self.tell(Step::Done)?;
        }
        Ok(())
    }

    fn tell(&self, step: Step) -> Result<(), ProverError> {
        self.steps.send(step).map_err(|_| unwanted())
    }
}

/// Ends a synthesis that nobody listens to, so that nobody reads this either.
fn unwanted() -> ProverError {
    ProverError::Witness("the proof has been given up".into())
}

/// Stands for the prover during synthesis: phases are sent there, and challenges come from there.
struct PhaseSender<'a> {
    key: &'a CompiledCircuit<Fr>,
    synthesis: &'a Synthesis,
    phase: u8,
    challenges: Challenges,
}

impl AdviceSink<Fr> for PhaseSender<'_> {
    fn phase(&self) -> u8 {
        self.phase
    }

    fn challenge(&self, index: usize) -> Option<Fr> {
        self.challenges.get(index).copied().flatten()
    }

    fn close_phase(&mut self, column: &mut dyn FnMut(usize) -> Vec<Fr>) -> Result<(), ProverError> {
        if self.phase >= self.key.phases() {
            // As the prover has it: nothing is left to commit to.
            return Ok(());
        }
        let columns = self.key.advice_of_phase(self.phase);
        let values = columns.map(|index| (index, column(index))).collect();
        self.synthesis.tell(Step::Phase(values))?;
        // Without challenges of its own, the phase leaves nothing for the next one to wait for.
        if self.key.challenge_phases.contains(&self.phase) {
            self.synthesis
                .tell(Step::Challenges(self.challenges.len()))?;
            let challenges = self.synthesis.challenges.recv();
            self.challenges = challenges.map_err(|_| unwanted())?;
        }
        self.phase += 1;
        Ok(())
    }
}

/// The proving end: the witness of each circuit, one after another.
pub(super) struct WitnessAhead {
    steps: Receiver<Step>,
    /// None once no more are to be had.
    challenges: Option<Sender<Challenges>>,
}

impl WitnessAhead {
    /// Checks that the circuits are those of the key: what is asked first.
    pub fn fits(&self) -> Result<(), Error> {
        match wait(&self.steps) {
            Some(Step::Failed(error)) => Err(error),
            Some(Step::Panicked(payload)) => resume_unwind(payload),
            _ => Ok(()),
        }
    }
}

impl WitnessSource<Fr> for &WitnessAhead {
    fn synthesize(&mut self, sink: &mut dyn AdviceSink<Fr>) -> Result<(), ProverError> {
        loop {
            match wait(&self.steps) {
                Some(Step::Phase(mut values)) => sink.close_phase(&mut |column| {
                    let Some(values) = values.remove(&column) else {
                        unreachable!("each column of the phase is asked for once")
                    };
                    values
                })?,
                Some(Step::Challenges(count)) => {
                    let known = (0..count).map(|index| sink.challenge(index)).collect();
                    if let Some(challenges) = &self.challenges {
                        // The synthesis waits for this.
                        let _ = challenges.send(known);
                    }
                }
                Some(Step::Failed(Error::Prover(error))) => return Err(error),
                Some(Step::Failed(error)) => return Err(ProverError::Witness(Box::new(error))),
                Some(Step::Panicked(payload)) => resume_unwind(payload),
                // Phases that are missing are the prover's to miss.
                Some(Step::Done) | None => return Ok(()),
            }
        }
    }
}

impl Drop for WitnessAhead {
    /// Gives up what has not been asked for, and waits until the synthesis has noticed: its memory is
    /// given back then.
    fn drop(&mut self) {
        self.challenges = None;
        while wait(&self.steps).is_some() {}
    }
}
