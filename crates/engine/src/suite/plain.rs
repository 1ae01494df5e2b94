//! The definitions that engines are held to, written to be read and not to be fast.

use ff::{Field, PrimeField};
use std::fmt::Debug;

use crate::{
    basis::Basis,
    engine::{Engine, EngineColumn, Scalar},
    label::{Kept, Label},
};

/// Up to this many rows, a transform is compared with its definition row by row, and every
/// combination of parameters is tried; with more rows, a choice of them.
pub(super) const FEW_ROWS: usize = 256;

/// p(x).
pub(super) fn horner<F: Field>(p: &[F], x: F) -> F {
    p.iter().rev().fold(F::ZERO, |sum, a| sum * x + a)
}

/// The points shift * omega^i, i < n.
pub(super) fn points<F: Field>(n: usize, omega: F, shift: F) -> Vec<F> {
    std::iter::successors(Some(shift), |point| Some(*point * omega))
        .take(n)
        .collect()
}

/// The Lagrange polynomials of shift * H at x: with Z(X) = X^n - shift^n and X_i = shift * omega^i,
/// l_i(x) = Z(x) / ((x - X_i) Z'(X_i)), Z'(X_i) = n shift^n / X_i. At x = X_i only l_i is not zero.
pub(super) fn lagrange<F: PrimeField>(n: usize, omega: F, shift: F, x: F) -> Vec<F> {
    let shift_n = shift.pow_vartime([n as u64]);
    let scale = (x.pow_vartime([n as u64]) - shift_n)
        * (shift_n * F::from(n as u64))
            .invert()
            .expect("neither n nor the shift is zero");
    let points = points(n, omega, shift);
    let mut inverses: Vec<F> = points.iter().map(|point| x - point).collect();
    invert(&mut inverses);
    let terms = points.iter().zip(inverses);
    terms
        .map(|(point, inverse)| match inverse.is_zero_vartime() {
            true => F::ONE,
            false => scale * point * inverse,
        })
        .collect()
}

/// Inverts every value by one inversion of their product; zero stays zero.
pub(super) fn invert<F: Field>(values: &mut [F]) {
    let mut products = vec![F::ONE];
    for value in values.iter().filter(|value| !value.is_zero_vartime()) {
        products.push(products[products.len() - 1] * value);
    }
    let product = products.pop().expect("there is the 1 of the beginning");
    let mut inverse = product.invert().expect("no factor is zero");
    for value in values.iter_mut().rev() {
        if let (false, Some(before)) = (value.is_zero_vartime(), products.last()) {
            (*value, inverse) = (*before * inverse, inverse * *value);
            products.pop();
        }
    }
}

/// Decides whether values over shift * H and coefficients are the same polynomial of degree < n:
/// they agree at one random point with probability n/p if they are not.
pub(super) struct SamePolynomial<F> {
    points: Vec<F>,
    x: F,
    lagrange: Vec<F>,
}

impl<F: PrimeField> SamePolynomial<F> {
    /// Over the coset shift * H of n points, at the random point `x`.
    pub(super) fn new(n: usize, omega: F, shift: F, x: F) -> Self {
        Self {
            points: points(n, omega, shift),
            x,
            lagrange: lagrange(n, omega, shift, x),
        }
    }

    /// Panics unless they are.
    pub(super) fn assert(&self, context: &str, values: &[F], coefficients: &[F]) {
        let n = self.points.len();
        assert_eq!(
            (values.len(), coefficients.len()),
            (n, n),
            "{context}: lengths"
        );
        if n <= FEW_ROWS {
            let by_definition: Vec<F> = self
                .points
                .iter()
                .map(|point| horner(coefficients, *point))
                .collect();
            assert_rows(context, values, &by_definition);
        }
        let value: F = self.lagrange.iter().zip(values).map(|(l, v)| *l * v).sum();
        assert!(
            horner(coefficients, self.x) == value,
            "{context}: values and coefficients are not of the same polynomial"
        );
    }
}

/// Panics at the first row in which a column is not as expected.
pub(super) fn assert_rows<T: PartialEq + Debug>(context: &str, actual: &[T], expected: &[T]) {
    assert_eq!(actual.len(), expected.len(), "{context}: length");
    for (row, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert!(
            actual == expected,
            "{context}, row {row}: {actual:?}, not {expected:?}"
        );
    }
}

/// What the suite's columns are called.
pub(super) const LABEL: Label = Label {
    name: "values",
    index: 0,
    kept: Kept::Briefly,
};

/// Uploads a column.
pub(super) fn upload<E: Engine, B: Basis>(engine: &E, values: &[Scalar<E>]) -> EngineColumn<E, B> {
    engine
        .upload(LABEL, values.len(), || values.to_vec())
        .expect("upload")
}

/// Downloads a column.
pub(super) fn download<E: Engine, B: Basis>(
    engine: &E,
    column: &EngineColumn<E, B>,
) -> Vec<Scalar<E>> {
    engine.download(column).expect("download")
}
