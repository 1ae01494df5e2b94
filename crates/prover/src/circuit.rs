//! A circuit as the prover sees it: no frontend's types, only columns, queries and expressions.

use serde::{Deserialize, Serialize};
use std::{collections::HashSet, fmt};

use crate::failure::Cell;

/// What kind of column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ColumnKind {
    /// Part of the key.
    Fixed,
    /// Part of the witness.
    Advice,
    /// Public input.
    Instance,
}

/// A column of the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ColumnRef {
    /// Its kind.
    pub kind: ColumnKind,
    /// Its index among its kind.
    pub index: usize,
}

/// `advice column 3`
impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ColumnKind::Fixed => "fixed",
            ColumnKind::Advice => "advice",
            ColumnKind::Instance => "instance",
        };
        write!(f, "{kind} column {}", self.index)
    }
}

/// A column opened at x * omega^rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Query {
    /// Index of the column among its kind.
    pub column: usize,
    /// Rows ahead.
    pub rotation: i32,
}

/// Index into [`CompiledCircuit::expressions`].
pub type ExpressionId = usize;

/// A node of an expression; operands are earlier nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expression<F> {
    /// A constant.
    Constant(F),
    /// A column, `rotation` rows ahead.
    Column(ColumnRef, i32),
    /// A challenge squeezed between phases.
    Challenge(usize),
    /// -a
    Negated(ExpressionId),
    /// a + b
    Sum(ExpressionId, ExpressionId),
    /// a * b
    Product(ExpressionId, ExpressionId),
    /// c * a
    Scaled(ExpressionId, F),
}

/// A permuted lookup argument: the tuple of inputs is in the table of tuples at every usable row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookup {
    /// The input tuple.
    pub inputs: Vec<ExpressionId>,
    /// The table tuple, of the same length.
    pub tables: Vec<ExpressionId>,
}

/// What the circuit's author calls the arguments, for messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Of each of [`CompiledCircuit::gates`], with the gate's number: `1 ("range"), constraint 0`.
    pub gates: Vec<String>,
    /// Of each lookup.
    pub lookups: Vec<String>,
}

/// A part of the constraint system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// The permutation argument.
    Permutation,
    /// One of [`CompiledCircuit::gates`].
    Gate {
        /// Which.
        index: usize,
        /// Its name, or nothing.
        name: String,
    },
    /// A lookup argument.
    Lookup {
        /// Which.
        index: usize,
        /// Its name, or nothing.
        name: String,
    },
}

/// `gate 3 ("range")`
impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Argument::Permutation => f.write_str("the permutation argument"),
            Argument::Gate { index, name } if name.is_empty() => {
                write!(f, "constraint {index} of the gates")
            }
            Argument::Gate { name, .. } => write!(f, "gate {name}"),
            Argument::Lookup { index, name } if name.is_empty() => write!(f, "lookup {index}"),
            Argument::Lookup { index, name } => write!(f, "lookup {index} ({name:?})"),
        }
    }
}

/// A constraint system with everything that a proof depends on beside the columns' values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompiledCircuit<F> {
    /// log2 of the number of rows.
    pub k: u32,
    /// Degree of the constraint system: the quotient has `degree - 1` pieces, a permutation product
    /// covers `degree - 2` columns.
    pub degree: usize,
    /// Rows of each witness column that hold randomness, at its end; one more is unusable.
    pub blinding_factors: usize,
    /// Number of fixed columns, selectors included.
    pub fixed_columns: usize,
    /// The phase of each advice column.
    pub advice_phases: Vec<u8>,
    /// Number of instance columns.
    pub instance_columns: usize,
    /// The phase after which each challenge is squeezed.
    pub challenge_phases: Vec<u8>,
    /// The nodes of all expressions.
    pub expressions: Vec<Expression<F>>,
    /// The polynomials that vanish on every row, in order.
    pub gates: Vec<ExpressionId>,
    /// The lookup arguments, in order.
    pub lookups: Vec<Lookup>,
    /// The columns of the permutation argument, in order.
    pub permutation: Vec<ColumnRef>,
    /// Openings of advice columns, in order.
    pub advice_queries: Vec<Query>,
    /// Openings of fixed columns, in order.
    pub fixed_queries: Vec<Query>,
    /// Fixed columns that synthesis may put constants into. Nothing of a proof depends on them; a floor
    /// planner wants to know them. None in descriptions from before they were noted.
    #[serde(default)]
    pub constants: Vec<usize>,
    /// What gates and lookups are called. None in descriptions from before they were noted.
    #[serde(default)]
    pub names: Names,
    /// What stands for the verifying key in the transcript.
    pub transcript_repr: F,
}

impl<F> CompiledCircuit<F> {
    /// The number of rows, n = 2^k.
    pub fn n(&self) -> usize {
        1 << self.k
    }

    /// Rows that constraints speak of: n - blinding factors - 1. The row of this index is the last
    /// one of the grand products.
    pub fn usable_rows(&self) -> usize {
        self.n() - self.blinding_factors - 1
    }

    /// Number of phases.
    pub fn phases(&self) -> u8 {
        self.advice_phases.iter().max().map_or(1, |phase| phase + 1)
    }

    /// Columns that one permutation product covers.
    pub fn permutation_chunk(&self) -> usize {
        self.degree - 2
    }

    /// Number of permutation products, the Z of cost formulas.
    pub fn permutation_products(&self) -> usize {
        self.permutation.len().div_ceil(self.permutation_chunk())
    }

    /// Number of pieces of the quotient, and of cosets that it is evaluated on.
    pub fn quotient_pieces(&self) -> usize {
        self.degree - 1
    }

    /// Advice columns of a phase, in order.
    pub fn advice_of_phase(&self, phase: u8) -> impl Iterator<Item = usize> + '_ {
        let phases = self.advice_phases.iter().enumerate();
        phases.filter_map(move |(index, p)| (*p == phase).then_some(index))
    }

    /// A gate, with its name.
    pub fn gate(&self, index: usize) -> Argument {
        let name = self.names.gates.get(index).cloned().unwrap_or_default();
        Argument::Gate { index, name }
    }

    /// A lookup, with its name.
    pub fn lookup(&self, index: usize) -> Argument {
        let name = self.names.lookups.get(index).cloned().unwrap_or_default();
        Argument::Lookup { index, name }
    }

    /// The columns that an expression reads, with their rotations, each once.
    pub fn cells(&self, root: ExpressionId) -> Vec<(ColumnRef, i32)> {
        let mut cells = Vec::new();
        let mut seen = HashSet::new();
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.expressions[id] {
                Expression::Constant(_) | Expression::Challenge(_) => {}
                Expression::Column(column, rotation) => {
                    if !cells.contains(&(column, rotation)) {
                        cells.push((column, rotation));
                    }
                }
                Expression::Negated(a) | Expression::Scaled(a, _) => stack.push(a),
                Expression::Sum(a, b) | Expression::Product(a, b) => stack.extend([b, a]),
            }
        }
        cells
    }

    /// The cells that an expression reads at a row.
    pub(crate) fn cells_at(&self, root: ExpressionId, row: usize) -> impl Iterator<Item = Cell> {
        let n = self.n() as i64;
        self.cells(root)
            .into_iter()
            .map(move |(column, rotation)| Cell {
                column,
                row: (row as i64 + i64::from(rotation)).rem_euclid(n) as usize,
            })
    }

    /// Checks that all indices are in range, operands come before what uses them, and what constraints
    /// read is opened: what a circuit that was read from a file must hold.
    pub fn check(&self) -> Result<(), CircuitError> {
        let require =
            |holds: bool, what: &'static str| holds.then_some(()).ok_or(CircuitError { what });
        require((1..=32).contains(&self.k), "k is out of range")?;
        require(self.degree >= 3, "the degree is below 3")?;
        require(
            self.blinding_factors < self.n() - 1,
            "there are more blinding rows than rows",
        )?;
        let column = |column: &ColumnRef| {
            column.index
                < match column.kind {
                    ColumnKind::Fixed => self.fixed_columns,
                    ColumnKind::Advice => self.advice_phases.len(),
                    ColumnKind::Instance => self.instance_columns,
                }
        };
        let challenges = self.challenge_phases.len();
        let nodes = self.expressions.iter().enumerate();
        let operands_come_before = nodes.into_iter().all(|(index, node)| match node {
            Expression::Constant(_) => true,
            Expression::Column(c, _) => column(c),
            Expression::Challenge(challenge) => *challenge < challenges,
            Expression::Negated(a) | Expression::Scaled(a, _) => *a < index,
            Expression::Sum(a, b) | Expression::Product(a, b) => *a < index && *b < index,
        });
        require(operands_come_before, "an expression is not well formed")?;
        let roots = self
            .lookups
            .iter()
            .flat_map(|l| l.inputs.iter().chain(&l.tables));
        require(
            self.gates
                .iter()
                .chain(roots)
                .all(|id| *id < self.expressions.len()),
            "a gate or lookup has no expression",
        )?;
        require(
            self.lookups
                .iter()
                .all(|l| l.inputs.len() == l.tables.len()),
            "a lookup has tuples of different lengths",
        )?;
        require(
            self.permutation.iter().all(column),
            "a permutation column does not exist",
        )?;
        // Descriptions from before they were noted have none.
        let are_named = |names: &[String], named: usize| names.is_empty() || names.len() == named;
        require(
            are_named(&self.names.gates, self.gates.len())
                && are_named(&self.names.lookups, self.lookups.len()),
            "it has another number of gates or lookups than of their names",
        )?;
        let advice_queries: HashSet<&Query> = self.advice_queries.iter().collect();
        let fixed_queries: HashSet<&Query> = self.fixed_queries.iter().collect();
        let in_range = |queries: &[Query], columns| queries.iter().all(|q| q.column < columns);
        require(
            self.constants
                .iter()
                .all(|column| *column < self.fixed_columns),
            "a column of constants does not exist",
        )?;
        require(
            in_range(&self.advice_queries, self.advice_phases.len())
                && in_range(&self.fixed_queries, self.fixed_columns),
            "a query has no column",
        )?;
        let is_opened = |column: &ColumnRef, rotation: i32| {
            let query = Query {
                column: column.index,
                rotation,
            };
            match column.kind {
                ColumnKind::Advice => advice_queries.contains(&query),
                ColumnKind::Fixed => fixed_queries.contains(&query),
                ColumnKind::Instance => true,
            }
        };
        let read = self.expressions.iter().all(|node| match node {
            Expression::Column(column, rotation) => is_opened(column, *rotation),
            _ => true,
        });
        require(
            read && self.permutation.iter().all(|column| is_opened(column, 0)),
            "a column is read where no query opens it",
        )
    }
}

/// A compiled circuit contradicts itself.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct CircuitError {
    what: &'static str,
}

#[cfg(test)]
mod tests {
    use crate::shape::Shape;
    use halo2_offload_engine::halo2curves::bn256::Fr;

    #[test]
    fn numbers_at_the_end_of_their_range_are_refused() {
        for rows in [15, 16, usize::MAX - 1, usize::MAX] {
            let mut circuit = Shape::SMALL.circuit::<Fr>(4);
            circuit.blinding_factors = rows;
            let error = circuit.check().unwrap_err().to_string();
            assert_eq!(error, "there are more blinding rows than rows");
        }
        for k in [0, 33, 64, u32::MAX] {
            let mut circuit = Shape::SMALL.circuit::<Fr>(4);
            circuit.k = k;
            assert_eq!(
                circuit.check().unwrap_err().to_string(),
                "k is out of range"
            );
        }
    }

    #[test]
    fn what_is_read_has_to_be_opened() {
        let mut circuit = Shape::SMALL.circuit::<Fr>(4);
        assert!(circuit.check().is_ok());
        circuit.advice_queries.clear();
        let error = circuit.check().unwrap_err().to_string();
        assert_eq!(error, "a column is read where no query opens it");
    }
}
