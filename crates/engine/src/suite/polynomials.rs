//! Polynomials by their coefficients.

use ff::Field;

use super::{
    plain::{self, assert_rows, download, upload, FEW_ROWS},
    values::{columns, generator, random, LOG_SIZES},
};
use crate::engine::{Engine, EngineColumn, Scalar};

/// [`Polynomials::horner`](crate::Polynomials::horner): every polynomial at every point, in one batch.
pub fn horner<E: Engine>(engine: &E) {
    let mut rng = generator(0x0801);
    assert!(engine.horner(&[]).expect("horner").is_empty());
    for k in LOG_SIZES {
        let n = 1 << k;
        let polynomials = columns::<Scalar<E>>(n, &mut rng);
        let omega = engine.domain(k).expect("domain").omega;
        let (zero, one) = (Scalar::<E>::ZERO, Scalar::<E>::ONE);
        let points = [zero, one, -one, omega, Scalar::<E>::random(&mut rng)];
        let uploaded: Vec<EngineColumn<E, _>> =
            polynomials.iter().map(|(_, p)| upload(engine, p)).collect();
        let queries: Vec<_> = uploaded
            .iter()
            .flat_map(|column| points.map(|point| (column, point)))
            .collect();
        let expected: Vec<_> = polynomials
            .iter()
            .flat_map(|(_, p)| points.map(|point| plain::horner(p, point)))
            .collect();
        let context = format!("k = {k}, evaluation as row");
        assert_rows(
            &context,
            &engine.horner(&queries).expect("horner"),
            &expected,
        );
        let last = queries.len() - 1;
        let alone = engine.horner(&queries[last..]).expect("horner");
        assert_rows(&context, &alone, &expected[last..]);
    }
}

/// [`Polynomials::linear_combination`](crate::Polynomials::linear_combination): no terms and many, a polynomial in several terms, and `low`
/// from nothing to a whole column.
pub fn linear_combination<E: Engine>(engine: &E) {
    let mut rng = generator(0x0802);
    for k in LOG_SIZES {
        let n = 1 << k;
        let mut polynomials: Vec<Vec<Scalar<E>>> =
            columns(n, &mut rng).into_iter().map(|(_, p)| p).collect();
        polynomials.rotate_right(1); // the random one first, then the special ones
        let uploaded: Vec<EngineColumn<E, _>> =
            polynomials.iter().map(|p| upload(engine, p)).collect();
        let (zero, one) = (Scalar::<E>::ZERO, Scalar::<E>::ONE);
        let random_factor = Scalar::<E>::random(&mut rng);
        let factors = [random_factor, one, zero, -one, random_factor.square()];
        let low = random(n, &mut rng);
        let mut low_lengths = vec![0, 1, n / 2, n - 1, n];
        low_lengths.dedup();
        for count in [0, 1, 2, 3, polynomials.len(), 2 * polynomials.len()] {
            for low in low_lengths.iter().map(|length| &low[..*length]) {
                let terms: Vec<(Scalar<E>, usize)> = (0..count)
                    .map(|term| (factors[term % factors.len()], term % polynomials.len()))
                    .collect();
                let mut expected = vec![zero; n];
                expected[..low.len()].copy_from_slice(low);
                for (factor, index) in &terms {
                    for (sum, value) in expected.iter_mut().zip(&polynomials[*index]) {
                        *sum += *factor * value;
                    }
                }
                let terms: Vec<_> = terms
                    .into_iter()
                    .map(|(factor, index)| (factor, &uploaded[index]))
                    .collect();
                let column = engine
                    .linear_combination(n, &terms, low)
                    .expect("linear_combination");
                let context = format!("k = {k}, {count} terms, low has {}", low.len());
                assert_rows(&context, &download(engine, &column), &expected);
            }
        }
    }
}

/// [`Polynomials::accumulate`](crate::Polynomials::accumulate): sums that go on where others ended.
pub fn accumulate<E: Engine>(engine: &E) {
    let mut rng = generator(0x0804);
    for k in LOG_SIZES {
        let n = 1 << k;
        let mut expected: Vec<Scalar<E>> = random(n, &mut rng);
        let mut sum = upload(engine, &expected);
        for (name, values) in columns(n, &mut rng) {
            let column = upload(engine, &values);
            for factor in [Scalar::<E>::random(&mut rng), -Scalar::<E>::ONE] {
                for (sum, value) in expected.iter_mut().zip(&values) {
                    *sum += factor * value + value;
                }
                let terms = [(factor, &column), (Scalar::<E>::ONE, &column)];
                sum = engine.accumulate(sum, &terms).expect("accumulate");
            }
            sum = engine.accumulate(sum, &[]).expect("accumulate");
            let context = format!("k = {k}, {name}");
            assert_rows(&context, &download(engine, &sum), &expected);
        }
    }
}

/// quotient(X) * the product of (X - root) + remainder(X), padded to n coefficients.
fn dividend<F: Field>(n: usize, quotient: &[F], roots: &[F], remainder: &[F]) -> Vec<F> {
    let mut product = quotient.to_vec();
    for root in roots {
        product.push(F::ZERO);
        for i in (0..product.len()).rev() {
            let below = if i == 0 { F::ZERO } else { product[i - 1] };
            product[i] = below - *root * product[i];
        }
    }
    product.resize(n, F::ZERO);
    for (coefficient, remainder) in product.iter_mut().zip(remainder) {
        *coefficient += remainder;
    }
    product
}

/// [`Polynomials::kate_division`](crate::Polynomials::kate_division): by nothing, by one root and by several, equal ones, 0 and 1 among
/// them, with and without a remainder, and by more roots than the polynomial has coefficients.
pub fn kate_division<E: Engine>(engine: &E) {
    let mut rng = generator(0x0803);
    for k in LOG_SIZES {
        let n: usize = 1 << k;
        let omega = engine.domain(k).expect("domain").omega;
        let (zero, one) = (Scalar::<E>::ZERO, Scalar::<E>::ONE);
        let [r, s]: [Scalar<E>; 2] = [0, 1].map(|_| Field::random(&mut rng));
        let lists: [&[_]; 8] = [
            &[],
            &[r],
            &[zero],
            &[one],
            &[-one, omega],
            &[r, r],
            &[r, s, zero, one, r * omega],
            &[r, s, r, s, r, s, r, s, one],
        ];
        for (index, roots) in lists.into_iter().enumerate() {
            let kept = n.saturating_sub(roots.len());
            let divisor_degree = roots.len().min(n);
            let mut quotients = columns(n, &mut rng);
            if n > FEW_ROWS {
                quotients.drain(1..quotients.len() - 1); // zeros and random values are left
            }
            for (name, quotient) in quotients {
                let quotient = &quotient[..kept];
                for remainder in [vec![], random(divisor_degree, &mut rng)] {
                    let coefficients = if kept == 0 {
                        // All that is smaller than the divisor is remainder.
                        dividend(n, &[], &[], &remainder)
                    } else {
                        dividend(n, quotient, roots, &remainder)
                    };
                    let column = upload(engine, &coefficients);
                    let column = engine.kate_division(column, roots).expect("kate_division");
                    let mut expected = quotient.to_vec();
                    expected.resize(n, zero);
                    let context = format!(
                        "k = {k}, roots {index}, quotient {name}, remainder of {}",
                        remainder.len()
                    );
                    assert_rows(&context, &download(engine, &column), &expected);
                }
            }
        }
    }
}

/// The tests of this file.
#[doc(hidden)]
#[macro_export]
macro_rules! polynomials_suite {
    ($engine:expr, $threads:tt) => {
        $crate::engine_suite! {
            @tests $engine, $threads:
            horner
            linear_combination
            accumulate
            kate_division
        }
    };
}
