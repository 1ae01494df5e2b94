//! From sorted entries to weighted bucket sums, in batched affine additions only.

use super::{
    addition::{identity, is_identity, Additions, Aligned, Pair},
    sort::{SortedWindow, AHEAD},
};
use crate::{cpu::CpuKernels, curve::MsmCurve};
use std::{mem, ops::Range};

/// Points reduced together: they, the slopes of their first halving and the buckets they fall into
/// stay in a second-level cache, and an inversion is a few per cent of the additions it serves.
pub(super) const TILE: usize = 4096;

/// Most buckets of a task.
pub(super) const TASK_BUCKETS: usize = 2048;

/// Entries of one segment: `2^log_buckets` consecutive buckets of a window, or a part of them.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Index into the windows in flight.
    pub(super) window: usize,
    /// The first bucket is `position * 2^log_buckets`.
    pub(super) position: usize,
    /// Places in the sorted window. A segment with too many entries is cut anywhere: sums of parts
    /// are parts of the sum.
    pub(super) places: Range<usize>,
}

/// Consecutive points that fall into one bucket; later every second of them, every fourth, and so on.
#[derive(Clone, Copy)]
struct Run {
    bucket: usize,
    first: usize,
    points: usize,
}

/// Working memory of a task.
pub(super) struct Accumulator<C: MsmCurve> {
    /// The buckets, and after them the points of a tile, run after run.
    points: Vec<Aligned<C>>,
    /// How many of them are buckets.
    buckets: usize,
    /// Runs of at least two points.
    runs: Vec<Run>,
    pairs: Vec<Pair>,
    additions: Additions<C>,
}

impl<C: MsmCurve> Accumulator<C> {
    pub(super) fn new(kernels: CpuKernels) -> Self {
        Accumulator {
            points: Vec::new(),
            buckets: 0,
            runs: Vec::new(),
            pairs: Vec::with_capacity(TILE / 2 + 1),
            additions: Additions::new(kernels, TILE / 2 + 1),
        }
    }

    /// Of every segment the sum `T` of its buckets, then for each bit `l < log_buckets` the sum
    /// `O_l` of the buckets with that bit in their index: `log_buckets + 1` points a segment.
    ///
    /// The segment's weighted sum is `sum_i i B_i = sum_l 2^l O_l`.
    pub(super) fn sums(
        &mut self,
        segments: &[Segment],
        log_buckets: usize,
        sorted: &[SortedWindow],
        bases: &[C],
    ) -> Vec<C> {
        self.buckets = segments.len() << log_buckets;
        self.points.clear();
        self.points.reserve(self.buckets + TILE + 1);
        self.points.resize(self.buckets, Aligned(identity()));
        for (index, segment) in segments.iter().enumerate() {
            self.fill(segment, index, log_buckets, &sorted[segment.window], bases);
        }
        self.flush();
        self.fold(log_buckets);
        self.additions.finish(&mut self.points);
        let mut sums = Vec::with_capacity(segments.len() * (log_buckets + 1));
        for buckets in self.points.chunks(1 << log_buckets) {
            sums.push(buckets[0].0);
            sums.extend((0..log_buckets).map(|bit| buckets[1 << bit].0));
        }
        sums
    }

    /// Adds a segment's entries to its buckets, tile by tile. What a bucket holds already joins the
    /// bucket's next run as one more point, so that a bucket of any size is a tree of additions.
    fn fill(
        &mut self,
        segment: &Segment,
        index: usize,
        log_buckets: usize,
        sorted: &SortedWindow,
        bases: &[C],
    ) {
        let first = segment.position << log_buckets;
        let mut place = segment.places.start;
        for offset in 0..1 << log_buckets {
            if place == segment.places.end {
                break;
            }
            let bucket = (index << log_buckets) + offset;
            let end = sorted
                .places(first + offset..first + offset + 1)
                .end
                .min(segment.places.end);
            while place < end {
                let first = self.points.len();
                let run = place..end.min(place + TILE + self.buckets - first);
                place = run.end;
                let held = mem::replace(&mut self.points[bucket], Aligned(identity()));
                if !is_identity(&held.0) {
                    self.points.push(held);
                }
                let ahead = sorted.entries(run.start + AHEAD..run.end + AHEAD);
                let entries = sorted.entries(run);
                (self.additions).gather(&mut self.points, bases, entries, ahead);
                let points = self.points.len() - first;
                if points > 1 {
                    self.runs.push(Run {
                        bucket,
                        first,
                        points,
                    });
                } else if let Some(point) = self.points.pop() {
                    self.points[bucket] = point;
                }
                if self.points.len() >= TILE + self.buckets {
                    self.flush();
                }
            }
        }
    }

    /// Reduces every run to one point, and leaves it in its bucket.
    fn flush(&mut self) {
        let mut stride = 1;
        while !self.runs.is_empty() {
            self.halve_runs(stride);
            stride *= 2;
        }
        self.points.truncate(self.buckets);
    }

    /// Adds the points of every run in pairs. A run's points stand `stride` apart; its sums take the place of
    /// the first of each pair, and so stand twice as far apart, with the point that is left over, if any.
    fn halve_runs(&mut self, stride: usize) {
        let Accumulator {
            points,
            runs,
            pairs,
            additions,
            ..
        } = self;
        pairs.clear();
        let pair = |a: usize, to: usize| Pair {
            a: a as u32,
            b: (a + stride) as u32,
            to: to as u32,
        };
        runs.retain_mut(|run| {
            if run.points == 2 {
                pairs.push(pair(run.first, run.bucket));
                return false;
            }
            let firsts = (run.first..).step_by(2 * stride).take(run.points / 2);
            pairs.extend(firsts.map(|first| pair(first, first)));
            run.points = run.points.div_ceil(2);
            true
        });
        additions.add(points, pairs);
    }

    /// Turns each `2^log_buckets` buckets into their sum, at index 0, and their sums by bit `l` of
    /// the index, at `2^l`.
    ///
    /// Step `t` merges blocks of `2^t` buckets into blocks of twice as many: sums add up, and the
    /// sum by bit `t` is the upper block's sum, which is where it belongs already. Two additions a
    /// bucket altogether, as in the sequential running sum, but all of a step are independent.
    fn fold(&mut self, log_buckets: usize) {
        let Accumulator {
            points,
            pairs,
            additions,
            ..
        } = self;
        for step in 0..log_buckets {
            let half = 1 << step;
            let places = |bit: usize| if bit == 0 { 0 } else { 1 << (bit - 1) };
            pairs.clear();
            for block in (0..points.len()).step_by(2 * half) {
                for place in (0..=step).map(places) {
                    let (lower, upper) = (block + place, block + half + place);
                    // Many buckets are empty where scalars are few for their length.
                    if is_identity(&points[upper].0) {
                        continue;
                    }
                    if is_identity(&points[lower].0) {
                        points[lower] = points[upper];
                        continue;
                    }
                    pairs.push(Pair {
                        a: lower as u32,
                        b: upper as u32,
                        to: lower as u32,
                    });
                }
            }
            additions.add(points, pairs);
        }
    }
}
