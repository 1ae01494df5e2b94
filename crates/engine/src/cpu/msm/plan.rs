//! Which scalars go together, and through how many windows.

/// Consecutive windows over the digits of integers of at most `length` bits.
///
/// Their widths differ by at most one, the wider ones below: with all of one width, the top window
/// would often hold a bit or two and cost as much as any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cpu) struct Windows {
    count: usize,
    /// Width of the narrow windows.
    narrow: usize,
    /// How many windows, at the bottom, are one bit wider.
    wide: usize,
}

impl Windows {
    /// `count` windows over `length` bits and the carry of signed digits.
    pub(super) fn new(length: usize, count: usize) -> Self {
        let bits = length + 1;
        debug_assert!((1..=bits).contains(&count));
        Windows {
            count,
            narrow: bits / count,
            wide: bits % count,
        }
    }

    pub(in crate::cpu) fn count(&self) -> usize {
        self.count
    }

    #[inline(always)]
    pub(in crate::cpu) fn width(&self, window: usize) -> usize {
        self.narrow + usize::from(window < self.wide)
    }

    #[inline(always)]
    pub(in crate::cpu) fn offset(&self, window: usize) -> usize {
        window * self.narrow + window.min(self.wide)
    }

    /// Digits of a window are at most this in magnitude.
    pub(super) fn buckets(&self, window: usize) -> usize {
        1 << (self.width(window) - 1)
    }

    pub(super) fn max_buckets(&self) -> usize {
        self.buckets(0)
    }

    /// Whether 16 bits hold every digit (see `write_digits`).
    pub(super) fn short_digits(&self) -> bool {
        self.width(0) <= 16 && self.width(self.count - 1) <= 15
    }

    pub(super) fn digit_bytes(&self) -> usize {
        self.count * if self.short_digits() { 2 } else { 4 }
    }

    /// Cost of `points` scalars through these windows, in tenths of a batched addition.
    ///
    /// In each window every scalar is recoded, sorted, gathered and added to a bucket, except that
    /// the first in a bucket is only put there; every bucket takes a visit, and two additions if
    /// it is not empty. These count double: so measured, with either kernels, as their batches are small.
    fn cost(&self, points: usize) -> usize {
        let window = |width: usize| {
            let buckets = 1 << (width - 1);
            // Near enough to buckets * (1 - exp(-points / buckets)).
            let filled = points * buckets / (points + buckets);
            12 * points + 20 * filled + buckets / 2 + WINDOW_OVERHEAD
        };
        let narrow = (self.count - self.wide) * window(self.narrow);
        if self.wide == 0 {
            narrow
        } else {
            narrow + self.wide * window(self.narrow + 1)
        }
    }

    /// The cheapest windows for `points` scalars of at most `length` bits, with their cost.
    pub(super) fn cheapest(points: usize, length: usize) -> (Self, usize) {
        let log_points = points.max(2).ilog2() as usize;
        let widest = (log_points + 3).min(MAX_WIDTH);
        let narrowest = (log_points / 2 + 1).clamp(2, 12);
        let fewest = (length + 1).div_ceil(widest);
        let most = ((length + 1) / narrowest).max(fewest);
        (fewest..=most)
            .map(|count| Windows::new(length, count))
            .filter(|windows| windows.short_digits() || windows.count <= MAX_LONG_DIGITS)
            .map(|windows| {
                let cost = windows.cost(points);
                (windows, cost)
            })
            .min_by_key(|(_, cost)| *cost)
            .unwrap_or_else(|| {
                let windows = Windows::new(length, length + 1);
                let cost = windows.cost(points);
                (windows, cost)
            })
    }
}

/// Widest window considered: its buckets' starts still fit a second-level cache.
const MAX_WIDTH: usize = 18;

/// Digits of more than 16 bits are stored in 32, which is allowed as long as they take no more
/// memory than the digits of full-size scalars.
const MAX_LONG_DIGITS: usize = 8;

/// What a window costs beside its additions: sorting, inversions of small batches.
const WINDOW_OVERHEAD: usize = 240;

/// What a class costs beside its windows: a pass over the column, one more set of tasks.
const CLASS_OVERHEAD: usize = 4000;

/// How the scalars of a class are multiplied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// Pippenger's, through these windows.
    Buckets(Windows),
    /// Straus's, which has no buckets to fill.
    Few,
}

impl Method {
    /// The cheaper method for `points` scalars of at most `length` bits, with its cost.
    fn cheapest(points: usize, length: usize) -> (Self, usize) {
        let (windows, cost) = Windows::cheapest(points, length);
        let few = straus_cost(points, length);
        if points <= MAX_FEW && few < cost + HORNER_OVERHEAD * length {
            (Method::Few, few)
        } else {
            (Method::Buckets(windows), cost)
        }
    }
}

/// Straus's method runs on one thread, so it must be short.
const MAX_FEW: usize = 64;

/// What a bit of the longest scalar costs at the end: a doubling and an addition, projective.
const HORNER_OVERHEAD: usize = 35;

/// Cost of Straus's method, in tenths of a batched addition: a table for every scalar, a doubling
/// for every bit, an addition for every sixth bit of every scalar.
fn straus_cost(points: usize, length: usize) -> usize {
    220 * points + 15 * length + points * length * 20 / 6
}

/// Scalars of between `shortest` and `longest` bits, which share their windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) shortest: usize,
    pub(super) longest: usize,
    pub(super) points: usize,
    pub(super) method: Method,
}

impl Class {
    /// Whether scalars of so many bits are in it.
    #[inline]
    pub(super) fn has_length(&self, bits: usize) -> bool {
        (self.shortest..=self.longest).contains(&bits)
    }
}

/// Partitions a column into classes by bit length: `lengths[l]` scalars have `l` bits, the zero
/// ones (`l = 0`) are left out.
///
/// A halo2 column is typically bits or small integers over a tail of random blinding scalars:
/// through the tail's windows it would cost ten times what it costs through its own. The partition
/// of least total cost is found by dynamic programming over the lengths that occur, rounded up to
/// keep them few.
pub(super) fn classes(lengths: &[usize]) -> Vec<Class> {
    struct Group {
        shortest: usize,
        longest: usize,
        points: usize,
    }
    let mut groups: Vec<Group> = Vec::new();
    for (length, &points) in lengths.iter().enumerate().skip(1) {
        if points == 0 {
            continue;
        }
        match groups.last_mut() {
            Some(group) if group_of(group.longest) == group_of(length) => {
                group.longest = length;
                group.points += points;
            }
            _ => groups.push(Group {
                shortest: length,
                longest: length,
                points,
            }),
        }
    }
    // best[i]: cheapest partition of the first i groups, and where its last class starts.
    let mut best: Vec<(usize, usize)> = vec![(0, 0)];
    for end in 1..=groups.len() {
        let longest = groups[end - 1].longest;
        let mut points = 0;
        let mut cheapest = (usize::MAX, 0);
        for start in (0..end).rev() {
            points += groups[start].points;
            let cost = best[start].0 + CLASS_OVERHEAD + Method::cheapest(points, longest).1;
            if cost < cheapest.0 {
                cheapest = (cost, start);
            }
        }
        best.push(cheapest);
    }
    let mut classes = Vec::new();
    let mut end = groups.len();
    while end > 0 {
        let start = best[end].1;
        let longest = groups[end - 1].longest;
        let points = groups[start..end].iter().map(|group| group.points).sum();
        classes.push(Class {
            shortest: groups[start].shortest,
            longest,
            points,
            method: Method::cheapest(points, longest).0,
        });
        end = start;
    }
    classes
}

/// Lengths in one group are never told apart.
fn group_of(length: usize) -> usize {
    if length <= 20 {
        length
    } else {
        18 + length.div_ceil(8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_the_length() {
        for length in 1..=255 {
            for count in 1..=length + 1 {
                let windows = Windows::new(length, count);
                let widths: usize = (0..count).map(|w| windows.width(w)).sum();
                assert_eq!(widths, length + 1);
                assert_eq!(windows.offset(count), length + 1);
            }
            for log_points in 0..30 {
                let (windows, _) = Windows::cheapest(1 << log_points, length);
                assert!(windows.digit_bytes() <= 2 * (length + 1).max(2));
            }
        }
    }

    #[test]
    fn a_random_tail_gets_a_class_of_its_own() {
        let mut lengths = vec![0; 255];
        lengths[1] = 1 << 15;
        lengths[253] = 6;
        let classes = classes(&lengths);
        assert_eq!(classes.len(), 2);
        assert_eq!(classes[1].points, 1 << 15);
        assert_eq!(classes[1].method, Method::Buckets(Windows::new(1, 1)));
        assert_eq!((classes[0].shortest, classes[0].longest), (253, 253));
        assert_eq!(classes[0].method, Method::Few);
    }

    #[test]
    fn uniform_scalars_are_one_class() {
        let mut lengths = vec![0; 255];
        for i in 0..18 {
            lengths[253 - i] = 1 << (17 - i);
        }
        assert_eq!(classes(&lengths).len(), 1);
        assert_eq!(super::classes(&[5, 0, 0]), vec![]);
    }
}
