//! The kernels of the polynomial operations: one file here mirrors one of `kernels/poly`.
//!
//! Launchers check that every slice holds what the kernel reads and writes of it, as its contract
//! says, whatever numbers they are given.

mod accumulate;
mod horner;
mod inverse;
mod kate;
mod l0;
mod product;

use super::policy::Policy;
use crate::{
    context::Context,
    error::CudaError,
    field::{DeviceField, ScalarField},
    launch::holds,
};

pub(super) use accumulate::{Accumulate, Group};
pub(super) use horner::{Horner, Query, LOG_THREADS as HORNER_LOG_THREADS};
pub(super) use inverse::{shared_bytes as inverse_shared_bytes, Inverse};
pub(super) use kate::{Division, Kate};
pub(super) use l0::L0;
pub(super) use product::{Product, ProductSlices};

/// Wide multiplications of one in Fr, and of a sum of two products.
const MUL: u64 = ScalarField::MULTIPLICATION;
const SUM_OF_PRODUCTS: u64 = ScalarField::SUM_OF_PRODUCTS;
/// The most wide multiplications of an inversion.
const INVERSION: u64 = ScalarField::INVERSION;
/// Bytes of an element.
const BYTES: u64 = size_of::<ScalarField>() as u64;

/// All of them, looked up.
#[derive(Debug)]
pub(super) struct Kernels {
    pub(super) inverse: Inverse,
    pub(super) l0: L0,
    pub(super) horner: Horner,
    pub(super) accumulate: Accumulate,
    pub(super) kate: Kate,
    pub(super) product: Product,
}

impl Kernels {
    pub(super) fn load(context: &Context, policy: &Policy) -> Result<Self, CudaError> {
        Ok(Self {
            inverse: Inverse::load(context, policy.max_inverse_run)?,
            l0: L0::load(context, policy.max_inverse_run)?,
            horner: Horner::load(context)?,
            accumulate: Accumulate::load(context)?,
            kate: Kate::load(context)?,
            product: Product::load(context)?,
        })
    }
}

/// Blocks of so many threads that have `n` values, `run` a thread; as many as there can be if that is
/// too many for a launch, which then says so.
fn blocks(n: u64, threads: u32, run: u32) -> u32 {
    let tile = u64::from(threads) * u64::from(run.max(1));
    u32::try_from(n.div_ceil(tile)).unwrap_or(u32::MAX)
}

/// x^(2^j) for j < COUNT.
pub(super) fn squares<const COUNT: usize>(x: ScalarField) -> [ScalarField; COUNT] {
    let mut next = x;
    std::array::from_fn(|_| {
        let power = next;
        next = next.square();
        power
    })
}
