//! Engines whose columns are in host memory, and what they compute with.
//!
//! [`HostEngine`] is the engine: it checks what it is given, allocates, and calls kernels. Kernels stand
//! behind the traits of [`kernels`], in a file for each family of operations, so that a set of them for
//! vector units is an implementation of those traits, and [`Counting`], which computes nothing, makes an
//! [`Estimate`] of the same engine. [`HybridEngine`] sends multi-scalar multiplications and NTTs to
//! whatever accelerators it is given.

#[cfg(avx512)]
mod avx512;
mod buffer;
mod columns;
mod commit;
mod counting;
mod engine;
pub mod heap;
pub mod kernels;
mod lookups;
pub mod msm;
pub mod ntt;
mod polynomials;
mod products;
mod rows;
mod seed;
mod tables;
mod transforms;

pub use buffer::Buffer;
pub use counting::{Booking, Counting, OperationTally, Tally};
pub use engine::{CpuEngine, Estimate, HostEngine, HybridEngine};
pub use kernels::{CpuKernels, HostKernels, UnknownKernels, CPU_VARIABLE};
#[cfg(test)]
pub(crate) use products::batch_invert;
pub use tables::CpuTables;
