//! The permutation of a lookup's inputs and table: A' and S' of the halo2 book's lookup argument.
//!
//! A' is the inputs ascending by canonical value. S' has a distinct input's own value beside its first
//! occurrence; the other rows take, ascending, what the table holds beyond that: repetitions, and
//! values that no input has. The same values as the CPU's engine.
//!
//! Both columns are sorted by merging (`kernels/plonk/lookup_sort.cu`), which takes as long for any
//! values. The inputs are sorted between the columns where A' and S' will be, the table before that
//! between the workspace and one of these: of 32 bytes a row there is but one buffer besides. From then
//! on rows are bits (`kernels/plonk/lookup.cu`): which inputs are the first of their equals, which rows
//! of the table they take; the r-th repeated input takes the r-th row that is left over.

mod kernels;
mod plan;

use std::sync::Arc;

use self::{
    kernels::{Permute, Sort, SortedSlices},
    plan::Plan,
};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    field::ScalarField,
    transfer::Download,
};
pub use plan::workspace_bytes;

/// What the operation is called in errors and times.
const OPERATION: &str = "lookup";
/// Its parts: the sort of a column; A' and S' of sorted columns.
const SORT: &str = "lookup sort";
const PERMUTATION: &str = "lookup permutation";

/// Permutations of lookups on a device.
#[derive(Debug)]
pub struct CudaLookups {
    context: Arc<Context>,
    sort: Sort,
    permute: Permute,
}

impl CudaLookups {
    /// Loads the kernels.
    pub fn new(context: Arc<Context>) -> Result<Self, CudaError> {
        Ok(Self {
            sort: Sort::load(&context)?,
            permute: Permute::load(&context)?,
            context,
        })
    }

    /// Gives the permutation of the first `usable_rows` rows to the device. Rows of A' and S' after
    /// them are left as they are.
    ///
    /// What is downloaded is one number: the first row whose input no usable row of the table has, or
    /// `u32::MAX`. Where there is such a row, A' and S' are values of no meaning. Of a modelled device
    /// the number means nothing.
    ///
    /// Takes [`workspace_bytes`] of device memory meanwhile. An error if one of the four slices has
    /// fewer than `usable_rows` values.
    pub fn permute(
        &self,
        input: DeviceSlice<'_, ScalarField>,
        table: DeviceSlice<'_, ScalarField>,
        usable_rows: usize,
        permuted_input: DeviceSliceMut<'_, ScalarField>,
        permuted_table: DeviceSliceMut<'_, ScalarField>,
    ) -> Result<Download<u32>, CudaError> {
        let plan = Plan::new(usable_rows)?;
        let input = input.range(..usable_rows)?;
        let table = table.range(..usable_rows)?;
        let mut permuted_input = permuted_input.into_range(..usable_rows)?;
        let mut permuted_table = permuted_table.into_range(..usable_rows)?;

        let context = &*self.context;
        let _timed = context.time(OPERATION)?;
        let mut keys = context.allocate::<ScalarField>("lookup keys", usable_rows)?;
        let mut bits = context.allocate::<u32>("lookup bits", plan.state_len())?;
        context.zero(bits.range_mut(plan.zeroed())?)?;
        let (first_missing, rest) = bits.all_mut().split_at(1)?;
        let (missing, rest) = rest.split_at(1)?;
        let (bits, before) = rest.split_at(2 * plan.words())?;

        self.sort(&plan, table, keys.all_mut(), permuted_table.reborrow())?;
        self.sort(
            &plan,
            input,
            permuted_table.reborrow(),
            permuted_input.reborrow(),
        )?;
        self.permute_sorted(
            &plan,
            input,
            SortedSlices {
                table: keys.all(),
                permuted_input,
                permuted_table,
                bits,
                before,
                missing,
                first_missing,
            },
        )
    }

    /// Leaves the keys of a column in `sorted`, ascending; `other` is overwritten.
    fn sort(
        &self,
        plan: &Plan,
        column: DeviceSlice<'_, ScalarField>,
        sorted: DeviceSliceMut<'_, ScalarField>,
        other: DeviceSliceMut<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        let context = &*self.context;
        let _timed = context.time(SORT)?;
        context.account(SORT, plan.sort_work());
        // The last of the passes writes to `sorted`.
        let (mut to, mut from) = match plan.passes() % 2 {
            0 => (sorted, other),
            _ => (other, sorted),
        };
        let sort = &self.sort;
        sort.tiles(context, plan, column, to.reborrow())?;
        for pass in 0..plan.passes() {
            (to, from) = (from, to);
            sort.merge(context, plan, pass, from.as_read(), to.reborrow())?;
        }
        Ok(())
    }

    /// A' and S' of sorted columns, and the first row whose input is missing.
    fn permute_sorted(
        &self,
        plan: &Plan,
        input: DeviceSlice<'_, ScalarField>,
        mut slices: SortedSlices<'_>,
    ) -> Result<Download<u32>, CudaError> {
        let context = &*self.context;
        let _timed = context.time(PERMUTATION)?;
        context.account(PERMUTATION, plan.permutation_work());
        let permute = &self.permute;
        permute.find(context, plan, &mut slices)?;
        permute.count(context, plan, &mut slices)?;
        permute.fill(context, plan, &mut slices)?;
        permute.find_missing(context, plan, input, &mut slices)?;
        context.begin_download(slices.first_missing.as_read())
    }
}
