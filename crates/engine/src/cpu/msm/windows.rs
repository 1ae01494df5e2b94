//! A class of scalars through its windows, a few windows at a time.

use super::{
    bucket::{Accumulator, Segment, TASK_BUCKETS, TILE},
    census::{digit_count, Census, Digits},
    plan::{Class, Windows},
    recode::{Digit, Integers},
    scalar::Scalar,
    sort::SortedWindow,
    BitSums,
};
use crate::{cpu::CpuKernels, curve::MsmCurve};
use ff::PrimeField;
use rayon::prelude::*;
use std::{mem::size_of, ops::Range};

/// Windows sorted and not yet summed, at most: each holds 4 bytes a row.
const MAX_IN_FLIGHT: usize = 8;

/// Windows of few rows are taken together until they have so many, or their tasks, and the batches
/// in them, would be small.
const IN_FLIGHT_ENTRIES: usize = 1 << 16;

/// Tasks a thread should have to choose from, so that none waits long for the last.
const TASKS_PER_THREAD: usize = 4;

/// Sums by bit position, segments and other small lists.
const FIXED_BYTES: usize = 96 << 10;

/// Adds the contribution of `class` to `sums`.
pub(super) fn add_class<C: MsmCurve, S: Scalar<C::ScalarExt>, D: Digit>(
    kernels: CpuKernels,
    census: &Census<'_, C::ScalarExt, S>,
    class: &Class,
    windows: &Windows,
    bases: &[C],
    sums: &mut BitSums<C>,
) {
    let digits = Digits::<D>::of(census, class, windows);
    let threads = rayon::current_num_threads();
    let in_flight = in_flight(digits.count(), windows, threads);
    let parts = sort_parts(digits.count(), windows, threads);
    let log_buckets = log_segment_buckets(class.points, windows);
    for first in (0..windows.count()).step_by(in_flight) {
        let batch = first..windows.count().min(first + in_flight);
        let sorted: Vec<SortedWindow> = batch
            .clone()
            .into_par_iter()
            .map(|window| SortedWindow::new(&digits, window, windows.buckets(window), parts))
            .collect();
        for (window, sum) in batch.clone().zip(window_sums(
            kernels,
            &sorted,
            windows,
            batch,
            log_buckets,
            threads,
            bases,
        )) {
            sums.add_shifted(sum, windows.offset(window));
        }
    }
}

/// The weighted sums of the windows in flight.
fn window_sums<C: MsmCurve>(
    kernels: CpuKernels,
    sorted: &[SortedWindow],
    windows: &Windows,
    batch: Range<usize>,
    log_buckets: usize,
    threads: usize,
    bases: &[C],
) -> Vec<BitSums<C>> {
    let entries: usize = sorted.iter().map(SortedWindow::len).sum();
    let share = entries.div_ceil(TASKS_PER_THREAD * threads);
    let mut segments = Vec::new();
    for (index, (window, sorted)) in batch.zip(sorted).enumerate() {
        let largest = share.clamp(TILE, 16 * TILE);
        for position in 0..windows.buckets(window) >> log_buckets {
            let places = sorted.places(position << log_buckets..(position + 1) << log_buckets);
            segments.extend(places.clone().step_by(largest).map(|start| Segment {
                window: index,
                position,
                places: start..places.end.min(start + largest),
            }));
        }
    }
    let tasks = tasks(&segments, task_entries(share), log_buckets);
    let task_sums: Vec<Vec<C>> = tasks
        .into_par_iter()
        .map_init(
            || Accumulator::new(kernels),
            |accumulator, task| accumulator.sums(&segments[task], log_buckets, sorted, bases),
        )
        .collect();
    let segment_sums: Vec<&[C]> = task_sums
        .iter()
        .flat_map(|sums| sums.chunks(log_buckets + 1))
        .collect();
    (0..sorted.len())
        .into_par_iter()
        .map(|window| {
            let start = segments.partition_point(|segment| segment.window < window);
            let end = segments.partition_point(|segment| segment.window <= window);
            let mut sums = BitSums::new();
            for (segment, points) in segments[start..end].iter().zip(&segment_sums[start..end]) {
                add_segment(&mut sums, segment, log_buckets, points);
            }
            sums
        })
        .collect()
}

/// Adds a segment's sums with their weights: bucket `i` of the segment holds the digits of
/// magnitude `position * 2^log_buckets + i + 1`.
fn add_segment<C: MsmCurve>(
    sums: &mut BitSums<C>,
    segment: &Segment,
    log_buckets: usize,
    points: &[C],
) {
    let total = points[0];
    *sums.term(0) += total;
    for (bit, point) in points[1..].iter().enumerate() {
        *sums.term(bit) += *point;
    }
    let bits = usize::BITS - segment.position.leading_zeros();
    for bit in (0..bits as usize).filter(|bit| segment.position >> bit & 1 != 0) {
        *sums.term(log_buckets + bit) += total;
    }
}

/// Groups consecutive segments into tasks of about `entries` entries.
fn tasks(segments: &[Segment], entries: usize, log_buckets: usize) -> Vec<Range<usize>> {
    let most_segments = TASK_BUCKETS >> log_buckets;
    let mut tasks = Vec::new();
    let (mut start, mut held) = (0, 0);
    for (index, segment) in segments.iter().enumerate() {
        let joins = held + segment.places.len() <= entries && index - start < most_segments;
        if !joins && index > start {
            tasks.push(start..index);
            (start, held) = (index, 0);
        }
        held += segment.places.len();
    }
    if start < segments.len() {
        tasks.push(start..segments.len());
    }
    tasks
}

/// Segments are as large as makes four tiles of entries on average, in as many buckets as a task may have:
/// within a segment bucket sums are added in batches, those of segments one by one.
fn log_segment_buckets(points: usize, windows: &Windows) -> usize {
    let buckets = 4 * TILE * windows.max_buckets() / points.max(1);
    let log_buckets = buckets.clamp(1, TASK_BUCKETS).ilog2() as usize;
    log_buckets.min(windows.width(windows.count() - 1) - 1)
}

fn in_flight(rows: usize, windows: &Windows, threads: usize) -> usize {
    threads
        .min(MAX_IN_FLIGHT)
        .max(IN_FLIGHT_ENTRIES / rows.max(1))
        .clamp(1, windows.count())
}

/// Parts in which each window is sorted: threads left over by the windows in flight, unless there
/// are so few rows that counting buckets would dominate.
fn sort_parts(rows: usize, windows: &Windows, threads: usize) -> usize {
    let idle = threads / in_flight(rows, windows, threads);
    idle.min(rows / (8 * windows.max_buckets())).max(1)
}

pub(super) fn workspace_bytes<C: MsmCurve>(rows: usize, threads: usize) -> usize {
    let threads = threads.max(1);
    let length = Integers::<C::ScalarExt>::new(CpuKernels::Portable).max_bit_length();
    debug_assert!(length < C::ScalarExt::NUM_BITS as usize);
    let (windows, _) = Windows::cheapest(rows, length);
    let digits = digit_count(rows, &windows) * (windows.digit_bytes() / windows.count());
    let parts = sort_parts(rows, &windows, threads);
    let sorted = in_flight(rows, &windows, threads)
        * size_of::<u32>()
        * (rows + windows.max_buckets() * (1 + parts));
    // What each thread's accumulator holds: a tile and its slopes, half as many, and the buckets.
    let entries = in_flight(rows, &windows, threads) * rows;
    let share = task_entries(entries.div_ceil(TASKS_PER_THREAD * threads));
    let buckets = TASK_BUCKETS.min(2 << log_segment_buckets(rows, &windows));
    let accumulators =
        threads.min(entries.div_ceil(share)) * size_of::<C>() * (TILE + TILE / 2 + buckets);
    digits + sorted + accumulators + FIXED_BYTES
}

/// Entries of a task, where a thread's share of them all is so many for each of its tasks.
fn task_entries(share: usize) -> usize {
    share.clamp(TILE / 16, TILE)
}
