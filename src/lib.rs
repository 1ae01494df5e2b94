//! A proving backend for halo2 (KZG on BN254).
//!
//! [`create_proof`] is `halo2_axiom::plonk::create_proof` with one import changed: the same
//! arguments, the same proof, faster and in less memory. [`ResidentKey`] and [`prove`] are the long
//! form, which prepares the SRS and the key once for many proofs; [`prove_many`] synthesises the
//! witness of the next proof while the engine works on this one.

mod drop_in;
mod plan;

pub use drop_in::create_proof;
pub use halo2_offload_cuda as cuda;
pub use halo2_offload_engine as engine;
pub use halo2_offload_frontend::{
    compile, compile_unkeyed, prove, prove_many, prove_metered, prove_once, write_key, Error, Job,
    JobError, KeyReader, Proofs, ResidentKey, SynthesisError, CELL_BYTES,
};
pub use halo2_offload_prover as prover;
pub use plan::{DevicePlan, PlanError};

use halo2_axiom::halo2curves::bn256::G1Affine;

/// The CPU engine over BN254. `'h` is how long the host data lives that it borrows.
pub type CpuEngine<'h> = halo2_offload_engine::CpuEngine<'h, G1Affine>;
