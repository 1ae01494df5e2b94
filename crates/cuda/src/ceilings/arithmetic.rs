//! Integer, field and point operations on values in registers (`kernels/ceilings/integer.cu`,
//! `kernels/ceilings/field.cu`).

use ff::PrimeField;

use halo2_offload_kernels::signatures::ceilings_integer;

use super::{rate, Arithmetic};
use crate::{
    buffer::DeviceBuffer,
    context::Context,
    entry_points,
    error::CudaError,
    field::{Affine, BaseField, ScalarField, Xyzz},
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    repr::DeviceRepr,
    timeline::StreamRole,
};

/// Device time of a run: long beside the cost of a launch, short beside anybody's patience.
const RUN_NS: u64 = 5_000_000;
/// Iterations of the first run, which says how many a run is to have.
const FIRST_ITERATIONS: u32 = 16;
/// Iterations of every run on the emulator.
const EMULATED_ITERATIONS: u32 = 1;

entry_points!(ceilings_integer);
entry_points!(ceilings_field);

/// Operations of a thread in an iteration of each kernel on integers.
const INTEGERS: u32 = ceilings_integer::CHAINS * ceilings_integer::STEPS;
/// Of each kernel on field elements, and on points.
const ELEMENTS: u32 = 8;
const POINTS: u32 = 1;

pub(super) fn measure(context: &Context) -> Result<Arithmetic, CudaError> {
    let (fr, fq) = (
        [-ScalarField::MULTIPLICATIVE_GENERATOR],
        [-BaseField::MULTIPLICATIVE_GENERATOR],
    );
    let point = [Affine::generator()];
    Ok(Arithmetic {
        multiply_adds: on_integers::<CeilingsMultiplyAdd>(context)?,
        wide_multiply_adds: on_integers::<CeilingsMultiplyAddWide>(context)?,
        carried_multiply_adds: on_integers::<CeilingsMultiplyAddCarry>(context)?,
        carried_adds: on_integers::<CeilingsAdd>(context)?,
        fr_multiplications: on_elements::<CeilingsFrMul, _, _>(context, ELEMENTS, &fr)?,
        fr_squarings: on_elements::<CeilingsFrSqr, _, _>(context, ELEMENTS, &fr)?,
        fq_multiplications: on_elements::<CeilingsFqMul, _, _>(context, ELEMENTS, &fq)?,
        fq_squarings: on_elements::<CeilingsFqSqr, _, _>(context, ELEMENTS, &fq)?,
        g1_mixed_additions: on_elements::<CeilingsG1AddMixed, _, _>(context, POINTS, &point)?,
        g1_affine_additions: on_elements::<CeilingsG1AddAffine, _, _>(context, POINTS, &point)?,
    })
}

fn on_integers<E>(context: &Context) -> Result<f64, CudaError>
where
    E: EntryPoint<Parameters = (*mut u32, u32, u32)>,
{
    let seed = 0x9e37_79b9_u32;
    let run = |kernel: &Kernel<E>, config, out: &mut DeviceBuffer<u32>, iterations: u32| {
        // SAFETY: `out` has a word for each thread of the grid, whose blocks are of the kernel's
        // size.
        unsafe { kernel.launch(context, config, (&out.all_mut(), &iterations, &seed)) }
    };
    operations_a_second::<E, _>(context, INTEGERS, run)
}

fn on_elements<E, I: DeviceRepr, O: DeviceRepr>(
    context: &Context,
    operations: u32,
    input: &[I; 1],
) -> Result<f64, CudaError>
where
    E: EntryPoint<Parameters = (*mut O, *const I, u32)>,
{
    let input = context.allocate_from("ceilings", input)?;
    let run = |kernel: &Kernel<E>, config, out: &mut DeviceBuffer<O>, iterations: u32| {
        // SAFETY: `out` has a value for each thread of the grid, whose blocks are of the kernel's
        // size; `input` is the one value that all threads read.
        unsafe { kernel.launch(context, config, (&out.all_mut(), &input.all(), &iterations)) }
    };
    operations_a_second::<E, _>(context, operations, run)
}

/// Fills the device with blocks and runs them, as many iterations as a run is to take.
fn operations_a_second<E: EntryPoint, T: DeviceRepr>(
    context: &Context,
    operations: u32,
    launch: impl Fn(&Kernel<E>, LaunchConfig, &mut DeviceBuffer<T>, u32) -> Result<(), CudaError>,
) -> Result<f64, CudaError> {
    let function = E::load(context)?;
    let resident = function.blocks_per_multiprocessor(E::THREADS, 0)?.max(1);
    let is_emulated = context.device().is_emulated();
    let blocks = match is_emulated {
        true => 1,
        false => resident * context.device().multiprocessors,
    };
    let config = LaunchConfig::linear(blocks, E::THREADS);
    let threads = blocks as usize * E::THREADS as usize;
    let mut out = context.allocate::<T>("ceilings", threads)?;
    let mut run = |iterations| {
        context.device_time(StreamRole::Compute, || {
            launch(&function, config, &mut out, iterations)
        })
    };
    let iterations = match is_emulated {
        true => EMULATED_ITERATIONS,
        false => {
            // Once to warm up.
            run(FIRST_ITERATIONS)?;
            let first_ns = run(FIRST_ITERATIONS)?.max(1);
            let iterations = u64::from(FIRST_ITERATIONS) * RUN_NS.div_ceil(first_ns);
            u32::try_from(iterations).unwrap_or(u32::MAX)
        }
    };
    let operations = threads as f64 * f64::from(iterations) * f64::from(operations);
    rate(operations, || run(iterations))
}
