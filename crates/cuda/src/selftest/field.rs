//! The field operations, each by its own kernel (`kernels/field/fr.cu`, `kernels/field/fq.cu`).

use std::sync::Arc;

use super::{
    difference_of,
    values::{self, from_limbs},
    Suite,
};
use crate::{
    context::Context,
    field::{BaseField, Binary, DeviceField, ScalarField, Unary, VECTOR_THREADS},
    launch::LaunchConfig,
    repr::{bytes_of, DeviceRepr},
    CudaError,
};

/// An operation on two vectors, and what it makes of two elements.
type BinaryCheck<F> = (Binary, fn(F, F) -> F);
/// An operation on one vector, and what it makes of an element.
type UnaryCheck<F> = (Unary, fn(F) -> F);

fn binary<F: DeviceField>() -> [BinaryCheck<F>; 5] {
    [
        (Binary::Add, |a, b| a + b),
        (Binary::Sub, |a, b| a - b),
        (Binary::Mul, |a, b| a * b),
        (Binary::SumOfProducts, |a, b| a.square() + b.square()),
        (Binary::DifferenceOfProducts, |a, b| a.square() - b.square()),
    ]
}

fn unary<F: DeviceField>() -> [UnaryCheck<F>; 5] {
    [
        (Unary::Neg, |a| -a),
        (Unary::Dbl, |a| a.double()),
        (Unary::Sqr, |a| a.square()),
        (Unary::FromMontgomery, from_montgomery),
        (Unary::ToMontgomery, to_montgomery),
    ]
}

/// The inversions: a hundred multiplications an element and more.
fn inversions<F: DeviceField>() -> [UnaryCheck<F>; 2] {
    [Unary::Inverse, Unary::BatchInverse].map(|operation| {
        (
            operation,
            (|a: F| a.invert().unwrap_or(F::ZERO)) as fn(F) -> F,
        )
    })
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
        for (operation, expected) in binary::<F>() {
            run(
                suite,
                operation.name(),
                &[&a, &b],
                |i| expected(a[i], b[i]),
                || on_two(context, operation, &a, &b),
            );
        }
        for (operation, expected) in unary::<F>() {
            run(
                suite,
                operation.name(),
                &[&a],
                |i| expected(a[i]),
                || on_one(context, operation, &a),
            );
        }
    }
    let sizes = suite.sizes(&[1, 7, 8, 9, 150], &[1, 7, 8, 9, 1025, 1 << 16]);
    for n in sizes {
        let (_, b) = values::pairs::<F>(n.max(1000), &mut rng);
        // The second of each pair changes slowly; stepping through brings all edges in soon.
        let a: Vec<F> = b.into_iter().step_by(7).cycle().take(n).collect();
        for (operation, expected) in inversions::<F>() {
            run(
                suite,
                operation.name(),
                &[&a],
                |i| expected(a[i]),
                || on_one(context, operation, &a),
            );
        }
    }
}

/// Compares what a kernel makes of one or two lists of operands.
fn run<F: DeviceField>(
    suite: &mut Suite<'_>,
    name: &str,
    operands: &[&[F]],
    expected: impl Fn(usize) -> F,
    compute: impl FnOnce() -> Result<Vec<F>, CudaError>,
) {
    let n = operands[0].len();
    let entry = format!("{}_{name}", F::PREFIX);
    suite.check(&entry, format!("{n} edge and random values"), || {
        let actual = compute()?;
        let expected: Vec<F> = (0..n).map(expected).collect();
        Ok(difference_of(operands, &expected, &actual))
    });
}

fn on_two<F: DeviceField>(
    context: &Arc<Context>,
    operation: Binary,
    a: &[F],
    b: &[F],
) -> Result<Vec<F>, CudaError> {
    let kernel = F::binary(context, operation)?;
    let a = context.allocate_from("selftest operand", a)?;
    let b = context.allocate_from("selftest operand", b)?;
    let mut result = context.allocate::<F>("selftest result", a.len())?;
    let arguments = (&result.all_mut(), &a.all(), &b.all(), &(a.len() as u64));
    // SAFETY: r and the operands are n elements; any grid of such blocks will do.
    unsafe { kernel.launch(context, config(a.len()), arguments)? };
    context.begin_download(result.all())?.wait()
}

fn on_one<F: DeviceField>(
    context: &Arc<Context>,
    operation: Unary,
    a: &[F],
) -> Result<Vec<F>, CudaError> {
    let kernel = F::unary(context, operation)?;
    let a = context.allocate_from("selftest operand", a)?;
    let mut result = context.allocate::<F>("selftest result", a.len())?;
    let arguments = (&result.all_mut(), &a.all(), &(a.len() as u64));
    // SAFETY: r and the operand are n elements; any grid of such blocks will do.
    unsafe { kernel.launch(context, config(a.len()), arguments)? };
    context.begin_download(result.all())?.wait()
}

/// Half as many threads as elements, so that threads step over the vector.
fn config(n: usize) -> LaunchConfig {
    LaunchConfig::covering(n.div_ceil(2), VECTOR_THREADS)
}
