//! Fractions and running products.

use halo2_offload_engine_derive::operations;

use super::{Columns, EngineColumn, EngineDomain, EngineFractions};
use crate::{
    basis::{Basis, LagrangeCoeff},
    column::Column,
    error::EngineError,
    program::Program,
};

/// A grand product z over the rows of H (Plonk, section 5; permuted lookups, halo2 book):
///
/// z_(i+1) = z_i * numerator_i / denominator_i for i < `usable_rows`, and after row `usable_rows` come
/// the blinding values. A zero denominator makes its fraction zero. z_0 is 1, or what the product that
/// this one goes on from ends with.
#[derive(Debug)]
pub struct Fractions<'a, F, M> {
    /// Two outputs: the numerator and the denominator of a row.
    pub program: &'a Program<F>,
    /// The columns that the program reads.
    pub inputs: Vec<&'a Column<M, LagrangeCoeff>>,
    /// The scalars that the program reads.
    pub scalars: &'a [F],
    /// The z whose value at row `usable_rows` is z_0; 1 is, where there is none.
    pub after: Option<&'a Column<M, LagrangeCoeff>>,
    /// Rows that take part.
    pub usable_rows: usize,
    /// The last n - `usable_rows` - 1 values of z.
    pub blinding: &'a [F],
}

impl<F: ff::Field, M> Fractions<'_, F, M> {
    /// For engines: an error unless all parts are of the lengths that z, of n values, asks for. `len`
    /// is the number of values of a column.
    pub fn check(
        &self,
        n: usize,
        len: impl Fn(&Column<M, LagrangeCoeff>) -> usize,
    ) -> Result<(), EngineError> {
        const OPERATION: &str = "grand_product";
        let lengths = self.inputs.iter().map(|column| len(column));
        let program = self.program;
        program.check_run(OPERATION, n, lengths, self.scalars.len(), 2)?;
        program.check_accumulator(OPERATION, false)?;
        let z_rows = self.usable_rows.saturating_add(1 + self.blinding.len());
        EngineError::check_length(OPERATION, "z", n, z_rows)?;
        match self.after {
            Some(before) => EngineError::check_length(OPERATION, "z before", n, len(before)),
            None => Ok(()),
        }
    }
}

/// Products and inverses of a column's values.
#[operations]
pub trait Products: Columns {
    /// z, a grand product: see [`Fractions`].
    fn grand_product(
        &self,
        domain: &EngineDomain<Self>,
        fractions: EngineFractions<'_, Self>,
    ) -> Result<EngineColumn<Self, LagrangeCoeff>, EngineError>;

    /// Inverts every value in place; zero stays zero. 3 multiplications each.
    fn batch_invert<B: Basis>(
        &self,
        column: EngineColumn<Self, B>,
    ) -> Result<EngineColumn<Self, B>, EngineError>;
}
