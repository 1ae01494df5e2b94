//! The kernels of a lookup's permutation: one file here mirrors one of `kernels/plonk`.
//!
//! Launchers check that every slice holds what the kernel reads and writes of it, as its contract
//! says.

mod permute;
mod sort;

use crate::error::CudaError;

pub(super) use permute::{Permute, SortedSlices};
pub(super) use sort::Sort;

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
