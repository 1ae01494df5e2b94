//! What can go wrong while proving.

use halo2_offload_engine::EngineError;

use crate::{
    circuit::{Argument, CircuitError},
    failure::Failures,
    limits::LimitError,
    stages::Suspects,
};

/// A proof could not be made. The transcript may have been written to and is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProverError {
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The witness and the instances do not satisfy the key's circuit.
    #[error(
        "the witness and the public values do not satisfy the circuit of the key: {0}. If MockProver accepts \
         them, the key belongs to another circuit"
    )]
    NotSatisfied(Failures),
    /// The evaluations contradict the quotient, although every gate and every copy holds on every row.
    #[error(
        "the proof contradicts itself at the challenge x, although every gate and every copy holds on every \
         row, so that no verifier would accept it. Most likely it is a fault of memory or of the device: \
         prove again, on a device with `prove --checked` (`engine::Checked`), which names the operation that \
         goes wrong. If it comes again, the key is damaged: make it anew"
    )]
    Identity,
    /// No verifier would accept the proof, because the key or the SRS is not what it should be; or, where neither
    /// is at fault, because something was computed wrongly.
    #[error("no verifier would accept the proof: {0}")]
    Refused(Suspects),
    /// Several circuits in one proof have instances: halo2's own verifier accepts no such proof.
    #[error(
        "{circuits} circuits are to be proven in one proof, and circuit {circuit} has public values: \
         halo2-axiom's prover absorbs the public values of each circuit before its advice, its verifier \
         those of all circuits first, so that it accepts no such proof. Make one proof for each circuit"
    )]
    InstancesOfSeveralCircuits {
        /// Witnesses given.
        circuits: usize,
        /// The first one after the first that has values.
        circuit: usize,
    },
    /// The operating system gave no random bytes.
    #[error("no random bytes were to be had for checking the proof: {0}")]
    Randomness(String),
    /// The transcript refused a point or a scalar, or its writer failed.
    #[error("the transcript failed: {0}")]
    Transcript(#[from] std::io::Error),
    /// The instances are not those of the circuit.
    #[error("circuit {circuit} of the proof has {expected} instance columns, {actual} were given")]
    InstanceColumns {
        /// Which circuit of the proof.
        circuit: usize,
        /// What the key says.
        expected: usize,
        /// What was given.
        actual: usize,
    },
    /// An instance column is longer than the usable rows.
    #[error(
        "instance column {column} of circuit {circuit} has {actual} values, but only {usable} of the \
         2^{k} rows are usable: give fewer values or make the key with a larger k"
    )]
    InstanceTooLarge {
        /// Which circuit of the proof.
        circuit: usize,
        /// Which instance column.
        column: usize,
        /// What was given.
        actual: usize,
        /// What fits.
        usable: usize,
        /// The key's k.
        k: u32,
    },
    /// The numbers of circuits and of instances differ.
    #[error("{circuits} circuits and {instances} sets of instances were given: one set is needed for each circuit, and at least one circuit")]
    Circuits {
        /// Witnesses given.
        circuits: usize,
        /// Instances given.
        instances: usize,
    },
    /// Several circuits in one proof are only defined without challenges.
    #[error("a circuit with several phases or with challenges is proven alone: make one proof for each of the {circuits} circuits")]
    ChallengesWithSeveralCircuits {
        /// Witnesses given.
        circuits: usize,
    },
    /// The SRS or a key column does not fit the circuit.
    #[error("{what} has {actual} elements, the key of a circuit with 2^{k} rows needs {expected}")]
    Key {
        /// What does not fit.
        what: String,
        /// What it needs.
        expected: usize,
        /// What there is.
        actual: usize,
        /// The key's k.
        k: u32,
    },
    /// A degree that has no room for the constraints.
    #[error("{argument} needs a constraint system of degree {needed}, and the key's is of degree {degree}: no verifier would accept a proof")]
    Degree {
        /// The key's degree.
        degree: usize,
        /// What is needed.
        needed: usize,
        /// What needs it.
        argument: Argument,
    },
    /// The circuit is larger than any can be.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The circuit contradicts itself.
    #[error("the circuit makes no sense: {0}")]
    Circuit(#[from] CircuitError),
    /// A column is opened twice at the same point.
    #[error("a column is queried at two rotations that are the same row modulo 2^{k}: use a larger k or nearer rotations")]
    QueryCollision {
        /// The key's k.
        k: u32,
    },
    /// The witness source failed.
    #[error("{0}")]
    Witness(Box<dyn std::error::Error + Send + Sync>),
}
