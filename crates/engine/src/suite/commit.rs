//! Commitments.

use ff::{Field, PrimeField};
use group::{Curve, Group};
use halo2curves::CurveAffine;
use rayon::prelude::*;

use super::{
    plain::{assert_rows, horner, lagrange, points, upload},
    values::{columns, generator, random},
};
use crate::{
    basis::{Coeff, CommitBasis, LagrangeCoeff},
    engine::{Engine, EngineColumn, EngineSrs, Scalar},
};

/// Half an SRS whose secret is known: a commitment to p is p(secret) G.
struct KnownSrs<'m, E: Engine, B> {
    multiples: &'m Multiples<E::Curve>,
    srs: EngineSrs<E, B>,
    /// The polynomials of the basis at the secret.
    at_secret: Vec<Scalar<E>>,
}

impl<'m, E: Engine, B: CommitBasis> KnownSrs<'m, E, B> {
    fn new(engine: &E, multiples: &'m Multiples<E::Curve>, k: u32, secret: Scalar<E>) -> Self {
        let n = 1 << k;
        let one = Scalar::<E>::ONE;
        let at_secret = if B::LAGRANGE {
            let omega = engine.domain(k).expect("domain").omega;
            lagrange(n, omega, one, secret)
        } else {
            points(n, secret, one)
        };
        let srs = engine
            .load_srs(n, || multiples.of(&at_secret))
            .expect("load_srs");
        Self {
            multiples,
            srs,
            at_secret,
        }
    }

    fn assert(&self, engine: &E, context: &str, columns: &[&[Scalar<E>]]) {
        let uploaded: Vec<EngineColumn<E, B>> = columns
            .iter()
            .map(|values| upload(engine, values))
            .collect();
        let references: Vec<_> = uploaded.iter().collect();
        let commitments = engine.commit(&self.srs, &references).expect("commit");
        let exponents: Vec<_> = columns
            .iter()
            .map(|values| {
                let terms = values.iter().zip(&self.at_secret);
                terms.map(|(v, e)| *v * e).sum()
            })
            .collect();
        let context = format!("{context}, {} basis, commitment as row", B::NAME);
        assert_rows(&context, &commitments, &self.multiples.of(&exponents));
    }
}

/// Multiples of the generator: entry d of row i is \[d 256^i\]G.
struct Multiples<C: CurveAffine>(Vec<Vec<C::CurveExt>>);

impl<C: CurveAffine> Multiples<C> {
    fn new() -> Self {
        let mut step = C::CurveExt::generator();
        let bytes = C::ScalarExt::NUM_BITS.div_ceil(8);
        let table = (0..bytes).map(|_| {
            let multiples =
                std::iter::successors(Some(C::CurveExt::identity()), |point| Some(*point + step));
            let mut row: Vec<_> = multiples.take(257).collect();
            step = row.pop().expect("256 times the step");
            row
        });
        Self(table.collect())
    }

    /// \[scalar\]G for each scalar.
    fn of(&self, scalars: &[C::ScalarExt]) -> Vec<C> {
        let multiple = |scalar: &C::ScalarExt| {
            let digits = scalar.to_repr();
            let rows = self.0.iter().zip(digits.as_ref());
            rows.map(|(row, digit)| row[*digit as usize]).sum()
        };
        let points: Vec<C::CurveExt> = scalars.par_iter().map(multiple).collect();
        let mut affine = vec![C::identity(); points.len()];
        C::CurveExt::batch_normalize(&points, &mut affine);
        affine
    }
}

/// [`Commit::commit`](crate::Commit::commit) in both bases. With secrets 0, 1, -1 and omega the SRS is made of identities,
/// of equal points, and of P and -P in turn.
pub fn commit<E: Engine>(engine: &E) {
    let multiples = Multiples::new();
    let mut rng = generator(0x0301);
    for k in [1, 2, 3, 5, 7, 8, 12] {
        let n = 1 << k;
        let (zero, one) = (Scalar::<E>::ZERO, Scalar::<E>::ONE);
        let mut secrets = vec![Scalar::<E>::random(&mut rng)];
        if k < 7 {
            let omega = engine.domain(k).expect("domain").omega;
            secrets.extend([zero, one, -one, omega]);
        }
        for (index, secret) in secrets.into_iter().enumerate() {
            let lagrange = KnownSrs::<E, LagrangeCoeff>::new(engine, &multiples, k, secret);
            let coeff = KnownSrs::<E, Coeff>::new(engine, &multiples, k, secret);
            let named = columns(n, &mut rng);
            let batch: Vec<&[_]> = named.iter().map(|(_, values)| &values[..]).collect();
            let context = format!("k = {k}, secret {index}");
            lagrange.assert(engine, &context, &batch);
            coeff.assert(engine, &context, &batch);
            let (_, last) = named.last().expect("there are columns");
            lagrange.assert(engine, &context, &[last]);
            // An SRS serves shorter polynomials too.
            coeff.assert(engine, &context, &[&last[..n / 2], last, &last[..1]]);
            coeff.assert(engine, &context, &[]);
        }
    }
}

/// A polynomial has the same commitment by its values and by its coefficients.
pub fn commit_in_either_basis<E: Engine>(engine: &E) {
    let multiples = Multiples::new();
    let mut rng = generator(0x0302);
    let k = 5;
    let secret = Scalar::<E>::random(&mut rng);
    let coeff = KnownSrs::<E, Coeff>::new(engine, &multiples, k, secret).srs;
    let lagrange = KnownSrs::<E, LagrangeCoeff>::new(engine, &multiples, k, secret).srs;
    let domain = engine.domain(k).expect("domain");
    let coefficients = random(1 << k, &mut rng);
    let column = upload::<E, Coeff>(engine, &coefficients);
    let values = engine.tabulate(&domain, &[&column]).expect("tabulate");
    let by_coefficients = engine.commit(&coeff, &[&column]).expect("commit");
    let by_values = engine.commit(&lagrange, &[&values[0]]).expect("commit");
    let expected = multiples.of(&[horner(&coefficients, secret)]);
    assert_eq!((&by_coefficients, &by_values), (&expected, &expected));
}

/// The tests of this file.
#[doc(hidden)]
#[macro_export]
macro_rules! commit_suite {
    ($engine:expr, $threads:tt) => {
        $crate::engine_suite! {
            @tests $engine, $threads:
            commit
            commit_in_either_basis
        }
    };
}
