//! The halo2 prover, generic over the engine and free of any frontend's types.
//!
//! It eats a [`CompiledCircuit`], a [`Key`] on an [`Engine`](halo2_offload_engine::Engine), and a
//! [`WitnessSource`] for each circuit instance; it writes a proof into a [`Transcript`]. A proof
//! is made in stages; the challenges that a stage needs are squeezed from the transcript when what they
//! depend on has been written:
//!
//! witness, advice, lookup, permutation, quotient, evaluations, multiopen; and a self-check, without which
//! no proof leaves.
//!
//! Each stage takes the previous one's state by value and returns the next, so that what is finished
//! gives its memory back by being dropped. A [`Meter`] is told when a proof goes from one stage
//! to the next.
//!
//! **A proof is a function of its inputs**: the bytes depend on the key, the witness, the instances,
//! the transcript and the RNG's stream, and on nothing else. The RNG is drawn in the order of
//! halo2's own prover, whose proofs these are; see [`prove`].

mod account;
mod circuit;
mod degree;
mod error;
mod estimate;
mod failure;
mod key;
mod limits;
mod meter;
mod programs;
mod shape;
mod stages;
mod transcript;
mod verifier;
mod walk;
mod witness;

pub use account::{Account, AccountMeter};
pub use circuit::{
    Argument, CircuitError, ColumnKind, ColumnRef, CompiledCircuit, Expression, ExpressionId,
    Lookup, Names, Query,
};
pub use degree::ColumnDegree;
pub use error::ProverError;
pub use estimate::{estimate, Estimation, StageEstimate};
pub use failure::{Cell, Failure, Failures};
pub use key::{load_lagrange_srs, Key, KeyColumn, KeyColumnIndex, KeyColumns};
pub use limits::{
    check_rows, largest_k, LimitError, LARGEST_DEGREE, MOST_COLUMNS, SMALLEST_DEGREE,
};
pub use meter::{Meter, Stage};
pub use shape::Shape;
pub use stages::{prove, Choices, Multiopen, Suspects, Unsatisfied};
pub use transcript::Transcript;
pub use verifier::{Pairing, VerifierSide};
pub use walk::{walk, Walk};
pub use witness::{AdviceSink, WitnessSource};
