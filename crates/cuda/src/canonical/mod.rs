//! Values in canonical form on the device, for callers who keep them so: conversion into Montgomery form
//! and out of it, operations on vectors, and the orders that callers keep vectors in.
//!
//! Kernels are `kernels/field/fr.cu`, `fq.cu` and `order.cu`. A transform is linear and takes canonical
//! values as they are: they are the Montgomery form of values that are R times smaller, and so are the
//! values that come out.

mod order;

use std::sync::Arc;

pub use order::{Places, Vectors};

use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    field::{
        BaseField, Binary, BinaryKernel, DeviceField, ScalarField, Unary, UnaryKernel,
        VECTOR_THREADS,
    },
    kernel::{Arguments, EntryPoint, Kernel, Typed},
    launch::LaunchConfig,
    repr::DeviceRepr,
    work::Work,
};

entry_points!(field_order);

/// Blocks in x that are more than any device holds; threads step on.
const MOST_BLOCKS: u32 = 1 << 14;
/// Blocks in y that every device takes.
const MOST_ROWS: usize = 65535;

/// Which way values are converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// From canonical to Montgomery form.
    IntoMontgomery,
    /// From Montgomery to canonical form.
    OutOfMontgomery,
}

/// An operation on two vectors of canonical values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `a + b`.
    Add,
    /// `a - b`.
    Subtract,
    /// `a b`.
    Multiply,
}

/// A field whose values are converted.
pub trait ConvertibleField: DeviceRepr + sealed::Field {}

impl ConvertibleField for ScalarField {}
impl ConvertibleField for BaseField {}

mod sealed {
    use super::*;

    /// Which kernels are the field's.
    pub trait Field: Sized {
        /// The kernels of the field.
        fn of(canonical: &Canonical) -> &Conversions<Self>;
    }

    impl Field for ScalarField {
        fn of(canonical: &Canonical) -> &Conversions<Self> {
            &canonical.scalars
        }
    }

    impl Field for BaseField {
        fn of(canonical: &Canonical) -> &Conversions<Self> {
            &canonical.coordinates
        }
    }

    /// The conversions of a field.
    #[derive(Debug)]
    pub struct Conversions<F> {
        pub(super) into: UnaryKernel<F>,
        pub(super) out_of: UnaryKernel<F>,
        /// Wide multiplications of each.
        pub(super) multiplications: [u64; 2],
    }
}

fn conversions<F: DeviceField>(context: &Context) -> Result<sealed::Conversions<F>, CudaError> {
    Ok(sealed::Conversions {
        into: F::unary(context, Unary::ToMontgomery)?,
        out_of: F::unary(context, Unary::FromMontgomery)?,
        multiplications: [F::MULTIPLICATION, F::REDUCTION],
    })
}

/// Operations on canonical values on a device.
#[derive(Debug)]
pub struct Canonical {
    context: Arc<Context>,
    scalars: sealed::Conversions<ScalarField>,
    coordinates: sealed::Conversions<BaseField>,
    add: BinaryKernel<ScalarField>,
    subtract: BinaryKernel<ScalarField>,
    multiply: BinaryKernel<ScalarField>,
    take: Kernel<FieldOrderTake>,
    give: Kernel<FieldOrderGive>,
}

impl Canonical {
    /// Loads the kernels.
    pub fn new(context: Arc<Context>) -> Result<Self, CudaError> {
        Ok(Self {
            scalars: conversions(&context)?,
            coordinates: conversions(&context)?,
            add: ScalarField::binary(&context, Binary::Add)?,
            subtract: ScalarField::binary(&context, Binary::Sub)?,
            multiply: ScalarField::binary(&context, Binary::Mul)?,
            take: FieldOrderTake::load(&context)?,
            give: FieldOrderGive::load(&context)?,
            context,
        })
    }

    /// Converts values in place.
    pub fn convert<F: ConvertibleField>(
        &self,
        conversion: Conversion,
        values: DeviceSliceMut<'_, F>,
    ) -> Result<(), CudaError> {
        let _timed = self.context.time("conversion")?;
        let functions = F::of(self);
        let [into, out_of] = functions.multiplications;
        let (function, multiplications) = match conversion {
            Conversion::IntoMontgomery => (&functions.into, into),
            Conversion::OutOfMontgomery => (&functions.out_of, out_of),
        };
        let len = values.len();
        // SAFETY: the kernel reads and writes `len` values of the one slice, each by the thread that
        // reads it.
        unsafe {
            self.step_over(function, len, (&values, &values.as_read(), &(len as u64)))?;
        }
        self.account("conversion", len, multiplications, 1);
        Ok(())
    }

    /// `to[i] = a[i] op b[i]`, canonical values all three.
    pub fn combine(
        &self,
        operation: Operation,
        mut to: DeviceSliceMut<'_, ScalarField>,
        a: DeviceSlice<'_, ScalarField>,
        b: DeviceSlice<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        same_length("combining vectors", to.len(), a.len())?;
        same_length("combining vectors", to.len(), b.len())?;
        let (function, multiplications) = match operation {
            Operation::Add => (&self.add, 0),
            Operation::Subtract => (&self.subtract, 0),
            Operation::Multiply => (&self.multiply, ScalarField::MULTIPLICATION),
        };
        let len = to.len();
        {
            let _timed = self.context.time("vector operation")?;
            // SAFETY: the kernel reads `len` values of each operand and writes as many.
            unsafe { self.step_over(function, len, (&to, &a, &b, &(len as u64)))? };
            self.account("vector operation", len, multiplications, 2);
        }
        match operation {
            Operation::Add | Operation::Subtract => Ok(()),
            // The Montgomery product of canonical values is R times too small.
            Operation::Multiply => self.convert(Conversion::IntoMontgomery, to.reborrow()),
        }
    }

    /// Vectors from a caller's order to rows: value j of a row is the caller's
    /// [`taken(j)`](Places::taken).
    pub fn take(
        &self,
        vectors: &Vectors,
        places: Places,
        to: DeviceSliceMut<'_, ScalarField>,
        from: DeviceSlice<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        self.reorder(&self.take, vectors, places, to, from)
    }

    /// Vectors from rows to a caller's order: the caller's value j is the row's
    /// [`given(j)`](Places::given).
    pub fn give(
        &self,
        vectors: &Vectors,
        places: Places,
        to: DeviceSliceMut<'_, ScalarField>,
        from: DeviceSlice<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        self.reorder(&self.give, vectors, places, to, from)
    }

    fn reorder(
        &self,
        function: &Kernel<FieldOrderTake>,
        vectors: &Vectors,
        places: Places,
        to: DeviceSliceMut<'_, ScalarField>,
        from: DeviceSlice<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        const OPERATION: &str = "reordering vectors";
        same_length(OPERATION, vectors.len(), to.len())?;
        same_length(OPERATION, vectors.len(), from.len())?;
        if places != Places::NATURAL && (!vectors.n.is_power_of_two() || vectors.log_n() > 32) {
            return Err(CudaError::Length {
                operation: OPERATION,
                given: vectors.n,
                needed: vectors.n.next_power_of_two(),
            });
        }
        if vectors.is_empty() {
            return Ok(());
        }
        let _timed = self.context.time("reordering")?;
        let columns =
            LaunchConfig::covering(vectors.n, FieldOrderTake::THREADS).grid[0].min(MOST_BLOCKS);
        let rows = u32::try_from(vectors.count.min(MOST_ROWS)).unwrap_or(1);
        let config = LaunchConfig {
            grid: [columns, rows, 1],
            ..LaunchConfig::linear(columns, FieldOrderTake::THREADS)
        };
        // SAFETY: the kernel reads and writes n values of `count` vectors, at places below n: products
        // are modulo n, and reversed indices have as many digits as n.
        unsafe {
            function.launch(
                &self.context,
                config,
                (
                    &to,
                    &from,
                    &(vectors.n as u64),
                    &(vectors.count as u64),
                    &vectors.log_n(),
                    &u32::from(places.reversed),
                    &places.factor,
                    &u32::from(vectors.by_columns),
                ),
            )?;
        }
        self.account("reordering", vectors.len(), 0, 1);
        Ok(())
    }

    /// What `len` values took, of so many operands each, which are read, and one result.
    fn account(&self, operation: &'static str, len: usize, multiplications: u64, operands: u64) {
        const BYTES: u64 = size_of::<ScalarField>() as u64;
        let len = len as u64;
        let work = Work {
            multiplications: multiplications * len,
            bytes_read: BYTES * operands * len,
            bytes_written: BYTES * len,
        };
        self.context.account(operation, work);
    }

    /// Launches a kernel whose threads step over `len` values.
    ///
    /// # Safety
    /// As [`Typed::launch`], for any one-dimensional grid.
    unsafe fn step_over<P>(
        &self,
        kernel: &Typed<P>,
        len: usize,
        arguments: impl Arguments<P>,
    ) -> Result<(), CudaError> {
        if len == 0 {
            return Ok(());
        }
        let blocks = LaunchConfig::covering(len, VECTOR_THREADS).grid[0].min(MOST_BLOCKS);
        let config = LaunchConfig::linear(blocks, VECTOR_THREADS);
        // SAFETY: the caller vouches for it.
        unsafe { kernel.launch(&self.context, config, arguments) }
    }
}

fn same_length(operation: &'static str, needed: usize, given: usize) -> Result<(), CudaError> {
    match given == needed {
        true => Ok(()),
        false => Err(CudaError::Length {
            operation,
            given,
            needed,
        }),
    }
}
