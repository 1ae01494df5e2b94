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
    /// The steps that read a column, in order.
    readers: HashMap<ColumnId, Vec<usize>>,
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
        let reads: Vec<HashSet<ColumnId>> = steps.into_iter().map(ids).collect();
        let mut readers: HashMap<ColumnId, Vec<usize>> = HashMap::new();
        for (step, ids) in reads.iter().enumerate() {
            for id in ids {
                readers.entry(*id).or_default().push(step);
            }
        }
        Self {
            columns: HashMap::new(),
            reads,
            readers,
            room: usize::MAX,
        }
    }

    /// Keeps no more columns than `room` says, given how many the largest step reads and how many would
    /// be there at once. A column that had to go is made again.
    pub fn with_room(mut self, room: impl FnOnce(usize, usize) -> usize) -> Self {
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
        self.room = room(largest, most).max(largest);
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
        let Some(next) = self.reads.get(step + 1) else {
            self.columns.clear();
            return;
        };
        // Columns that the next step leaves alone, by when they are read.
        let mut spare: Vec<(usize, ColumnId)> = Vec::new();
        let readers = &self.readers;
        self.columns.retain(|id, _| {
            let steps = readers.get(id).map_or(&[][..], Vec::as_slice);
            let next_use = steps.get(steps.partition_point(|reader| *reader <= step + 1));
            let is_next = next.contains(id);
            spare.extend(next_use.filter(|_| !is_next).map(|step| (*step, *id)));
            is_next || next_use.is_some()
        });
        let excess = (next.len() + spare.len()).saturating_sub(self.room);
        // By name where steps are equal: the same proof takes the same work every time.
        spare.sort_unstable_by(|a, b| b.cmp(a));
        for (_, id) in spare.into_iter().take(excess) {
            self.columns.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{ColumnKind, ColumnRef};
    use halo2_offload_engine::{halo2curves::bn256::G1Affine, Columns, Coset, Estimate};

    fn column(index: usize) -> Input {
        Input::Column(ColumnRef {
            kind: ColumnKind::Advice,
            index,
        })
    }

    /// Goes through the steps, and makes what is missing; the most columns at once, and how many were
    /// made.
    fn walk(steps: &[Vec<Input>], room: Option<usize>) -> (usize, usize) {
        let engine = Estimate::<G1Affine>::new(1);
        let reads = steps.iter().map(|inputs| (0, inputs.as_slice()));
        let mut set: WorkingSet<Estimate<G1Affine>, Coset> = WorkingSet::new(reads);
        if let Some(room) = room {
            set = set.with_room(|_, _| room);
        }
        let (mut most, mut made) = (0, 0);
        for (step, inputs) in steps.iter().enumerate() {
            for input in inputs {
                let id = column_id(0, *input);
                if !set.contains(id) {
                    set.insert(id, engine.zeros(8).expect("an estimate has room"));
                    made += 1;
                }
            }
            most = most.max(set.columns.len());
            set.finish(step);
        }
        assert!(set.columns.is_empty());
        (most, made)
    }

    #[test]
    fn what_is_read_last_goes_first() {
        // Column 0 is read first and last, column 1 in between, others once.
        let mut steps: Vec<Vec<Input>> = vec![vec![column(0), column(1)]];
        steps.extend((2..8).map(|index| vec![column(1), column(index), column(index + 10)]));
        steps.push(vec![column(0), column(1)]);
        assert_eq!(walk(&steps, None), (4, 14));
        // One of four goes: column 0, which is made once more.
        assert_eq!(walk(&steps, Some(3)), (3, 15));
        // The largest step has three columns, whatever room there is.
        assert_eq!(walk(&steps, Some(1)), (3, 15));
    }
}
