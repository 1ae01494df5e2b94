//! The engine boundary of halo2-offload: what an engine is, with no CUDA and no protocol in it.
//!
//! - [`Engine`] is the prover's view: operations on [`Column`]s whose basis is in their type and
//!   whose memory the engine owns, wherever it lives.
//! - [`MsmAccel`] and [`NttAccel`] are the primitives: multi-scalar multiplication and NTT over
//!   host slices, which other provers plug in too.
//! - [`CpuEngine`] runs everything on rayon; it is the default and the reference.
//!   [`HybridEngine`] keeps columns on the host and sends the two primitives away.
//!   [`Checked`] runs two engines and compares every result. [`Estimate`] is the CPU engine without
//!   data: it answers the same calls with bytes, transfers and operation counts.
//! - [`program`] compiles a constraint system's expressions for row-by-row evaluation.

pub mod accel;
#[cfg(any(test, feature = "suite"))]
pub mod altered;
pub mod basis;
mod checked;
mod column;
pub mod cpu;
pub mod curve;
mod engine;
mod error;
mod label;
pub mod process;
pub mod program;
mod srs;
#[cfg(any(test, feature = "suite"))]
pub mod suite;

pub use accel::{InPlace, MsmAccel, NttAccel};
pub use basis::{Basis, Coeff, CommitBasis, Coset, LagrangeCoeff, RowBasis};
pub use checked::{Checked, Pair};
pub use column::Column;
pub use cpu::{
    heap, Booking, Buffer, Counting, CpuEngine, CpuKernels, Estimate, HostEngine, HostKernels,
    HybridEngine, OperationTally, Tally, UnknownKernels, CPU_VARIABLE,
};
pub use curve::MsmCurve;
pub use engine::{
    check_permute_lookup, BorrowHost, Columns, Commit, CommitmentCurve, Domain, Engine,
    EngineColumn, EngineDomain, EngineFractions, EnginePermuted, EngineRows, EngineSrs, Fractions,
    Lookups, Permuted, Polynomials, Products, RowPrograms, Rows, Scalar, ScalarField, Storage,
    Transforms,
};
pub use error::EngineError;
pub use halo2curves;
pub use label::{Kept, Label};
pub use srs::Srs;
