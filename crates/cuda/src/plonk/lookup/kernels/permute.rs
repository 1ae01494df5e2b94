//! `lookup.cu`: A' and S' of sorted inputs and a sorted table.

use halo2curves::bn256::Fr;

use super::{
    super::{plan::Plan, PERMUTATION},
    holds,
};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    kernel::Function,
    launch::LaunchConfig,
};

const THREADS: u32 = 256;
const RANK_THREADS: u32 = 1024;

#[derive(Debug)]
pub(in crate::plonk::lookup) struct Permute {
    match_inputs: Function,
    ranks: Function,
    fill: Function,
    missing: Function,
}

/// What the kernels hand to each other.
#[derive(Debug)]
pub(in crate::plonk::lookup) struct SortedSlices<'a> {
    /// Keys, ascending.
    pub(in crate::plonk::lookup) table: DeviceSlice<'a, Fr>,
    /// A'.
    pub(in crate::plonk::lookup) permuted_input: DeviceSliceMut<'a, Fr>,
    /// At first the keys of the inputs, ascending; then S'.
    pub(in crate::plonk::lookup) permuted_table: DeviceSliceMut<'a, Fr>,
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
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        let function = |entry: &str| context.function("plonk_lookup", entry);
        Ok(Self {
            match_inputs: function("plonk_lookup_match")?,
            ranks: function("plonk_lookup_ranks")?,
            fill: function("plonk_lookup_fill")?,
            missing: function("plonk_lookup_missing")?,
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
            context.launch(
                &self.match_inputs,
                LaunchConfig::covering(plan.rows as usize, THREADS),
                &[
                    &slices.permuted_table.as_read(),
                    &slices.table,
                    &plan.rows,
                    &slices.permuted_input,
                    &firsts,
                    &taken,
                    &slices.missing,
                ],
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
            context.launch(
                &self.ranks,
                LaunchConfig::linear(2, RANK_THREADS),
                &[
                    &slices.bits.as_read(),
                    &words,
                    &slices.before,
                    &slices.first_missing,
                ],
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
            context.launch(
                &self.fill,
                LaunchConfig::covering(plan.rows as usize, THREADS),
                &[
                    &slices.permuted_input.as_read(),
                    &slices.table,
                    &plan.rows,
                    &slices.bits.as_read(),
                    &slices.before.as_read(),
                    &slices.permuted_table,
                ],
            )
        }
    }

    /// The first row whose input is missing, if one is.
    pub(in crate::plonk::lookup) fn find_missing(
        &self,
        context: &Context,
        plan: &Plan,
        input: DeviceSlice<'_, Fr>,
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
            context.launch(
                &self.missing,
                LaunchConfig::covering(plan.rows as usize, THREADS),
                &[
                    &input,
                    &slices.table,
                    &plan.rows,
                    &slices.missing.as_read(),
                    &slices.first_missing,
                ],
            )
        }
    }
}
