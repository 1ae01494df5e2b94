//! What can go wrong between halo2-axiom and the prover.

use halo2_axiom::plonk;
use halo2_offload_engine::EngineError;
use halo2_offload_prover::{Argument, ProverError};
use std::io;

/// A key could not be loaded or a proof could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The prover failed.
    #[error(transparent)]
    Prover(ProverError),
    /// The SRS and the key are of different sizes.
    #[error(
        "the SRS is for k = {srs_k}, the key for k = {key_k}: use the SRS that the key was made with \
         (`ParamsKZG::downsize` makes a smaller one of a larger one)"
    )]
    SrsSize {
        /// k of the SRS.
        srs_k: u32,
        /// k of the key.
        key_k: u32,
    },
    /// A half of the SRS does not hold what its k promises.
    #[error(
        "one half of the SRS for k = {k} has {actual} points, and {expected} are needed: it is truncated, or of \
         another size"
    )]
    SrsTruncated {
        /// k of the SRS.
        k: u32,
        /// 2^k.
        expected: usize,
        /// What there is.
        actual: usize,
    },
    /// The SRS contradicts itself.
    #[error(
        "the SRS is not usable: {reason}. Fetch it again, or convert it again from the setup that it is of"
    )]
    Srs {
        /// What is wrong.
        reason: String,
    },
    /// The key was made with another SRS.
    #[error(
        "the key was made with another SRS: {column} does not commit to what the verifying key says. \
         Use the SRS that the key was made with"
    )]
    WrongSrs {
        /// The column that was committed to.
        column: String,
    },
    /// The circuit is not the one that the key was made for.
    #[error(
        "the key was made for another circuit: the key {key}, the circuit {circuit}. Load the key of this \
         circuit, or make one"
    )]
    ForeignKey {
        /// What the key has.
        key: String,
        /// What the circuit has in its place.
        circuit: String,
    },
    /// Advice columns were given, but not as many as the key has.
    #[error(
        "{actual} advice columns were given, the key has {expected}: give one vector of 2^k values for each \
         advice column, in the order in which the circuit configures them"
    )]
    AdviceColumns {
        /// What the key has.
        expected: usize,
        /// What was given.
        actual: usize,
    },
    /// An advice column is not of 2^k values.
    #[error(
        "advice column {column} has {actual} values, a column of the key has 2^{k} = {expected}: give all \
         rows; the last {unusable} may hold anything, they are overwritten"
    )]
    AdviceColumnLength {
        /// Which column.
        column: usize,
        /// 2^k.
        expected: usize,
        /// What was given.
        actual: usize,
        /// Rows at the end that are not usable.
        unusable: usize,
        /// The key's k.
        k: u32,
    },
    /// Advice columns were given for a circuit of several phases.
    #[error(
        "the key's circuit has {phases} phases: its later columns depend on challenges that are drawn while \
         the proof is made, so that they cannot be given beforehand. Give the circuit (`create_proof`)"
    )]
    AdvicePhases {
        /// The key's phases.
        phases: u8,
    },
    /// The key and the environment disagree about the degree.
    #[error(
        "the key was made for a constraint system of degree {key}, which now has degree {now}: set the \
         environment variable MAX_DEGREE as it was when the key was made"
    )]
    Degree {
        /// At key generation.
        key: usize,
        /// Now.
        now: usize,
    },
    /// A column of the key is not what the verifying key says.
    #[error(
        "the key is damaged: {column} does not commit to what the verifying key says, other columns do. Make \
         the key anew"
    )]
    DamagedKey {
        /// The first such column.
        column: String,
    },
    /// The environment's bound of degrees is no number.
    #[error(
        "the environment variable MAX_DEGREE is {value:?}, and halo2-axiom wants a number there, 3 or larger: \
         set it to one, or unset it, which means 5"
    )]
    MaxDegree {
        /// What it is.
        value: String,
    },
    /// halo2-axiom has cut the degree of the constraint system down to less than its constraints need.
    #[error(
        "the key is for a constraint system of degree {key}, but {argument} needs degree {needed}: \
         halo2-axiom cuts the degree down to the environment variable MAX_DEGREE, to 5 where it is not set, \
         and no verifier would accept a proof. Set MAX_DEGREE={needed} when the key is made, for proving and \
         for verifying; or call `ConstraintSystem::set_minimum_degree({needed})` in the circuit"
    )]
    DegreeCut {
        /// At key generation.
        key: usize,
        /// What the constraints need.
        needed: usize,
        /// The first constraint that needs the most.
        argument: Argument,
    },
    /// A key file could not be read.
    #[error("the key file is not usable: {reason}")]
    KeyFile {
        /// What is wrong and what to do.
        reason: String,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<ProverError> for Error {
    fn from(error: ProverError) -> Self {
        match error {
            ProverError::Degree {
                degree,
                needed,
                argument,
            } => Self::DegreeCut {
                key: degree,
                needed,
                argument,
            },
            other => Self::Prover(other),
        }
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        Self::Prover(error.into())
    }
}

/// Synthesis of a circuit failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthesisError {
    /// The circuit or its floor planner returned an error.
    #[error("synthesis failed: {0}")]
    Circuit(plonk::Error),
    /// A cell was assigned no value.
    #[error(
        "advice column {column} has no value at row {row}: a proof needs the whole witness \
         (`Value::unknown()` is for key generation only)"
    )]
    Unknown {
        /// Advice column.
        column: usize,
        /// Row.
        row: usize,
    },
    /// A cell outside the usable rows was assigned.
    #[error(
        "advice column {column} is assigned at row {row}, but only {usable} of the 2^{k} rows are \
         usable: k is too small for this circuit, use a larger one"
    )]
    NotEnoughRows {
        /// Advice column.
        column: usize,
        /// Row.
        row: usize,
        /// Rows there are.
        usable: usize,
        /// The key's k.
        k: u32,
    },
    /// A column that the key does not have was assigned.
    #[error("advice column {column} is assigned, but the key has {columns} advice columns: it was made for another circuit")]
    NoSuchColumn {
        /// Advice column.
        column: usize,
        /// Columns there are.
        columns: usize,
    },
}

impl From<SynthesisError> for ProverError {
    fn from(error: SynthesisError) -> Self {
        ProverError::Witness(Box::new(error))
    }
}
