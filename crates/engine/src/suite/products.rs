//! Grand products and inverses.

use ff::Field;

use super::{
    plain::{assert_rows, download, invert, points, upload, FEW_ROWS},
    values::{columns, generator, pick, random, LOG_SIZES},
};
use crate::{
    basis::{Basis, Coeff, Coset, LagrangeCoeff},
    engine::{Engine, EngineDomain, Fractions, Scalar, ScalarField},
    program::{Program, ProgramBuilder},
};

/// Numerator a + beta X + gamma, denominator b b_next, as the stages of the prover mix them.
fn program<F: ScalarField>() -> Program<F> {
    let mut builder = ProgramBuilder::new();
    let (beta, gamma) = (builder.scalar(0), builder.scalar(1));
    let (a, point) = (builder.query(0, 0), builder.point());
    let shifted = builder.add(a, gamma);
    let scaled = builder.mul(beta, point);
    let numerator = builder.add(shifted, scaled);
    let (b, next) = (builder.query(1, 0), builder.query(1, 1));
    let denominator = builder.mul(b, next);
    builder.compile(&[numerator, denominator])
}

/// z by its definition, row after row, without its blinding rows.
fn product<F: ScalarField>(
    inputs: &[Vec<F>; 2],
    points: &[F],
    scalars: &[F],
    first: F,
    usable_rows: usize,
) -> Vec<F> {
    let [a, b] = inputs;
    let mut inverses: Vec<F> = (0..usable_rows)
        .map(|row| b[row] * b[(row + 1) % b.len()])
        .collect();
    invert(&mut inverses);
    let mut z = vec![first];
    for row in 0..usable_rows {
        let numerator = a[row] + scalars[0] * points[row] + scalars[1];
        z.push(z[row] * numerator * inverses[row]);
    }
    z
}

fn assert_product<E: Engine>(
    engine: &E,
    domain: &EngineDomain<E>,
    context: &str,
    inputs: &[Vec<Scalar<E>>; 2],
    first: Scalar<E>,
    blinding: &[Scalar<E>],
) {
    let scalars = [Scalar::<E>::from(5), -Scalar::<E>::from(3)];
    let points = points(domain.n(), domain.omega, Scalar::<E>::ONE);
    let usable_rows = domain.n() - 1 - blinding.len();
    let mut expected = product(inputs, &points, &scalars, first, usable_rows);
    expected.extend_from_slice(blinding);

    let uploaded = [upload(engine, &inputs[0]), upload(engine, &inputs[1])];
    // Of the product before, its value at row `usable_rows` alone is read.
    let mut before = vec![Scalar::<E>::from(99); domain.n()];
    before[usable_rows] = first;
    let before = (first != Scalar::<E>::ONE).then(|| upload(engine, &before));
    let fractions = Fractions {
        program: &program(),
        inputs: vec![&uploaded[0], &uploaded[1]],
        scalars: &scalars,
        after: before.as_ref(),
        usable_rows,
        blinding,
    };
    let result = engine
        .grand_product(domain, fractions)
        .expect("grand_product");
    let context = format!("{context}, k = {}, {usable_rows} usable rows", domain.k);
    assert_rows(&context, &download(engine, &result), &expected);
}

/// [`Products::grand_product`](crate::Products::grand_product), with zeros above and below the line, and from any first value.
pub fn grand_product<E: Engine>(engine: &E) {
    let mut rng = generator(0x0701);
    for k in LOG_SIZES {
        let domain = engine.domain(k).expect("domain");
        let n = domain.n();
        let mut usable: Vec<_> = [0, 1, n / 2, n.saturating_sub(6), n - 1].into();
        usable.sort();
        usable.dedup();
        if n > FEW_ROWS {
            usable = vec![n - 6, n - 1];
        }
        for usable_rows in usable {
            let blinding: Vec<_> = random(n - 1 - usable_rows, &mut rng);
            let first = Scalar::<E>::random(&mut rng);
            let [a, b] = [0, 1].map(|_| random(n, &mut rng));
            let check = |name: &str, a: &[_], b: &[_], first| {
                let inputs = [a.to_vec(), b.to_vec()];
                assert_product(engine, &domain, name, &inputs, first, &blinding);
            };
            check("random", &a, &b, Scalar::<E>::ONE);
            check("a first value that is not 1", &a, &b, first);
            check("the first value 0", &a, &b, Scalar::<E>::ZERO);
            let zeros = vec![Scalar::<E>::ZERO; n];
            check("denominators all zero", &a, &zeros, first);
            let mut one_zero = b.clone();
            one_zero[n / 2] = Scalar::<E>::ZERO;
            check("one denominator zero", &a, &one_zero, first);
            let signs = pick(n, &[Scalar::<E>::ONE, -Scalar::<E>::ONE], &mut rng);
            check("denominators 1 and -1", &a, &signs, first);
            // a_0 + 5 omega^0 - 3 = 0
            let mut zero_numerator = a.clone();
            zero_numerator[0] = -Scalar::<E>::from(2);
            check("a zero numerator", &zero_numerator, &b, first);
        }
    }
}

/// A grand product of constants: no column is read.
pub fn grand_product_of_constants<E: Engine>(engine: &E) {
    let domain = engine.domain(8).expect("domain");
    let (two, three) = (Scalar::<E>::from(2), Scalar::<E>::from(3));
    let mut builder = ProgramBuilder::new();
    let outputs = [builder.constant(three), builder.constant(two)];
    let fractions = Fractions {
        program: &builder.compile(&outputs),
        inputs: Vec::new(),
        scalars: &[],
        after: None,
        usable_rows: domain.n() - 1,
        blinding: &[],
    };
    let result = engine
        .grand_product(&domain, fractions)
        .expect("grand_product");
    for (row, z) in download(engine, &result).iter().enumerate() {
        let power = [row as u64];
        let (above, below) = (three.pow_vartime(power), two.pow_vartime(power));
        assert_eq!(*z * below, above, "row {row}");
    }
}

/// [`Products::batch_invert`](crate::Products::batch_invert); zeros stay.
pub fn batch_invert<E: Engine>(engine: &E) {
    fn assert_inverses<E: Engine, B: Basis>(engine: &E, name: &str, values: &[Scalar<E>]) {
        let column = upload::<E, B>(engine, values);
        let inverses = engine.batch_invert(column).expect("batch_invert");
        let inverses = download(engine, &inverses);
        let context = format!("{name}, {} rows, {} basis", values.len(), B::NAME);
        assert_eq!(inverses.len(), values.len(), "{context}: length");
        for (row, (value, inverse)) in values.iter().zip(&inverses).enumerate() {
            let zero = value.is_zero_vartime();
            let product = Scalar::<E>::from(!zero as u64);
            assert_eq!(*value * inverse, product, "{context}, row {row}");
            assert_eq!(inverse.is_zero_vartime(), zero, "{context}, row {row}");
        }
    }
    let mut rng = generator(0x0702);
    for k in LOG_SIZES {
        for (name, values) in columns(1 << k, &mut rng) {
            assert_inverses::<E, LagrangeCoeff>(engine, name, &values);
            assert_inverses::<E, Coeff>(engine, name, &values);
            assert_inverses::<E, Coset>(engine, name, &values);
        }
    }
}

/// The tests of this file.
#[doc(hidden)]
#[macro_export]
macro_rules! products_suite {
    ($engine:expr, $threads:tt) => {
        $crate::engine_suite! {
            @tests $engine, $threads:
            grand_product
            grand_product_of_constants
            batch_invert
        }
    };
}
