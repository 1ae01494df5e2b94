//! The permutation of a lookup's inputs and table.

use halo2_offload_engine_derive::operations;

use super::{Columns, EngineColumn, EnginePermuted, Scalar};
use crate::{basis::LagrangeCoeff, column::Column, error::EngineError};

/// The two columns that a lookup argument commits to: A' and S'.
#[derive(Debug)]
pub struct Permuted<M> {
    /// A': the inputs, equal values adjacent, distinct ones ascending.
    pub input: Column<M, LagrangeCoeff>,
    /// S': the table, with each distinct input beside its first occurrence in A'.
    pub table: Column<M, LagrangeCoeff>,
}

/// For engines: an error unless what [`Lookups::permute_lookup`] is given fits an input of n values;
/// `table_rows` is the number of values of the table.
pub fn check_permute_lookup<F>(
    n: usize,
    table_rows: usize,
    usable_rows: usize,
    input_blinding: &[F],
    table_blinding: &[F],
) -> Result<(), EngineError> {
    let check = |what, expected, actual| {
        EngineError::check_length("permute_lookup", what, expected, actual)
    };
    check("the table", n, table_rows)?;
    if usable_rows > n {
        check("the input", usable_rows, n)?;
    }
    let blinding_rows = n - usable_rows;
    check("the input's blinding", blinding_rows, input_blinding.len())?;
    check("the table's blinding", blinding_rows, table_blinding.len())
}

/// What lookup arguments are made of.
#[operations]
pub trait Lookups: Columns {
    /// A' and S' of a lookup (halo2 book, "Lookup argument"): the first `usable_rows` rows of both
    /// columns permuted, the given blinding values after them. Distinct inputs ascend by value;
    /// what the table has beyond them fills S' in ascending order.
    ///
    /// That an input is not in the table is [`EngineError::NotInTable`] here, or, from an engine that
    /// does not wait for its device, of [`check_permuted`](Lookups::check_permuted); A' and S' mean
    /// nothing then.
    fn permute_lookup(
        &self,
        input: &EngineColumn<Self, LagrangeCoeff>,
        table: &EngineColumn<Self, LagrangeCoeff>,
        usable_rows: usize,
        input_blinding: &[Scalar<Self>],
        table_blinding: &[Scalar<Self>],
    ) -> Result<EnginePermuted<Self>, EngineError>;

    /// An error if an input that A' was made of is not in the table. To be called when the device has
    /// been waited for in any case, as after commitments to A' and S'.
    fn check_permuted(
        &self,
        _input: &EngineColumn<Self, LagrangeCoeff>,
    ) -> Result<(), EngineError> {
        Ok(())
    }
}
