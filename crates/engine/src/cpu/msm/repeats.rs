//! Columns that repeat few values many times.
//!
//! `sum_i s_i P_i = sum_v v (sum_{i: s_i = v} P_i)`: with `D` distinct values among `n` scalars the
//! inner sums take `n - D` additions, once, and the outer one is a multiplication of `D` scalars,
//! instead of `n` additions in every window. halo2's permuted lookup columns are like this: random
//! to look at, being compressed with a challenge, but drawn from a table.

use super::{
    bucket::{Accumulator, Segment, TILE},
    census::Census,
    plan::Class,
    scalar::Scalar,
    sort::SortedWindow,
};
use crate::{cpu::CpuKernels, curve::MsmCurve};
use group::{Curve, Group};
use rayon::prelude::*;

/// Fewer scalars than this are not worth looking at.
const MIN_POINTS: usize = 1 << 10;

/// Shorter scalars take few windows, and gain little.
const MIN_LENGTH: usize = 48;

/// One in so many scalars is sampled.
const SAMPLE: usize = 16;

/// The distinct scalars of `class`, each with the sum of its bases, if they are so few that this
/// pays.
pub(super) fn grouped<C: MsmCurve, S: Scalar<C::ScalarExt>>(
    kernels: CpuKernels,
    census: &Census<'_, C::ScalarExt, S>,
    class: &Class,
    bases: &[C],
) -> Option<(Vec<S>, Vec<C>)> {
    if class.points < MIN_POINTS || class.longest < MIN_LENGTH {
        return None;
    }
    let rows = census.rows(class);
    let scalars = census.scalars();
    if !repeats::<C::ScalarExt, S>(scalars, &rows) {
        return None;
    }
    let (first_rows, groups) = group_rows::<C::ScalarExt, S>(scalars, rows)?;
    // More would save less, and take more memory than the digits of the class: a value and a point
    // each, and the point twice for a moment.
    if first_rows.len() * 4 > class.points {
        return None;
    }
    let values = first_rows
        .iter()
        .map(|row| scalars[*row as usize])
        .collect();
    Some((
        values,
        group_sums(kernels, &groups, first_rows.len(), bases),
    ))
}

/// Half of a scalar, to sort by. Different scalars of a column are expected to differ in it.
type Key = [u64; 2];

fn key<F, S: Scalar<F>>(scalar: &S) -> Key {
    let [low, high, ..] = scalar.limbs();
    [low, high]
}

/// Whether a sample has repeats. Where there are a quarter as many values as scalars, one in nine
/// of the sample is a repeat.
fn repeats<F, S: Scalar<F>>(scalars: &[S], rows: &[u32]) -> bool {
    let mut sample: Vec<Key> = rows
        .iter()
        .step_by(SAMPLE)
        .map(|row| key(&scalars[*row as usize]))
        .collect();
    sample.sort_unstable();
    sample.chunk_by(|a, b| a == b).count() * 10 <= sample.len() * 9
}

/// Sorts rows by scalar: the first row of every value, and all rows with one bucket a value. None
/// if different scalars have one key.
fn group_rows<F, S: Scalar<F>>(scalars: &[S], rows: Vec<u32>) -> Option<(Vec<u32>, SortedWindow)> {
    let mut keyed: Vec<(Key, u32)> = rows
        .into_par_iter()
        .map(|row| (key(&scalars[row as usize]), row))
        .collect();
    keyed.par_sort_unstable();
    let groups = || keyed.chunk_by(|a, b| a.0 == b.0);
    let of_one_value = |group: &[(Key, u32)]| {
        let first = &scalars[group[0].1 as usize];
        group
            .iter()
            .all(|(_, row)| scalars[*row as usize] == *first)
    };
    if !groups().all(of_one_value) {
        return None;
    }
    let first_rows = groups().map(|group| group[0].1).collect();
    let lengths = groups().map(<[_]>::len);
    let groups = SortedWindow::of_groups(keyed.iter().map(|(_, row)| *row), lengths);
    Some((first_rows, groups))
}

/// The sum of the bases of each group.
fn group_sums<C: MsmCurve>(
    kernels: CpuKernels,
    groups: &SortedWindow,
    count: usize,
    bases: &[C],
) -> Vec<C> {
    // Consecutive groups, about a tile of rows; a large group is cut, and its parts are added up.
    let mut segments: Vec<Segment> = Vec::new();
    for position in 0..count {
        let places = groups.places(position..position + 1);
        segments.extend(places.clone().step_by(8 * TILE).map(|start| Segment {
            window: 0,
            position,
            places: start..places.end.min(start + 8 * TILE),
        }));
    }
    let per_task = (segments.len() * TILE)
        .div_ceil(groups.len())
        .clamp(1, TILE / 2);
    let parts: Vec<Vec<C>> = segments
        .par_chunks(per_task)
        .map_init(
            || Accumulator::new(kernels),
            |accumulator, segments| {
                accumulator.sums(segments, 0, std::slice::from_ref(groups), bases)
            },
        )
        .collect();
    let parts: Vec<C> = parts.concat();
    if parts.len() == count {
        return parts;
    }
    let mut sums = vec![C::CurveExt::identity(); count];
    for (segment, part) in segments.iter().zip(parts) {
        sums[segment.position] += part;
    }
    let mut affine = vec![C::default(); count];
    C::CurveExt::batch_normalize(&sums, &mut affine);
    affine
}
