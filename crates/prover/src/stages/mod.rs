//! The stages of a proof, one after the other.

use ff::Field;
use halo2_offload_engine::{
    process, Basis, Coeff, Engine, EngineColumn, EngineError, EngineSrs, Label, LagrangeCoeff,
    Scalar,
};
use rand_core::RngCore;
use serde::{Deserialize, Serialize};
use std::{borrow::Borrow, mem};

use quotient::Quotient;

use crate::{
    error::ProverError,
    key::Key,
    meter::{Meter, Stage},
    transcript::Transcript,
    witness::WitnessSource,
};

mod advice;
mod evaluations;
mod lookup;
mod multiopen;
mod openings;
mod permutation;
mod quotient;
mod self_check;
mod working_set;

pub use self_check::Suspects;

/// Which multi-opening argument ends the proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Multiopen {
    /// Boneh, Drake, Fisch, Gabizon 2020 (eprint 2020/081): two points whatever is opened.
    #[default]
    Shplonk,
    /// Gabizon, Williamson, Ciobotaru 2019 (eprint 2019/953): one point for each opening point.
    Gwc,
}

impl Multiopen {
    /// The name used on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Multiopen::Shplonk => "shplonk",
            Multiopen::Gwc => "gwc",
        }
    }
}

/// What becomes of a witness that does not satisfy the circuit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unsatisfied {
    /// It is an error that says what is not satisfied. A proof is checked before it leaves, as a verifier
    /// would: none that would be refused is handed out.
    #[default]
    Refuse,
    /// As with halo2-axiom's prover: there is a proof, which no verifier accepts, and nothing is checked. Its
    /// bytes are of no meaning where a lookup misses: the permuted columns are random. For tests that want to
    /// see a verifier refuse.
    AsStock,
}

/// What is chosen for a proof.
#[derive(Clone, Copy, Debug)]
pub struct Choices {
    /// The multi-opening argument.
    pub multiopen: Multiopen,
    /// What becomes of a witness that does not satisfy the circuit.
    pub unsatisfied: Unsatisfied,
}

impl From<Multiopen> for Choices {
    fn from(multiopen: Multiopen) -> Self {
        Self {
            multiopen,
            unsatisfied: Unsatisfied::default(),
        }
    }
}

/// What every stage has at hand: the engine, and the key on it.
struct Prover<'a, E: Engine> {
    engine: &'a E,
    key: &'a Key<E>,
}

impl<E: Engine> Prover<'_, E> {
    /// An instance column of n values. Instances are few values and many zeros: the columns are made
    /// where they are read, which costs less than keeping them.
    fn instance(
        &self,
        instances: &[&[Scalar<E>]],
        index: usize,
    ) -> Result<EngineColumn<E, LagrangeCoeff>, ProverError> {
        let n = self.key.circuit.n();
        let column = self.engine.upload(Label::brief("instance", index), n, || {
            let mut column = instances[index].to_vec();
            column.resize(n, Scalar::<E>::ZERO);
            column
        })?;
        Ok(column)
    }
}

/// The columns of one circuit of the proof.
struct CircuitColumns<'i, E: Engine, B: Basis> {
    advice: Vec<EngineColumn<E, B>>,
    /// Of the advice columns.
    commitments: Vec<E::Curve>,
    /// The instance columns without padding.
    instances: &'i [&'i [Scalar<E>]],
}

/// The challenges of the protocol so far, and those of the circuit's phases.
#[derive(Clone, Debug)]
struct Challenges<F> {
    phases: Vec<F>,
    theta: F,
    beta: F,
    gamma: F,
    y: F,
}

impl<F: ff::PrimeField> Challenges<F> {
    fn new(phases: Vec<F>) -> Self {
        Self {
            phases,
            theta: F::ZERO,
            beta: F::ZERO,
            gamma: F::ZERO,
            y: F::ZERO,
        }
    }

    /// What programs are given. Those that run before a challenge is known do not read it.
    fn scalars(&self) -> Vec<F> {
        crate::programs::scalars(self.theta, self.beta, self.gamma, self.y, &self.phases)
    }
}

/// Proves that each witness satisfies the key's circuit with its instances, and writes the proof
/// into the transcript.
///
/// The transcript and `rng` are used as `create_proof` of halo2-axiom 0.5.3 uses them, call for call,
/// but for the two places where that prover is not a function of its RNG. There, (1) the blinding
/// polynomial of the vanishing argument expands 32 bytes of `rng`, drawn before the blind of its
/// commitment: they seed a ChaCha20 stream whose i-th 64 bytes make coefficient i; (2) the distinct
/// inputs of a lookup are laid out in ascending order.
///
/// `lagrange_srs` commits to values on H; given by value, it is dropped after the last commitment
/// of that kind, before the quotient. `instances` has, for each circuit, its instance columns without
/// padding.
///
/// Unless [`Unsatisfied::AsStock`] is chosen, what the verifier will compute is computed before the proof
/// leaves: the constraints from the evaluations and, with a key that [has what that
/// takes](Key::with_verifier), the pairing. What does not hold is an error that says why.
///
/// Witnesses, RNG, transcript and meter are behind pointers: so the prover is compiled once for an engine,
/// and not again for each circuit and transcript that a program has.
#[allow(clippy::too_many_arguments)] // halo2's own signature, and the meter
pub fn prove<E: Engine>(
    engine: &E,
    key: &Key<E>,
    lagrange_srs: impl Borrow<EngineSrs<E, LagrangeCoeff>>,
    choices: Choices,
    witnesses: &mut [Box<dyn WitnessSource<Scalar<E>> + '_>],
    instances: &[&[&[Scalar<E>]]],
    mut rng: &mut dyn RngCore,
    mut transcript: &mut dyn Transcript<E::Curve>,
    mut meter: &mut dyn Meter,
) -> Result<(), ProverError> {
    process::enter().map_err(EngineError::from)?;
    let prover = Prover { engine, key };
    let srs = lagrange_srs.borrow();
    let is_checked = choices.unsatisfied == Unsatisfied::Refuse;
    advice::check_shape(&prover, witnesses.len(), instances)?;
    if is_checked {
        advice::check_instances(instances)?;
    }
    let advice = advice::enter(
        &prover,
        srs,
        witnesses,
        instances,
        &mut rng,
        &mut transcript,
        &mut meter,
    )?;
    engine.trim();
    meter.enter(Stage::Lookup);
    let permuted = lookup::enter(
        &prover,
        srs,
        advice,
        choices.unsatisfied,
        &mut rng,
        &mut transcript,
    )?;
    engine.trim();
    meter.enter(Stage::Permutation);
    let products = permutation::enter(&prover, srs, permuted, &mut rng, &mut transcript)?;
    drop(lagrange_srs);
    engine.trim();
    meter.enter(Stage::Quotient);
    let mut quotient = quotient::enter(&prover, products, &mut rng, &mut transcript)?;
    engine.trim();
    meter.enter(Stage::Evaluations);
    let pieces = mem::take(&mut quotient.pieces);
    let random = quotient::blinding_polynomial(&prover, quotient.random_seed)?;
    let mut evaluations = evaluations::enter(&prover, &quotient, pieces, &random, &mut transcript)?;
    if is_checked && engine.has_data() {
        meter.enter(Stage::SelfCheck);
        let Quotient {
            circuits,
            challenges,
            ..
        } = &quotient;
        evaluations = self_check::identity(&prover, circuits, evaluations, challenges)?;
        meter.enter(Stage::Evaluations);
    }
    let evaluated = evaluations.write(&mut transcript)?;
    engine.trim();
    meter.enter(Stage::Multiopen);
    let claim = multiopen::enter(&prover, choices.multiopen, &evaluated, &mut transcript)?;
    if is_checked {
        meter.enter(Stage::SelfCheck);
        if engine.has_data() {
            self_check::opening(&prover, &evaluated, &claim)?;
        } else {
            let multiplications = self_check::multiplications(&key.circuit, witnesses.len());
            meter.host_work("self-check", multiplications);
        }
    }
    meter.leave();
    Ok(())
}

/// Draws `count` scalars.
fn random_scalars<F: Field>(rng: &mut impl RngCore, count: usize) -> Vec<F> {
    (0..count).map(|_| F::random(&mut *rng)).collect()
}

/// Draws the blinds of `count` commitments. KZG commitments are not blinded, columns are; but the
/// draws are part of the RNG's order.
fn draw_blinds<F: Field>(rng: &mut impl RngCore, count: usize) {
    for _ in 0..count {
        F::random(&mut *rng);
    }
}

/// A column of coefficients.
type Polynomial<E> = EngineColumn<E, Coeff>;
