//! `accumulate.cu`: linear combinations.

use ff::Field;
use halo2_offload_kernels::signatures::poly_accumulate;

use super::{holds, BYTES, SUM_OF_PRODUCTS};
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

entry_points!(poly_accumulate);

/// Terms of a launch.
const TERMS: usize = poly_accumulate::TERMS as usize;

#[derive(Debug)]
pub(in crate::poly) struct Accumulate(Kernel<PolyAccumulate>);

/// `Coefficients` of `accumulate.cu`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Coefficients([ScalarField; TERMS]);

by_value!(Coefficients);

/// The terms of a launch: an even number of products, then columns that are added as they are.
#[derive(Debug, Default)]
pub(in crate::poly) struct Group<'a> {
    products: Vec<(ScalarField, DeviceSlice<'a, ScalarField>)>,
    additions: Vec<DeviceSlice<'a, ScalarField>>,
}

impl<'a> Group<'a> {
    /// Shares terms out to as few launches as possible.
    pub(in crate::poly) fn all(terms: &[(ScalarField, DeviceSlice<'a, ScalarField>)]) -> Vec<Self> {
        let mut products: Vec<_> = terms
            .iter()
            .copied()
            .filter(|(factor, _)| !matches!(*factor, ScalarField::ZERO | ScalarField::ONE))
            .collect();
        if products.len() % 2 == 1 {
            products.extend(
                products
                    .last()
                    .map(|&(_, column)| (ScalarField::ZERO, column)),
            );
        }
        let mut groups: Vec<Self> = products
            .chunks(TERMS)
            .map(|products| Self {
                products: products.to_vec(),
                additions: Vec::new(),
            })
            .collect();
        let ones = terms
            .iter()
            .filter(|(factor, _)| *factor == ScalarField::ONE);
        for &(_, column) in ones {
            match groups.last_mut().filter(|group| group.len() < TERMS) {
                Some(group) => group.additions.push(column),
                None => groups.push(Self {
                    products: Vec::new(),
                    additions: vec![column],
                }),
            }
        }
        groups
    }

    fn len(&self) -> usize {
        self.products.len() + self.additions.len()
    }
}

impl Accumulate {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self(PolyAccumulate::load(context)?))
    }

    /// Adds a group's terms to the sum.
    pub(in crate::poly) fn launch(
        &self,
        context: &Context,
        sum: DeviceSliceMut<'_, ScalarField>,
        group: &Group<'_>,
    ) -> Result<Work, CudaError> {
        let n = sum.len() as u64;
        let (products, additions) = (group.products.len() as u32, group.additions.len() as u32);
        let mut coefficients = Coefficients([ScalarField::ZERO; TERMS]);
        let mut columns = [sum.as_read(); TERMS];
        for (to, (factor, _)) in coefficients.0.iter_mut().zip(&group.products) {
            *to = *factor;
        }
        let of_products = group.products.iter().map(|(_, column)| column);
        for (to, column) in columns.iter_mut().zip(of_products.chain(&group.additions)) {
            holds("accumulate", column.len(), n)?;
            *to = *column;
        }
        let [p0, p1, p2, p3, p4, p5, p6, p7] = &columns;
        // SAFETY: the kernel reads n values of the columns of terms and reads and writes n of the sum, in
        // a grid with a thread for each; pointers beyond the terms are those of the sum, and not followed.
        unsafe {
            self.0.launch(
                context,
                LaunchConfig::covering(sum.len(), PolyAccumulate::THREADS),
                (
                    &sum,
                    &n,
                    &products,
                    &additions,
                    &coefficients,
                    p0,
                    p1,
                    p2,
                    p3,
                    p4,
                    p5,
                    p6,
                    p7,
                ),
            )?;
        }
        Ok(Work {
            multiplications: n * u64::from(products / 2) * SUM_OF_PRODUCTS,
            bytes_read: n * BYTES * (1 + group.len() as u64),
            bytes_written: n * BYTES,
        })
    }
}
