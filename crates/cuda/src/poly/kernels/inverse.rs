//! `inverse.cu`: batch inversion.

use halo2_offload_kernels::signatures::poly_inverse::THREADS;

use super::{blocks, BYTES, INVERSION, MUL};
use crate::{
    buffer::DeviceSliceMut,
    context::Context,
    entry_points,
    error::CudaError,
    field::ScalarField,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    work::Work,
};

entry_points!(poly_inverse);

#[derive(Debug)]
pub(in crate::poly) struct Inverse(Kernel<PolyInverse>);

/// Shared memory of a block whose threads have `run` values: the tree, and a product for each.
pub(in crate::poly) fn shared_bytes(run: u32) -> u32 {
    (2 * 48 + 32 * run) * THREADS
}

/// The grid of a kernel that inverts `n` values, `run` a thread.
pub(super) fn config(n: u64, run: u32) -> LaunchConfig {
    LaunchConfig::linear(blocks(n, THREADS, run), THREADS).with_shared_bytes(shared_bytes(run))
}

/// What the inversion of `n` values takes, `run` a thread.
pub(super) fn work(n: u64, run: u32) -> Work {
    let blocks = u64::from(blocks(n, THREADS, run));
    Work {
        multiplications: 3 * MUL * n + blocks * (u64::from(THREADS) * 49 * MUL / 10 + INVERSION),
        bytes_read: BYTES * n,
        bytes_written: BYTES * n,
    }
}

impl Inverse {
    pub(super) fn load(context: &Context, max_run: u32) -> Result<Self, CudaError> {
        let function = PolyInverse::load(context)?;
        Ok(Self(function.with_shared_bytes(shared_bytes(max_run))?))
    }

    pub(in crate::poly) fn launch(
        &self,
        context: &Context,
        values: DeviceSliceMut<'_, ScalarField>,
        run: u32,
    ) -> Result<Work, CudaError> {
        let n = values.len() as u64;
        // SAFETY: the kernel reads and writes the n values, in a grid with a place for each, with the
        // shared memory of the contract.
        unsafe {
            self.0
                .launch(context, config(n, run), (&values, &n, &run))?
        };
        Ok(work(n, run))
    }
}
