//! `kate.cu`: division by X - r.

use ff::Field;
use halo2_offload_kernels::signatures::poly_kate::{LOG_THREADS, THREADS};

use super::{blocks, holds, squares, BYTES, MUL};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    field::ScalarField,
    kernel::{EntryPoint, Kernel},
    launch::{by_value, LaunchConfig},
    work::Work,
};

entry_points!(poly_kate);

#[derive(Debug)]
pub(in crate::poly) struct Kate {
    values: Kernel<PolyKateValues>,
    quotient: Kernel<PolyKateQuotient>,
}

/// `Steps` of `kate.cu`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Steps([ScalarField; LOG_THREADS as usize]);

by_value!(Steps);

/// How a division is shared out.
#[derive(Clone, Copy, Debug)]
pub(in crate::poly) struct Division {
    n: u64,
    run: u32,
    root: ScalarField,
    steps: Steps,
    /// Blocks, each of which leaves a value.
    pub(in crate::poly) blocks: u32,
    /// r^(values of a block): by X minus this the blocks' values are divided.
    pub(in crate::poly) block_root: ScalarField,
}

impl Division {
    /// Of `n` coefficients by X - root, `run` a thread.
    pub(in crate::poly) fn new(n: usize, run: u32, root: ScalarField) -> Self {
        let [steps @ .., block_root] =
            squares::<{ LOG_THREADS as usize + 1 }>(root.pow_vartime([u64::from(run)]));
        Self {
            n: n as u64,
            run,
            root,
            steps: Steps(steps),
            blocks: blocks(n as u64, THREADS, run),
            block_root,
        }
    }

    /// Threads, each of which leaves a value.
    pub(in crate::poly) fn threads(&self) -> usize {
        self.blocks as usize * THREADS as usize
    }

    fn config(&self) -> LaunchConfig {
        LaunchConfig::linear(self.blocks, THREADS)
    }

    /// What its two launches take.
    pub(in crate::poly) fn work(&self) -> Work {
        let (threads, blocks) = (self.threads() as u64, u64::from(self.blocks));
        Work {
            multiplications: MUL * (2 * self.n + 6 * threads),
            bytes_read: BYTES * (2 * self.n + threads + blocks),
            bytes_written: BYTES * (self.n + threads + blocks),
        }
    }

    fn holds(&self, p: usize, values: usize, blocks: usize) -> Result<(), CudaError> {
        const OPERATION: &str = "kate division";
        holds(OPERATION, p, self.n)?;
        holds(OPERATION, values, self.threads() as u64)?;
        holds(OPERATION, blocks, u64::from(self.blocks))
    }
}

impl Kate {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self {
            values: PolyKateValues::load(context)?,
            quotient: PolyKateQuotient::load(context)?,
        })
    }

    /// The values of the threads' runs, and of the blocks.
    pub(in crate::poly) fn values(
        &self,
        context: &Context,
        division: &Division,
        p: DeviceSlice<'_, ScalarField>,
        values: DeviceSliceMut<'_, ScalarField>,
        blocks: DeviceSliceMut<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        division.holds(p.len(), values.len(), blocks.len())?;
        // SAFETY: the kernel reads n coefficients, and writes a value a thread and a block.
        unsafe {
            self.values.launch(
                context,
                division.config(),
                (
                    &p,
                    &division.n,
                    &division.run,
                    &division.root,
                    &division.steps,
                    &values,
                    &blocks,
                ),
            )
        }
    }

    /// The quotient, with the threads' values and what is above each block.
    pub(in crate::poly) fn quotient(
        &self,
        context: &Context,
        division: &Division,
        p: DeviceSliceMut<'_, ScalarField>,
        values: DeviceSlice<'_, ScalarField>,
        blocks: DeviceSlice<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        division.holds(p.len(), values.len(), blocks.len())?;
        // SAFETY: the kernel reads and writes n coefficients, and reads a value a thread and a block.
        unsafe {
            self.quotient.launch(
                context,
                division.config(),
                (
                    &p,
                    &division.n,
                    &division.run,
                    &division.root,
                    &division.steps,
                    &values,
                    &blocks,
                ),
            )
        }
    }
}
