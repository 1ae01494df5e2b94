//! Commitments: begun in the order of the kernels, waited for at the end.

use crate::field::{Affine, Projective};
use group::Curve;
use halo2_offload_engine::{Commit, CommitBasis, EngineColumn, EngineError, EngineSrs, Srs};

use super::{CudaCommitments, CudaEngine};
use crate::error::CudaError;

impl Commit for CudaEngine {
    fn load_srs<B: CommitBasis>(
        &self,
        n: usize,
        points: impl FnOnce() -> Vec<Affine>,
    ) -> Result<EngineSrs<Self, B>, EngineError> {
        Ok(Srs::from_points(self.msm.load_bases_with(n, points)?))
    }

    fn begin_commit<B: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, B>,
        columns: &[&EngineColumn<Self, B>],
    ) -> Result<CudaCommitments, EngineError> {
        let bases = srs.points();
        for column in columns {
            let rows = column.memory().len();
            EngineError::check_length("commit", "the SRS", rows.max(bases.len()), bases.len())?;
        }
        let resident: Option<Vec<_>> = columns.iter().map(|c| c.memory().resident()).collect();
        if let Some(columns) = resident {
            let batch = self.msm.begin_device(bases, &columns)?;
            return Ok(CudaCommitments(vec![batch]));
        }
        // Columns from the host pass through one by one.
        let batches = columns.iter().map(|column| {
            let staged = self.stage(column.memory())?;
            Ok(self.msm.begin_device(bases, &[staged.all()])?)
        });
        Ok(CudaCommitments(
            batches.collect::<Result<_, EngineError>>()?,
        ))
    }

    fn finish_commit(&self, commitments: CudaCommitments) -> Result<Vec<Affine>, EngineError> {
        // The last one first: when it is there, all are.
        let batches = commitments.0.into_iter().rev();
        let mut points: Vec<Vec<Projective>> = batches
            .map(|batch| batch.wait())
            .collect::<Result<_, CudaError>>()?;
        points.reverse();
        let points = points.concat();
        let mut affine = vec![Affine::default(); points.len()];
        Projective::batch_normalize(&points, &mut affine);
        Ok(affine)
    }
}
