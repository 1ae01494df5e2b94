//! BN254: its fields and its first group.

use ff::{Field, PrimeField};
use group::{prime::PrimeCurveAffine, Curve as _, Group};
use halo2_offload_cuda::canonical::Conversion;
use halo2_offload_engine::process;
use halo2curves::bn256::{Fq, Fr, G1Affine as EngineAffine, G1};
use icicle_core::{
    curve::{Affine, Curve, Projective},
    error::IcicleResult,
    field::{Field as IcicleField, MontgomeryConvertibleField},
    traits::{FieldConfig, GenerateRandom},
};
use icicle_cuda_runtime::{
    device_context::DeviceContext,
    error::CudaError,
    memory::{DeviceSlice, HostOrDeviceSlice},
    offload::{Place, Watch},
};
use rand_core::OsRng;
use rayon::{prelude::*, ThreadPoolBuilder};

use crate::{
    access::{self, Output},
    cuda, repr,
    repr::Limbs,
};

const LIMBS: usize = 8;

/// The scalar field, modulus r.
#[derive(Debug, PartialEq, Eq, Hash, Copy, Clone)]
pub struct ScalarCfg {}

/// The base field, modulus q.
#[derive(Debug, PartialEq, Eq, Hash, Copy, Clone)]
pub struct BaseCfg {}

/// The first group: y^2 = x^3 + 3 over the base field.
#[derive(Debug, PartialEq, Eq, Hash, Copy, Clone)]
pub struct CurveCfg {}

impl FieldConfig for ScalarCfg {}
impl FieldConfig for BaseCfg {}

/// A scalar: 32 bytes of canonical limbs.
pub type ScalarField = IcicleField<LIMBS, ScalarCfg>;
/// A coordinate.
pub type BaseField = IcicleField<LIMBS, BaseCfg>;
/// A point, affine.
pub type G1Affine = Affine<CurveCfg>;
/// A point, projective.
pub type G1Projective = Projective<CurveCfg>;

impl Curve for CurveCfg {
    type BaseField = BaseField;
    type ScalarField = ScalarField;

    fn eq_proj(point1: &G1Projective, point2: &G1Projective) -> bool {
        let [x1, y1, z1] = coordinates(point1);
        let [x2, y2, z2] = coordinates(point2);
        match (bool::from(z1.is_zero()), bool::from(z2.is_zero())) {
            (false, false) => x1 * z2 == x2 * z1 && y1 * z2 == y2 * z1,
            (one, other) => one == other,
        }
    }

    fn to_affine(point: &G1Projective) -> G1Affine {
        let [x, y, z] = coordinates(point);
        // The identity's z is zero, which is taken for its own inverse: (0, 0).
        let z_inv = z.invert().unwrap_or(Fq::ZERO);
        Affine::from_limbs(repr::limbs(&(x * z_inv)), repr::limbs(&(y * z_inv)))
    }

    fn generate_random_projective_points(size: usize) -> Vec<G1Projective> {
        random_points(size)
            .iter()
            .map(G1Affine::to_projective)
            .collect()
    }

    fn generate_random_affine_points(size: usize) -> Vec<G1Affine> {
        random_points(size)
    }

    fn convert_affine_montgomery(
        points: &mut DeviceSlice<G1Affine>,
        is_into: bool,
        ctx: &DeviceContext,
    ) -> CudaError {
        convert::<Fq, _>("convert points", points, is_into, ctx)
    }

    fn convert_projective_montgomery(
        points: &mut DeviceSlice<G1Projective>,
        is_into: bool,
        ctx: &DeviceContext,
    ) -> CudaError {
        convert::<Fq, _>("convert points", points, is_into, ctx)
    }
}

impl GenerateRandom<ScalarField> for ScalarCfg {
    fn generate_random(size: usize) -> Vec<ScalarField> {
        let random = |_| repr::limbs(&Fr::random(OsRng)).into();
        on_threads(|| (0..size).into_par_iter().map(random).collect())
    }
}

impl<'a> MontgomeryConvertibleField<'a, ScalarField> for ScalarCfg {
    fn to_mont(values: &mut DeviceSlice<ScalarField>, ctx: &DeviceContext<'a>) -> CudaError {
        convert::<Fr, _>("convert scalars", values, true, ctx)
    }

    fn from_mont(values: &mut DeviceSlice<ScalarField>, ctx: &DeviceContext<'a>) -> CudaError {
        convert::<Fr, _>("convert scalars", values, false, ctx)
    }
}

impl<'a> MontgomeryConvertibleField<'a, BaseField> for BaseCfg {
    fn to_mont(values: &mut DeviceSlice<BaseField>, ctx: &DeviceContext<'a>) -> CudaError {
        convert::<Fq, _>("convert coordinates", values, true, ctx)
    }

    fn from_mont(values: &mut DeviceSlice<BaseField>, ctx: &DeviceContext<'a>) -> CudaError {
        convert::<Fq, _>("convert coordinates", values, false, ctx)
    }
}

fn coordinates(point: &G1Projective) -> [Fq; 3] {
    [point.x, point.y, point.z].map(repr::coordinate)
}

/// Runs what has no error to return: in a child of a process that has worked, whose threads are not there, on
/// a thread of its own.
fn on_threads<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let pool = match process::enter() {
        Ok(()) => None,
        Err(_) => ThreadPoolBuilder::new().num_threads(1).build().ok(),
    };
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// Sums of two random points each, so that a million take a million additions and two thousand points.
fn random_points(size: usize) -> Vec<G1Affine> {
    on_threads(|| {
        let side = size.isqrt() + 1;
        let random = |count: usize| -> Vec<G1> { (0..count).map(|_| G1::random(OsRng)).collect() };
        let (rows, columns) = (random(side), random(side));
        let sums: Vec<G1> = (0..size)
            .into_par_iter()
            .map(|i| rows[i / side] + columns[i % side])
            .collect();
        let mut affine = vec![EngineAffine::identity(); size];
        G1::batch_normalize(&sums, &mut affine);
        repr::from_points(&affine, false)
    })
}

/// Converts device memory of coordinates or scalars in place.
fn convert<F, T>(
    operation: &'static str,
    values: &mut DeviceSlice<T>,
    is_into: bool,
    ctx: &DeviceContext,
) -> CudaError
where
    T: Limbs,
    F: PrimeField<Repr = [u8; 32]>
        + halo2curves::serde::SerdeObject
        + halo2_offload_cuda::canonical::ConvertibleField,
{
    let conversion = match is_into {
        true => Conversion::IntoMontgomery,
        false => Conversion::OutOfMontgomery,
    };
    let mut watch = Watch::start(operation, values.len(), 1);
    let result: IcicleResult<()> = access::place(ctx).and_then(|place| {
        match (access::output("the slice", values, ctx)?, place) {
            (Output::Cuda(range), Place::Cuda(device)) => {
                cuda::with(&device, &mut watch, |engine| {
                    cuda::write(&range, |values| {
                        engine.canonical.convert(conversion, values.cast::<F>()?)
                    })
                })
            }
            (values, _) => {
                repr::convert::<F>(repr::elements_mut(values.host()?), is_into);
                Ok(())
            }
        }
    });
    match watch.finish(result) {
        Ok(()) => CudaError::cudaSuccess,
        Err(error) => error
            .get_cuda_error()
            .unwrap_or(CudaError::cudaErrorInvalidValue),
    }
}
