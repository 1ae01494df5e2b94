//! From sorted entries to weighted bucket sums, in batched affine additions only.

use super::{
    addition::{identity, is_identity, Slopes},
    sort::SortedWindow,
};
use crate::curve::MsmCurve;
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

/// Consecutive points that fall into one bucket.
#[derive(Clone, Copy)]
struct Run {
    bucket: usize,
    points: usize,
}

/// Working memory of a task.
pub(super) struct Accumulator<C: MsmCurve> {
    /// The points of a tile, run after run.
    points: Vec<C>,
    /// Runs of at least two points.
    runs: Vec<Run>,
    buckets: Vec<C>,
    slopes: Slopes<C>,
}

impl<C: MsmCurve> Accumulator<C> {
    pub(super) fn new() -> Self {
        Accumulator {
            points: Vec::with_capacity(TILE + 1),
            runs: Vec::new(),
            buckets: Vec::new(),
            slopes: Slopes::with_capacity(TILE / 2 + 1),
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
        self.buckets.clear();
        self.buckets
            .resize(segments.len() << log_buckets, identity());
        for (index, segment) in segments.iter().enumerate() {
            self.fill(segment, index, log_buckets, &sorted[segment.window], bases);
        }
        self.flush();
        self.fold(log_buckets);
        let mut sums = Vec::with_capacity(segments.len() * (log_buckets + 1));
        for buckets in self.buckets.chunks(1 << log_buckets) {
            sums.push(buckets[0]);
            sums.extend((0..log_buckets).map(|bit| buckets[1 << bit]));
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
                let run = place..end.min(place + TILE - self.points.len());
                place = run.end;
                let before = self.points.len();
                let held = mem::replace(&mut self.buckets[bucket], identity());
                if !is_identity(&held) {
                    self.points.push(held);
                }
                let gathered = self.points.len();
                // Copied as they are first: the loop must hold little else for the loads of bases
                // far apart to overlap.
                self.points
                    .extend(sorted.entries(run.clone()).map(|entry| bases[entry.row()]));
                for (point, entry) in self.points[gathered..].iter_mut().zip(sorted.entries(run)) {
                    if entry.negated() {
                        *point = C::from_xy_unchecked(point.x(), -point.y());
                    }
                }
                let points = self.points.len() - before;
                if points > 1 {
                    self.runs.push(Run { bucket, points });
                } else if let Some(point) = self.points.pop() {
                    self.buckets[bucket] = point;
                }
                if self.points.len() >= TILE {
                    self.flush();
                }
            }
        }
    }

    /// Reduces every run to one point, and leaves it in its bucket.
    fn flush(&mut self) {
        while !self.runs.is_empty() {
            self.halve_runs();
        }
        self.points.clear();
    }

    /// Adds the points of every run in pairs.
    ///
    /// Pairs are announced last to first and summed first to last, so that the sums can take the
    /// place of the points already read.
    fn halve_runs(&mut self) {
        let Accumulator {
            points,
            runs,
            buckets,
            slopes,
        } = self;
        let mut end = points.len();
        for run in runs.iter().rev() {
            let start = end - run.points;
            for pair in points[start..end].chunks_exact(2).rev() {
                slopes.push(&pair[0], &pair[1]);
            }
            end = start;
        }
        slopes.invert();
        let (mut read, mut written, mut kept) = (0, 0, 0);
        for index in 0..runs.len() {
            let run = runs[index];
            let end = read + run.points;
            if run.points == 2 {
                buckets[run.bucket] = slopes.pop(&points[read], &points[read + 1]);
                read = end;
                continue;
            }
            while read + 1 < end {
                points[written] = slopes.pop(&points[read], &points[read + 1]);
                written += 1;
                read += 2;
            }
            if read < end {
                points[written] = points[read];
                written += 1;
                read = end;
            }
            runs[kept] = Run {
                bucket: run.bucket,
                points: run.points.div_ceil(2),
            };
            kept += 1;
        }
        runs.truncate(kept);
        points.truncate(written);
    }

    /// Turns each `2^log_buckets` buckets into their sum, at index 0, and their sums by bit `l` of
    /// the index, at `2^l`.
    ///
    /// Step `t` merges blocks of `2^t` buckets into blocks of twice as many: sums add up, and the
    /// sum by bit `t` is the upper block's sum, which is where it belongs already. Two additions a
    /// bucket altogether, as in the sequential running sum, but all of a step are independent.
    fn fold(&mut self, log_buckets: usize) {
        let Accumulator {
            buckets, slopes, ..
        } = self;
        for step in 0..log_buckets {
            let half = 1 << step;
            let places = |bit: usize| if bit == 0 { 0 } else { 1 << (bit - 1) };
            // Many buckets are empty where scalars are few for their length.
            for block in buckets.chunks_exact(2 * half) {
                let (lower, upper) = block.split_at(half);
                for place in (0..=step).map(places) {
                    if !is_identity(&lower[place]) && !is_identity(&upper[place]) {
                        slopes.push(&lower[place], &upper[place]);
                    }
                }
            }
            slopes.invert();
            for block in buckets.chunks_exact_mut(2 * half).rev() {
                let (lower, upper) = block.split_at_mut(half);
                for place in (0..=step).map(places).rev() {
                    if is_identity(&upper[place]) {
                        continue;
                    }
                    lower[place] = if is_identity(&lower[place]) {
                        upper[place]
                    } else {
                        slopes.pop(&lower[place], &upper[place])
                    };
                }
            }
        }
    }
}
