//! The degree that constraints need.
//!
//! Counting factors is not enough: a gate whose selector is on nowhere is no constraint, and (q - q) x is zero,
//! however many factors it has. A key with such gates makes proofs that verify, whatever its degree. So columns
//! that are known to be zero count as that, and where the count is above the key's degree the expression
//! is evaluated with a random linear polynomial in place of each column: its degree then is that which it has
//! for almost all columns.

use ff::PrimeField;
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use std::collections::HashMap;

use crate::circuit::{Argument, ColumnRef, CompiledCircuit, Expression, ExpressionId};

/// Expressions of more factors are taken at their word: nobody writes down one that cancels.
const MOST_FACTORS: usize = 64;

/// What is known of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnDegree {
    /// It is zero on every row.
    Zero,
    /// It may be constant.
    Constant,
    /// It is neither.
    Full,
}

impl<F: PrimeField> CompiledCircuit<F> {
    /// The least [`degree`](Self::degree) that the quotient of these constraints has room in, and what
    /// needs it: that of the largest gate; 2 more than input and table of a lookup together, and at least 4;
    /// 3 for the permutation argument, which is always there.
    pub fn needed_degree(&self, column: impl Fn(ColumnRef) -> ColumnDegree) -> (usize, Argument) {
        let degrees = Degrees {
            circuit: self,
            factors: self.factors(&column),
            column: &column,
        };
        let of_tuple = |tuple: &[ExpressionId]| {
            let degrees = tuple.iter().map(|id| degrees.degree(*id));
            degrees.fold(1, usize::max)
        };
        let gates = self.gates.iter().enumerate();
        let gates = gates.map(|(index, gate)| (degrees.degree(*gate), self.gate(index)));
        let lookups = self.lookups.iter().enumerate().map(|(index, lookup)| {
            let columns = of_tuple(&lookup.inputs).saturating_add(of_tuple(&lookup.tables));
            (columns.saturating_add(2), self.lookup(index))
        });
        let mut needed = (3, Argument::Permutation);
        for (degree, argument) in gates.chain(lookups) {
            if degree > needed.0 {
                needed = (degree, argument);
            }
        }
        needed
    }

    /// The number of factors of each expression; none where it is zero. Operands come before what uses them.
    /// A product of products can have any number: what is beyond a usize is beyond every key.
    fn factors(&self, column: impl Fn(ColumnRef) -> ColumnDegree) -> Vec<Option<usize>> {
        let mut factors: Vec<Option<usize>> = Vec::with_capacity(self.expressions.len());
        for expression in &self.expressions {
            factors.push(match expression {
                Expression::Constant(value) => (!value.is_zero_vartime()).then_some(0),
                Expression::Challenge(_) => Some(0),
                Expression::Column(of, _) => match column(*of) {
                    ColumnDegree::Zero => None,
                    ColumnDegree::Constant => Some(0),
                    ColumnDegree::Full => Some(1),
                },
                Expression::Negated(a) => factors[*a],
                Expression::Scaled(a, factor) => factors[*a].filter(|_| !factor.is_zero_vartime()),
                Expression::Sum(a, b) => factors[*a].max(factors[*b]),
                Expression::Product(a, b) => match (factors[*a], factors[*b]) {
                    (Some(a), Some(b)) => Some(a.saturating_add(b)),
                    _ => None,
                },
            });
        }
        factors
    }
}

/// The degrees of a circuit's expressions.
struct Degrees<'a, F, C> {
    circuit: &'a CompiledCircuit<F>,
    factors: Vec<Option<usize>>,
    column: C,
}

impl<F: PrimeField, C: Fn(ColumnRef) -> ColumnDegree> Degrees<'_, F, C> {
    fn degree(&self, root: ExpressionId) -> usize {
        let factors = self.factors[root].unwrap_or(0);
        if factors <= self.circuit.degree || factors > MOST_FACTORS {
            return factors;
        }
        let points: Vec<F> = (0..=factors as u64).map(F::from).collect();
        let mut rng = ChaCha20Rng::seed_from_u64(0);
        let mut lines: HashMap<(ColumnRef, i32), [F; 2]> = HashMap::new();
        let values = points.iter().map(|x| {
            let column = |of: ColumnRef, rotation: i32| {
                let [constant, slope] = *lines
                    .entry((of, rotation))
                    .or_insert_with(|| [F::random(&mut rng), F::random(&mut rng)]);
                match (self.column)(of) {
                    ColumnDegree::Zero => F::ZERO,
                    ColumnDegree::Constant => constant,
                    ColumnDegree::Full => constant + slope * x,
                }
            };
            self.value(root, column)
        });
        degree_through(&points, values.collect())
    }

    /// The value of an expression, challenges being numbers like any other.
    fn value(&self, root: ExpressionId, mut column: impl FnMut(ColumnRef, i32) -> F) -> F {
        let mut values: Vec<F> = Vec::with_capacity(root + 1);
        for node in &self.circuit.expressions[..=root] {
            values.push(match *node {
                Expression::Constant(value) => value,
                Expression::Column(of, rotation) => column(of, rotation),
                Expression::Challenge(index) => {
                    F::from(index as u64 + 2).invert().unwrap_or(F::ONE)
                }
                Expression::Negated(a) => -values[a],
                Expression::Sum(a, b) => values[a] + values[b],
                Expression::Product(a, b) => values[a] * values[b],
                Expression::Scaled(a, factor) => values[a] * factor,
            });
        }
        values[root]
    }
}

/// The degree of the polynomial of degree below the number of points that has these values: Newton's divided
/// differences are its coefficients over products of (X - point).
fn degree_through<F: PrimeField>(points: &[F], mut values: Vec<F>) -> usize {
    for order in 1..points.len() {
        for index in (order..points.len()).rev() {
            let distance = points[index] - points[index - order];
            let difference = values[index] - values[index - 1];
            values[index] = difference * distance.invert().unwrap_or(F::ZERO);
        }
    }
    let nonzero = values.iter().rposition(|value| !value.is_zero_vartime());
    nonzero.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{circuit::ColumnKind, shape::Shape};
    use halo2_offload_engine::halo2curves::bn256::Fr;

    fn full(_: ColumnRef) -> ColumnDegree {
        ColumnDegree::Full
    }

    /// An advice column (expression 0) and a fixed one (expression 1).
    fn circuit(lookups: usize) -> CompiledCircuit<Fr> {
        let shape = Shape {
            lookups,
            ..Shape::SMALL
        };
        shape.circuit(4)
    }

    fn add(circuit: &mut CompiledCircuit<Fr>, expression: Expression<Fr>) -> ExpressionId {
        circuit.expressions.push(expression);
        circuit.expressions.len() - 1
    }

    fn power(circuit: &mut CompiledCircuit<Fr>, base: ExpressionId, degree: usize) -> ExpressionId {
        (1..degree).fold(base, |power, _| {
            add(circuit, Expression::Product(power, base))
        })
    }

    #[test]
    fn the_largest_constraint_needs_it() {
        assert_eq!(circuit(0).needed_degree(full), (3, Argument::Permutation));
        // A lookup of columns.
        assert_eq!(circuit(1).needed_degree(full).0, 4);
        for degree in [1, 2, 3, 4, 5, 6, 7, 9, 30, 64, 65, 200] {
            let mut gates = circuit(0);
            let gate = power(&mut gates, 0, degree);
            gates.gates.push(gate);
            gates.names.gates = vec![String::new(), "1 (\"power\")".into()];
            let (needed, argument) = gates.needed_degree(full);
            assert_eq!(needed, degree.max(3));
            if degree > 3 {
                assert_eq!(argument.to_string(), "gate 1 (\"power\")");
            }

            let mut lookups = circuit(1);
            lookups.lookups[0].inputs[0] = power(&mut lookups, 0, degree);
            assert_eq!(lookups.needed_degree(full), (degree + 3, lookups.lookup(0)));
        }
    }

    /// q x^6 with q = 0; (q - q) x^6 + x; constants of zero.
    #[test]
    fn what_is_zero_needs_nothing() {
        let mut off = circuit(0);
        let power_6 = power(&mut off, 0, 6);
        let gate = add(&mut off, Expression::Product(1, power_6));
        off.gates.push(gate);
        assert_eq!(off.needed_degree(full).0, 7);
        let fixed_are = |degree| {
            move |column: ColumnRef| match column.kind {
                ColumnKind::Fixed => degree,
                _ => ColumnDegree::Full,
            }
        };
        assert_eq!(off.needed_degree(fixed_are(ColumnDegree::Zero)).0, 3);
        assert_eq!(off.needed_degree(fixed_are(ColumnDegree::Constant)).0, 6);

        let mut cancels = circuit(0);
        let power_6 = power(&mut cancels, 0, 6);
        let minus = add(&mut cancels, Expression::Negated(1));
        let zero = add(&mut cancels, Expression::Sum(1, minus));
        let product = add(&mut cancels, Expression::Product(zero, power_6));
        let gate = add(&mut cancels, Expression::Sum(product, 0));
        cancels.gates.push(gate);
        assert_eq!(cancels.needed_degree(full).0, 3);

        let mut scaled = circuit(0);
        let power_6 = power(&mut scaled, 0, 6);
        let gate = add(&mut scaled, Expression::Scaled(power_6, Fr::zero()));
        scaled.gates.push(gate);
        assert_eq!(scaled.needed_degree(full).0, 3);
    }

    /// Each product of a node with itself: 2^70 would be the degree.
    #[test]
    fn a_degree_beyond_all_numbers_is_no_overflow() {
        let mut circuit = circuit(0);
        for _ in 0..70 {
            let last = circuit.expressions.len() - 1;
            add(&mut circuit, Expression::Product(last, last));
        }
        circuit.gates.push(circuit.expressions.len() - 1);
        assert_eq!(circuit.needed_degree(full).0, usize::MAX);
    }
}
