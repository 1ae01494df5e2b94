//! The circuits that are measured: real ones, and ones shaped like what people prove.
//!
//! A workload is named by `(name, k, seed)`, and nothing else decides it: two processes that
//! agree on the three prove the same statement with the same witness, bit for bit. The keys
//! depend on `(name, k)` alone; the seed draws the witness and, with it, the instances.
//!
//! ```
//! use halo2_offload_workloads::{visit, Visitor, Workload};
//!
//! struct PublicValues;
//! impl Visitor for PublicValues {
//!     type Output = usize;
//!     fn visit<W: Workload>(self, workload: W) -> usize {
//!         workload.instances().iter().map(Vec::len).sum()
//!     }
//! }
//! assert_eq!(visit("plonk", 8, 1, PublicValues)?, 8);
//! # Ok::<(), halo2_offload_workloads::WorkloadError>(())
//! ```

mod base;
mod catalogue;
mod draw;
mod ecdsa;
mod error;
mod lookup;
mod openvm;
mod pairing;
mod plonk;
mod poseidon;
mod wide;

pub use catalogue::{all, find, visit, Visitor, WorkloadInfo, MAX_K};
pub use error::WorkloadError;

use halo2_axiom::{halo2curves::bn256::Fr, plonk::Circuit};

/// What is proven: a statement of a fixed size, with its witness.
///
/// Circuits are made anew for every proof, because halo2-base's are consumed by synthesis.
pub trait Workload: Send + Sync {
    /// The circuit. Its `params()` are what `ProvingKey::read` asks for.
    type Circuit: Circuit<Fr>;

    /// The circuit as key generation reads it. Makes the same keys whatever the seed.
    fn keygen_circuit(&self) -> Self::Circuit;

    /// The circuit with its witness, as the prover reads it.
    fn circuit(&self) -> Self::Circuit;

    /// The public values, one vector per instance column.
    fn instances(&self) -> Vec<Vec<Fr>>;
}
