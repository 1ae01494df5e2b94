//! The order in which segments are evaluated.

use std::collections::{HashMap, HashSet};

use super::{Input, Segment};

/// Orders segments so that few columns are in memory at once. A column is there from the first
/// segment that reads it to the last, so the next segment is always the one that adds the fewest
/// columns beyond those it is the last to read: gates of a column are followed by the permutation
/// product that ends the column's use, not by the gates of all other columns.
pub(super) fn schedule<F>(segments: Vec<Segment<F>>) -> Vec<Segment<F>> {
    let mut readers: HashMap<Input, usize> = HashMap::new();
    for input in segments.iter().flat_map(|segment| &segment.inputs) {
        *readers.entry(*input).or_default() += 1;
    }
    let mut live: HashSet<Input> = HashSet::new();
    let mut left: Vec<Option<Segment<F>>> = segments.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(left.len());
    for _ in 0..left.len() {
        let cost = |segment: &Segment<F>| {
            let added = segment.inputs.iter().filter(|i| !live.contains(i)).count();
            let dropped = segment.inputs.iter().filter(|i| readers[i] == 1).count();
            (added as i64 - dropped as i64, added)
        };
        let next = left
            .iter()
            .enumerate()
            .filter_map(|(index, segment)| Some((cost(segment.as_ref()?), index)))
            .min();
        let Some(segment) = next.and_then(|(_, index)| left[index].take()) else {
            break;
        };
        for input in &segment.inputs {
            let readers = readers.entry(*input).or_default();
            *readers -= 1;
            if *readers == 0 {
                live.remove(input);
            } else {
                live.insert(*input);
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
}
