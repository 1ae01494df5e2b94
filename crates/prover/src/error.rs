//! What can go wrong while proving.

use halo2_offload_engine::EngineError;

/// A proof could not be made. The transcript may have been written to and is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProverError {
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The lookup argument at `index` is not satisfied.
    #[error("lookup {lookup} of circuit {circuit}: {source}")]
    Lookup {
        /// Which circuit of the proof.
        circuit: usize,
        /// Which lookup.
        lookup: usize,
        /// Where.
        source: EngineError,
    },
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
    /// A degree that has no room for the permutation argument.
    #[error("a constraint system of degree {degree} has no room for the permutation argument: the degree is at least 3")]
    Degree {
        /// The key's degree.
        degree: usize,
    },
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
