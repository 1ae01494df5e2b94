//! Operations on vectors of field elements, element by element.

use icicle_cuda_runtime::{
    device_context::{DeviceContext, DEFAULT_DEVICE_ID},
    memory::HostOrDeviceSlice,
};

use crate::{
    error::{IcicleError, IcicleResult},
    traits::FieldImpl,
};

/// How a vector operation is to be done.
#[repr(C)]
#[derive(Debug, Clone)]
pub struct VecOpsConfig<'a> {
    /// The device, which must be the calling thread's, and the stream.
    pub ctx: DeviceContext<'a>,
    /// Whether the call may return before the values are there, where they are on the device.
    pub is_async: bool,
}

impl Default for VecOpsConfig<'_> {
    fn default() -> Self {
        Self::default_for_device(DEFAULT_DEVICE_ID)
    }
}

impl VecOpsConfig<'_> {
    /// The defaults on a device.
    pub fn default_for_device(device_id: usize) -> Self {
        Self {
            ctx: DeviceContext::default_for_device(device_id),
            is_async: false,
        }
    }
}

/// How a bit reversal is to be done.
#[repr(C)]
#[derive(Debug, Clone)]
pub struct BitReverseConfig<'a> {
    /// The device, which must be the calling thread's, and the stream.
    pub ctx: DeviceContext<'a>,
    /// Not read: slices say where they are.
    pub is_input_on_device: bool,
    /// Not read: slices say where they are.
    pub is_output_on_device: bool,
    /// Whether the call may return before the values are there, where they are on the device.
    pub is_async: bool,
}

impl Default for BitReverseConfig<'_> {
    fn default() -> Self {
        Self::default_for_device(DEFAULT_DEVICE_ID)
    }
}

impl BitReverseConfig<'_> {
    /// The defaults on a device.
    pub fn default_for_device(device_id: usize) -> Self {
        Self {
            ctx: DeviceContext::default_for_device(device_id),
            is_input_on_device: false,
            is_output_on_device: false,
            is_async: false,
        }
    }
}

/// Fields whose vectors there are operations on. Lengths have been checked.
pub trait VecOps<F> {
    /// [`add_scalars`].
    fn add(
        a: &(impl HostOrDeviceSlice<F> + ?Sized),
        b: &(impl HostOrDeviceSlice<F> + ?Sized),
        result: &mut (impl HostOrDeviceSlice<F> + ?Sized),
        cfg: &VecOpsConfig,
    ) -> IcicleResult<()>;

    /// [`accumulate_scalars`].
    fn accumulate(
        a: &mut (impl HostOrDeviceSlice<F> + ?Sized),
        b: &(impl HostOrDeviceSlice<F> + ?Sized),
        cfg: &VecOpsConfig,
    ) -> IcicleResult<()>;

    /// [`sub_scalars`].
    fn sub(
        a: &(impl HostOrDeviceSlice<F> + ?Sized),
        b: &(impl HostOrDeviceSlice<F> + ?Sized),
        result: &mut (impl HostOrDeviceSlice<F> + ?Sized),
        cfg: &VecOpsConfig,
    ) -> IcicleResult<()>;

    /// [`mul_scalars`].
    fn mul(
        a: &(impl HostOrDeviceSlice<F> + ?Sized),
        b: &(impl HostOrDeviceSlice<F> + ?Sized),
        result: &mut (impl HostOrDeviceSlice<F> + ?Sized),
        cfg: &VecOpsConfig,
    ) -> IcicleResult<()>;

    /// [`transpose_matrix`].
    fn transpose(
        input: &(impl HostOrDeviceSlice<F> + ?Sized),
        row_size: u32,
        column_size: u32,
        output: &mut (impl HostOrDeviceSlice<F> + ?Sized),
        ctx: &DeviceContext,
        on_device: bool,
        is_async: bool,
    ) -> IcicleResult<()>;

    /// [`bit_reverse`].
    fn bit_reverse(
        input: &(impl HostOrDeviceSlice<F> + ?Sized),
        cfg: &BitReverseConfig,
        output: &mut (impl HostOrDeviceSlice<F> + ?Sized),
    ) -> IcicleResult<()>;

    /// [`bit_reverse_inplace`].
    fn bit_reverse_inplace(
        input: &mut (impl HostOrDeviceSlice<F> + ?Sized),
        cfg: &BitReverseConfig,
    ) -> IcicleResult<()>;
}

/// Operations of two vectors to a third.
macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident = $operation:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name<F>(
            a: &(impl HostOrDeviceSlice<F> + ?Sized),
            b: &(impl HostOrDeviceSlice<F> + ?Sized),
            result: &mut (impl HostOrDeviceSlice<F> + ?Sized),
            cfg: &VecOpsConfig,
        ) -> IcicleResult<()>
        where
            F: FieldImpl,
            <F as FieldImpl>::Config: VecOps<F>,
        {
            same_length(stringify!($name), a.len(), b.len())?;
            same_length(stringify!($name), a.len(), result.len())?;
            <F::Config as VecOps<F>>::$operation(a, b, result, cfg)
        }
    )*};
}

binary! {
    /// `result[i] = a[i] + b[i]`.
    add_scalars = add;
    /// `result[i] = a[i] - b[i]`.
    sub_scalars = sub;
    /// `result[i] = a[i] b[i]`, canonical values all three.
    mul_scalars = mul;
}

/// `a[i] += b[i]`.
pub fn accumulate_scalars<F>(
    a: &mut (impl HostOrDeviceSlice<F> + ?Sized),
    b: &(impl HostOrDeviceSlice<F> + ?Sized),
    cfg: &VecOpsConfig,
) -> IcicleResult<()>
where
    F: FieldImpl,
    <F as FieldImpl>::Config: VecOps<F>,
{
    same_length("accumulate_scalars", a.len(), b.len())?;
    <F::Config as VecOps<F>>::accumulate(a, b, cfg)
}

/// The transpose of a matrix of `column_size` rows of `row_size` values, row by row. Slices say where they
/// are; `on_device` is not read.
pub fn transpose_matrix<F>(
    input: &(impl HostOrDeviceSlice<F> + ?Sized),
    row_size: u32,
    column_size: u32,
    output: &mut (impl HostOrDeviceSlice<F> + ?Sized),
    ctx: &DeviceContext,
    on_device: bool,
    is_async: bool,
) -> IcicleResult<()>
where
    F: FieldImpl,
    <F as FieldImpl>::Config: VecOps<F>,
{
    same_length("transpose_matrix", input.len(), output.len())?;
    if u64::from(row_size) * u64::from(column_size) != input.len() as u64 {
        return Err(IcicleError::invalid_argument(&format!(
            "{} values are no {column_size} rows of {row_size}",
            input.len()
        )));
    }
    <F::Config as VecOps<F>>::transpose(
        input,
        row_size,
        column_size,
        output,
        ctx,
        on_device,
        is_async,
    )
}

/// `output[i] = input[j]`, where the binary digits of j are those of i backwards; the length is a power of
/// two.
pub fn bit_reverse<F>(
    input: &(impl HostOrDeviceSlice<F> + ?Sized),
    cfg: &BitReverseConfig,
    output: &mut (impl HostOrDeviceSlice<F> + ?Sized),
) -> IcicleResult<()>
where
    F: FieldImpl,
    <F as FieldImpl>::Config: VecOps<F>,
{
    same_length("bit_reverse", input.len(), output.len())?;
    power_of_two(input.len())?;
    <F::Config as VecOps<F>>::bit_reverse(input, cfg, output)
}

/// [`bit_reverse`] in place.
pub fn bit_reverse_inplace<F>(
    input: &mut (impl HostOrDeviceSlice<F> + ?Sized),
    cfg: &BitReverseConfig,
) -> IcicleResult<()>
where
    F: FieldImpl,
    <F as FieldImpl>::Config: VecOps<F>,
{
    power_of_two(input.len())?;
    <F::Config as VecOps<F>>::bit_reverse_inplace(input, cfg)
}

fn same_length(operation: &str, a: usize, b: usize) -> IcicleResult<()> {
    if a == b {
        return Ok(());
    }
    Err(IcicleError::invalid_argument(&format!(
        "{operation} of vectors of {a} and {b} values"
    )))
}

fn power_of_two(len: usize) -> IcicleResult<()> {
    if len.is_power_of_two() {
        return Ok(());
    }
    Err(IcicleError::invalid_argument(&format!(
        "bit_reverse of {len} values, which is no power of two"
    )))
}
