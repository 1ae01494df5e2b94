//! halo2-axiom's circuits and keys, for the prover of halo2-offload.
//!
//! Nothing of halo2-axiom is forked: [`compile`] reads a verifying key through its public accessors
//! into a [`CompiledCircuit`](halo2_offload_prover::CompiledCircuit), [`CircuitWitness`] drives a
//! circuit's synthesis with an `Assignment` of our own, [`ResidentKey`] holds a proving key and
//! its SRS on an engine, and [`key_file`] writes and reads them.

mod compile;
mod error;
pub mod key_file;
mod pipeline;
mod prove;
mod resident_key;
mod srs;
mod synthesis;
mod transcript;
mod witness;

pub use compile::{check_max_degree, compile, compile_unkeyed};
pub use error::{Error, SynthesisError};
pub use key_file::{write_key, KeyReader};
pub use pipeline::{prove_many, Job, JobError, Proofs};
pub use prove::{prove, prove_from_advice, prove_metered, prove_once};
pub use resident_key::{Bn256Engine, ResidentKey};
pub use srs::verify_srs;
pub use synthesis::{CircuitWitness, CELL_BYTES};
pub use transcript::{MultiopenScheme, StockTranscript, TranscriptAdapter};
pub use witness::{advice_columns, AdviceColumns, Circuits, Witness};
