//! A proving backend for halo2 (KZG on BN254).
//!
//! [`create_proof`] is `halo2_axiom::plonk::create_proof` with one import changed: the same
//! arguments, the same proof, faster and in less memory; [`create_proof_from_advice`] likewise.
//! [`ResidentKey`] and [`prove`] are the long
//! form, which prepares the SRS and the key once for many proofs; [`prove_many`] synthesises the
//! witness of the next proof while the engine works on this one.

mod device;
mod drop_in;
mod plan;

pub use device::{cache_folder, open_device, plan_for};
pub use drop_in::{create_proof, create_proof_from_advice, provers_ran, ProversRan};
pub use halo2_offload_cuda as cuda;
pub use halo2_offload_engine as engine;
pub use halo2_offload_frontend::{
    advice_columns, compile, compile_unkeyed, prove, prove_from_advice, prove_many, prove_metered,
    verify_srs, write_key, Error, Job, JobError, KeyReader, Proofs, ResidentKey, SynthesisError,
    CELL_BYTES,
};
pub use halo2_offload_prover::{self as prover, Unsatisfied};
pub use plan::{DevicePlan, PlanError};

use halo2_axiom::halo2curves::bn256::G1Affine;

/// The CPU engine over BN254. `'h` is how long the host data lives that it borrows.
pub type CpuEngine<'h> = halo2_offload_engine::CpuEngine<'h, G1Affine>;
