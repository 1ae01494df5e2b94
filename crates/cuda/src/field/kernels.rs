//! `fr.cu` and `fq.cu`: the operations of each field on vectors.

use super::{BaseField, Binary, BinaryKernel, DeviceField, ScalarField, Unary, UnaryKernel};
use crate::{context::Context, entry_points, error::CudaError, kernel::EntryPoint};

entry_points!(field_fr);
entry_points!(field_fq);

pub(super) const THREADS: u32 = FieldFrMul::THREADS;

impl DeviceField for ScalarField {
    const PREFIX: &'static str = "field_fr";
    const MULTIPLICATION: u64 = 120;
    const SQUARING: u64 = 92;
    const SUM_OF_PRODUCTS: u64 = 184;
    const REDUCTION: u64 = 56;
    const INVERSION: u64 = 2000;

    fn binary(context: &Context, operation: Binary) -> Result<BinaryKernel<Self>, CudaError> {
        match operation {
            Binary::Add => FieldFrAdd::load(context),
            Binary::Sub => FieldFrSub::load(context),
            Binary::Mul => FieldFrMul::load(context),
            Binary::SumOfProducts => FieldFrSumOfProducts::load(context),
            Binary::DifferenceOfProducts => FieldFrDifferenceOfProducts::load(context),
        }
    }

    fn unary(context: &Context, operation: Unary) -> Result<UnaryKernel<Self>, CudaError> {
        match operation {
            Unary::Neg => FieldFrNeg::load(context),
            Unary::Dbl => FieldFrDbl::load(context),
            Unary::Sqr => FieldFrSqr::load(context),
            Unary::FromMontgomery => FieldFrFromMontgomery::load(context),
            Unary::ToMontgomery => FieldFrToMontgomery::load(context),
            Unary::Inverse => FieldFrInverse::load(context),
            Unary::BatchInverse => FieldFrBatchInverse::load(context),
        }
    }
}

impl DeviceField for BaseField {
    const PREFIX: &'static str = "field_fq";
    const MULTIPLICATION: u64 = 130;
    const SQUARING: u64 = 102;
    const SUM_OF_PRODUCTS: u64 = 194;
    const REDUCTION: u64 = 66;
    const INVERSION: u64 = 2000;

    fn binary(context: &Context, operation: Binary) -> Result<BinaryKernel<Self>, CudaError> {
        match operation {
            Binary::Add => FieldFqAdd::load(context),
            Binary::Sub => FieldFqSub::load(context),
            Binary::Mul => FieldFqMul::load(context),
            Binary::SumOfProducts => FieldFqSumOfProducts::load(context),
            Binary::DifferenceOfProducts => FieldFqDifferenceOfProducts::load(context),
        }
    }

    fn unary(context: &Context, operation: Unary) -> Result<UnaryKernel<Self>, CudaError> {
        match operation {
            Unary::Neg => FieldFqNeg::load(context),
            Unary::Dbl => FieldFqDbl::load(context),
            Unary::Sqr => FieldFqSqr::load(context),
            Unary::FromMontgomery => FieldFqFromMontgomery::load(context),
            Unary::ToMontgomery => FieldFqToMontgomery::load(context),
            Unary::Inverse => FieldFqInverse::load(context),
            Unary::BatchInverse => FieldFqBatchInverse::load(context),
        }
    }
}
