//! Commitments: sums of points, one for each column.

use halo2_offload_engine_derive::operations;

use super::{Columns, EngineColumn, EngineSrs};
use crate::{basis::CommitBasis, error::EngineError};

/// Commitments to columns, by multi-scalar multiplication over half an SRS.
#[operations]
pub trait Commit: Columns {
    /// Takes in half an SRS of n points. An engine without data does not call `points`.
    fn load_srs<B: CommitBasis>(
        &self,
        n: usize,
        points: impl FnOnce() -> Vec<Self::Curve>,
    ) -> Result<EngineSrs<Self, B>, EngineError>;

    /// Begins to commit to a batch of columns: sum_i v_i B_i over the SRS of their basis. Columns and
    /// SRS may be dropped before the end; an engine that computes at once is done here.
    fn begin_commit<B: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, B>,
        columns: &[&EngineColumn<Self, B>],
    ) -> Result<Self::Commitments, EngineError>;

    /// The commitments, in the order of the columns. Waits for them.
    fn finish_commit(
        &self,
        commitments: Self::Commitments,
    ) -> Result<Vec<Self::Curve>, EngineError>;

    /// Commits to a batch of columns.
    fn commit<B: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, B>,
        columns: &[&EngineColumn<Self, B>],
    ) -> Result<Vec<Self::Curve>, EngineError> {
        self.finish_commit(self.begin_commit(srs, columns)?)
    }
}
