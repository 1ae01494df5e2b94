//! `kate.cu`: division by X - r.

use ff::Field;
use halo2curves::bn256::Fr;

use super::{blocks, holds, squares, BYTES, MUL};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    kernel::Function,
    launch::{by_value, Argument, LaunchConfig},
    work::Work,
};

const LOG_THREADS: usize = 7;
const THREADS: u32 = 1 << LOG_THREADS;

#[derive(Debug)]
pub(in crate::poly) struct Kate {
    values: Function,
    quotient: Function,
}

/// `Steps` of `kate.cu`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Steps([Fr; LOG_THREADS]);

by_value!(Steps);

/// How a division is shared out.
#[derive(Clone, Copy, Debug)]
pub(in crate::poly) struct Division {
    n: u64,
    run: u32,
    root: Fr,
    steps: Steps,
    /// Blocks, each of which leaves a value.
    pub(in crate::poly) blocks: u32,
    /// r^(values of a block): by X minus this the blocks' values are divided.
    pub(in crate::poly) block_root: Fr,
}

impl Division {
    /// Of `n` coefficients by X - root, `run` a thread.
    pub(in crate::poly) fn new(n: usize, run: u32, root: Fr) -> Self {
        let [steps @ .., block_root] =
            squares::<{ LOG_THREADS + 1 }>(root.pow_vartime([u64::from(run)]));
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

    /// Launches either kernel on coefficients, threads' values and blocks' values.
    ///
    /// # Safety
    /// The slices are those that the kernel declares, to be written where it writes, and hold n
    /// coefficients, a value a thread and a value a block.
    unsafe fn launch(
        &self,
        context: &Context,
        kernel: &Function,
        [p, values, blocks]: [&dyn Argument; 3],
    ) -> Result<(), CudaError> {
        let Self {
            n,
            run,
            root,
            steps,
            ..
        } = self;
        // SAFETY: the numbers are the division's; the caller vouches for the slices.
        unsafe {
            context.launch(
                kernel,
                LaunchConfig::linear(self.blocks, THREADS),
                &[p, n, run, root, steps, values, blocks],
            )
        }
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
        let function = |entry| context.function("poly_kate", entry);
        Ok(Self {
            values: function("poly_kate_values")?,
            quotient: function("poly_kate_quotient")?,
        })
    }

    /// The values of the threads' runs, and of the blocks.
    pub(in crate::poly) fn values(
        &self,
        context: &Context,
        division: &Division,
        p: DeviceSlice<'_, Fr>,
        values: DeviceSliceMut<'_, Fr>,
        blocks: DeviceSliceMut<'_, Fr>,
    ) -> Result<(), CudaError> {
        division.holds(p.len(), values.len(), blocks.len())?;
        // SAFETY: the kernel reads n coefficients, and writes a value a thread and a block.
        unsafe { division.launch(context, &self.values, [&p, &values, &blocks]) }
    }

    /// The quotient, with the threads' values and what is above each block.
    pub(in crate::poly) fn quotient(
        &self,
        context: &Context,
        division: &Division,
        p: DeviceSliceMut<'_, Fr>,
        values: DeviceSlice<'_, Fr>,
        blocks: DeviceSlice<'_, Fr>,
    ) -> Result<(), CudaError> {
        division.holds(p.len(), values.len(), blocks.len())?;
        // SAFETY: the kernel reads and writes n coefficients, and reads a value a thread and a block.
        unsafe { division.launch(context, &self.quotient, [&p, &values, &blocks]) }
    }
}
