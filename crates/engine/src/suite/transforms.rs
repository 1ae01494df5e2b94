//! Domains, and transforms between values and coefficients.

use ff::{Field, PrimeField, WithSmallOrderMulGroup};
use rand_chacha::ChaCha8Rng;

use super::{
    plain::{download, lagrange, points, upload, SamePolynomial, FEW_ROWS},
    values::{columns, generator, random, shifts, LOG_SIZES},
};
use crate::{
    basis::{Basis, Coeff, Coset, LagrangeCoeff},
    engine::{Engine, EngineColumn, EngineDomain, Scalar},
    error::EngineError,
    label::Label,
};

/// Batches of columns: none, some, and around the sixteen that may share work.
const BATCHES: [usize; 6] = [0, 1, 2, 15, 16, 17];

fn decider<E: Engine>(
    domain: &EngineDomain<E>,
    shift: Scalar<E>,
    rng: &mut ChaCha8Rng,
) -> SamePolynomial<Scalar<E>> {
    SamePolynomial::new(domain.n(), domain.omega, shift, Scalar::<E>::random(rng))
}

/// Runs `transform` on all kinds of columns at all sizes, and on batches of many sizes. It is
/// given the domain, the shift and the columns, and gives columns in the other basis; `values_first`
/// says that it takes values and gives coefficients.
fn assert_transform<E: Engine, Before: Basis, After: Basis>(
    engine: &E,
    seed: u64,
    shifts: impl Fn(usize, &mut ChaCha8Rng) -> Vec<Scalar<E>>,
    values_first: bool,
    transform: impl Fn(
        &EngineDomain<E>,
        Scalar<E>,
        Vec<EngineColumn<E, Before>>,
    ) -> Vec<EngineColumn<E, After>>,
) {
    let mut rng = generator(seed);
    let kinds = LOG_SIZES.map(|k| (k, None));
    let batches = BATCHES.map(|count| (6, Some(count)));
    for (k, count) in kinds.into_iter().chain(batches) {
        let domain = engine.domain(k).expect("domain");
        let n = domain.n();
        let before = match count {
            None => columns(n, &mut rng),
            Some(count) => (0..count)
                .map(|_| ("random", random(n, &mut rng)))
                .collect(),
        };
        for (index, shift) in shifts(n, &mut rng).into_iter().enumerate() {
            let decider = decider::<E>(&domain, shift, &mut rng);
            let uploaded = before.iter().map(|(_, v)| upload(engine, v)).collect();
            let after = transform(&domain, shift, uploaded);
            assert_eq!(after.len(), before.len(), "columns of a batch");
            for (column, ((name, before), after)) in before.iter().zip(&after).enumerate() {
                let context = format!("k = {k}, shift {index}, column {column}: {name}");
                let after = download(engine, after);
                if values_first {
                    decider.assert(&context, before, &after);
                } else {
                    decider.assert(&context, &after, before);
                }
            }
        }
    }
}

fn no_shift<F: Field>(_: usize, _: &mut ChaCha8Rng) -> Vec<F> {
    vec![F::ONE]
}

fn coset_shifts<F: WithSmallOrderMulGroup<3>>(n: usize, rng: &mut ChaCha8Rng) -> Vec<F> {
    let count = if n > FEW_ROWS { 2 } else { 5 };
    shifts(rng)[..count].to_vec()
}

/// [`Transforms::interpolate`](crate::Transforms::interpolate).
pub fn interpolate<E: Engine>(engine: &E) {
    assert_transform(engine, 0x0401, no_shift, true, |domain, _, columns| {
        engine.interpolate(domain, columns).expect("interpolate")
    });
}

/// [`Transforms::tabulate`](crate::Transforms::tabulate). The coefficients stay as they are.
pub fn tabulate<E: Engine>(engine: &E) {
    assert_transform(engine, 0x0402, no_shift, false, |domain, _, columns| {
        let references: Vec<_> = columns.iter().collect();
        let once = engine.tabulate(domain, &references).expect("tabulate");
        drop(once);
        engine.tabulate(domain, &references).expect("tabulate")
    });
}

/// [`Transforms::extend`](crate::Transforms::extend). The coefficients stay as they are.
pub fn extend<E: Engine>(engine: &E) {
    assert_transform(
        engine,
        0x0403,
        coset_shifts,
        false,
        |domain, shift, columns| {
            let references: Vec<_> = columns.iter().collect();
            let once = engine.extend(domain, shift, &references).expect("extend");
            drop(once);
            engine.extend(domain, shift, &references).expect("extend")
        },
    );
}

/// [`Transforms::interpolate_coset`](crate::Transforms::interpolate_coset).
pub fn interpolate_coset<E: Engine>(engine: &E) {
    assert_transform(
        engine,
        0x0404,
        coset_shifts,
        true,
        |domain, shift, columns| {
            columns
                .into_iter()
                .map(|column: EngineColumn<E, Coset>| {
                    engine
                        .interpolate_coset(domain, shift, column)
                        .expect("interpolate_coset")
                })
                .collect()
        },
    );
}

/// The same column twice in a batch, and there and back again.
pub fn transform_there_and_back<E: Engine>(engine: &E) {
    let mut rng = generator(0x0405);
    let domain = engine.domain(9).expect("domain");
    let shift = Scalar::<E>::MULTIPLICATIVE_GENERATOR;
    let coefficients = random(domain.n(), &mut rng);
    let column = upload::<E, Coeff>(engine, &coefficients);
    let twice = [&column, &column];
    let values: Vec<EngineColumn<E, LagrangeCoeff>> =
        engine.tabulate(&domain, &twice).expect("tabulate");
    let back = engine.interpolate(&domain, values).expect("interpolate");
    for column in engine.extend(&domain, shift, &twice).expect("extend") {
        let column = engine
            .interpolate_coset(&domain, shift, column)
            .expect("interpolate_coset");
        assert!(download(engine, &column) == coefficients, "the coset");
    }
    for column in back {
        assert!(download(engine, &column) == coefficients, "H");
    }
}

/// [`Transforms::extend_l0`](crate::Transforms::extend_l0): the values of l_0, and of the other Lagrange polynomials by rotation.
pub fn extend_l0<E: Engine>(engine: &E) {
    let mut rng = generator(0x0406);
    for k in LOG_SIZES {
        let domain = engine.domain(k).expect("domain");
        let n = domain.n();
        let size = Scalar::<E>::from(n as u64);
        for (index, shift) in coset_shifts(n, &mut rng).into_iter().enumerate() {
            let context = format!("k = {k}, shift {index}");
            let l0 = engine.extend_l0(&domain, shift).expect("extend_l0");
            let l0 = download(engine, &l0);
            assert_eq!(l0.len(), n, "{context}: length");
            let vanishing = shift.pow_vartime([n as u64]) - Scalar::<E>::ONE;
            let points = points(n, domain.omega, shift);
            for (row, (value, point)) in l0.iter().zip(&points).enumerate() {
                let distance = *point - Scalar::<E>::ONE;
                if distance.is_zero_vartime() {
                    assert!(
                        *value == Scalar::<E>::ONE,
                        "{context}, row {row}: l_0(1) = 1"
                    );
                } else {
                    assert!(
                        *value * distance * size == vanishing,
                        "{context}, row {row}"
                    );
                }
            }
            for row in [0, 1, n / 2, n - 1] {
                let at_point = lagrange(n, domain.omega, Scalar::<E>::ONE, points[row]);
                for (j, l_j) in at_point.iter().enumerate() {
                    let rotated = l0[(row + n - j) % n];
                    assert!(rotated == *l_j, "{context}, row {row}: l_{j}");
                }
                if n > FEW_ROWS {
                    break;
                }
            }
        }
    }
}

/// [`Transforms::extend_values`](crate::Transforms::extend_values), of few values and of many, beside the transforms.
pub fn extend_values<E: Engine>(engine: &E) {
    let mut rng = generator(0x0407);
    for k in LOG_SIZES {
        let domain = engine.domain(k).expect("domain");
        let n = domain.n();
        let shift = Scalar::<E>::MULTIPLICATIVE_GENERATOR;
        let counts: &[usize] = if n > FEW_ROWS {
            &[4, 10]
        } else {
            &[0, 1, 2, 3, n]
        };
        for &count in counts.iter().filter(|count| **count <= n) {
            let values = random(count, &mut rng);
            let mut padded = values.clone();
            padded.resize(n, Scalar::<E>::ZERO);
            let column = upload::<E, LagrangeCoeff>(engine, &padded);
            let coefficients = engine.interpolate(&domain, vec![column]);
            let coefficients = coefficients.expect("interpolate");
            let expected = engine.extend(&domain, shift, &[&coefficients[0]]);
            let expected = download(engine, &expected.expect("extend")[0]);
            let label = Label::brief("values", 0);
            let extended = engine.extend_values(&domain, shift, label, &values);
            let extended = download(engine, &extended.expect("extend_values"));
            assert!(extended == expected, "k = {k}, {count} values");
        }
    }
}

/// [`Transforms::domain`](crate::Transforms::domain): omega is the field's root of unity, squared down to order n, as halo2 has it.
pub fn domain<E: Engine>(engine: &E) {
    for k in LOG_SIZES {
        let domain = engine.domain(k).expect("domain");
        let omega = (k..Scalar::<E>::S).fold(Scalar::<E>::ROOT_OF_UNITY, |root, _| root.square());
        assert_eq!((domain.k, domain.n()), (k, 1 << k));
        assert_eq!(domain.omega, omega, "omega for k = {k}");
    }
}

/// A domain that the field does not have is [`EngineError::DomainTooLarge`].
pub fn domain_too_large<E: Engine>(engine: &E) {
    let max = Scalar::<E>::S;
    for too_large in [max + 1, 64, u32::MAX] {
        match engine.domain(too_large) {
            Err(EngineError::DomainTooLarge { k, max_k }) => {
                assert_eq!((k, max_k), (too_large, max));
            }
            Err(other) => panic!("k = {too_large}: {other}"),
            Ok(_) => panic!("k = {too_large} gave a domain"),
        }
    }
}

/// The tests of this file.
#[doc(hidden)]
#[macro_export]
macro_rules! transforms_suite {
    ($engine:expr, $threads:tt) => {
        $crate::engine_suite! {
            @tests $engine, $threads:
            domain
            domain_too_large
            interpolate
            tabulate
            extend
            interpolate_coset
            transform_there_and_back
            extend_l0
            extend_values
        }
    };
}
