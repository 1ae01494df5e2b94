//! What of a circuit its witness does not satisfy.
//!
//! No message holds a value of the witness: errors go to logs, and the witness is secret.

use std::fmt;

use crate::circuit::{Argument, ColumnKind, ColumnRef};

/// Failures beyond this many are counted only; and so are cells of one.
const LISTED: usize = 8;

/// A cell of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// Its column.
    pub column: ColumnRef,
    /// Its row.
    pub row: usize,
}

/// `advice column 3 at row 17`
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at row {}", self.column, self.row)
    }
}

/// Something that is not satisfied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A gate is not zero, or a lookup's input is not in its table.
    Argument {
        /// Which circuit of the proof.
        circuit: usize,
        /// The gate or the lookup.
        argument: Argument,
        /// The first such row.
        row: usize,
        /// Further rows, where they are known.
        more_rows: usize,
        /// What it reads there.
        cells: Vec<Cell>,
        /// The first of the rows at the end that hold randomness in advice columns.
        random_row: usize,
    },
    /// Two cells are copies of each other, and their values differ.
    Copy {
        /// Which circuit of the proof.
        circuit: usize,
        /// The cells.
        cells: [Cell; 2],
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Argument {
                circuit,
                argument,
                row,
                more_rows,
                cells,
                random_row,
            } => {
                let what = match argument {
                    Argument::Lookup { .. } => "has an input that is not in the table",
                    _ => "is not zero",
                };
                write!(f, "{argument} of circuit {circuit} {what} at row {row}")?;
                if *more_rows > 0 {
                    write!(f, " (and {more_rows} more)")?;
                }
                let mut separator = ", where it reads ";
                for cell in cells.iter().take(LISTED) {
                    write!(f, "{separator}{cell}")?;
                    separator = ", ";
                }
                if cells.len() > LISTED {
                    write!(f, " and {} more", cells.len() - LISTED)?;
                }
                let is_random =
                    |cell: &Cell| cell.column.kind == ColumnKind::Advice && cell.row >= *random_row;
                if cells.iter().any(is_random) {
                    write!(
                        f,
                        " (advice columns hold randomness from row {random_row} on: it has to be off where it \
                         reads that)"
                    )?;
                }
                Ok(())
            }
            Failure::Copy {
                circuit,
                cells: [a, b],
            } => write!(
                f,
                "{a} and {b} of circuit {circuit} are constrained to be equal, and differ"
            ),
        }
    }
}

/// What is not satisfied: at least one thing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Failures {
    /// The first ones.
    pub listed: Vec<Failure>,
    /// How many more there are.
    pub more: usize,
}

impl Failures {
    pub(crate) fn add(&mut self, failure: Failure) {
        match self.listed.len() < LISTED {
            true => self.listed.push(failure),
            false => self.more += 1,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

impl From<Failure> for Failures {
    fn from(failure: Failure) -> Self {
        Self {
            listed: vec![failure],
            more: 0,
        }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for failure in &self.listed {
            write!(f, "{separator}{failure}")?;
            separator = "; ";
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(index: usize, row: usize) -> Cell {
        let kind = ColumnKind::Advice;
        let column = ColumnRef { kind, index };
        Cell { column, row }
    }

    #[test]
    fn failures_say_where_they_are() {
        let mut failures = Failures::default();
        assert!(failures.is_empty());
        failures.add(Failure::Argument {
            circuit: 1,
            argument: Argument::Gate {
                index: 3,
                name: "2 (\"mul\")".into(),
            },
            row: 5,
            more_rows: 2,
            cells: (0..10).map(|index| cell(index, 5)).collect(),
            random_row: 5,
        });
        for row in 0..9 {
            failures.add(Failure::Copy {
                circuit: 0,
                cells: [cell(0, row), cell(1, row + 1)],
            });
        }
        let text = failures.to_string();
        for part in [
            "gate 2 (\"mul\") of circuit 1 is not zero at row 5 (and 2 more), where it reads advice",
            "where it reads advice column 0 at row 5, advice column 1 at row 5, ",
            "advice column 7 at row 5 and 2 more (advice columns hold randomness from row 5 on",
            "it reads that); advice column 0 at row 0 and advice column 1 at row 1 of",
            "; and 2 more",
        ] {
            assert!(text.contains(part), "{text:?} lacks {part:?}");
        }
    }
}
