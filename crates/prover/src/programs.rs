//! The circuit's expressions compiled to programs, once per key.

use ff::PrimeField;
use halo2_offload_engine::{
    program::{NodeId, Program, ProgramBuilder},
    ScalarField,
};
use std::collections::HashMap;

use crate::circuit::{ColumnKind, ColumnRef, CompiledCircuit, Expression, ExpressionId, Lookup};

mod gates;
mod schedule;

/// A column that a program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Input {
    /// A column of the circuit.
    Column(ColumnRef),
    /// A permutation polynomial of the key.
    Permutation(usize),
    /// A permutation product z.
    PermutationProduct(usize),
    /// The product z of a lookup.
    LookupProduct(usize),
    /// A' of a lookup.
    LookupPermuted(usize),
    /// S' of a lookup.
    LookupPermutedTable(usize),
    /// The first Lagrange polynomial.
    L0,
}

/// The scalars that every program of a key is given, in this order; challenges of the phases follow.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ProgramScalar {
    Theta,
    Beta,
    Gamma,
    Y,
    Challenge(usize),
}

impl ProgramScalar {
    fn index(self) -> u32 {
        match self {
            Self::Theta => 0,
            Self::Beta => 1,
            Self::Gamma => 2,
            Self::Y => 3,
            Self::Challenge(index) => 4 + index as u32,
        }
    }
}

/// A program and the columns that it reads.
#[derive(Clone, Debug)]
pub(crate) struct Segment<F> {
    pub program: Program<F>,
    pub inputs: Vec<Input>,
}

/// Everything of a key that is evaluated row by row.
#[derive(Clone, Debug)]
pub(crate) struct Programs<F> {
    /// For each lookup, the compressed input and the compressed table.
    pub compressions: Vec<[Segment<F>; 2]>,
    /// For each permutation product, numerator and denominator.
    pub permutation_fractions: Vec<Segment<F>>,
    /// For each lookup, numerator and denominator.
    pub lookup_fractions: Vec<Segment<F>>,
    /// The quotient's numerator: each segment adds constraints to the accumulator.
    pub quotient: Vec<Segment<F>>,
    /// Takes the accumulator from one circuit of a proof to the next: times y for each constraint.
    pub next_circuit: Segment<F>,
}

impl<F: ScalarField> Programs<F> {
    pub fn compile(circuit: &CompiledCircuit<F>) -> Self {
        let (quotient, constraints) = quotient(circuit);
        Self {
            compressions: circuit
                .lookups
                .iter()
                .map(|lookup| {
                    [&lookup.inputs, &lookup.tables].map(|tuple| {
                        let mut builder = SegmentBuilder::new(circuit);
                        let compressed = builder.compress(tuple);
                        builder.compile(&[compressed])
                    })
                })
                .collect(),
            permutation_fractions: (0..circuit.permutation_products())
                .map(|product| permutation_fraction(circuit, product))
                .collect(),
            lookup_fractions: circuit
                .lookups
                .iter()
                .enumerate()
                .map(|(index, lookup)| lookup_fraction(circuit, index, lookup))
                .collect(),
            quotient,
            next_circuit: next_circuit(circuit, constraints),
        }
    }
}

impl<F> Programs<F> {
    /// All that a proof runs.
    pub fn all(&self) -> Vec<&Program<F>> {
        let segments = self
            .compressions
            .iter()
            .flatten()
            .chain(&self.permutation_fractions)
            .chain(&self.lookup_fractions)
            .chain(&self.quotient)
            .chain([&self.next_circuit]);
        segments.map(|segment| &segment.program).collect()
    }
}

/// The segments of one gate by itself: what it is on each row, added to the accumulator.
pub(crate) fn gate_alone<F: ScalarField>(
    circuit: &CompiledCircuit<F>,
    gate: ExpressionId,
) -> Vec<Segment<F>> {
    gates::alone(circuit, gate)
}

/// A program under construction, with the columns it reads so far.
struct SegmentBuilder<'a, F> {
    circuit: &'a CompiledCircuit<F>,
    builder: ProgramBuilder<F>,
    inputs: Vec<Input>,
    input_ids: HashMap<Input, u32>,
    /// Nodes of the circuit's expressions that have been built.
    built: HashMap<ExpressionId, NodeId>,
}

impl<'a, F: ScalarField> SegmentBuilder<'a, F> {
    fn new(circuit: &'a CompiledCircuit<F>) -> Self {
        Self {
            circuit,
            builder: ProgramBuilder::new(),
            inputs: Vec::new(),
            input_ids: HashMap::new(),
            built: HashMap::new(),
        }
    }

    fn compile(self, outputs: &[NodeId]) -> Segment<F> {
        Segment {
            program: self.builder.compile(outputs),
            inputs: self.inputs,
        }
    }

    fn input(&mut self, input: Input, rotation: i32) -> NodeId {
        let id = *self.input_ids.entry(input).or_insert_with(|| {
            self.inputs.push(input);
            self.inputs.len() as u32 - 1
        });
        self.builder.query(id, rotation)
    }

    fn scalar(&mut self, scalar: ProgramScalar) -> NodeId {
        self.builder.scalar(scalar.index())
    }

    /// Builds an expression of the circuit. Nodes are visited with a stack of our own: a long sum is
    /// as deep as it is long.
    fn expression(&mut self, root: ExpressionId) -> NodeId {
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
    fn compress(&mut self, tuple: &[ExpressionId]) -> NodeId {
        let theta = self.scalar(ProgramScalar::Theta);
        let mut sum = self.builder.constant(F::ZERO);
        for expression in tuple {
            let expression = self.expression(*expression);
            sum = self.builder.mul_add(sum, theta, expression);
        }
        sum
    }

    /// y^power, which every row shares.
    fn power_of_y(&mut self, power: usize) -> NodeId {
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
    fn plus(&mut self, a: NodeId, scalar: ProgramScalar) -> NodeId {
        let scalar = self.scalar(scalar);
        self.builder.add(a, scalar)
    }

    /// The product over the columns of a permutation product of (v_j + beta * label_j + gamma).
    fn permutation_factors(
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
    fn identity_label(&mut self, index: usize) -> NodeId {
        let delta = self.builder.constant(F::DELTA.pow_vartime([index as u64]));
        let beta = self.scalar(ProgramScalar::Beta);
        let beta_delta = self.builder.mul(beta, delta);
        let point = self.builder.point();
        self.builder.mul(beta_delta, point)
    }

    /// beta * s_j(X): the label of the cell that a cell is mapped to.
    fn permuted_label(&mut self, index: usize) -> NodeId {
        let beta = self.scalar(ProgramScalar::Beta);
        let label = self.input(Input::Permutation(index), 0);
        self.builder.mul(beta, label)
    }

    fn l0(&mut self) -> NodeId {
        self.input(Input::L0, 0)
    }

    /// l_last, 1 on the last row of the grand products: l_0 that many rows ahead.
    fn l_last(&mut self) -> NodeId {
        self.input(Input::L0, self.circuit.blinding_factors as i32 + 1)
    }

    /// 1 - (l_last + l_blind), 1 on the usable rows. The l_j of the unusable rows are rotations of
    /// l_0, so that one column serves them all.
    fn l_active(&mut self) -> NodeId {
        let mut active = self.builder.constant(F::ONE);
        for rows_ahead in 1..=self.circuit.blinding_factors as i32 + 1 {
            let unusable = self.input(Input::L0, rows_ahead);
            active = self.builder.sub(active, unusable);
        }
        active
    }
}

/// Numerator and denominator of a permutation product (halo2 book, "Permutation argument").
fn permutation_fraction<F: ScalarField>(
    circuit: &CompiledCircuit<F>,
    product: usize,
) -> Segment<F> {
    let mut builder = SegmentBuilder::new(circuit);
    let numerator = builder.permutation_factors(product, None, SegmentBuilder::identity_label);
    let denominator = builder.permutation_factors(product, None, SegmentBuilder::permuted_label);
    builder.compile(&[numerator, denominator])
}

/// Numerator (A + beta)(S + gamma) and denominator (A' + beta)(S' + gamma) of a lookup. A and S are
/// compressed anew rather than kept from the lookup room: two columns less a lookup.
fn lookup_fraction<F: ScalarField>(
    circuit: &CompiledCircuit<F>,
    index: usize,
    lookup: &Lookup,
) -> Segment<F> {
    let mut builder = SegmentBuilder::new(circuit);
    let numerator = lookup_numerator(&mut builder, lookup);
    let input = builder.input(Input::LookupPermuted(index), 0);
    let table = builder.input(Input::LookupPermutedTable(index), 0);
    let input = builder.plus(input, ProgramScalar::Beta);
    let table = builder.plus(table, ProgramScalar::Gamma);
    let denominator = builder.builder.mul(input, table);
    builder.compile(&[numerator, denominator])
}

fn lookup_numerator<F: ScalarField>(
    builder: &mut SegmentBuilder<'_, F>,
    lookup: &Lookup,
) -> NodeId {
    let input = builder.compress(&lookup.inputs);
    let table = builder.compress(&lookup.tables);
    let input = builder.plus(input, ProgramScalar::Beta);
    let table = builder.plus(table, ProgramScalar::Gamma);
    builder.builder.mul(input, table)
}

/// The quotient's numerator in segments: gates, each permutation product, each lookup. A column is extended for the segments that read it and dropped after the last of them, so
/// that the columns of one lookup are not in memory beside those of another.
///
/// halo2 folds all constraints by Horner's rule, N <- N * y + constraint: gates, what the
/// permutation products begin and end with, the products themselves, lookups. Here each constraint
/// has its power of y, so that segments can take them in the order that suits memory.
///
/// Also returns the number of constraints.
fn quotient<F: ScalarField>(circuit: &CompiledCircuit<F>) -> (Vec<Segment<F>>, usize) {
    let products = circuit.permutation_products();
    let boundaries = if products == 0 { 0 } else { products + 1 };
    let lookups_before =
        |lookup: usize| circuit.gates.len() + boundaries + products + LOOKUP_CONSTRAINTS * lookup;
    let count = lookups_before(circuit.lookups.len());
    let mut segments = gates::segments(circuit, count);
    for product in 0..products {
        let power = |(position, node)| (count - 1 - circuit.gates.len() - position, node);
        // What ties a product to the one before reads both: in a segment of its own, it does not
        // hold the other one beside the columns of a product.
        segments.push(constraints(circuit, |builder| {
            let boundaries = permutation_boundaries(builder, product, products);
            boundaries.into_iter().map(power).collect()
        }));
        segments.push(constraints(circuit, |builder| {
            vec![power((
                boundaries + product,
                permutation_product(builder, product),
            ))]
        }));
    }
    for (index, lookup) in circuit.lookups.iter().enumerate() {
        segments.push(constraints(circuit, |builder| {
            let constraints = lookup_constraints(builder, index, lookup);
            let first = lookups_before(index);
            let numbered = constraints.into_iter().enumerate();
            numbered
                .map(|(position, node)| (count - 1 - first - position, node))
                .collect()
        }));
    }
    (schedule::schedule(segments), count)
}

/// acc <- acc * y^constraints
fn next_circuit<F: ScalarField>(circuit: &CompiledCircuit<F>, constraints: usize) -> Segment<F> {
    let mut builder = SegmentBuilder::new(circuit);
    let weight = builder.power_of_y(constraints);
    let accumulator = builder.builder.accumulator();
    let accumulator = builder.builder.mul(accumulator, weight);
    builder.compile(&[accumulator])
}

/// A segment that adds constraints to the accumulator, each times its power of y.
fn constraints<F: ScalarField>(
    circuit: &CompiledCircuit<F>,
    build: impl FnOnce(&mut SegmentBuilder<'_, F>) -> Vec<(usize, NodeId)>,
) -> Segment<F> {
    let mut builder = SegmentBuilder::new(circuit);
    let mut accumulator = builder.builder.accumulator();
    for (power, constraint) in build(&mut builder) {
        let weight = builder.power_of_y(power);
        let weighted = builder.builder.mul(constraint, weight);
        accumulator = builder.builder.add(accumulator, weighted);
    }
    builder.compile(&[accumulator])
}

/// Where a permutation product begins and ends, with the constraints' positions after the gates:
/// l_0 (1 - z_0), l_last (z_last^2 - z_last), l_0 (z_i - z_(i-1)(omega^last X)).
fn permutation_boundaries<F: ScalarField>(
    builder: &mut SegmentBuilder<'_, F>,
    product: usize,
    products: usize,
) -> Vec<(usize, NodeId)> {
    let z = builder.input(Input::PermutationProduct(product), 0);
    let mut constraints = Vec::new();
    if product == 0 {
        constraints.push((0, starts_at_one(builder, z)));
    } else {
        let last_rotation = -(builder.circuit.blinding_factors as i32 + 1);
        let before = builder.input(Input::PermutationProduct(product - 1), last_rotation);
        let difference = builder.builder.sub(z, before);
        let l0 = builder.l0();
        constraints.push((1 + product, builder.builder.mul(difference, l0)));
    }
    if product + 1 == products {
        constraints.push((1, ends_as_bit(builder, z)));
    }
    constraints
}

/// l_0 (1 - z)
fn starts_at_one<F: ScalarField>(builder: &mut SegmentBuilder<'_, F>, z: NodeId) -> NodeId {
    let one = builder.builder.constant(F::ONE);
    let difference = builder.builder.sub(one, z);
    let l0 = builder.l0();
    builder.builder.mul(difference, l0)
}

/// l_last (z^2 - z)
fn ends_as_bit<F: ScalarField>(builder: &mut SegmentBuilder<'_, F>, z: NodeId) -> NodeId {
    let square = builder.builder.mul(z, z);
    let difference = builder.builder.sub(square, z);
    let l_last = builder.l_last();
    builder.builder.mul(difference, l_last)
}

/// l_active (z(omega X) prod (v_j + beta s_j + gamma) - z prod (v_j + beta delta^j X + gamma))
fn permutation_product<F: ScalarField>(
    builder: &mut SegmentBuilder<'_, F>,
    product: usize,
) -> NodeId {
    let z_next = builder.input(Input::PermutationProduct(product), 1);
    let z = builder.input(Input::PermutationProduct(product), 0);
    let left = builder.permutation_factors(product, Some(z_next), SegmentBuilder::permuted_label);
    let right = builder.permutation_factors(product, Some(z), SegmentBuilder::identity_label);
    let difference = builder.builder.sub(left, right);
    let active = builder.l_active();
    builder.builder.mul(difference, active)
}

/// Constraints of a lookup argument.
const LOOKUP_CONSTRAINTS: usize = 5;

/// The constraints of a lookup argument (halo2 book, "Lookup argument").
fn lookup_constraints<F: ScalarField>(
    builder: &mut SegmentBuilder<'_, F>,
    index: usize,
    lookup: &Lookup,
) -> [NodeId; LOOKUP_CONSTRAINTS] {
    let z = builder.input(Input::LookupProduct(index), 0);
    let z_next = builder.input(Input::LookupProduct(index), 1);
    let input = builder.input(Input::LookupPermuted(index), 0);
    let input_before = builder.input(Input::LookupPermuted(index), -1);
    let table = builder.input(Input::LookupPermutedTable(index), 0);

    let starts = starts_at_one(builder, z);
    let ends = ends_as_bit(builder, z);

    let numerator = lookup_numerator(builder, lookup);
    let input_beta = builder.plus(input, ProgramScalar::Beta);
    let table_gamma = builder.plus(table, ProgramScalar::Gamma);
    let left = builder.builder.mul(z_next, input_beta);
    let left = builder.builder.mul(left, table_gamma);
    let right = builder.builder.mul(z, numerator);
    let difference = builder.builder.sub(left, right);
    let active = builder.l_active();
    let product = builder.builder.mul(difference, active);

    let from_table = builder.builder.sub(input, table);
    let l0 = builder.l0();
    let first_from_table = builder.builder.mul(from_table, l0);
    let from_above = builder.builder.sub(input, input_before);
    let from_either = builder.builder.mul(from_table, from_above);
    let each_from_either = builder.builder.mul(from_either, active);

    [starts, ends, product, first_from_table, each_from_either]
}

/// The scalars of a run, in the order of [`ProgramScalar`].
pub(crate) fn scalars<F: PrimeField>(
    theta: F,
    beta: F,
    gamma: F,
    y: F,
    challenges: &[F],
) -> Vec<F> {
    let mut scalars = vec![theta, beta, gamma, y];
    scalars.extend_from_slice(challenges);
    scalars
}

impl Input {
    /// The index of an instance column.
    pub fn instance(self) -> Option<usize> {
        match self {
            Input::Column(column) if column.kind == ColumnKind::Instance => Some(column.index),
            _ => None,
        }
    }

    /// Whether all circuits of a proof share this column.
    pub fn is_shared(self) -> bool {
        match self {
            Input::Column(column) => column.kind == ColumnKind::Fixed,
            Input::Permutation(_) | Input::L0 => true,
            Input::PermutationProduct(_)
            | Input::LookupProduct(_)
            | Input::LookupPermuted(_)
            | Input::LookupPermutedTable(_) => false,
        }
    }
}
