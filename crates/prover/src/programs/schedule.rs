//! The order in which segments are evaluated.

use std::collections::{BTreeSet, HashMap};

use super::{Input, Segment};

/// What evaluating a segment next does to the number of columns in memory, then how many it adds to
/// it: the least comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    balance: i64,
    added: i64,
}

/// The segments that read a column.
#[derive(Default)]
struct Readers {
    segments: Vec<usize>,
    /// Of these, those that are to come.
    left: usize,
}

/// Orders segments so that few columns are in memory at once. A column is there from the first
/// segment that reads it to the last, so the next segment is always the one that adds the fewest
/// columns beyond those it is the last to read: gates of a column are followed by the permutation
/// product that ends the column's use, not by the gates of all other columns.
///
/// Costs are kept in order and changed where a column comes into memory or has one reader left, twice for
/// each column: there may be ten thousands of segments.
pub(super) fn schedule<F>(segments: Vec<Segment<F>>) -> Vec<Segment<F>> {
    let mut readers: HashMap<Input, Readers> = HashMap::new();
    for (index, segment) in segments.iter().enumerate() {
        for input in &segment.inputs {
            let of_input = readers.entry(*input).or_default();
            of_input.segments.push(index);
            of_input.left += 1;
        }
    }
    let cost = |segment: &Segment<F>| {
        let added = segment.inputs.len() as i64;
        let dropped = segment.inputs.iter().filter(|i| readers[i].left == 1);
        Cost {
            balance: added - dropped.count() as i64,
            added,
        }
    };
    let mut costs: Vec<Cost> = segments.iter().map(cost).collect();
    let mut queue: BTreeSet<(Cost, usize)> = costs.iter().copied().zip(0..).collect();
    let mut left: Vec<Option<Segment<F>>> = segments.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(left.len());
    while let Some((_, next)) = queue.pop_first() {
        let Some(segment) = left[next].take() else {
            continue;
        };
        for input in &segment.inputs {
            let of_input = readers.entry(*input).or_default();
            let is_first = of_input.left == of_input.segments.len();
            of_input.left -= 1;
            let one_is_left = of_input.left == 1;
            if !is_first && !one_is_left {
                continue;
            }
            for &reader in of_input.segments.iter().filter(|i| left[**i].is_some()) {
                let cost = &mut costs[reader];
                queue.remove(&(*cost, reader));
                cost.added -= i64::from(is_first);
                cost.balance -= i64::from(is_first) + i64::from(one_is_left);
                queue.insert((*cost, reader));
            }
        }
        ordered.push(segment);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{ColumnKind, ColumnRef};
    use halo2_offload_engine::{halo2curves::bn256::Fr, program::ProgramBuilder};
    use rand_chacha::{
        rand_core::{RngCore, SeedableRng},
        ChaCha20Rng,
    };
    use std::collections::HashSet;

    fn segment(inputs: &[Input]) -> Segment<Fr> {
        Segment {
            program: ProgramBuilder::new().compile(&[]),
            inputs: inputs.to_vec(),
        }
    }

    /// The most columns that are in memory at once.
    fn most(segments: &[Segment<Fr>]) -> usize {
        let last_use: HashMap<Input, usize> = segments
            .iter()
            .enumerate()
            .flat_map(|(step, segment)| segment.inputs.iter().map(move |input| (*input, step)))
            .collect();
        let mut live: HashSet<Input> = HashSet::new();
        let mut most = 0;
        for (step, segment) in segments.iter().enumerate() {
            live.extend(&segment.inputs);
            most = most.max(live.len());
            live.retain(|input| last_use[input] > step);
        }
        most
    }

    #[test]
    fn a_column_is_finished_before_the_next_is_begun() {
        let column = |kind, index| Input::Column(ColumnRef { kind, index });
        // Gates column by column, then permutation products of two columns each.
        let mut segments: Vec<Segment<Fr>> = (0..20)
            .map(|i| segment(&[column(ColumnKind::Advice, i), column(ColumnKind::Fixed, i)]))
            .collect();
        segments.extend((0..10).map(|i| {
            segment(&[
                Input::PermutationProduct(i),
                column(ColumnKind::Advice, 2 * i),
                column(ColumnKind::Advice, 2 * i + 1),
                Input::Permutation(2 * i),
                Input::Permutation(2 * i + 1),
            ])
        }));
        assert_eq!(most(&segments), 23);
        let ordered = schedule(segments);
        assert_eq!(ordered.len(), 30);
        assert_eq!(most(&ordered), 5);
    }

    /// The segment of the least cost, found by looking at all that are left.
    fn next(left: &[Vec<Input>], live: &HashSet<Input>) -> usize {
        let readers = |input: &Input| left.iter().filter(|inputs| inputs.contains(input)).count();
        let cost = |inputs: &Vec<Input>| {
            let added = inputs.iter().filter(|i| !live.contains(i)).count() as i64;
            let dropped = inputs.iter().filter(|i| readers(i) == 1).count() as i64;
            (added - dropped, added)
        };
        let costs = left.iter().map(cost).zip(0..);
        costs.min().expect("some are left").1
    }

    #[test]
    fn the_next_segment_is_always_that_of_the_least_cost() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for _ in 0..50 {
            let mut left: Vec<Vec<Input>> = (0..20)
                .map(|_| {
                    let columns = (0..12).filter(|_| rng.next_u32() % 4 == 0);
                    columns.map(Input::Permutation).collect()
                })
                .collect();
            let segments = left.iter().map(|inputs| segment(inputs)).collect();
            let mut live = HashSet::new();
            for segment in schedule(segments) {
                let next = left.remove(next(&left, &live));
                assert_eq!(segment.inputs, next);
                live.extend(next);
            }
        }
    }

    #[test]
    fn ten_thousands_of_segments_are_ordered_at_once() {
        let segments: Vec<Segment<Fr>> = (0..50_000)
            .map(|i| segment(&[Input::L0, Input::Permutation(i), Input::Permutation(i / 2)]))
            .collect();
        assert_eq!(schedule(segments).len(), 50_000);
    }
}
