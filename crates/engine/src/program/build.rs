//! From expressions to a [`Program`].

use ff::PrimeField;
use std::collections::{BTreeMap, HashMap};

use super::{Digest, Operand, Operation, Program, Query, Step, UniformStep};

/// An expression in a [`ProgramBuilder`]. Equal expressions have equal ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Node {
    Constant(u32),
    Scalar(u32),
    Query(Query),
    Point,
    Accumulator,
    Apply(Operation, NodeId, NodeId),
}

/// Collects expressions over columns, scalars and constants, sharing what is common.
///
/// Nodes are only ever appended, operands before what uses them, so that their order is an order
/// of evaluation. A chain `acc <- acc * y + e_i` built constraint by constraint therefore keeps few
/// registers alive: those of one constraint, and those shared across constraints.
#[derive(Clone, Debug)]
pub struct ProgramBuilder<F> {
    nodes: Vec<Node>,
    ids: HashMap<Node, NodeId>,
    constants: Vec<F>,
    constant_ids: BTreeMap<F, u32>,
}

impl<F: PrimeField + Ord> Default for ProgramBuilder<F> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            ids: HashMap::new(),
            constants: Vec::new(),
            constant_ids: BTreeMap::new(),
        }
    }
}

impl<F: PrimeField + Ord> ProgramBuilder<F> {
    /// A builder with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    fn node(&mut self, node: Node) -> NodeId {
        *self.ids.entry(node).or_insert_with(|| {
            self.nodes.push(node);
            NodeId(self.nodes.len() as u32 - 1)
        })
    }

    /// A constant.
    pub fn constant(&mut self, value: F) -> NodeId {
        let index = *self.constant_ids.entry(value).or_insert_with(|| {
            self.constants.push(value);
            self.constants.len() as u32 - 1
        });
        self.node(Node::Constant(index))
    }

    /// The scalar at `index` of those that a run is given.
    pub fn scalar(&mut self, index: u32) -> NodeId {
        self.node(Node::Scalar(index))
    }

    /// The column at `input` of those that a run is given, `rotation` rows ahead.
    pub fn query(&mut self, input: u32, rotation: i32) -> NodeId {
        self.node(Node::Query(Query { input, rotation }))
    }

    /// The point that the row stands for.
    pub fn point(&mut self) -> NodeId {
        self.node(Node::Point)
    }

    /// The accumulator.
    pub fn accumulator(&mut self) -> NodeId {
        self.node(Node::Accumulator)
    }

    fn as_constant(&self, id: NodeId) -> Option<F> {
        match self.nodes[id.0 as usize] {
            Node::Constant(index) => Some(self.constants[index as usize]),
            _ => None,
        }
    }

    fn as_negated(&self, id: NodeId) -> Option<NodeId> {
        match self.nodes[id.0 as usize] {
            Node::Apply(Operation::Negate, a, _) => Some(a),
            _ => None,
        }
    }

    /// a + b
    pub fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.as_constant(a), self.as_constant(b)) {
            (Some(x), Some(y)) => return self.constant(x + y),
            (Some(x), None) if x.is_zero_vartime() => return b,
            (None, Some(y)) if y.is_zero_vartime() => return a,
            _ => {}
        }
        if let Some(b) = self.as_negated(b) {
            return self.sub(a, b);
        }
        if let Some(a) = self.as_negated(a) {
            return self.sub(b, a);
        }
        if a == b {
            return self.node(Node::Apply(Operation::Double, a, a));
        }
        self.node(Node::Apply(Operation::Add, a.min(b), a.max(b)))
    }

    /// a - b
    pub fn sub(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if a == b {
            return self.constant(F::ZERO);
        }
        match (self.as_constant(a), self.as_constant(b)) {
            (Some(x), Some(y)) => return self.constant(x - y),
            (Some(x), None) if x.is_zero_vartime() => return self.negate(b),
            (None, Some(y)) if y.is_zero_vartime() => return a,
            _ => {}
        }
        if let Some(b) = self.as_negated(b) {
            return self.add(a, b);
        }
        self.node(Node::Apply(Operation::Sub, a, b))
    }

    /// a * b
    pub fn mul(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let (a, b) = (a.min(b), a.max(b));
        for (x, other) in [(self.as_constant(a), b), (self.as_constant(b), a)] {
            let Some(x) = x else { continue };
            if let Some(y) = self.as_constant(other) {
                return self.constant(x * y);
            }
            if x.is_zero_vartime() {
                return self.constant(F::ZERO);
            }
            if x == F::ONE {
                return other;
            }
            if x == -F::ONE {
                return self.negate(other);
            }
            if x == F::ONE.double() {
                return self.node(Node::Apply(Operation::Double, other, other));
            }
        }
        if a == b {
            return self.node(Node::Apply(Operation::Square, a, a));
        }
        self.node(Node::Apply(Operation::Mul, a, b))
    }

    /// -a
    pub fn negate(&mut self, a: NodeId) -> NodeId {
        if let Some(x) = self.as_constant(a) {
            return self.constant(-x);
        }
        if let Some(a) = self.as_negated(a) {
            return a;
        }
        self.node(Node::Apply(Operation::Negate, a, a))
    }

    /// acc * factor + next
    pub fn mul_add(&mut self, acc: NodeId, factor: NodeId, next: NodeId) -> NodeId {
        let product = self.mul(acc, factor);
        self.add(product, next)
    }

    /// Lays out what `outputs` need.
    pub fn compile(&self, outputs: &[NodeId]) -> Program<F> {
        Layout::new(self, outputs).program()
    }
}

/// The state of a compilation: which nodes are needed, which are uniform, where each one lives.
struct Layout<'a, F> {
    builder: &'a ProgramBuilder<F>,
    outputs: &'a [NodeId],
    needed: Vec<bool>,
    /// For each node, the last node that reads it; outputs are read at the end.
    last_use: Vec<usize>,
    uniform: Vec<bool>,
    place: Vec<Option<Operand>>,
}

const AT_THE_END: usize = usize::MAX;

impl<'a, F: PrimeField + Ord> Layout<'a, F> {
    fn new(builder: &'a ProgramBuilder<F>, outputs: &'a [NodeId]) -> Self {
        let count = builder.nodes.len();
        let mut needed = vec![false; count];
        let mut last_use = vec![0; count];
        for output in outputs {
            needed[output.0 as usize] = true;
            last_use[output.0 as usize] = AT_THE_END;
        }
        for (index, node) in builder.nodes.iter().enumerate().rev() {
            if let (true, Node::Apply(_, a, b)) = (needed[index], node) {
                for operand in [a, b].map(|id| id.0 as usize) {
                    needed[operand] = true;
                    last_use[operand] = last_use[operand].max(index);
                }
            }
        }
        let mut uniform = vec![false; count];
        for (index, node) in builder.nodes.iter().enumerate() {
            uniform[index] = match node {
                Node::Constant(_) | Node::Scalar(_) => true,
                Node::Query(_) | Node::Point | Node::Accumulator => false,
                Node::Apply(_, a, b) => uniform[a.0 as usize] && uniform[b.0 as usize],
            };
        }
        Self {
            builder,
            outputs,
            needed,
            last_use,
            uniform,
            place: vec![None; count],
        }
    }

    fn program(mut self) -> Program<F> {
        let nodes = &self.builder.nodes;
        let scalars = nodes
            .iter()
            .filter_map(|node| match node {
                Node::Scalar(index) => Some(*index as usize + 1),
                _ => None,
            })
            .max()
            .unwrap_or(0);
        let constants = self.builder.constants.clone();
        let mut uniforms = (constants.len() + scalars) as u32;
        let mut program = Program {
            constants,
            scalars,
            inputs: 0,
            uniform_steps: Vec::new(),
            queries: Vec::new(),
            steps: Vec::new(),
            registers: 0,
            outputs: Vec::new(),
            reads_accumulator: false,
            digest: Digest::default(),
        };
        let mut free: Vec<u32> = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            if !self.needed[index] {
                continue;
            }
            let place = match *node {
                Node::Constant(constant) => Operand::Uniform(constant),
                Node::Scalar(scalar) => Operand::Uniform(program.constants.len() as u32 + scalar),
                Node::Query(query) => {
                    program.inputs = program.inputs.max(query.input as usize + 1);
                    program.queries.push(query);
                    Operand::Query(program.queries.len() as u32 - 1)
                }
                Node::Point => Operand::Point,
                Node::Accumulator => {
                    program.reads_accumulator = true;
                    Operand::Accumulator
                }
                Node::Apply(operation, a, b) if self.uniform[index] => {
                    program.uniform_steps.push(UniformStep {
                        operation,
                        a: self.uniform_index(a),
                        b: self.uniform_index(b),
                    });
                    uniforms += 1;
                    Operand::Uniform(uniforms - 1)
                }
                Node::Apply(operation, a, b) => {
                    // The result's register is taken before the operands' are given back: no step
                    // reads the register that it writes.
                    let to = free.pop().unwrap_or_else(|| {
                        program.registers += 1;
                        program.registers as u32 - 1
                    });
                    program.steps.push(Step {
                        operation,
                        a: self.operand(a),
                        b: self.operand(b),
                        to,
                    });
                    let mut operands = vec![a, b];
                    operands.dedup();
                    for operand in operands {
                        if self.last_use[operand.0 as usize] == index {
                            if let Operand::Register(register) = self.operand(operand) {
                                free.push(register);
                            }
                        }
                    }
                    Operand::Register(to)
                }
            };
            self.place[index] = Some(place);
        }
        program.outputs = self.outputs.iter().map(|id| self.operand(*id)).collect();
        program.digest = Digest::of(&program);
        program
    }

    fn operand(&self, id: NodeId) -> Operand {
        self.place[id.0 as usize].expect("operands come before what uses them")
    }

    fn uniform_index(&self, id: NodeId) -> u32 {
        match self.operand(id) {
            Operand::Uniform(index) => index,
            other => unreachable!("a uniform operation has uniform operands, not {other:?}"),
        }
    }
}
