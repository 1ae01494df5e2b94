//! What fields are, and how values are converted.

use std::{
    fmt::{Debug, Display},
    mem::MaybeUninit,
};

use icicle_cuda_runtime::{
    device_context::DeviceContext,
    error::CudaError,
    memory::{DeviceSlice, PlainData},
};

use crate::error::IcicleResult;

/// Random values, for tests and benchmarks.
pub trait GenerateRandom<F> {
    /// So many of them.
    fn generate_random(size: usize) -> Vec<F>;
}

/// The name of a field, which operations on its elements are found by.
pub trait FieldConfig: Debug + PartialEq + Copy + Clone {}

/// An element of a field, in canonical form: the integer below the modulus, in 32-bit limbs, least
/// significant first.
pub trait FieldImpl:
    Display + Debug + PartialEq + PlainData + Clone + Into<Self::Repr> + From<Self::Repr> + Send + Sync
{
    /// The field.
    type Config: FieldConfig;
    /// The limbs.
    type Repr;

    /// The bytes of the integer, least significant first.
    fn to_bytes_le(&self) -> Vec<u8>;
    /// The element of an integer's bytes, least significant first. Missing bytes are zero, bytes too
    /// many are not read.
    fn from_bytes_le(bytes: &[u8]) -> Self;
    /// The element of hexadecimal digits, most significant first, with or without `0x`. Digits too many
    /// are not read.
    ///
    /// # Panics
    /// Where there is anything else: an element that nobody wrote would be worse.
    fn from_hex(s: &str) -> Self;
    /// 0.
    fn zero() -> Self;
    /// 1.
    fn one() -> Self;
    /// The element of a small integer.
    fn from_u32(val: u32) -> Self;
}

/// Conversion of values on a device between canonical form and Montgomery form, R = 2^256, in place.
pub trait MontgomeryConvertible<'a>: Sized {
    /// Into Montgomery form.
    fn to_mont(values: &mut DeviceSlice<Self>, ctx: &DeviceContext<'a>) -> CudaError;
    /// Out of it.
    fn from_mont(values: &mut DeviceSlice<Self>, ctx: &DeviceContext<'a>) -> CudaError;
}

/// A status of the device as a result of an operation.
pub trait IcicleResultWrap {
    /// Nothing for success.
    fn wrap(self) -> IcicleResult<()>;
    /// The value for success.
    fn wrap_value<T>(self, value: T) -> IcicleResult<T>;
    /// The value for success, which says that it was written. ICICLE calls this safe.
    ///
    /// ```compile_fail,E0133
    /// use icicle_core::traits::IcicleResultWrap;
    /// use icicle_cuda_runtime::error::CudaError;
    /// let value = std::mem::MaybeUninit::<String>::uninit();
    /// let _ = CudaError::cudaSuccess.wrap_maybe_uninit(value);
    /// ```
    ///
    /// # Safety
    /// If the status is `cudaSuccess`, the value has been written.
    unsafe fn wrap_maybe_uninit<T>(self, value: MaybeUninit<T>) -> IcicleResult<T>;
}
