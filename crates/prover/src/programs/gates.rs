//! The gates of the quotient's numerator, in segments that read few columns each.
//!
//! A segment's columns are in memory together. Selectors and other fixed columns that only gates
//! read are the bulk of many circuits, so the gates are cut between constraints, and within a
//! constraint between the terms of its sum, wherever a segment has enough of them.

use halo2_offload_engine::ScalarField;
use std::collections::HashSet;

use super::{Segment, SegmentBuilder};
use crate::circuit::{ColumnRef, CompiledCircuit, Expression, ExpressionId};

/// A segment reads at most one in so many of the columns that only gates read (and one at least)...
const SHARE: usize = 3;
/// ...and at most so many of them. Circuits of a hundred columns have gates that read a few each: a
/// BN254 pairing at k = 16 takes 16 columns less with 8 than with a third of its 54 selectors.
const MOST: usize = 8;

/// Cutting may add one multiplication a row for so many columns that the gates read: by weighing the
/// parts of a gate one by one, and by computing anew what segments have in common. Extending a
/// column takes k/2 of them.
const COLUMNS_PER_ADDED_MULTIPLICATION: u64 = 2;

/// The columns that an expression reads.
fn columns<F>(circuit: &CompiledCircuit<F>, expression: ExpressionId) -> HashSet<ColumnRef> {
    let cells = circuit.cells(expression).into_iter();
    cells.map(|(column, _)| column).collect()
}

/// One term of a gate's sum.
#[derive(Clone, Copy)]
struct Term {
    expression: ExpressionId,
    negated: bool,
    /// The power of y that its gate has.
    power: usize,
}

/// All gates, which are the first of `constraints` constraints.
pub(super) fn segments<F: ScalarField>(
    circuit: &CompiledCircuit<F>,
    constraints: usize,
) -> Vec<Segment<F>> {
    let terms: Vec<Term> = circuit
        .gates
        .iter()
        .enumerate()
        .flat_map(|(index, gate)| terms(circuit, *gate, constraints - 1 - index))
        .collect();
    if terms.is_empty() {
        return Vec::new();
    }
    let whole = segment(circuit, &terms);
    let cut: Vec<Segment<F>> = cut(circuit, &terms)
        .into_iter()
        .map(|terms| segment(circuit, terms))
        .collect();
    let of_whole = whole.program.multiplications();
    let of_cut: u64 = cut.iter().map(|s| s.program.multiplications()).sum();
    let columns = whole.inputs.len() as u64;
    if of_cut > of_whole + columns / COLUMNS_PER_ADDED_MULTIPLICATION {
        return vec![whole];
    }
    cut
}

/// One gate by itself, added to the accumulator: what it is on the rows.
pub(super) fn alone<F: ScalarField>(
    circuit: &CompiledCircuit<F>,
    gate: ExpressionId,
) -> Vec<Segment<F>> {
    let terms = terms(circuit, gate, 0);
    let cut = cut(circuit, &terms).into_iter();
    cut.map(|terms| segment(circuit, terms)).collect()
}

/// The terms of a gate's outermost sum, left to right. What occurs in it more than once is a term by itself:
/// a sum of a node with itself, nested, has 2^depth terms otherwise.
fn terms<F>(circuit: &CompiledCircuit<F>, gate: ExpressionId, power: usize) -> Vec<Term> {
    let mut is_open = HashSet::from([gate]);
    let mut repeated = HashSet::new();
    let mut stack = vec![gate];
    while let Some(expression) = stack.pop() {
        let operands = match circuit.expressions[expression] {
            Expression::Sum(a, b) => vec![a, b],
            Expression::Negated(a) => vec![a],
            _ => Vec::new(),
        };
        for operand in operands {
            match is_open.insert(operand) {
                true => stack.push(operand),
                false => _ = repeated.insert(operand),
            }
        }
    }
    let mut terms = Vec::new();
    let mut stack = vec![(gate, false)];
    while let Some((expression, negated)) = stack.pop() {
        match circuit.expressions[expression] {
            Expression::Sum(a, b) if !repeated.contains(&expression) => {
                stack.extend([(b, negated), (a, negated)]);
            }
            Expression::Negated(a) if !repeated.contains(&expression) => stack.push((a, !negated)),
            _ => terms.push(Term {
                expression,
                negated,
                power,
            }),
        }
    }
    terms
}

/// Cuts the terms into runs that read few of the columns that nothing but gates reads.
fn cut<'t, F: ScalarField>(circuit: &CompiledCircuit<F>, terms: &'t [Term]) -> Vec<&'t [Term]> {
    let mut kept: HashSet<ColumnRef> = circuit.permutation.iter().copied().collect();
    for lookup in &circuit.lookups {
        for expression in lookup.inputs.iter().chain(&lookup.tables) {
            kept.extend(columns(circuit, *expression));
        }
    }
    let only_gates = |expression| {
        let mut columns = columns(circuit, expression);
        columns.retain(|column| !kept.contains(column));
        columns
    };
    let all: HashSet<ColumnRef> = terms
        .iter()
        .flat_map(|t| only_gates(t.expression))
        .collect();
    let most = (all.len() / SHARE).clamp(1, MOST);

    let mut runs = Vec::new();
    let mut start = 0;
    let mut reads: HashSet<ColumnRef> = HashSet::new();
    for (index, term) in terms.iter().enumerate() {
        let columns = only_gates(term.expression);
        let grown = reads.union(&columns).count();
        if grown > most && grown > reads.len() && index > start {
            runs.push(&terms[start..index]);
            start = index;
            reads = columns;
        } else {
            reads.extend(columns);
        }
    }
    runs.push(&terms[start..]);
    runs
}

/// Folds a run of terms by Horner's rule, times y where a gate begins, and adds it to the
/// accumulator, times the power of y of its last gate: one multiplication a gate, as in one chain.
fn segment<F: ScalarField>(circuit: &CompiledCircuit<F>, terms: &[Term]) -> Segment<F> {
    let mut builder = SegmentBuilder::new(circuit);
    let mut sum = builder.builder.constant(F::ZERO);
    let mut power = terms[0].power;
    for term in terms {
        let weight = builder.power_of_y(power - term.power);
        sum = builder.builder.mul(sum, weight);
        power = term.power;
        let value = builder.expression(term.expression);
        sum = if term.negated {
            builder.builder.sub(sum, value)
        } else {
            builder.builder.add(sum, value)
        };
    }
    let weight = builder.power_of_y(power);
    let weighted = builder.builder.mul(sum, weight);
    let accumulator = builder.builder.accumulator();
    let accumulator = builder.builder.add(accumulator, weighted);
    builder.compile(&[accumulator])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Shape;
    use halo2_offload_engine::halo2curves::bn256::Fr;

    /// 2^60 times an advice column, as a sum of a node with itself, 60 deep; then with a sign.
    #[test]
    fn nested_sums_of_one_node_stay_small() {
        let mut circuit = Shape::SMALL.circuit::<Fr>(4);
        for negated in [false, true] {
            let mut node = 0;
            for _ in 0..60 {
                let operand = match negated {
                    true => {
                        circuit.expressions.push(Expression::Negated(node));
                        circuit.expressions.len() - 1
                    }
                    false => node,
                };
                circuit.expressions.push(Expression::Sum(node, operand));
                node = circuit.expressions.len() - 1;
            }
            assert_eq!(terms(&circuit, node, 0).len(), 2);
            circuit.gates.push(node);
        }
        let steps = |segments: &[Segment<Fr>]| -> usize {
            segments.iter().map(|s| s.program.steps().len()).sum()
        };
        assert!(steps(&segments(&circuit, circuit.gates.len())) < 200);
    }
}
