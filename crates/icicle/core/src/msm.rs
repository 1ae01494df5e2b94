//! Multi-scalar multiplication: `s_1 P_1 + s_2 P_2 + .. + s_n P_n`, or a batch of such sums.

use icicle_cuda_runtime::{
    device_context::{DeviceContext, DEFAULT_DEVICE_ID},
    memory::{DeviceSlice, HostOrDeviceSlice},
};

use crate::{
    curve::{Affine, Curve, Projective},
    error::{IcicleError, IcicleResult},
};

/// How a multiplication is to be done.
///
/// The engine plans windows and buckets by itself, from the scalars and the device. `c`, `bitsize`,
/// `large_bucket_factor` and `is_big_triangle` are checked for sense and change no sum and no plan.
#[repr(C)]
#[derive(Debug, Clone)]
pub struct MSMConfig<'a> {
    /// The device, which must be the calling thread's, and the stream.
    pub ctx: DeviceContext<'a>,
    /// How many points there are for each base in what [`precompute_points`] made; 1 for the bases
    /// themselves.
    pub precompute_factor: i32,
    /// Bits of a window; 0 leaves it to the engine, and the engine decides in any case.
    pub c: i32,
    /// Bits of the largest scalar; 0 for those of the field. The engine sees for itself: scalars above
    /// it are counted in full.
    pub bitsize: i32,
    /// How much larger than others a bucket is that ICICLE treats apart. The engine splits work evenly
    /// whatever the buckets are.
    pub large_bucket_factor: i32,
    /// Whether scalars are in Montgomery form, R = 2^256.
    pub are_scalars_montgomery_form: bool,
    /// Whether coordinates of points are in Montgomery form.
    pub are_points_montgomery_form: bool,
    /// How ICICLE adds buckets up.
    pub is_big_triangle: bool,
    /// Whether the call may return before the sums are there. They are there when it returns in any
    /// case: the last additions are the host's.
    pub is_async: bool,
}

impl Default for MSMConfig<'_> {
    fn default() -> Self {
        Self::default_for_device(DEFAULT_DEVICE_ID)
    }
}

impl MSMConfig<'_> {
    /// The defaults on a device: canonical scalars and points, nothing precomputed.
    pub fn default_for_device(device_id: usize) -> Self {
        Self {
            ctx: DeviceContext::default_for_device(device_id),
            precompute_factor: 1,
            c: 0,
            bitsize: 0,
            large_bucket_factor: 10,
            are_scalars_montgomery_form: false,
            are_points_montgomery_form: false,
            is_big_triangle: false,
            is_async: false,
        }
    }

    /// The factor as a number of points a base, if the numbers make sense.
    fn factor(&self) -> IcicleResult<usize> {
        for (name, value) in [
            ("c", self.c),
            ("bitsize", self.bitsize),
            ("large_bucket_factor", self.large_bucket_factor),
        ] {
            if value < 0 {
                return invalid(format!("{name} is {value}, which is less than zero"));
            }
        }
        match usize::try_from(self.precompute_factor) {
            Ok(factor) if factor > 0 => Ok(factor),
            _ => invalid(format!(
                "precompute_factor is {}; it is 1 where nothing is precomputed",
                self.precompute_factor
            )),
        }
    }
}

/// Curves whose multi-scalar multiplication there is. The arguments have been checked against each
/// other; where they are has not.
pub trait MSM<C: Curve> {
    /// [`msm`] of `results.len()` sums, over bases that repeat; `points` has
    /// `precompute_factor` times as many.
    fn msm_unchecked(
        scalars: &(impl HostOrDeviceSlice<C::ScalarField> + ?Sized),
        points: &(impl HostOrDeviceSlice<Affine<C>> + ?Sized),
        cfg: &MSMConfig,
        results: &mut (impl HostOrDeviceSlice<Projective<C>> + ?Sized),
    ) -> IcicleResult<()>;

    /// [`precompute_points`].
    fn precompute_points_unchecked(
        points: &(impl HostOrDeviceSlice<Affine<C>> + ?Sized),
        cfg: &MSMConfig,
        output_bases: &mut DeviceSlice<Affine<C>>,
    ) -> IcicleResult<()>;
}

/// Computes as many sums as there are results, from as many scalars each. Points are taken in turn, and
/// again from the first: sums may share them or have their own.
///
/// With `precompute_factor` f, `points` is what [`precompute_points`] made with it.
pub fn msm<C: Curve + MSM<C>>(
    scalars: &(impl HostOrDeviceSlice<C::ScalarField> + ?Sized),
    points: &(impl HostOrDeviceSlice<Affine<C>> + ?Sized),
    cfg: &MSMConfig,
    results: &mut (impl HostOrDeviceSlice<Projective<C>> + ?Sized),
) -> IcicleResult<()> {
    let factor = cfg.factor()?;
    let (scalars_len, points_len, results_len) = (scalars.len(), points.len(), results.len());
    if scalars_len == 0 || points_len == 0 || results_len == 0 {
        return invalid(format!(
            "msm of {scalars_len} scalars and {points_len} points to {results_len} results"
        ));
    }
    if points_len % factor != 0 {
        return invalid(format!(
            "{points_len} points are not {factor} for each base, which precompute_factor says"
        ));
    }
    let bases = points_len / factor;
    if scalars_len % bases != 0 {
        return invalid(format!(
            "{scalars_len} scalars are no multiple of {bases} bases"
        ));
    }
    if scalars_len % results_len != 0 {
        return invalid(format!(
            "{scalars_len} scalars are no multiple of {results_len} results"
        ));
    }
    C::msm_unchecked(scalars, points, cfg, results)
}

/// The bases, and after them, block by block, `2^l P_i`, `2^(2l) P_i`, .. for all bases, with l the bits
/// of a scalar over `precompute_factor`, rounded up: what [`msm`] takes with that factor.
///
/// The engine makes and keeps multiples of its own, on a device for all bases that it sees twice, so
/// that [`msm`] reads the first block alone; the others are what ICICLE documents, made on the CPU, and
/// take their time.
pub fn precompute_points<C: Curve + MSM<C>>(
    points: &(impl HostOrDeviceSlice<Affine<C>> + ?Sized),
    _msm_size: i32,
    cfg: &MSMConfig,
    output_bases: &mut DeviceSlice<Affine<C>>,
) -> IcicleResult<()> {
    let factor = cfg.factor()?;
    if points.is_empty() || points.len().checked_mul(factor) != Some(output_bases.len()) {
        return invalid(format!(
            "{} bases with precompute_factor {factor} to {} points",
            points.len(),
            output_bases.len()
        ));
    }
    C::precompute_points_unchecked(points, cfg, output_bases)
}

/// [`precompute_points`] with its numbers one by one.
#[deprecated(since = "2.5.0", note = "use `precompute_points`")]
pub fn precompute_bases<C: Curve + MSM<C>>(
    points: &(impl HostOrDeviceSlice<Affine<C>> + ?Sized),
    precompute_factor: i32,
    _c: i32,
    ctx: &DeviceContext,
    output_bases: &mut DeviceSlice<Affine<C>>,
) -> IcicleResult<()> {
    let cfg = MSMConfig {
        ctx: ctx.clone(),
        precompute_factor,
        ..MSMConfig::default()
    };
    precompute_points(points, 0, &cfg, output_bases)
}

fn invalid<T>(text: String) -> IcicleResult<T> {
    Err(IcicleError::invalid_argument(&text))
}
