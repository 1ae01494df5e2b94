//! The identity at x: all constraints folded by y, from the evaluations, is h(x) (x^n - 1).

use ff::{BatchInvert, Field};
use halo2_offload_engine::{Engine, Scalar, ScalarField};
use rayon::prelude::*;
use std::{collections::HashMap, io};

use super::{
    super::{
        evaluations::{CircuitOpenings, Evaluations, LookupOpenings},
        quotient::CircuitPolynomials,
        Challenges, Prover,
    },
    omega,
};
use crate::{
    circuit::{ColumnKind, ColumnRef, CompiledCircuit, Expression, ExpressionId},
    error::ProverError,
};

/// Instance values that are inverted at a time.
const PIECE: usize = 1 << 12;

/// Whether the evaluations satisfy the constraints.
pub(super) fn holds<E: Engine>(
    prover: &Prover<'_, E>,
    circuits: &[CircuitPolynomials<'_, E>],
    evaluations: &Evaluations<'_, E>,
    challenges: &Challenges<Scalar<E>>,
) -> Result<bool, ProverError> {
    let compiled = &prover.key.circuit;
    let point = Point::new(compiled.k, evaluations.x, evaluations.x_to_n)?;
    let rows = Lagrange::new(&point, compiled.blinding_factors);
    let mut sum = Scalar::<E>::ZERO;
    for (circuit, openings) in circuits.iter().zip(&evaluations.circuits) {
        let at_x = CircuitAtX::new(
            compiled,
            &point,
            challenges,
            evaluations,
            openings,
            circuit.columns.instances,
        );
        for constraint in at_x.constraints(&rows) {
            sum = sum * challenges.y + constraint;
        }
    }
    Ok(sum == evaluations.h_value * (evaluations.x_to_n - Scalar::<E>::ONE))
}

/// x, with what Lagrange polynomials need there.
struct Point<F> {
    x: F,
    /// (x^n - 1) / n
    scale: F,
    omega: F,
    n: usize,
}

impl<F: ScalarField> Point<F> {
    fn new(k: u32, x: F, x_to_n: F) -> Result<Self, ProverError> {
        if x_to_n == F::ONE {
            return Err(ProverError::Transcript(io::Error::other(
                "the challenge x is a row of the domain: a transcript of random challenges never \
                 yields that",
            )));
        }
        let n_inverse = F::TWO_INV.pow_vartime([u64::from(k)]);
        Ok(Self {
            x,
            scale: (x_to_n - F::ONE) * n_inverse,
            omega: omega(k),
            n: 1 << k,
        })
    }

    fn omega_to(&self, rows: i64) -> F {
        self.omega
            .pow_vartime([rows.rem_euclid(self.n as i64) as u64])
    }

    /// l_row(x) = (x^n - 1) / n * omega^row / (x - omega^row)
    fn lagrange(&self, row: i64) -> F {
        let at_row = self.omega_to(row);
        let denominator = self.x - at_row;
        // x is no row: the denominator is not zero.
        self.scale * at_row * denominator.invert().unwrap_or(F::ZERO)
    }

    /// sum_i v_i l_i(omega^rotation x): an instance column there.
    fn instance(&self, values: &[F], rotation: i32) -> F {
        let x = self.x * self.omega_to(rotation.into());
        let of_piece = |(index, values): (usize, &[F])| {
            let first = self.omega_to((index * PIECE) as i64);
            let rows = std::iter::successors(Some(first), |row| Some(*row * self.omega));
            let rows: Vec<F> = rows.take(values.len()).collect();
            let mut inverses: Vec<F> = rows.iter().map(|row| x - row).collect();
            inverses.iter_mut().batch_invert();
            let terms = values.iter().zip(rows).zip(inverses);
            terms.map(|((v, row), inverse)| *v * row * inverse).sum()
        };
        let pieces = values.par_chunks(PIECE).enumerate();
        self.scale * pieces.map(of_piece).reduce(|| F::ZERO, |a, b| a + b)
    }
}

/// The Lagrange polynomials of rows with a part in the arguments, at x.
struct Lagrange<F> {
    first: F,
    last: F,
    /// 1 - (l_last + l_blind)
    active: F,
}

impl<F: ScalarField> Lagrange<F> {
    fn new(point: &Point<F>, blinding_factors: usize) -> Self {
        let last = point.lagrange(-(blinding_factors as i64 + 1));
        let blind: F = (1..=blinding_factors as i64)
            .map(|row| point.lagrange(-row))
            .sum();
        Self {
            first: point.lagrange(0),
            last,
            active: F::ONE - (last + blind),
        }
    }
}

/// One circuit of the proof, at x.
struct CircuitAtX<'a, F> {
    compiled: &'a CompiledCircuit<F>,
    x: F,
    challenges: &'a Challenges<F>,
    /// The value of each query of the proof.
    values: &'a [F],
    openings: &'a CircuitOpenings,
    permutation: &'a [usize],
    columns: HashMap<(ColumnRef, i32), F>,
    /// The value of each expression.
    expressions: Vec<F>,
}

impl<'a, F: ScalarField> CircuitAtX<'a, F> {
    fn new<E: Engine>(
        compiled: &'a CompiledCircuit<F>,
        point: &Point<F>,
        challenges: &'a Challenges<F>,
        evaluations: &'a Evaluations<'_, E>,
        openings: &'a CircuitOpenings,
        instances: &[&[F]],
    ) -> Self
    where
        E::Curve: halo2_offload_engine::halo2curves::CurveAffine<ScalarExt = F>,
    {
        let values = &evaluations.values;
        let mut columns = HashMap::new();
        for (kind, queries, opened) in [
            (
                ColumnKind::Advice,
                &compiled.advice_queries,
                &openings.advice,
            ),
            (
                ColumnKind::Fixed,
                &compiled.fixed_queries,
                &evaluations.fixed,
            ),
        ] {
            for (query, value) in queries.iter().zip(opened) {
                let index = query.column;
                columns.insert((ColumnRef { kind, index }, query.rotation), values[*value]);
            }
        }
        let of_permutation = compiled.permutation.iter().map(|column| (*column, 0));
        let of_expressions = compiled.expressions.iter().filter_map(|node| match node {
            Expression::Column(column, rotation) => Some((*column, *rotation)),
            _ => None,
        });
        let read = of_permutation.chain(of_expressions);
        for (column, rotation) in read.filter(|(c, _)| c.kind == ColumnKind::Instance) {
            columns
                .entry((column, rotation))
                .or_insert_with(|| point.instance(instances[column.index], rotation));
        }
        let mut at_x = Self {
            compiled,
            x: point.x,
            challenges,
            values,
            openings,
            permutation: &evaluations.permutation,
            columns,
            expressions: Vec::with_capacity(compiled.expressions.len()),
        };
        for node in &compiled.expressions {
            let value = at_x.evaluate(*node);
            at_x.expressions.push(value);
        }
        at_x
    }

    /// The value of a column. What constraints read is opened: that was checked with the circuit.
    fn column(&self, column: ColumnRef, rotation: i32) -> F {
        self.columns[&(column, rotation)]
    }

    /// The value of an expression whose operands have been evaluated.
    fn evaluate(&self, node: Expression<F>) -> F {
        let values = &self.expressions;
        match node {
            Expression::Constant(value) => value,
            Expression::Column(column, rotation) => self.column(column, rotation),
            Expression::Challenge(index) => self.challenges.phases[index],
            Expression::Negated(a) => -values[a],
            Expression::Sum(a, b) => values[a] + values[b],
            Expression::Product(a, b) => values[a] * values[b],
            Expression::Scaled(a, factor) => values[a] * factor,
        }
    }

    /// All constraints, in the order in which they are folded.
    fn constraints(&self, rows: &Lagrange<F>) -> Vec<F> {
        let gates = self.compiled.gates.iter();
        let mut constraints: Vec<F> = gates.map(|gate| self.expressions[*gate]).collect();
        self.permutation(rows, &mut constraints);
        for (lookup, openings) in self.compiled.lookups.iter().zip(&self.openings.lookups) {
            let input = self.compress(&lookup.inputs);
            let table = self.compress(&lookup.tables);
            constraints.extend(self.lookup(rows, openings, input, table));
        }
        constraints
    }

    /// halo2 book, "Permutation argument".
    fn permutation(&self, rows: &Lagrange<F>, constraints: &mut Vec<F>) {
        let products = &self.openings.permutation;
        let (Some(first), Some(last)) = (products.first(), products.last()) else {
            return;
        };
        let value = |query: usize| self.values[query];
        constraints.push(rows.first * (F::ONE - value(first.at_x)));
        let end = value(last.at_x);
        constraints.push(rows.last * (end.square() - end));
        for pair in products.windows(2) {
            if let (Some(end), [_, next]) = (pair[0].at_last, pair) {
                constraints.push(rows.first * (value(next.at_x) - value(end)));
            }
        }
        let Challenges { beta, gamma, .. } = *self.challenges;
        let chunk = self.compiled.permutation_chunk();
        let columns = self.compiled.permutation.chunks(chunk);
        let labels = self.permutation.chunks(chunk);
        let mut identity = beta * self.x;
        for (product, (columns, labels)) in products.iter().zip(columns.zip(labels)) {
            let (mut left, mut right) = (value(product.at_next), value(product.at_x));
            for (column, label) in columns.iter().zip(labels) {
                let cell = self.column(*column, 0) + gamma;
                left *= cell + beta * value(*label);
                right *= cell + identity;
                identity *= F::DELTA;
            }
            constraints.push(rows.active * (left - right));
        }
    }

    /// halo2 book, "Lookup argument".
    fn lookup(&self, rows: &Lagrange<F>, openings: &LookupOpenings, input: F, table: F) -> [F; 5] {
        let Challenges { beta, gamma, .. } = *self.challenges;
        let z = self.values[openings.product];
        let z_next = self.values[openings.product_next];
        let permuted = self.values[openings.input];
        let permuted_before = self.values[openings.input_previous];
        let permuted_table = self.values[openings.table];
        let from_table = permuted - permuted_table;
        [
            rows.first * (F::ONE - z),
            rows.last * (z.square() - z),
            rows.active
                * (z_next * (permuted + beta) * (permuted_table + gamma)
                    - z * (input + beta) * (table + gamma)),
            rows.first * from_table,
            rows.active * from_table * (permuted - permuted_before),
        ]
    }

    fn compress(&self, tuple: &[ExpressionId]) -> F {
        let values = tuple.iter().map(|id| self.expressions[*id]);
        values.fold(F::ZERO, |sum, value| sum * self.challenges.theta + value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_offload_engine::halo2curves::bn256::Fr;
    use rand_core::OsRng;

    /// Against values and coefficients of a random polynomial.
    #[test]
    fn columns_are_evaluated_off_the_rows() {
        for k in [1, 4, 13] {
            let n = 1 << k;
            let x = Fr::random(OsRng);
            let point = Point::new(k, x, x.pow_vartime([n as u64])).unwrap();
            let coefficients: Vec<Fr> = (0..5).map(|_| Fr::random(OsRng)).collect();
            let at = |x: Fr| {
                let coefficients = coefficients.iter().take(n).rev();
                coefficients.fold(Fr::ZERO, |sum, c| sum * x + c)
            };
            let values: Vec<Fr> = (0..n).map(|row| at(point.omega_to(row as i64))).collect();
            for rotation in [0, 1, -1, 3] {
                let rotated = x * point.omega_to(rotation.into());
                assert_eq!(
                    point.instance(&values, rotation),
                    at(rotated),
                    "{k} {rotation}"
                );
            }
            let by_lagrange: Fr = (0..n)
                .map(|row| values[row] * point.lagrange(row as i64))
                .sum();
            assert_eq!(by_lagrange, at(x));
            assert_eq!(point.instance(&[], 0), Fr::ZERO);
        }
    }

    #[test]
    fn a_row_is_no_challenge() {
        let error = Point::new(3, Fr::ONE, Fr::ONE).err().unwrap();
        assert!(error.to_string().contains("challenge x"));
    }
}
