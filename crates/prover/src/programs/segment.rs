//! A program under construction, and what every argument puts into it.

use halo2_offload_engine::{
    program::{NodeId, ProgramBuilder},
    ScalarField,
};
use std::collections::HashMap;

use super::{Input, ProgramScalar, Segment};
use crate::circuit::{CompiledCircuit, Expression, ExpressionId};

/// A program under construction, with the columns it reads so far.
pub(super) struct SegmentBuilder<'a, F> {
    pub(super) circuit: &'a CompiledCircuit<F>,
    pub(super) builder: ProgramBuilder<F>,
    inputs: Vec<Input>,
    input_ids: HashMap<Input, u32>,
    /// Nodes of the circuit's expressions that have been built.
    built: HashMap<ExpressionId, NodeId>,
}

impl<'a, F: ScalarField> SegmentBuilder<'a, F> {
    pub(super) fn new(circuit: &'a CompiledCircuit<F>) -> Self {
        Self {
            circuit,
            builder: ProgramBuilder::new(),
            inputs: Vec::new(),
            input_ids: HashMap::new(),
            built: HashMap::new(),
        }
    }

    pub(super) fn compile(self, outputs: &[NodeId]) -> Segment<F> {
        Segment {
            program: self.builder.compile(outputs),
            inputs: self.inputs,
        }
    }

    pub(super) fn input(&mut self, input: Input, rotation: i32) -> NodeId {
        let id = *self.input_ids.entry(input).or_insert_with(|| {
            self.inputs.push(input);
            self.inputs.len() as u32 - 1
        });
        self.builder.query(id, rotation)
    }

    pub(super) fn scalar(&mut self, scalar: ProgramScalar) -> NodeId {
        self.builder.scalar(scalar.index())
    }

    /// Builds an expression of the circuit. Nodes are visited with a stack of our own: a long sum is
    /// as deep as it is long.
    pub(super) fn expression(&mut self, root: ExpressionId) -> NodeId {
        let mut stack = vec![root];
        while let Some(&id) = stack.last() {
            if self.built.contains_key(&id) {
                stack.pop();
                continue;
            }
            let node = self.circuit.expressions[id];
            let operands = match node {
                Expression::Constant(_) | Expression::Column(..) | Expression::Challenge(_) => {
                    [None, None]
                }
                Expression::Negated(a) | Expression::Scaled(a, _) => [Some(a), None],
                Expression::Sum(a, b) | Expression::Product(a, b) => [Some(a), Some(b)],
            };
            // The second operand is pushed first, so that the first is built first.
            let open = operands
                .into_iter()
                .rev()
                .flatten()
                .filter(|operand| !self.built.contains_key(operand));
            let before = stack.len();
            stack.extend(open);
            if stack.len() > before {
                continue;
            }
            stack.pop();
            let built = self.node(node);
            self.built.insert(id, built);
        }
        self.built[&root]
    }

    fn node(&mut self, node: Expression<F>) -> NodeId {
        match node {
            Expression::Constant(value) => self.builder.constant(value),
            Expression::Column(column, rotation) => self.input(Input::Column(column), rotation),
            Expression::Challenge(index) => self.scalar(ProgramScalar::Challenge(index)),
            Expression::Negated(a) => self.builder.negate(self.built[&a]),
            Expression::Sum(a, b) => self.builder.add(self.built[&a], self.built[&b]),
            Expression::Product(a, b) => self.builder.mul(self.built[&a], self.built[&b]),
            Expression::Scaled(a, factor) => {
                let factor = self.builder.constant(factor);
                self.builder.mul(self.built[&a], factor)
            }
        }
    }

    /// theta^(m-1) e_0 + ... + theta e_(m-2) + e_(m-1)
    pub(super) fn compress(&mut self, tuple: &[ExpressionId]) -> NodeId {
        let theta = self.scalar(ProgramScalar::Theta);
        let mut sum = self.builder.constant(F::ZERO);
        for expression in tuple {
            let expression = self.expression(*expression);
            sum = self.builder.mul_add(sum, theta, expression);
        }
        sum
    }

    /// y^power, which every row shares.
    pub(super) fn power_of_y(&mut self, power: usize) -> NodeId {
        let y = self.scalar(ProgramScalar::Y);
        let mut result = self.builder.constant(F::ONE);
        for bit in (0..usize::BITS - power.leading_zeros()).rev() {
            result = self.builder.mul(result, result);
            if power >> bit & 1 == 1 {
                result = self.builder.mul(result, y);
            }
        }
        result
    }

    /// a + scalar
    pub(super) fn plus(&mut self, a: NodeId, scalar: ProgramScalar) -> NodeId {
        let scalar = self.scalar(scalar);
        self.builder.add(a, scalar)
    }

    /// The product over the columns of a permutation product of (v_j + beta * label_j + gamma).
    pub(super) fn permutation_factors(
        &mut self,
        product: usize,
        start: Option<NodeId>,
        label: impl Fn(&mut Self, usize) -> NodeId,
    ) -> NodeId {
        let circuit = self.circuit;
        let chunk = circuit.permutation_chunk();
        let columns = circuit.permutation.iter().enumerate();
        let mut result = start;
        for (index, column) in columns.skip(product * chunk).take(chunk) {
            let value = self.input(Input::Column(*column), 0);
            let label = label(self, index);
            let sum = self.builder.add(value, label);
            let factor = self.plus(sum, ProgramScalar::Gamma);
            result = Some(match result {
                Some(result) => self.builder.mul(result, factor),
                None => factor,
            });
        }
        result.expect("a permutation product has at least one column")
    }

    /// beta * delta^j * X: the label of a cell that is mapped to itself.
    pub(super) fn identity_label(&mut self, index: usize) -> NodeId {
        let delta = self.builder.constant(F::DELTA.pow_vartime([index as u64]));
        let beta = self.scalar(ProgramScalar::Beta);
        let beta_delta = self.builder.mul(beta, delta);
        let point = self.builder.point();
        self.builder.mul(beta_delta, point)
    }

    /// beta * s_j(X): the label of the cell that a cell is mapped to.
    pub(super) fn permuted_label(&mut self, index: usize) -> NodeId {
        let beta = self.scalar(ProgramScalar::Beta);
        let label = self.input(Input::Permutation(index), 0);
        self.builder.mul(beta, label)
    }

    pub(super) fn l0(&mut self) -> NodeId {
        self.input(Input::L0, 0)
    }

    /// l_last, 1 on the last row of the grand products: l_0 that many rows ahead.
    pub(super) fn l_last(&mut self) -> NodeId {
        self.input(Input::L0, self.circuit.blinding_factors as i32 + 1)
    }

    /// 1 - (l_last + l_blind), 1 on the usable rows. The l_j of the unusable rows are rotations of
    /// l_0, so that one column serves them all.
    pub(super) fn l_active(&mut self) -> NodeId {
        let mut active = self.builder.constant(F::ONE);
        for rows_ahead in 1..=self.circuit.blinding_factors as i32 + 1 {
            let unusable = self.input(Input::L0, rows_ahead);
            active = self.builder.sub(active, unusable);
        }
        active
    }
}
