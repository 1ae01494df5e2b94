//! Integer, field and point operations on values in registers (`kernels/ceilings/integer.cu`,
//! `kernels/ceilings/field.cu`).

use ff::PrimeField;

use super::{rate, Arithmetic};
use crate::{
    buffer::DeviceBuffer,
    context::Context,
    error::CudaError,
    field::{Affine, BaseField, ScalarField},
    kernel::Function,
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

/// A kernel of chains of operations.
struct Chains {
    module: &'static str,
    entry: &'static str,
    /// Threads of a block: what the kernel is bounded for.
    threads: u32,
    /// Operations of a thread in an iteration.
    operations: u32,
}

const fn integer(entry: &'static str) -> Chains {
    Chains {
        module: "ceilings_integer",
        entry,
        threads: 256,
        operations: 128,
    }
}

const fn field(entry: &'static str, operations: u32) -> Chains {
    Chains {
        module: "ceilings_field",
        entry,
        threads: 128,
        operations,
    }
}

pub(super) fn measure(context: &Context) -> Result<Arithmetic, CudaError> {
    let (fr, fq) = (
        [-ScalarField::MULTIPLICATIVE_GENERATOR],
        [-BaseField::MULTIPLICATIVE_GENERATOR],
    );
    let point = [Affine::generator()];
    let integers = |entry| on_integers(context, integer(entry));
    Ok(Arithmetic {
        multiply_adds: integers("ceilings_multiply_add")?,
        wide_multiply_adds: integers("ceilings_multiply_add_wide")?,
        carried_multiply_adds: integers("ceilings_multiply_add_carry")?,
        carried_adds: integers("ceilings_add")?,
        fr_multiplications: on_elements::<_, ScalarField>(
            context,
            field("ceilings_fr_mul", 8),
            &fr,
        )?,
        fr_squarings: on_elements::<_, ScalarField>(context, field("ceilings_fr_sqr", 8), &fr)?,
        fq_multiplications: on_elements::<_, BaseField>(context, field("ceilings_fq_mul", 8), &fq)?,
        fq_squarings: on_elements::<_, BaseField>(context, field("ceilings_fq_sqr", 8), &fq)?,
        g1_mixed_additions: on_elements::<_, [BaseField; 4]>(
            context,
            field("ceilings_g1_add_mixed", 1),
            &point,
        )?,
        g1_affine_additions: on_elements::<_, BaseField>(
            context,
            field("ceilings_g1_add_affine", 1),
            &point,
        )?,
    })
}

fn on_integers(context: &Context, chains: Chains) -> Result<f64, CudaError> {
    let seed = 0x9e37_79b9_u32;
    let run = |function: &Function, config, out: &mut DeviceBuffer<u32>, iterations: u32| {
        // SAFETY: `out` has a word for each thread of the grid, whose blocks are of the kernel's
        // size.
        unsafe { context.launch(function, config, &[&out.all_mut(), &iterations, &seed]) }
    };
    operations_a_second(context, chains, run)
}

fn on_elements<I: DeviceRepr, O: DeviceRepr>(
    context: &Context,
    chains: Chains,
    input: &[I; 1],
) -> Result<f64, CudaError> {
    let input = context.allocate_from("ceilings", input)?;
    let run = |function: &Function, config, out: &mut DeviceBuffer<O>, iterations: u32| {
        // SAFETY: `out` has a value for each thread of the grid, whose blocks are of the kernel's
        // size; `input` is the one value that all threads read.
        unsafe {
            context.launch(
                function,
                config,
                &[&out.all_mut(), &input.all(), &iterations],
            )
        }
    };
    operations_a_second(context, chains, run)
}

/// Fills the device with blocks and runs them, as many iterations as a run is to take.
fn operations_a_second<T: DeviceRepr>(
    context: &Context,
    chains: Chains,
    launch: impl Fn(&Function, LaunchConfig, &mut DeviceBuffer<T>, u32) -> Result<(), CudaError>,
) -> Result<f64, CudaError> {
    let function = context.function(chains.module, chains.entry)?;
    let resident = function
        .blocks_per_multiprocessor(chains.threads, 0)?
        .max(1);
    let is_emulated = context.device().is_emulated();
    let blocks = match is_emulated {
        true => 1,
        false => resident * context.device().multiprocessors,
    };
    let config = LaunchConfig::linear(blocks, chains.threads);
    let threads = blocks as usize * chains.threads as usize;
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
    let operations = threads as f64 * f64::from(iterations) * f64::from(chains.operations);
    rate(operations, || run(iterations))
}
