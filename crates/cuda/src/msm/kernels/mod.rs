//! The kernels of the multi-scalar multiplication: one file here mirrors one of `kernels/msm`.
//!
//! Launchers check that every slice holds what the kernel reads and writes of it, as its contract
//! says, whatever numbers they are given. What the slices hold is up to the caller: bucket numbers
//! below the number of buckets, indices below the number of points, as the kernels before leave them.

mod accumulate;
mod accumulate_affine;
mod digits;
mod fold;
mod multiples;
mod radix;
mod seams;

use super::policy::Policy;
use crate::{context::Context, error::CudaError, launch::holds};

pub(super) use accumulate::{Accumulate, AccumulateSlices};
pub(super) use accumulate_affine::{shared_bytes, AccumulateAffine};
pub(super) use digits::DigitsKernel;
pub(super) use fold::Fold;
pub(super) use multiples::Multiples;
pub(super) use radix::{DigitSource, Radix};
pub(super) use seams::Seams;

pub(super) use crate::field::Xyzz;

/// A bucket and a point of the table, with the digit's sign in bit 31.
pub(super) type Entry = [u32; 2];

/// x and y of a sum, in quarters.
pub(super) type AffineSum = [u32; 16];

/// All of them, looked up.
#[derive(Debug)]
pub(super) struct Kernels {
    pub(super) multiples: Multiples,
    pub(super) digits: DigitsKernel,
    pub(super) radix: Radix,
    pub(super) accumulate: Accumulate,
    pub(super) accumulate_affine: AccumulateAffine,
    pub(super) seams: Seams,
    pub(super) fold: Fold,
}

impl Kernels {
    pub(super) fn load(context: &Context, policy: &Policy) -> Result<Self, CudaError> {
        Ok(Self {
            accumulate_affine: AccumulateAffine::load(context, policy.affine_runs)?,
            multiples: Multiples::load(context)?,
            digits: DigitsKernel::load(context)?,
            radix: Radix::load(context)?,
            accumulate: Accumulate::load(context)?,
            seams: Seams::load(context)?,
            fold: Fold::load(context)?,
        })
    }
}
