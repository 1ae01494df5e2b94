//! `product.cu`: grand products.

use ff::Field;
use halo2_offload_kernels::signatures::poly_product::THREADS;

use super::{blocks, holds, BYTES, INVERSION, MUL};
use crate::{
    buffer::DeviceSliceMut,
    context::Context,
    entry_points,
    error::CudaError,
    field::ScalarField,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    poly::First,
    work::Work,
};

entry_points!(poly_product);

#[derive(Debug)]
pub(in crate::poly) struct Product {
    runs: Kernel<PolyProductRuns>,
    blocks: Kernel<PolyProductBlocks>,
    rows: Kernel<PolyProductRows>,
}

/// What a grand product works on.
#[derive(Debug)]
pub(in crate::poly) struct ProductSlices<'a> {
    /// Numerators, which become the product.
    pub(in crate::poly) z: DeviceSliceMut<'a, ScalarField>,
    pub(in crate::poly) denominators: DeviceSliceMut<'a, ScalarField>,
    /// A value a block each.
    pub(in crate::poly) blocks_n: DeviceSliceMut<'a, ScalarField>,
    pub(in crate::poly) blocks_d: DeviceSliceMut<'a, ScalarField>,
}

impl Product {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self {
            runs: PolyProductRuns::load(context)?,
            blocks: PolyProductBlocks::load(context)?,
            rows: PolyProductRows::load(context)?,
        })
    }

    /// Blocks that have the rows, one more than `usable_rows`, `run` a thread.
    pub(in crate::poly) fn block_count(usable_rows: usize, run: u32) -> u32 {
        blocks(usable_rows as u64 + 1, THREADS, run)
    }

    pub(in crate::poly) fn launch(
        &self,
        context: &Context,
        slices: ProductSlices<'_>,
        first: First<'_>,
        usable_rows: usize,
        run: u32,
    ) -> Result<Work, CudaError> {
        const OPERATION: &str = "grand product";
        let ProductSlices {
            z,
            denominators,
            blocks_n,
            blocks_d,
        } = slices;
        let usable = usable_rows as u64;
        let blocks = Self::block_count(usable_rows, run);
        holds(OPERATION, z.len(), usable + 1)?;
        holds(OPERATION, denominators.len(), usable + 1)?;
        holds(OPERATION, blocks_n.len(), u64::from(blocks))?;
        holds(OPERATION, blocks_d.len(), u64::from(blocks))?;
        let (value, on_device) = match first {
            First::One => (ScalarField::ONE, None),
            First::Value(value) => (value, None),
            First::Device(slice) => (ScalarField::ONE, Some(slice)),
        };
        if let Some(slice) = on_device {
            holds(OPERATION, slice.len(), 1)?;
        }
        let config = LaunchConfig::linear(blocks, THREADS);
        // SAFETY: the kernels read and write usable + 1 values of z and of the denominators, and a value
        // a block of either kind; the grids are those of the contract, and the one block of the second
        // shares all blocks out to its threads. The first value is read where there is one.
        unsafe {
            self.runs.launch(
                context,
                config,
                (&z, &denominators, &usable, &run, &blocks_n, &blocks_d),
            )?;
            self.blocks.launch(
                context,
                LaunchConfig::linear(1, THREADS),
                (&blocks_n, &blocks_d.as_read(), &blocks, &value, &on_device),
            )?;
            self.rows.launch(
                context,
                config,
                (
                    &z,
                    &denominators.as_read(),
                    &usable,
                    &run,
                    &blocks_n.as_read(),
                ),
            )?;
        }
        let (rows, blocks) = (usable + 1, u64::from(blocks));
        let threads = blocks * u64::from(THREADS);
        Ok(Work {
            multiplications: MUL * (4 * rows + 23 * threads / 4 + 4 * blocks) + INVERSION,
            bytes_read: BYTES * (3 * rows + threads + 4 * blocks),
            bytes_written: BYTES * (2 * rows + threads + 4 * blocks),
        })
    }
}
