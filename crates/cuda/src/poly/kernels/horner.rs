//! `horner.cu`: evaluations.

use halo2_offload_kernels::signatures::poly_horner::{self, THREADS};

use super::{holds, squares, BYTES, MUL};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    field::ScalarField,
    kernel::{EntryPoint, Kernel},
    launch::{Argument, LaunchConfig},
    repr::DeviceRepr,
    sys::Address,
    work::Work,
};
pub(in crate::poly) use halo2_offload_kernels::signatures::poly_horner::LOG_THREADS;

entry_points!(poly_horner);

/// The squares of a point that a query has: for grids of fewer threads than 2 to that power.
const SQUARES: usize = poly_horner::SQUARES as usize;

#[derive(Debug)]
pub(in crate::poly) struct Horner {
    horner: Kernel<PolyHorner>,
    sum: Kernel<PolyHornerSum>,
}

/// `Query` of `horner.cu`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(in crate::poly) struct Query {
    column: Address,
    length: u64,
    squares: [ScalarField; SQUARES],
}

// SAFETY: a number, a number and field elements, without padding, as the kernel declares them; the
// address is a number to the host.
unsafe impl DeviceRepr for Query {}

const _: () = assert!(size_of::<Query>() == 16 + 32 * SQUARES);

impl Query {
    pub(in crate::poly) fn new(column: &DeviceSlice<'_, ScalarField>, point: ScalarField) -> Self {
        Self {
            column: *column.address(),
            length: column.len() as u64,
            squares: squares(point),
        }
    }
}

impl Horner {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self {
            horner: PolyHorner::load(context)?,
            sum: PolyHornerSum::load(context)?,
        })
    }

    /// Evaluates each of `columns` in 2^log_blocks blocks, by way of `sums`, a value a block.
    ///
    /// # Safety
    /// `queries` will hold [`Query`]s of these columns, in this order.
    pub(in crate::poly) unsafe fn launch(
        &self,
        context: &Context,
        columns: &[DeviceSlice<'_, ScalarField>],
        queries: DeviceSlice<'_, Query>,
        log_blocks: u32,
        sums: DeviceSliceMut<'_, ScalarField>,
        out: DeviceSliceMut<'_, ScalarField>,
    ) -> Result<Work, CudaError> {
        const OPERATION: &str = "horner";
        let count = columns.len() as u64;
        let log_blocks = log_blocks.min(SQUARES as u32 - 1 - LOG_THREADS);
        let blocks = 1u32 << log_blocks;
        holds(OPERATION, queries.len(), count)?;
        holds(OPERATION, sums.len(), count * u64::from(blocks))?;
        holds(OPERATION, out.len(), count)?;
        let wide = LaunchConfig::linear(u32::try_from(count).unwrap_or(u32::MAX), THREADS);
        let high = LaunchConfig {
            grid: [wide.grid[0], blocks, 1],
            ..wide
        };
        let reached: Vec<&dyn Argument> = columns
            .iter()
            .map(|column| column as &dyn Argument)
            .collect();
        // SAFETY: the kernel reads the columns that the queries name, by the caller's word those that
        // are given, and squares below the grid's threads; it writes a sum a block. The second adds up
        // those of each query.
        unsafe {
            self.horner
                .launch_reaching(context, high, (&queries, &log_blocks, &sums), &reached)?;
            self.sum
                .launch(context, wide, (&sums.as_read(), &log_blocks, &out))?;
        }
        let coefficients: u64 = columns.iter().map(|column| column.len() as u64).sum();
        let blocks = count * u64::from(blocks);
        Ok(Work {
            multiplications: MUL * coefficients
                + blocks * (2 * u64::from(THREADS) + u64::from(log_blocks) / 2) * MUL,
            bytes_read: BYTES * (coefficients + blocks) + count * size_of::<Query>() as u64,
            bytes_written: BYTES * (blocks + count),
        })
    }
}
