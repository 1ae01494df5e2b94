//! Operations on columns of Fr that stay on the device: batch inversion, evaluations, linear
//! combinations, division by X - r, the first Lagrange polynomial, grand products.
//!
//! Each gives its work to the compute stream and waits for nothing; what it needs beside its columns it
//! allocates, and gives back in the order of that work. Results are the canonical values, bit for bit
//! those of the CPU engine, in whatever order they were multiplied. Where each is computed and what it
//! costs is said at the top of its file in `kernels/poly`.

mod kernels;
mod policy;

use std::sync::Arc;

use ff::Field;

use kernels::{squares, Division, Group, Kernels, Product, ProductSlices, Query};

pub use policy::Policy;

use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    field::ScalarField,
    launch::holds,
    transfer::Download,
};

/// Polynomial operations on a device.
#[derive(Debug)]
pub struct CudaPoly {
    context: Arc<Context>,
    kernels: Kernels,
    policy: Policy,
}

/// What a grand product begins with.
#[derive(Clone, Copy, Debug)]
pub enum First<'a> {
    /// One.
    One,
    /// A value that the host knows.
    Value(ScalarField),
    /// A value on the device, such as the last one of the product before.
    Device(DeviceSlice<'a, ScalarField>),
}

impl CudaPoly {
    /// With the policy for the device.
    pub fn new(context: Arc<Context>) -> Result<Self, CudaError> {
        let policy = Policy::of(context.device());
        Self::with_policy(context, policy)
    }

    /// With a policy of one's own.
    pub fn with_policy(context: Arc<Context>, policy: Policy) -> Result<Self, CudaError> {
        Ok(Self {
            kernels: Kernels::load(&context, &policy)?,
            context,
            policy,
        })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Inverts every value in place; zero stays zero.
    pub fn batch_invert(&self, values: DeviceSliceMut<'_, ScalarField>) -> Result<(), CudaError> {
        const OPERATION: &str = "batch inversion";
        if values.is_empty() {
            return Ok(());
        }
        let _timed = self.context.time(OPERATION)?;
        let run = self.policy.run(values.len(), self.policy.max_inverse_run);
        let work = self.kernels.inverse.launch(&self.context, values, run)?;
        self.context.account(OPERATION, work);
        Ok(())
    }

    /// Starts to evaluate each polynomial, given by its coefficients, at its point; the values come
    /// down together. Columns may be of any length, 0 included, and occur more than once.
    pub fn begin_horner(
        &self,
        queries: &[(DeviceSlice<'_, ScalarField>, ScalarField)],
    ) -> Result<Download<ScalarField>, CudaError> {
        const OPERATION: &str = "horner";
        let _timed = self.context.time(OPERATION)?;
        let mut values = self.context.allocate("evaluations", queries.len())?;
        if !queries.is_empty() {
            let table: Vec<Query> = queries
                .iter()
                .map(|(column, point)| Query::new(column, *point))
                .collect();
            let columns: Vec<_> = queries.iter().map(|(column, _)| *column).collect();
            let log_blocks = self.policy.log_blocks(&columns);
            let table = self.context.allocate_from("horner queries", &table)?;
            let sums = queries.len() << log_blocks;
            let mut sums = self.context.allocate("horner sums", sums)?;
            // SAFETY: the table was made of these columns.
            let work = unsafe {
                self.kernels.horner.launch(
                    &self.context,
                    &columns,
                    table.all(),
                    log_blocks,
                    sums.all_mut(),
                    values.all_mut(),
                )?
            };
            self.context.account(OPERATION, work);
        }
        self.context.begin_download(values.all())
    }

    /// Adds `sum_j c_j p_j` to the sum. All columns are as long as the sum.
    pub fn accumulate(
        &self,
        mut sum: DeviceSliceMut<'_, ScalarField>,
        terms: &[(ScalarField, DeviceSlice<'_, ScalarField>)],
    ) -> Result<(), CudaError> {
        const OPERATION: &str = "accumulate";
        for (_, column) in terms {
            if column.len() != sum.len() {
                return Err(CudaError::Length {
                    operation: OPERATION,
                    given: column.len(),
                    needed: sum.len(),
                });
            }
        }
        if sum.is_empty() {
            return Ok(());
        }
        let _timed = self.context.time(OPERATION)?;
        for group in Group::all(terms) {
            let accumulate = &self.kernels.accumulate;
            let work = accumulate.launch(&self.context, sum.reborrow(), &group)?;
            self.context.account(OPERATION, work);
        }
        Ok(())
    }

    /// Divides p by X - root in place and drops the remainder p(root): the last coefficient becomes 0.
    pub fn kate_division(
        &self,
        values: DeviceSliceMut<'_, ScalarField>,
        root: ScalarField,
    ) -> Result<(), CudaError> {
        let _timed = self.context.time("kate division")?;
        self.divide(values, root)
    }

    fn divide(
        &self,
        mut p: DeviceSliceMut<'_, ScalarField>,
        root: ScalarField,
    ) -> Result<(), CudaError> {
        if p.is_empty() {
            return Ok(());
        }
        let (context, kate) = (&*self.context, &self.kernels.kate);
        let run = self.policy.run(p.len(), self.policy.max_run);
        let division = Division::new(p.len(), run, root);
        let mut values = context.allocate("kate division, runs", division.threads())?;
        let mut blocks = context.allocate("kate division, blocks", division.blocks as usize)?;
        kate.values(
            context,
            &division,
            p.as_read(),
            values.all_mut(),
            blocks.all_mut(),
        )?;
        if division.blocks > 1 {
            self.divide(blocks.all_mut(), division.block_root)?;
        }
        kate.quotient(context, &division, p.reborrow(), values.all(), blocks.all())?;
        context.account("kate division", division.work());
        Ok(())
    }

    /// l_0 on the coset shift H into `out`, a value a row: `(shift^n - 1) / n / (X - 1)` at
    /// `X = shift omega^i`, and 1 where X is 1. `omega` is of order n.
    pub fn l0(
        &self,
        omega: ScalarField,
        shift: ScalarField,
        out: DeviceSliceMut<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        const OPERATION: &str = "l_0";
        if out.is_empty() {
            return Ok(());
        }
        let _timed = self.context.time(OPERATION)?;
        let n = out.len() as u64;
        // No column is as long as the field has elements.
        let inverse = ScalarField::from(n).invert().unwrap_or(ScalarField::ZERO);
        let scale = (shift.pow_vartime([n]) - ScalarField::ONE) * inverse;
        let powers = self
            .context
            .allocate_from("powers of omega", &squares::<64>(omega))?;
        let run = self.policy.run(out.len(), self.policy.max_inverse_run);
        let l0 = &self.kernels.l0;
        let work = l0.launch(&self.context, out, run, powers.all(), shift, scale)?;
        self.context.account(OPERATION, work);
        Ok(())
    }

    /// `z_0 = first`, `z_(i+1) = z_i numerator_i / denominator_i` for i < usable_rows; a fraction whose
    /// denominator is zero is zero.
    ///
    /// The numerators become z in rows 0 to usable_rows; later rows stay as they are. Of the
    /// denominators nothing is left in these rows. Both have at least usable_rows + 1 values.
    pub fn grand_product(
        &self,
        first: First<'_>,
        numerators: DeviceSliceMut<'_, ScalarField>,
        denominators: DeviceSliceMut<'_, ScalarField>,
        usable_rows: usize,
    ) -> Result<(), CudaError> {
        const OPERATION: &str = "grand product";
        let rows = (usable_rows as u64).saturating_add(1);
        holds(OPERATION, numerators.len(), rows)?;
        holds(OPERATION, denominators.len(), rows)?;
        let context = &*self.context;
        let _timed = context.time(OPERATION)?;
        let run = self.policy.run(usable_rows, self.policy.max_product_run);
        let blocks = Product::block_count(usable_rows, run) as usize;
        let mut blocks_n = context.allocate("grand product, numerators of blocks", blocks)?;
        let mut blocks_d = context.allocate("grand product, denominators of blocks", blocks)?;
        let slices = ProductSlices {
            z: numerators,
            denominators,
            blocks_n: blocks_n.all_mut(),
            blocks_d: blocks_d.all_mut(),
        };
        let product = &self.kernels.product;
        let work = product.launch(context, slices, first, usable_rows, run)?;
        context.account(OPERATION, work);
        Ok(())
    }
}
