//! Operations on columns against their definitions on the CPU, without its inversions: a quotient is
//! held against what it came from.

use std::sync::Arc;

use ff::{Field, PrimeField};
use rand_chacha::rand_core::RngCore;

use super::{difference, values, Difference, Failure, Suite};
use crate::{
    buffer::DeviceBuffer,
    context::Context,
    field::ScalarField,
    poly::{CudaPoly, First},
};

const INVERSE: &str = "poly_inverse";
const L0: &str = "poly_l0";
const HORNER: &str = "poly_horner";
const ACCUMULATE: &str = "poly_accumulate";
const KATE: &str = "poly_kate";
const PRODUCT: &str = "poly_product";
pub(super) const OPERATIONS: [&str; 6] = [INVERSE, L0, HORNER, ACCUMULATE, KATE, PRODUCT];

/// Columns of a linear combination: more than a launch takes.
const TERMS: usize = 11;

pub(super) fn check(suite: &mut Suite<'_>, context: &Arc<Context>, poly: &CudaPoly) {
    let mut rng = values::generator(suite.options.seed);
    let device = Device { context, poly };
    let sizes = suite.sizes(
        &[1, 127, 129, 257, 2000],
        &[1, 127, 129, 257, 1025, 1 << 16, (1 << 20) + 3],
    );
    for n in sizes {
        // Edge values, zeros among them, and random ones; the second changes slowly.
        let (a, b) = values::pairs::<ScalarField>(n, &mut rng);
        let case = format!("{n} edge and random values");
        suite.check(INVERSE, &*case, || device.inverse(&a));
        suite.check(PRODUCT, &*case, || device.product(&a, &b));
        let nowhere_zero: Vec<ScalarField> =
            (0..n).map(|_| ScalarField::random(&mut rng)).collect();
        suite.check(PRODUCT, format!("{n} random values"), || {
            device.product(&nowhere_zero, &nowhere_zero[..n - n / 3])
        });
        let factors: Vec<ScalarField> = (0..TERMS).map(|i| factor(i, &mut rng)).collect();
        suite.check(ACCUMULATE, format!("{TERMS} columns of {n}"), || {
            device.accumulate(&factors, &a, &b)
        });
        for (name, point) in points(&mut rng) {
            let case = format!("{n} coefficients, {name}");
            suite.check(HORNER, &*case, || device.horner(&a, &b, point));
            suite.check(KATE, &*case, || device.kate(&a, point));
        }
    }
    for k in suite.sizes(&[0, 1, 7, 9], &[0, 1, 7, 9, 12, 16, 20]) {
        for (name, shift) in points(&mut rng) {
            suite.check(L0, format!("2^{k}, shift {name}"), || device.l0(k, shift));
        }
    }
}

/// Points, roots and shifts: special ones and a random one.
fn points(rng: &mut impl RngCore) -> [(&'static str, ScalarField); 4] {
    [
        ("0", ScalarField::ZERO),
        ("1", ScalarField::ONE),
        (
            "a root of unity",
            ScalarField::ROOT_OF_UNITY.pow_vartime([1 << 12]),
        ),
        ("random", ScalarField::random(rng)),
    ]
}

/// Coefficients of a linear combination.
fn factor(term: usize, rng: &mut impl RngCore) -> ScalarField {
    match term % 4 {
        1 => ScalarField::ONE,
        2 => -ScalarField::ONE,
        3 => ScalarField::ZERO,
        _ => ScalarField::random(rng),
    }
}

/// The operations, from host memory and back.
struct Device<'c> {
    context: &'c Context,
    poly: &'c CudaPoly,
}

type Checked = Result<Option<Difference>, Failure>;

impl Device<'_> {
    fn upload(&self, values: &[ScalarField]) -> Result<DeviceBuffer<ScalarField>, Failure> {
        Ok(self.context.allocate_from("selftest column", values)?)
    }

    fn download(&self, buffer: &DeviceBuffer<ScalarField>) -> Result<Vec<ScalarField>, Failure> {
        Ok(self.context.begin_download(buffer.all())?.wait()?)
    }

    fn inverse(&self, values: &[ScalarField]) -> Checked {
        let mut buffer = self.upload(values)?;
        self.poly.batch_invert(buffer.all_mut())?;
        // A value times its inverse is 1; where there is none, zero stays.
        let held: Vec<ScalarField> = self
            .download(&buffer)?
            .into_iter()
            .zip(values)
            .map(|(inverse, value)| match *value == ScalarField::ZERO {
                true => inverse,
                false => inverse * value,
            })
            .collect();
        let expected: Vec<ScalarField> = values.iter().map(|value| unless_zero(*value)).collect();
        Ok(difference(&expected, &held))
    }

    /// A grand product over all rows but the last of the shorter column.
    fn product(&self, numerators: &[ScalarField], denominators: &[ScalarField]) -> Checked {
        let usable_rows = denominators.len() - 1;
        let first = -ScalarField::from(2);
        let mut z = self.upload(numerators)?;
        let mut used_up = self.upload(denominators)?;
        self.poly.grand_product(
            First::Value(first),
            z.all_mut(),
            used_up.all_mut(),
            usable_rows,
        )?;
        let z = self.download(&z)?;
        let (mut expected, mut held) = (vec![first], vec![z[0]]);
        for i in 0..usable_rows {
            // z_(i+1) d_i = z_i n_i, and zero where d_i is.
            let (numerator, denominator) = (numerators[i], denominators[i]);
            let one = unless_zero(denominator);
            expected.push(z[i] * numerator * one);
            held.push(z[i + 1] * (denominator + ScalarField::ONE - one));
        }
        expected.extend(&numerators[usable_rows + 1..]);
        held.extend(&z[usable_rows + 1..]);
        Ok(difference(&expected, &held))
    }

    fn accumulate(&self, factors: &[ScalarField], a: &[ScalarField], b: &[ScalarField]) -> Checked {
        let (column_a, column_b) = (self.upload(a)?, self.upload(b)?);
        let mut sum = self.upload(a)?;
        let columns = [column_a.all(), column_b.all()].into_iter().cycle();
        let terms: Vec<_> = factors.iter().copied().zip(columns).collect();
        self.poly.accumulate(sum.all_mut(), &terms)?;
        let of = |parity: usize| -> ScalarField { factors.iter().skip(parity).step_by(2).sum() };
        let (of_a, of_b) = (of(0) + ScalarField::ONE, of(1));
        let expected: Vec<ScalarField> =
            a.iter().zip(b).map(|(a, b)| of_a * a + of_b * b).collect();
        Ok(difference(&expected, &self.download(&sum)?))
    }

    fn horner(&self, a: &[ScalarField], b: &[ScalarField], point: ScalarField) -> Checked {
        let (column_a, column_b) = (self.upload(a)?, self.upload(b)?);
        let half = b.len() / 2;
        let queries = [
            (column_a.all(), point),
            (column_b.range(half..)?, point),
            (column_a.all(), -point),
        ];
        let expected = [
            evaluate(a, point),
            evaluate(&b[half..], point),
            evaluate(a, -point),
        ];
        let actual = self.poly.begin_horner(&queries)?.wait()?;
        Ok(difference(&expected, &actual))
    }

    fn kate(&self, p: &[ScalarField], root: ScalarField) -> Checked {
        let mut buffer = self.upload(p)?;
        self.poly.kate_division(buffer.all_mut(), root)?;
        let mut expected = vec![ScalarField::ZERO; p.len()];
        for i in (1..p.len()).rev() {
            expected[i - 1] = p[i] + root * expected[i];
        }
        Ok(difference(&expected, &self.download(&buffer)?))
    }

    fn l0(&self, k: u32, shift: ScalarField) -> Checked {
        let n = 1 << k;
        let omega = (k..ScalarField::S).fold(ScalarField::ROOT_OF_UNITY, |root, _| root.square());
        let mut out = self.context.allocate("selftest l_0", n)?;
        self.poly.l0(omega, shift, out.all_mut())?;
        let scale = shift.pow_vartime([n as u64]) - ScalarField::ONE;
        let (mut expected, mut held) = (Vec::new(), Vec::new());
        let mut point = shift;
        for value in self.download(&out)? {
            // n (X - 1) l_0(X) = X^n - 1, and l_0(1) = 1.
            let at_one = point == ScalarField::ONE;
            expected.push(if at_one { ScalarField::ONE } else { scale });
            held.push(match at_one {
                true => value,
                false => value * ScalarField::from(n as u64) * (point - ScalarField::ONE),
            });
            point *= omega;
        }
        Ok(difference(&expected, &held))
    }
}

/// 1, and 0 of 0.
fn unless_zero(value: ScalarField) -> ScalarField {
    match value == ScalarField::ZERO {
        true => ScalarField::ZERO,
        false => ScalarField::ONE,
    }
}

fn evaluate(coefficients: &[ScalarField], point: ScalarField) -> ScalarField {
    coefficients
        .iter()
        .rev()
        .fold(ScalarField::ZERO, |value, coefficient| {
            value * point + coefficient
        })
}
