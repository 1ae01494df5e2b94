//! The size of a constraint system, and circuits of a given size for estimates before a circuit exists.

use ff::Field;
use serde::{Deserialize, Serialize};

use crate::circuit::{
    ColumnKind, ColumnRef, CompiledCircuit, Expression, ExpressionId, Lookup, Names, Query,
};

/// The size of a constraint system, whatever the number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Advice columns.
    pub advice: usize,
    /// Fixed columns, selectors included.
    pub fixed: usize,
    /// Instance columns.
    pub instance: usize,
    /// Lookup arguments.
    pub lookups: usize,
    /// Columns of the permutation argument, at most all columns.
    pub permutation: usize,
    /// Degree of the constraint system, at least 3.
    pub degree: usize,
}

impl Shape {
    /// For tests: an advice column under a fixed one, and nothing else.
    #[cfg(test)]
    pub(crate) const SMALL: Self = Self {
        advice: 1,
        fixed: 1,
        instance: 0,
        lookups: 0,
        permutation: 0,
        degree: 3,
    };

    /// A plain circuit of this shape with 2^k rows: each advice column has a gate of the full degree, under a fixed
    /// column of its own as far as there are any; lookups look an advice column up in the
    /// first fixed one; the permutation takes instance, advice and fixed columns in this order.
    pub fn circuit<F: Field>(&self, k: u32) -> CompiledCircuit<F> {
        let mut expressions: Vec<Expression<F>> = Vec::new();
        let mut add = |expression| -> ExpressionId {
            expressions.push(expression);
            expressions.len() - 1
        };
        let column = |kind, index| ColumnRef { kind, index };
        let advice: Vec<ExpressionId> = (0..self.advice)
            .map(|index| add(Expression::Column(column(ColumnKind::Advice, index), 0)))
            .collect();
        let fixed: Vec<ExpressionId> = (0..self.fixed)
            .map(|index| add(Expression::Column(column(ColumnKind::Fixed, index), 0)))
            .collect();
        let gates = advice
            .iter()
            .enumerate()
            .map(|(index, advice)| {
                let selector = if fixed.is_empty() {
                    *advice
                } else {
                    fixed[index % fixed.len()]
                };
                (1..self.degree).fold(selector, |product, _| {
                    add(Expression::Product(product, *advice))
                })
            })
            .collect();
        let table = fixed.first().or(advice.first());
        let lookups = (0..self.lookups).filter_map(|index| {
            Some(Lookup {
                inputs: vec![*advice.get(index % advice.len().max(1))?],
                tables: vec![*table?],
            })
        });
        let all = [
            (ColumnKind::Instance, self.instance),
            (ColumnKind::Advice, self.advice),
            (ColumnKind::Fixed, self.fixed),
        ];
        let all = all
            .into_iter()
            .flat_map(|(kind, count)| (0..count).map(move |index| column(kind, index)));
        let queries = |count| {
            (0..count).map(|column| Query {
                column,
                rotation: 0,
            })
        };
        CompiledCircuit {
            k,
            degree: self.degree,
            // That of circuits which query no column at more than three rotations.
            blinding_factors: 5,
            fixed_columns: self.fixed,
            advice_phases: vec![0; self.advice],
            instance_columns: self.instance,
            challenge_phases: Vec::new(),
            gates,
            lookups: lookups.collect(),
            permutation: all.take(self.permutation).collect(),
            advice_queries: queries(self.advice).collect(),
            fixed_queries: queries(self.fixed).collect(),
            constants: Vec::new(),
            names: Names::default(),
            transcript_repr: F::ZERO,
            expressions,
        }
    }
}

impl<F> From<&CompiledCircuit<F>> for Shape {
    fn from(circuit: &CompiledCircuit<F>) -> Self {
        Self {
            advice: circuit.advice_phases.len(),
            fixed: circuit.fixed_columns,
            instance: circuit.instance_columns,
            lookups: circuit.lookups.len(),
            permutation: circuit.permutation.len(),
            degree: circuit.degree,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_offload_engine::halo2curves::bn256::Fr;

    #[test]
    fn circuits_have_the_shape_that_they_were_made_for() {
        for (advice, fixed, instance, lookups, permutation) in [
            (6, 12, 1, 4, 8),
            (1, 0, 0, 0, 0),
            (3, 1, 2, 1, 6),
            (256, 2, 1, 0, 33),
        ] {
            let shape = Shape {
                advice,
                fixed,
                instance,
                lookups,
                permutation,
                degree: 5,
            };
            let circuit = shape.circuit::<Fr>(9);
            circuit.check().unwrap();
            assert_eq!(Shape::from(&circuit), shape);
        }
    }
}
