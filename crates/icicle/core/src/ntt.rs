//! Number-theoretic transforms.

use icicle_cuda_runtime::{
    device_context::{DeviceContext, DEFAULT_DEVICE_ID},
    memory::HostOrDeviceSlice,
};

pub use crate::{error::IcicleResult, traits::FieldImpl};

use crate::error::IcicleError;

/// The direction.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NTTDir {
    /// Coefficients to evaluations.
    kForward,
    /// Evaluations to coefficients, 1/n included.
    kInverse,
}

/// The order of inputs and outputs: natural (N), or reversed (R), with value i at the place whose binary
/// digits are those of i backwards.
///
/// ICICLE has a mixed order (M) besides, which depends on how it cuts a transform and of which it promises
/// only that a size has one; here that one is R, digits of one bit.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordering {
    /// Natural in, natural out.
    kNN,
    /// Natural in, reversed out.
    kNR,
    /// Reversed in, natural out.
    kRN,
    /// Reversed in and out.
    kRR,
    /// As [`kNR`](Self::kNR).
    kNM,
    /// As [`kRN`](Self::kRN).
    kMN,
}

/// ICICLE's choices of an algorithm. The engine has its own; the values are taken and not read.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NttAlgorithm {
    /// The implementation's choice.
    Auto,
    /// Radix 2.
    Radix2,
    /// Mixed radices.
    MixedRadix,
}

/// How transforms are to be done.
#[repr(C)]
#[derive(Debug, Clone)]
pub struct NTTConfig<'a, S> {
    /// The device, which must be the calling thread's, and the stream.
    pub ctx: DeviceContext<'a>,
    /// The generator g of the coset gH that the evaluations are over; 1 for the domain H itself.
    pub coset_gen: S,
    /// The number of transforms.
    pub batch_size: i32,
    /// Whether value i of transform j is at `i * batch_size + j`; else it is at `j * n + i`.
    pub columns_batch: bool,
    /// The order of inputs and outputs.
    pub ordering: Ordering,
    /// Not read: slices say where they are.
    pub are_inputs_on_device: bool,
    /// Not read: slices say where they are.
    pub are_outputs_on_device: bool,
    /// Whether the call may return before the values are there, where they are on the device.
    pub is_async: bool,
    /// Not read.
    pub ntt_algorithm: NttAlgorithm,
}

impl<S: FieldImpl> Default for NTTConfig<'_, S> {
    fn default() -> Self {
        Self::default_for_device(DEFAULT_DEVICE_ID)
    }
}

impl<S: FieldImpl> NTTConfig<'_, S> {
    /// The defaults on a device: one transform, no coset, natural order.
    pub fn default_for_device(device_id: usize) -> Self {
        Self {
            ctx: DeviceContext::default_for_device(device_id),
            coset_gen: S::one(),
            batch_size: 1,
            columns_batch: false,
            ordering: Ordering::kNN,
            are_inputs_on_device: false,
            are_outputs_on_device: false,
            is_async: false,
            ntt_algorithm: NttAlgorithm::Auto,
        }
    }
}

/// Fields with domains.
pub trait NTTDomain<F: FieldImpl> {
    /// [`get_root_of_unity`].
    fn get_root_of_unity(max_size: u64) -> F;
    /// [`initialize_domain`].
    fn initialize_domain(
        primitive_root: F,
        ctx: &DeviceContext,
        fast_twiddles: bool,
    ) -> IcicleResult<()>;
    /// [`release_domain`].
    fn release_domain(ctx: &DeviceContext) -> IcicleResult<()>;
}

/// Fields whose transforms there are, of vectors of `T`. Lengths have been checked.
pub trait NTT<T, F: FieldImpl>: NTTDomain<F> {
    /// [`ntt`].
    fn ntt_unchecked(
        input: &(impl HostOrDeviceSlice<T> + ?Sized),
        dir: NTTDir,
        cfg: &NTTConfig<F>,
        output: &mut (impl HostOrDeviceSlice<T> + ?Sized),
    ) -> IcicleResult<()>;
    /// [`ntt_inplace`].
    fn ntt_inplace_unchecked(
        inout: &mut (impl HostOrDeviceSlice<T> + ?Sized),
        dir: NTTDir,
        cfg: &NTTConfig<F>,
    ) -> IcicleResult<()>;
}

/// Transforms a batch of vectors from one slice to another of the same length: `batch_size` vectors of 2^k
/// values, for which a domain of at least that size has been given to [`initialize_domain`].
pub fn ntt<T, F>(
    input: &(impl HostOrDeviceSlice<T> + ?Sized),
    dir: NTTDir,
    cfg: &NTTConfig<F>,
    output: &mut (impl HostOrDeviceSlice<T> + ?Sized),
) -> IcicleResult<()>
where
    F: FieldImpl,
    <F as FieldImpl>::Config: NTT<T, F>,
{
    if input.len() != output.len() {
        return invalid(format!("ntt of {} values to {}", input.len(), output.len()));
    }
    check(input.len(), cfg)?;
    <F::Config as NTT<T, F>>::ntt_unchecked(input, dir, cfg, output)
}

/// [`ntt`] in place.
pub fn ntt_inplace<T, F>(
    inout: &mut (impl HostOrDeviceSlice<T> + ?Sized),
    dir: NTTDir,
    cfg: &NTTConfig<F>,
) -> IcicleResult<()>
where
    F: FieldImpl,
    <F as FieldImpl>::Config: NTT<T, F>,
{
    check(inout.len(), cfg)?;
    <F::Config as NTT<T, F>>::ntt_inplace_unchecked(inout, dir, cfg)
}

/// Gives the generator of a domain, of an order 2^k: transforms of sizes up to 2^k are over it and its
/// subdomains from then on.
///
/// It may be called again: a larger domain adds sizes, another root of an order replaces the roots of that
/// order and below. Where threads give different roots, a transform goes by what its own thread gave last,
/// and by what any gave last for sizes that its thread gave nothing for.
///
/// Twiddles are made when a size is first transformed. ICICLE's `fast_twiddles` is not read.
pub fn initialize_domain<F>(
    primitive_root: F,
    ctx: &DeviceContext,
    fast_twiddles: bool,
) -> IcicleResult<()>
where
    F: FieldImpl,
    <F as FieldImpl>::Config: NTTDomain<F>,
{
    <F::Config as NTTDomain<F>>::initialize_domain(primitive_root, ctx, fast_twiddles)
}

/// Forgets all roots and frees all twiddles.
pub fn release_domain<F>(ctx: &DeviceContext) -> IcicleResult<()>
where
    F: FieldImpl,
    <F as FieldImpl>::Config: NTTDomain<F>,
{
    <F::Config as NTTDomain<F>>::release_domain(ctx)
}

/// The root of unity whose order is `max_size`, or the next power of two, as ICICLE chooses it; zero where
/// the field has none.
pub fn get_root_of_unity<F>(max_size: u64) -> F
where
    F: FieldImpl,
    <F as FieldImpl>::Config: NTTDomain<F>,
{
    <F::Config as NTTDomain<F>>::get_root_of_unity(max_size)
}

fn check<F>(len: usize, cfg: &NTTConfig<F>) -> IcicleResult<()> {
    let batch = usize::try_from(cfg.batch_size).unwrap_or(0);
    if batch == 0 || len % batch != 0 || !(len / batch).is_power_of_two() {
        return invalid(format!(
            "{len} values are no {} vectors of a power of two",
            cfg.batch_size
        ));
    }
    Ok(())
}

fn invalid<T>(text: String) -> IcicleResult<T> {
    Err(IcicleError::invalid_argument(&text))
}
