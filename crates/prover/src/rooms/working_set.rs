//! The columns that a sequence of programs reads, each in memory from the first program that reads
//! it to the last.

use halo2_offload_engine::{Basis, Engine, EngineColumn};
use std::collections::HashMap;

use crate::programs::Input;

/// A column of one circuit of the proof, or one that all circuits share (`None`).
pub(super) type ColumnId = (Option<usize>, Input);

/// What circuit `circuit` means by `input`.
pub(super) fn column_id(circuit: usize, input: Input) -> ColumnId {
    ((!input.is_shared()).then_some(circuit), input)
}

/// Columns made for a sequence of steps.
pub(super) struct WorkingSet<E: Engine, B: Basis> {
    columns: HashMap<ColumnId, EngineColumn<E, B>>,
    last_use: HashMap<ColumnId, usize>,
}

impl<E: Engine, B: Basis> WorkingSet<E, B> {
    /// An empty set for steps that read `inputs` each, in order.
    pub fn new<'a>(steps: impl IntoIterator<Item = (usize, &'a [Input])>) -> Self {
        let mut last_use = HashMap::new();
        for (step, (circuit, inputs)) in steps.into_iter().enumerate() {
            for input in inputs {
                last_use.insert(column_id(circuit, *input), step);
            }
        }
        Self {
            columns: HashMap::new(),
            last_use,
        }
    }

    /// Whether the column is there.
    pub fn contains(&self, id: ColumnId) -> bool {
        self.columns.contains_key(&id)
    }

    /// Puts a column in.
    pub fn insert(&mut self, id: ColumnId, column: EngineColumn<E, B>) {
        self.columns.insert(id, column);
    }

    /// A column that is there.
    pub fn get(&self, id: ColumnId) -> Option<&EngineColumn<E, B>> {
        self.columns.get(&id)
    }

    /// Drops what no step after `step` reads.
    pub fn finish(&mut self, step: usize) {
        let last_use = &self.last_use;
        self.columns
            .retain(|id, _| last_use.get(id).is_some_and(|last| *last > step));
    }
}
