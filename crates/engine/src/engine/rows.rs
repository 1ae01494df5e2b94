//! Expression programs, row by row.

use halo2_offload_engine_derive::operations;

use super::{Columns, Domain, EngineColumn, EngineDomain, EngineRows, Scalar};
use crate::{basis::RowBasis, error::EngineError, program::Program};

/// Where the values of a row basis stand: on H itself, or on a coset of it.
#[derive(Debug)]
pub struct Rows<'a, F, T> {
    /// H.
    pub domain: &'a Domain<F, T>,
    /// Row i stands for the point shift * omega^i; 1 for H itself.
    pub shift: F,
}

/// Evaluation of programs at every row.
#[operations]
pub trait RowPrograms: Columns {
    /// Says which programs will be run over rows of this domain: what an engine has to do once for each
    /// (to compile it, say) is done here, where a key is loaded, and not in the first proof.
    fn prepare(
        &self,
        _domain: &EngineDomain<Self>,
        _programs: &[&Program<Scalar<Self>>],
    ) -> Result<(), EngineError> {
        Ok(())
    }

    /// Evaluates a program of one output at every row. The accumulator, where given, is what the
    /// program reads as such, and its memory becomes the result's.
    fn evaluate<B: RowBasis>(
        &self,
        program: &Program<Scalar<Self>>,
        rows: EngineRows<'_, Self>,
        inputs: &[&EngineColumn<Self, B>],
        scalars: &[Scalar<Self>],
        accumulator: Option<EngineColumn<Self, B>>,
    ) -> Result<EngineColumn<Self, B>, EngineError>;
}
