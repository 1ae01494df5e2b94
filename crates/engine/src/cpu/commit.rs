//! Commitments on the host: multi-scalar multiplication, wherever that is, and affine points of its sums.

use std::borrow::Cow;

use ff::PrimeField;
use group::Curve;

use super::{
    counting::{Booking, Counting},
    engine::{buffers, HostEngine},
    msm, Buffer, CpuKernels, HostKernels,
};
use crate::{
    accel::{MsmAccel, NttAccel},
    basis::CommitBasis,
    curve::MsmCurve,
    engine::{Commit, CommitmentCurve, EngineColumn, EngineSrs},
    error::EngineError,
    process,
    srs::Srs,
};

/// By [`msm::msm_batch`].
impl<C: MsmCurve> MsmAccel<C> for CpuKernels {
    type Bases<'h> = Cow<'h, [C]>;

    fn name(&self) -> String {
        "cpu".into()
    }

    fn load<'h>(&self, bases: Cow<'h, [C]>) -> Result<Self::Bases<'h>, EngineError> {
        Self::chosen()?;
        process::enter()?;
        Ok(bases)
    }

    fn msm(
        &self,
        bases: &Self::Bases<'_>,
        columns: &[&[C::ScalarExt]],
    ) -> Result<Vec<C::CurveExt>, EngineError> {
        self.multiply(bases, columns)
    }
}

impl CpuKernels {
    /// sum_i s_i B_i for each column of scalars, which are elements of the field or
    /// [`Canonical`](msm::Canonical) integers; a column may be shorter than the bases.
    pub fn multiply<C: MsmCurve, S: msm::Scalar<C::ScalarExt>>(
        self,
        bases: &[C],
        columns: &[&[S]],
    ) -> Result<Vec<C::CurveExt>, EngineError> {
        let Some(length) = columns.iter().map(|column| column.len()).max() else {
            return Ok(Vec::new());
        };
        if length > bases.len() {
            return Err(EngineError::Length {
                operation: "msm",
                what: "the base set",
                expected: length,
                actual: bases.len(),
            });
        }
        process::enter()?;
        Ok(msm::msm_batch(self, columns, bases))
    }
}

#[warn(clippy::missing_trait_methods)]
impl<C: MsmCurve> MsmAccel<C> for Counting {
    type Bases<'h> = Booking;

    fn name(&self) -> String {
        "estimate".into()
    }

    fn load<'h>(&self, bases: Cow<'h, [C]>) -> Result<Self::Bases<'h>, EngineError> {
        Ok(self.hold(size_of_val(&*bases) as u64))
    }

    fn load_with<'h>(
        &self,
        n: usize,
        _: impl FnOnce() -> Cow<'h, [C]>,
    ) -> Result<Self::Bases<'h>, EngineError> {
        Ok(self.hold((n * size_of::<C>()) as u64))
    }

    fn msm(
        &self,
        _: &Self::Bases<'_>,
        columns: &[&[C::ScalarExt]],
    ) -> Result<Vec<C::CurveExt>, EngineError> {
        Ok(commit_to::<C>(
            self,
            columns.iter().map(|column| column.len()),
        ))
    }

    fn msm_of(
        &self,
        _: &Self::Bases<'_>,
        columns: &[&Buffer<'_, C::ScalarExt>],
    ) -> Result<Vec<C::CurveExt>, EngineError> {
        Ok(commit_to::<C>(
            self,
            columns.iter().map(|column| column.len()),
        ))
    }
}

/// Counts commitments to columns of so many values.
fn commit_to<C: MsmCurve>(
    counting: &Counting,
    lengths: impl Iterator<Item = usize> + Clone,
) -> Vec<C::CurveExt> {
    let longest = lengths.clone().max().unwrap_or(0);
    let workspace = msm::workspace_bytes::<C>(longest, counting.threads());
    drop(counting.hold(workspace as u64));
    lengths
        .map(|length| {
            counting.count("commit", multiplications::<C>(length));
            C::generator().to_curve()
        })
        .collect()
}

/// Those of scalars of full size; columns of small values take fewer. Pippenger's algorithm with signed
/// digits: each window adds every point to a bucket and every bucket twice, in batched affine additions
/// of 6 multiplications.
fn multiplications<C: MsmCurve>(n: usize) -> u64 {
    let log_n = n.max(2).ilog2();
    let window = log_n.saturating_sub(3).clamp(2, 16);
    let windows = C::ScalarExt::NUM_BITS.div_ceil(window);
    u64::from(windows) * (n as u64 + (1 << window)) * 6
}

impl<C, K, M, N> Commit for HostEngine<'_, C, K, M, N>
where
    C: CommitmentCurve,
    K: HostKernels<C::ScalarExt>,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    fn load_srs<B: CommitBasis>(
        &self,
        n: usize,
        points: impl FnOnce() -> Vec<C>,
    ) -> Result<EngineSrs<Self, B>, EngineError> {
        process::enter()?;
        let points = || Cow::Owned(points());
        Ok(Srs::from_points(self.msm.load_with(n, points)?))
    }

    fn begin_commit<B: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, B>,
        columns: &[&EngineColumn<Self, B>],
    ) -> Result<Vec<C>, EngineError> {
        process::enter()?;
        let points = self.msm.msm_of(srs.points(), &buffers(columns))?;
        let mut commitments = vec![C::identity(); points.len()];
        C::CurveExt::batch_normalize(&points, &mut commitments);
        Ok(commitments)
    }

    fn finish_commit(&self, commitments: Vec<C>) -> Result<Vec<C>, EngineError> {
        Ok(commitments)
    }
}
