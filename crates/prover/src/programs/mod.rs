//! The circuit's expressions compiled to programs, once per key.

use ff::PrimeField;
use halo2_offload_engine::{program::Program, ScalarField};

use crate::circuit::{ColumnKind, ColumnRef, CompiledCircuit, ExpressionId};

mod fractions;
mod gates;
mod quotient;
mod schedule;
mod segment;

use segment::SegmentBuilder;

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
        let (quotient, constraints) = quotient::segments(circuit);
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
                .map(|product| fractions::permutation(circuit, product))
                .collect(),
            lookup_fractions: circuit
                .lookups
                .iter()
                .enumerate()
                .map(|(index, lookup)| fractions::lookup(circuit, index, lookup))
                .collect(),
            quotient,
            next_circuit: quotient::next_circuit(circuit, constraints),
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
