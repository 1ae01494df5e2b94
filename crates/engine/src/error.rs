//! What can go wrong in an engine.

use crate::{cpu::UnknownKernels, process::UsedBeforeFork};

/// An operation of an engine failed, and there is no result. Columns that it was lent are as they were;
/// those that it was given, to be changed in place, are gone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A column or a list does not have the length that the operation needs.
    #[error("{operation}: {what} has {actual} elements, {expected} are needed")]
    Length {
        /// The operation.
        operation: &'static str,
        /// Which argument.
        what: &'static str,
        /// What it needs.
        expected: usize,
        /// What it was given.
        actual: usize,
    },
    /// The field has no domain of this size.
    #[error("a domain of 2^{k} rows does not exist: the scalar field has 2-adicity {max_k}, choose k <= {max_k}")]
    DomainTooLarge {
        /// What was asked for.
        k: u32,
        /// The largest there is.
        max_k: u32,
    },
    /// An input of a lookup is not in its table.
    #[error("the lookup input of row {row} is not in the table: the witness does not satisfy the circuit")]
    NotInTable {
        /// The first row with such an input.
        row: usize,
    },
    /// Two engines that run side by side disagree.
    #[error("{operation}: {left} and {right} differ, first at {place}")]
    Mismatch {
        /// The operation.
        operation: &'static str,
        /// Name of the first engine.
        left: String,
        /// Name of the second engine.
        right: String,
        /// What differs first: `row 17`, `commitment 3`.
        place: String,
    },
    /// The process is a child of one that has worked already.
    #[error(transparent)]
    UsedBeforeFork(#[from] UsedBeforeFork),
    /// Kernels were asked for that there are not.
    #[error(transparent)]
    UnknownKernels(#[from] UnknownKernels),
    /// The accelerator or its driver failed. The error inside says at what, with what code, and what
    /// to do about it.
    #[error(transparent)]
    Device(Box<dyn std::error::Error + Send + Sync>),
}

impl EngineError {
    /// An error unless `actual` is `expected`.
    pub fn check_length(
        operation: &'static str,
        what: &'static str,
        expected: usize,
        actual: usize,
    ) -> Result<(), Self> {
        if expected == actual {
            return Ok(());
        }
        Err(Self::Length {
            operation,
            what,
            expected,
            actual,
        })
    }

    /// An error if `list` has more than `most` elements.
    pub fn check_at_most<T>(
        operation: &'static str,
        what: &'static str,
        most: usize,
        list: &[T],
    ) -> Result<(), Self> {
        Self::check_length(operation, what, list.len().min(most), list.len())
    }
}
