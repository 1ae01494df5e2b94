//! `lookup.cu`: A' and S' of sorted inputs and a sorted table.

use halo2_offload_kernels::signatures::plonk_lookup::THREADS;

use super::{
    super::{plan::Plan, PERMUTATION},
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

entry_points!(plonk_lookup);

/// Keys lie where field elements do.
type Key = ScalarField;

#[derive(Debug)]
pub(in crate::plonk::lookup) struct Permute {
    match_inputs: Kernel<PlonkLookupMatch>,
    ranks: Kernel<PlonkLookupRanks>,
    fill: Kernel<PlonkLookupFill>,
    missing: Kernel<PlonkLookupMissing>,
}

/// What the kernels hand to each other.
#[derive(Debug)]
pub(in crate::plonk::lookup) struct SortedSlices<'a> {
    /// Keys, ascending.
    pub(in crate::plonk::lookup) table: DeviceSlice<'a, ScalarField>,
    /// A'.
    pub(in crate::plonk::lookup) permuted_input: DeviceSliceMut<'a, ScalarField>,
    /// At first the keys of the inputs, ascending; then S'.
    pub(in crate::plonk::lookup) permuted_table: DeviceSliceMut<'a, ScalarField>,
    /// A bit for each row of the table that is taken, zeros at first; then one for each input that is
    /// the first of its equals.
    pub(in crate::plonk::lookup) bits: DeviceSliceMut<'a, u32>,
    /// How many of these are set before each word.
    pub(in crate::plonk::lookup) before: DeviceSliceMut<'a, u32>,
    /// Whether an input is not in the table; zero at first.
    pub(in crate::plonk::lookup) missing: DeviceSliceMut<'a, u32>,
    /// The first row of such an input, or `u32::MAX`.
    pub(in crate::plonk::lookup) first_missing: DeviceSliceMut<'a, u32>,
}

impl SortedSlices<'_> {
    fn check(&self, plan: &Plan) -> Result<(), CudaError> {
        let rows = plan.rows as usize;
        holds(PERMUTATION, self.table.len(), rows)?;
        holds(PERMUTATION, self.permuted_input.len(), rows)?;
        holds(PERMUTATION, self.permuted_table.len(), rows)?;
        holds(PERMUTATION, self.bits.len(), 2 * plan.words())?;
        holds(PERMUTATION, self.before.len(), 2 * plan.words())?;
        holds(PERMUTATION, self.missing.len(), 1)?;
        holds(PERMUTATION, self.first_missing.len(), 1)
    }
}

impl Permute {
    pub(in crate::plonk::lookup) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self {
            match_inputs: PlonkLookupMatch::load(context)?,
            ranks: PlonkLookupRanks::load(context)?,
            fill: PlonkLookupFill::load(context)?,
            missing: PlonkLookupMissing::load(context)?,
        })
    }

    /// Finds each distinct input in the table: A', both kinds of bits, whether one is missing.
    pub(in crate::plonk::lookup) fn find(
        &self,
        context: &Context,
        plan: &Plan,
        slices: &mut SortedSlices<'_>,
    ) -> Result<(), CudaError> {
        slices.check(plan)?;
        if plan.rows == 0 {
            return Ok(());
        }
        let (taken, firsts) = slices.bits.reborrow().split_at(plan.words())?;
        // SAFETY: the kernel reads rows of both sorted columns and writes rows of A', all below the
        // number of rows; it writes words of both kinds of bits for these, and one number.
        unsafe {
            self.match_inputs.launch(
                context,
                LaunchConfig::covering(plan.rows as usize, THREADS),
                (
                    &slices.permuted_table.as_read(),
                    &slices.table,
                    &plan.rows,
                    &slices.permuted_input,
                    &firsts,
                    &taken,
                    &slices.missing,
                ),
            )
        }
    }

    /// Counts the bits before each word, and says that no row is missing.
    pub(in crate::plonk::lookup) fn count(
        &self,
        context: &Context,
        plan: &Plan,
        slices: &mut SortedSlices<'_>,
    ) -> Result<(), CudaError> {
        slices.check(plan)?;
        let words = plan.rows.div_ceil(32);
        // SAFETY: the kernel's two blocks read and write `words` words each, in two halves of the
        // slices, and one number.
        unsafe {
            self.ranks.launch(
                context,
                LaunchConfig::linear(2, PlonkLookupRanks::THREADS),
                (
                    &slices.bits.as_read(),
                    &words,
                    &slices.before,
                    &slices.first_missing,
                ),
            )
        }
    }

    /// S'.
    pub(in crate::plonk::lookup) fn fill(
        &self,
        context: &Context,
        plan: &Plan,
        slices: &mut SortedSlices<'_>,
    ) -> Result<(), CudaError> {
        slices.check(plan)?;
        if plan.rows == 0 {
            return Ok(());
        }
        // SAFETY: the kernel reads rows of A' and of the table and writes rows of S'. It reads row r of
        // the table only if that is not taken and as many rows before it are not taken as inputs are
        // repeated before the row that it fills; no more rows are taken than inputs are the first of
        // their equals, so there is such a row, below the number of rows.
        unsafe {
            self.fill.launch(
                context,
                LaunchConfig::covering(plan.rows as usize, THREADS),
                (
                    &slices.permuted_input.as_read(),
                    &slices.table,
                    &plan.rows,
                    &slices.bits.as_read(),
                    &slices.before.as_read(),
                    &slices.permuted_table,
                ),
            )
        }
    }

    /// The first row whose input is missing, if one is.
    pub(in crate::plonk::lookup) fn find_missing(
        &self,
        context: &Context,
        plan: &Plan,
        input: DeviceSlice<'_, ScalarField>,
        slices: &mut SortedSlices<'_>,
    ) -> Result<(), CudaError> {
        slices.check(plan)?;
        holds(PERMUTATION, input.len(), plan.rows as usize)?;
        if plan.rows == 0 {
            return Ok(());
        }
        // SAFETY: the kernel reads inputs and rows of the sorted table below the number of rows, and one
        // number, and writes one.
        unsafe {
            self.missing.launch(
                context,
                LaunchConfig::covering(plan.rows as usize, THREADS),
                (
                    &input,
                    &slices.table,
                    &plan.rows,
                    &slices.missing.as_read(),
                    &slices.first_missing,
                ),
            )
        }
    }
}
