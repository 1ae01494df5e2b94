//! The operations of G1, each by its own kernel (`kernels/field/curve.cu`).

use std::sync::Arc;

use ff::Field;
use group::{prime::PrimeCurveAffine, Group};
use rand_chacha::rand_core::RngCore;

use super::{difference, values, Difference, Suite};
use crate::{
    buffer::DeviceSlice,
    context::Context,
    entry_points,
    field::{Affine, BaseField, Projective, Xyzz},
    kernel::EntryPoint,
    launch::LaunchConfig,
    repr::DeviceRepr,
    CudaError,
};

entry_points!(field_curve);

pub(super) fn check_all(suite: &mut Suite<'_>, context: &Arc<Context>) {
    let sizes = suite.sizes(&[1, 20, 129], &[1, 20, 128, 129, 1025, 1 << 16]);
    let mut rng = values::generator(suite.options.seed);
    for n in sizes {
        check(suite, context, n, &mut rng);
    }
}

fn check(suite: &mut Suite<'_>, context: &Arc<Context>, n: usize, rng: &mut impl RngCore) {
    let (a, b) = pairs(n, rng);
    let a_xyzz: Vec<Xyzz> = a.iter().map(|point| scaled(point, rng)).collect();
    let b_xyzz: Vec<Xyzz> = b.iter().map(|point| scaled(point, rng)).collect();
    let case = format!("{n} points, equal, opposite and identical ones among them");
    let sums: Vec<Projective> = a.iter().zip(&b).map(|(a, b)| *a + *b).collect();
    let doubles: Vec<Projective> = a.iter().map(|a| Projective::from(*a).double()).collect();
    let negatives: Vec<Projective> = a.iter().map(|a| -Projective::from(*a)).collect();

    let Some((a_affine_device, b_affine_device, a_device, b_device)) =
        suite.prepare(FieldG1Add::MODULE, || {
            Ok((
                context.allocate_from("selftest points", &a)?,
                context.allocate_from("selftest points", &b)?,
                context.allocate_from("selftest points", &a_xyzz)?,
                context.allocate_from("selftest points", &b_xyzz)?,
            ))
        })
    else {
        return;
    };
    let (a_affine, b_affine) = (a_affine_device.all(), b_affine_device.all());
    let (a, b) = (a_device.all(), b_device.all());
    suite.check(FieldG1AddMixed::ENTRY, case.clone(), || {
        let actual = on_two::<FieldG1AddMixed, Affine>(context, a, b_affine)?;
        Ok(compare(&sums, &actual))
    });
    suite.check(FieldG1Add::ENTRY, case.clone(), || {
        let actual = on_two::<FieldG1Add, Xyzz>(context, a, b)?;
        Ok(compare(&sums, &actual))
    });
    suite.check(FieldG1Dbl::ENTRY, case.clone(), || {
        let actual = on_one::<FieldG1Dbl, Xyzz>(context, a)?;
        Ok(compare(&doubles, &actual))
    });
    suite.check(FieldG1DblAffine::ENTRY, case.clone(), || {
        let actual = on_one::<FieldG1DblAffine, Affine>(context, a_affine)?;
        Ok(compare(&doubles, &actual))
    });
    suite.check(FieldG1Neg::ENTRY, case.clone(), || {
        let actual = on_one::<FieldG1Neg, Xyzz>(context, a)?;
        Ok(compare(&negatives, &actual))
    });
}

/// Runs a kernel that takes points of either form beside XYZZ points.
fn on_two<E, B: DeviceRepr>(
    context: &Arc<Context>,
    a: DeviceSlice<'_, Xyzz>,
    b: DeviceSlice<'_, B>,
) -> Result<Vec<Xyzz>, CudaError>
where
    E: EntryPoint<Parameters = (*mut Xyzz, *const Xyzz, *const B, u64)>,
{
    let kernel = E::load(context)?;
    let mut result = context.allocate::<Xyzz>("selftest result", a.len())?;
    let arguments = (&result.all_mut(), &a, &b, &(a.len() as u64));
    // SAFETY: r and the operands are n points; any grid of such blocks will do.
    unsafe { kernel.launch(context, config::<E>(a.len()), arguments)? };
    context.begin_download(result.all())?.wait()
}

/// Runs a kernel that takes points of either form.
fn on_one<E, A: DeviceRepr>(
    context: &Arc<Context>,
    a: DeviceSlice<'_, A>,
) -> Result<Vec<Xyzz>, CudaError>
where
    E: EntryPoint<Parameters = (*mut Xyzz, *const A, u64)>,
{
    let kernel = E::load(context)?;
    let mut result = context.allocate::<Xyzz>("selftest result", a.len())?;
    let arguments = (&result.all_mut(), &a, &(a.len() as u64));
    // SAFETY: r and the operand are n points; any grid of such blocks will do.
    unsafe { kernel.launch(context, config::<E>(a.len()), arguments)? };
    context.begin_download(result.all())?.wait()
}

/// Half as many threads as points, so that threads step over the vector.
fn config<E: EntryPoint>(n: usize) -> LaunchConfig {
    LaunchConfig::covering(n.div_ceil(2), E::THREADS)
}

/// `n` pairs of points: those with exceptions to the formulas first.
fn pairs(n: usize, rng: &mut impl RngCore) -> (Vec<Affine>, Vec<Affine>) {
    let identity = Affine::identity();
    let mut random = values::points(2 * n + 2, rng).into_iter();
    let mut next = || random.next().unwrap_or(identity);
    let (p, q) = (next(), next());
    let double = values::normalize(&[Projective::from(p).double()])[0];
    let exceptions = [
        (p, p),
        (p, -p),
        (p, identity),
        (identity, p),
        (identity, identity),
        (double, p),
        (p, double),
        (double, -p),
        (p, q),
    ];
    (0..n)
        .map(|i| match exceptions.get(i) {
            Some(pair) => *pair,
            None => (next(), next()),
        })
        .unzip()
}

/// The point with a random z.
fn scaled(point: &Affine, rng: &mut impl RngCore) -> Xyzz {
    if bool::from(point.is_identity()) {
        // Nothing is promised about the other coordinates of the identity.
        return [
            BaseField::random(&mut *rng),
            BaseField::ONE,
            BaseField::ZERO,
            BaseField::ZERO,
        ];
    }
    let z = BaseField::random(&mut *rng);
    let (zz, zzz) = (z.square(), z.square() * z);
    [point.x * zz, point.y * zzz, zz, zzz]
}

fn compare(expected: &[Projective], actual: &[Xyzz]) -> Option<Difference> {
    let off = actual
        .iter()
        .position(|[_, _, zz, zzz]| zz.square() * zz != zzz.square());
    if let Some(index) = off {
        return Some(Difference {
            place: format!("element {index}"),
            expected: "zz^3 = zzz^2".to_owned(),
            actual: format!("{:?}", actual[index]),
        });
    }
    let affine: Vec<Affine> = actual
        .iter()
        .map(|[x, y, zz, zzz]| {
            match (
                Option::<BaseField>::from(zz.invert()),
                Option::<BaseField>::from(zzz.invert()),
            ) {
                (Some(zz_inv), Some(zzz_inv)) => Affine {
                    x: *x * zz_inv,
                    y: *y * zzz_inv,
                },
                _ => Affine::identity(),
            }
        })
        .collect();
    difference(&values::normalize(expected), &affine)
}
