//! The kernels of a lookup's permutation: one file here mirrors one of `kernels/plonk`.
//!
//! Launchers check that every slice holds what the kernel reads and writes of it, as its contract
//! says.

mod permute;
mod sort;

use crate::{context::Context, error::CudaError};

pub(super) use permute::{Permute, SortedSlices};
pub(super) use sort::Sort;

/// All of them, looked up.
#[derive(Debug)]
pub(super) struct Kernels {
    pub(super) sort: Sort,
    pub(super) permute: Permute,
}

impl Kernels {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self {
            sort: Sort::load(context)?,
            permute: Permute::load(context)?,
        })
    }
}

/// An error unless a slice holds as many values as a kernel takes of it.
fn holds(operation: &'static str, given: usize, needed: usize) -> Result<(), CudaError> {
    match given >= needed {
        true => Ok(()),
        false => Err(CudaError::Length {
            operation,
            given,
            needed,
        }),
    }
}
