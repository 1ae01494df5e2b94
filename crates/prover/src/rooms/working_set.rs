//! The columns that a sequence of programs reads, each in memory while programs read it.

use halo2_offload_engine::{Basis, Engine, EngineColumn};
use std::collections::{HashMap, HashSet};

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
    /// What each step reads.
    reads: Vec<HashSet<ColumnId>>,
    /// The most columns that are kept.
    room: usize,
}

impl<E: Engine, B: Basis> WorkingSet<E, B> {
    /// An empty set for steps that read `inputs` each, in order.
    pub fn new<'a>(steps: impl IntoIterator<Item = (usize, &'a [Input])>) -> Self {
        let ids = |(circuit, inputs): (usize, &'a [Input])| {
            let ids = inputs.iter().map(|input| column_id(circuit, *input));
            ids.collect()
        };
        Self {
            columns: HashMap::new(),
            reads: steps.into_iter().map(ids).collect(),
            room: usize::MAX,
        }
    }

    /// Keeps fewer columns: of those that would be there at once, one in `share` less where the
    /// largest step leaves that open. A column that had to go is made again.
    pub fn with_less_room(mut self, share: usize) -> Self {
        let mut left: HashMap<ColumnId, usize> = HashMap::new();
        for id in self.reads.iter().flatten() {
            *left.entry(*id).or_default() += 1;
        }
        let mut live: HashSet<ColumnId> = HashSet::new();
        let (mut most, mut largest) = (0, 0);
        for reads in &self.reads {
            live.extend(reads);
            most = most.max(live.len());
            largest = largest.max(reads.len());
            for id in reads {
                let left = left.entry(*id).or_default();
                *left -= 1;
                if *left == 0 {
                    live.remove(id);
                }
            }
        }
        self.room = largest.max(most - most / share);
        self
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

    /// Drops what no step after `step` reads and, where the next step would find too little room, what
    /// is read last of all (Belady 1966: nothing else is made again less often).
    pub fn finish(&mut self, step: usize) {
        let later = &self.reads[step + 1..];
        let next_use = |id: &ColumnId| later.iter().position(|reads| reads.contains(id));
        self.columns.retain(|id, _| next_use(id).is_some());
        let Some(next) = later.first() else {
            return;
        };
        let mut spare: Vec<(usize, ColumnId)> = self
            .columns
            .keys()
            .filter_map(|id| Some((next_use(id)?, *id)))
            .filter(|(steps, _)| *steps > 0)
            .collect();
        let excess = (next.len() + spare.len()).saturating_sub(self.room);
        spare.sort_unstable_by_key(|(steps, _)| std::cmp::Reverse(*steps));
        for (_, id) in spare.into_iter().take(excess) {
            self.columns.remove(&id);
        }
    }
}
