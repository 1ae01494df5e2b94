//! Columns: how they come into an engine's memory, how long they stay there, and how they leave it.

use halo2_offload_engine_derive::operations;

use super::{EngineColumn, Scalar, Storage};
use crate::{basis::Basis, error::EngineError, label::Label};

/// Columns on their way in and out, and what an engine plans for them.
#[operations]
pub trait Columns: Storage {
    /// The name used in messages and reports.
    fn name(&self) -> String;

    /// Whether anything is computed. Points and scalars of an engine without data mean nothing, so that
    /// nothing can be checked of them.
    fn has_data(&self) -> bool {
        true
    }

    /// Makes a column of n values from the host's. An engine without data does not call `values`.
    fn upload<B: Basis>(
        &self,
        label: Label,
        n: usize,
        values: impl FnOnce() -> Vec<Scalar<Self>>,
    ) -> Result<EngineColumn<Self, B>, EngineError>;

    /// Copies a column to the host.
    fn download<B: Basis>(
        &self,
        column: &EngineColumn<Self, B>,
    ) -> Result<Vec<Scalar<Self>>, EngineError>;

    /// A column of zeros.
    fn zeros<B: Basis>(&self, n: usize) -> Result<EngineColumn<Self, B>, EngineError>;

    /// A column of values that look uniformly random: value i is made of the i-th 64 bytes of the seed's
    /// ChaCha20 stream (RFC 8439, with a 64-bit counter), as `Field::random` makes it, so that any part
    /// of the column can be made by itself.
    fn expand_seed<B: Basis>(
        &self,
        label: Label,
        n: usize,
        seed: [u8; 32],
    ) -> Result<EngineColumn<Self, B>, EngineError>;

    /// Gives a column its name and says how long it is kept from now on. An engine that plans its memory
    /// may move the column to where such columns are in its plan, to the host perhaps: apart from `upload`
    /// and `download` this is the one operation by which a column crosses the bus, and it is counted as a
    /// transfer there.
    fn place<B: Basis>(
        &self,
        _label: Label,
        column: EngineColumn<Self, B>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        Ok(column)
    }

    /// Of the columns that a sequence of evaluations reads, how many are kept for later ones: `most`
    /// spares all work, fewer than `least`, the largest evaluation's, cannot be. What is not kept is
    /// made again.
    ///
    /// One in five goes: where the prover takes most memory, a few NTTs buy a few columns.
    fn working_columns(&self, least: usize, most: usize) -> usize {
        least.max(most - most / 5)
    }

    /// How many columns of n values to commit to at a time as they come in, so that the engine works
    /// on some while others are made.
    fn columns_at_a_time(&self, _n: usize) -> usize {
        usize::MAX
    }

    /// Hands back to the system what dropped columns and workspaces left behind, where the engine or
    /// its allocator keeps that. A prover calls it between its stages.
    fn trim(&self) {}
}
