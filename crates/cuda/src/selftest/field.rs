//! The field operations, each by its own kernel (`kernels/field/fr.cu`, `kernels/field/fq.cu`).

use std::sync::Arc;

use ff::PrimeField;

use super::{
    difference_of,
    values::{self, from_limbs},
    Suite,
};
use crate::{
    buffer::DeviceBuffer,
    context::Context,
    field::{BaseField, ScalarField},
    launch::LaunchConfig,
    repr::{bytes_of, DeviceRepr},
    CudaError,
};

/// Threads of a block: what the kernels are bounded for.
const THREADS: u32 = 128;

/// A field that the kernels have.
trait DeviceField: PrimeField<Repr: AsRef<[u8]> + AsMut<[u8]>> + DeviceRepr {
    /// The module of its kernels, and the beginning of their names.
    const MODULE: &'static str;
}

impl DeviceField for ScalarField {
    const MODULE: &'static str = "field_fr";
}

impl DeviceField for BaseField {
    const MODULE: &'static str = "field_fq";
}

type Binary<F> = (&'static str, fn(F, F) -> F);
type Unary<F> = (&'static str, fn(F) -> F);

fn binary<F: DeviceField>() -> [Binary<F>; 5] {
    [
        ("add", |a, b| a + b),
        ("sub", |a, b| a - b),
        ("mul", |a, b| a * b),
        ("sum_of_products", |a, b| a.square() + b.square()),
        ("difference_of_products", |a, b| a.square() - b.square()),
    ]
}

fn unary<F: DeviceField>() -> [Unary<F>; 5] {
    [
        ("neg", |a| -a),
        ("dbl", |a| a.double()),
        ("sqr", |a| a.square()),
        ("from_montgomery", from_montgomery),
        ("to_montgomery", to_montgomery),
    ]
}

/// The inversions: a hundred multiplications an element and more.
fn inversions<F: DeviceField>() -> [Unary<F>; 2] {
    ["inverse", "batch_inverse"]
        .map(|name| (name, (|a: F| a.invert().unwrap_or(F::ZERO)) as fn(F) -> F))
}

/// The element whose limbs are the canonical integer of `a`.
fn from_montgomery<F: DeviceField>(a: F) -> F {
    from_bytes(a.to_repr().as_ref())
}

/// The element that is the integer in the limbs of `a`.
fn to_montgomery<F: DeviceField>(a: F) -> F {
    let mut integer = F::Repr::default();
    integer
        .as_mut()
        .copy_from_slice(bytes_of(std::slice::from_ref(&a)));
    Option::from(F::from_repr(integer)).unwrap_or(F::ZERO)
}

fn from_bytes<F: DeviceRepr>(bytes: &[u8]) -> F {
    let mut limbs = [0_u64; 4];
    for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = bytes
            .iter()
            .rev()
            .fold(0, |limb, &byte| limb << 8 | u64::from(byte));
    }
    from_limbs(limbs)
}

pub(super) fn check_all(suite: &mut Suite<'_>, context: &Arc<Context>) {
    check::<ScalarField>(suite, context);
    check::<BaseField>(suite, context);
}

fn check<F: DeviceField>(suite: &mut Suite<'_>, context: &Arc<Context>) {
    let mut rng = values::generator(suite.options.seed);
    let sizes = suite.sizes(&[1, 127, 129, 800], &[1, 127, 128, 129, 1025, 1 << 20]);
    for n in sizes {
        let (a, b) = values::pairs::<F>(n, &mut rng);
        for (name, expected) in binary::<F>() {
            run(suite, context, name, &[&a, &b], |i| expected(a[i], b[i]));
        }
        for (name, expected) in unary::<F>() {
            run(suite, context, name, &[&a], |i| expected(a[i]));
        }
    }
    let sizes = suite.sizes(&[1, 7, 8, 9, 150], &[1, 7, 8, 9, 1025, 1 << 16]);
    for n in sizes {
        let (_, b) = values::pairs::<F>(n.max(1000), &mut rng);
        // The second of each pair changes slowly; stepping through brings all edges in soon.
        let a: Vec<F> = b.into_iter().step_by(7).cycle().take(n).collect();
        for (name, expected) in inversions::<F>() {
            run(suite, context, name, &[&a], |i| expected(a[i]));
        }
    }
}

/// Runs one kernel on one or two lists of operands.
fn run<F: DeviceField>(
    suite: &mut Suite<'_>,
    context: &Arc<Context>,
    name: &str,
    operands: &[&[F]],
    expected: impl Fn(usize) -> F,
) {
    let entry = format!("{}_{name}", F::MODULE);
    let n = operands[0].len();
    suite.check(&entry, format!("{n} edge and random values"), || {
        let actual = compute(context, &entry, operands)?;
        let expected: Vec<F> = (0..n).map(expected).collect();
        Ok(difference_of(operands, &expected, &actual))
    });
}

fn compute<F: DeviceField>(
    context: &Arc<Context>,
    entry: &str,
    operands: &[&[F]],
) -> Result<Vec<F>, CudaError> {
    let function = context.function(F::MODULE, entry)?;
    let n = operands[0].len();
    let upload = |values: &&[F]| context.allocate_from("selftest operand", values);
    let operands: Vec<DeviceBuffer<F>> = operands.iter().map(upload).collect::<Result<_, _>>()?;
    let mut result = context.allocate::<F>("selftest result", n)?;
    // Half as many threads as elements, so that threads step over the vector.
    let config = LaunchConfig::covering(n.div_ceil(2), THREADS);
    // SAFETY: r and the operands are n elements of the module's field; any grid of such blocks will
    // do.
    unsafe {
        match operands.as_slice() {
            [a, b] => context.launch(
                &function,
                config,
                &[&result.all_mut(), &a.all(), &b.all(), &(n as u64)],
            )?,
            [a, ..] => context.launch(
                &function,
                config,
                &[&result.all_mut(), &a.all(), &(n as u64)],
            )?,
            [] => {}
        }
    }
    context.begin_download(result.all())?.wait()
}
