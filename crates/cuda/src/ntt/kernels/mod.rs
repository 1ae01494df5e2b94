//! The kernels of the transform: one file here mirrors one of `kernels/ntt`.
//!
//! Launchers check that every slice holds what the kernel reads and writes of it, as its contract
//! says, whatever numbers they are given.

mod pass;
mod tables;

use crate::launch::holds;

pub(super) use pass::{PassArguments, PassKernels, Roots};
pub(super) use tables::{TableKernel, TableValues};
