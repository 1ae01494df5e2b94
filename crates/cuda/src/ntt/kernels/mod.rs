//! The kernels of the transform: one file here mirrors one of `kernels/ntt`.
//!
//! Launchers check that every slice holds what the kernel reads and writes of it, as its contract
//! says, whatever numbers they are given.

mod pass;
mod tables;

use crate::{context::Context, error::CudaError, launch::holds};

pub(super) use pass::{PassArguments, PassKernels, Roots};
pub(super) use tables::{TableKernel, TableValues};

/// All of them, looked up.
#[derive(Debug)]
pub(super) struct Kernels {
    pub(super) pass: PassKernels,
    pub(super) tables: TableKernel,
}

impl Kernels {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self {
            pass: PassKernels::load(context)?,
            tables: TableKernel::load(context)?,
        })
    }
}
