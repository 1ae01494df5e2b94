//! `lookup_sort.cu`: a column in order.
//!
//! Keys lie where field elements do, and are as long: the slices are of elements, whatever they hold.

use halo2_offload_kernels::signatures::plonk_lookup_sort::THREADS;

use super::{
    super::{plan::Plan, SORT},
    holds,
};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    field::ScalarField,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
};

entry_points!(plonk_lookup_sort);

type Key = ScalarField;

#[derive(Debug)]
pub(in crate::plonk::lookup) struct Sort {
    tiles: Kernel<PlonkLookupTiles>,
    merge: Kernel<PlonkLookupMerge>,
}

impl Sort {
    pub(in crate::plonk::lookup) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self {
            tiles: PlonkLookupTiles::load(context)?,
            merge: PlonkLookupMerge::load(context)?,
        })
    }

    /// The keys of a column's elements, each tile of them in order.
    pub(in crate::plonk::lookup) fn tiles(
        &self,
        context: &Context,
        plan: &Plan,
        column: DeviceSlice<'_, ScalarField>,
        keys: DeviceSliceMut<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        holds(SORT, column.len(), plan.rows as usize)?;
        holds(SORT, keys.len(), plan.rows as usize)?;
        if plan.rows == 0 {
            return Ok(());
        }
        // SAFETY: a block reads and writes the rows of its tile, those below the number of rows; the
        // grid has a block for each tile.
        unsafe {
            self.tiles.launch(
                context,
                LaunchConfig::linear(plan.tiles(), THREADS),
                (&column, &plan.rows, &keys),
            )
        }
    }

    /// One pass of merging, from runs to runs of twice the length.
    pub(in crate::plonk::lookup) fn merge(
        &self,
        context: &Context,
        plan: &Plan,
        pass: u32,
        runs: DeviceSlice<'_, ScalarField>,
        merged: DeviceSliceMut<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        holds(SORT, runs.len(), plan.rows as usize)?;
        holds(SORT, merged.len(), plan.rows as usize)?;
        // SAFETY: a block reads of the two runs that its tile is of, whose ends are at most the number
        // of rows, and writes the rows of its tile; the grid has a block for each tile.
        unsafe {
            self.merge.launch(
                context,
                LaunchConfig::linear(plan.tiles(), THREADS),
                (&runs, &plan.rows, &plan.run_length(pass), &merged),
            )
        }
    }
}
