//! Who touched which bytes last, and whether two streams did so in no order.
//!
//! For each range of bytes the last write is kept, and the reads since then that no other read
//! follows. A new access must come after the writes, and a new write after the reads too. This
//! is the happens-before detection of Flanagan and Freund, *FastTrack* (2009), section 3, with
//! operations of streams in place of threads' steps and ranges in place of variables.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::clock::VectorClock;

/// An operation of a stream, as others refer to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The stream's index.
    pub stream: usize,
    /// The operation's number in the stream, from 1.
    pub number: u64,
    /// The operation in words.
    pub what: String,
}

impl Stamp {
    /// Whether it happened before what has this clock.
    fn precedes(&self, clock: &VectorClock) -> bool {
        clock.get(self.stream) >= self.number
    }
}

/// How an operation uses memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Read,
    Write,
}

/// Two operations that nothing orders, at least one of them writing.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The one that was there first.
    pub earlier: Arc<Stamp>,
    /// How it used the memory.
    pub earlier_use: Use,
    /// How the other one does.
    pub later_use: Use,
    /// Where the two first meet.
    pub address: u64,
}

/// The accesses to one allocation.
#[derive(Debug)]
pub struct History {
    /// By first address; the segments follow one another without a gap.
    segments: BTreeMap<u64, Segment>,
}

#[derive(Clone, Debug)]
struct Segment {
    end: u64,
    write: Arc<Stamp>,
    reads: Vec<Arc<Stamp>>,
}

impl Segment {
    fn same_accesses(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.write, &other.write)
            && self.reads.len() == other.reads.len()
            && (self.reads.iter().zip(&other.reads)).all(|(mine, theirs)| Arc::ptr_eq(mine, theirs))
    }
}

impl History {
    /// Memory that begins to be with this operation, as if it wrote all of it.
    pub fn new(range: Range<u64>, begin: Arc<Stamp>) -> Self {
        let segment = Segment {
            end: range.end,
            write: begin,
            reads: Vec::new(),
        };
        Self {
            segments: BTreeMap::from([(range.start, segment)]),
        }
    }

    /// Adds an access and answers with the earlier ones that it is in no order with, each
    /// operation once.
    pub fn touch(
        &mut self,
        range: Range<u64>,
        how: Use,
        stamp: &Arc<Stamp>,
        clock: &VectorClock,
    ) -> Vec<Conflict> {
        self.split_at(range.start);
        self.split_at(range.end);
        let mut conflicts: Vec<Conflict> = Vec::new();
        let mut note = |earlier: &Arc<Stamp>, earlier_use, address| {
            let ordered = earlier.precedes(clock);
            if !ordered && !conflicts.iter().any(|c| Arc::ptr_eq(&c.earlier, earlier)) {
                conflicts.push(Conflict {
                    earlier: Arc::clone(earlier),
                    earlier_use,
                    later_use: how,
                    address,
                });
            }
        };
        for (&address, segment) in self.segments.range_mut(range.clone()) {
            note(&segment.write, Use::Write, address);
            match how {
                Use::Read => {
                    segment.reads.retain(|read| !read.precedes(clock));
                    segment.reads.push(Arc::clone(stamp));
                }
                Use::Write => {
                    for read in &segment.reads {
                        note(read, Use::Read, address);
                    }
                    segment.reads.clear();
                    segment.write = Arc::clone(stamp);
                }
            }
        }
        self.merge(range);
        conflicts
    }

    /// Makes a segment begin at this address, if it lies within one.
    fn split_at(&mut self, address: u64) {
        let Some((_, segment)) = self.segments.range_mut(..address).next_back() else {
            return;
        };
        if segment.end <= address {
            return;
        }
        let upper = segment.clone();
        segment.end = address;
        self.segments.insert(address, upper);
    }

    /// Joins neighbours in and around a range that have the same accesses.
    fn merge(&mut self, range: Range<u64>) {
        let first = match self.segments.range(..range.start).next_back() {
            Some((&address, _)) => address,
            None => range.start,
        };
        let addresses: Vec<u64> = (self.segments.range(first..=range.end))
            .map(|(&address, _)| address)
            .collect();
        let mut kept = first;
        for address in addresses.into_iter().skip(1) {
            let (Some(left), Some(right)) = (self.segments.get(&kept), self.segments.get(&address))
            else {
                continue;
            };
            if left.same_accesses(right) {
                let end = right.end;
                self.segments.remove(&address);
                if let Some(left) = self.segments.get_mut(&kept) {
                    left.end = end;
                }
            } else {
                kept = address;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Streams whose order a test makes by joining their clocks.
    struct Streams(Vec<VectorClock>);

    impl Streams {
        fn step(&mut self, stream: usize, what: &str) -> (Arc<Stamp>, VectorClock) {
            let number = self.0[stream].tick(stream);
            let what = what.to_owned();
            let stamp = Arc::new(Stamp {
                stream,
                number,
                what,
            });
            (stamp, self.0[stream].clone())
        }

        fn wait(&mut self, stream: usize, other: usize) {
            let other = self.0[other].clone();
            self.0[stream].join(&other);
        }
    }

    fn earlier(conflicts: &[Conflict]) -> Vec<&str> {
        conflicts.iter().map(|c| c.earlier.what.as_str()).collect()
    }

    fn setting() -> (Streams, History) {
        let mut streams = Streams(vec![VectorClock::default(); 3]);
        let (begin, _) = streams.step(0, "allocation");
        (streams, History::new(100..200, begin))
    }

    #[test]
    fn a_stream_is_in_order_with_itself() {
        let (mut streams, mut history) = setting();
        for how in [Use::Write, Use::Read, Use::Read, Use::Write] {
            let (stamp, clock) = streams.step(0, "step");
            assert_eq!(history.touch(100..200, how, &stamp, &clock), []);
        }
    }

    #[test]
    fn a_use_before_the_allocation_is_a_conflict() {
        let (mut streams, mut history) = setting();
        let (stamp, clock) = streams.step(1, "use");
        let conflicts = history.touch(100..120, Use::Read, &stamp, &clock);
        assert_eq!(earlier(&conflicts), ["allocation"]);
    }

    #[test]
    fn a_wait_orders_and_only_what_it_waited_for() {
        let (mut streams, mut history) = setting();
        let (write, clock) = streams.step(0, "write");
        history.touch(100..200, Use::Write, &write, &clock);
        streams.wait(1, 0);
        let (late, clock) = streams.step(0, "late write");
        history.touch(180..200, Use::Write, &late, &clock);
        let (read, clock) = streams.step(1, "read");
        assert_eq!(history.touch(100..180, Use::Read, &read, &clock), []);
        let conflicts = history.touch(150..200, Use::Read, &read, &clock);
        assert_eq!(earlier(&conflicts), ["late write"]);
        assert_eq!(conflicts[0].address, 180);
    }

    #[test]
    fn reads_do_not_conflict_and_a_write_meets_all_of_them() {
        let (mut streams, mut history) = setting();
        streams.wait(1, 0);
        streams.wait(2, 0);
        for (stream, what) in [(1, "read a"), (2, "read b")] {
            let (read, clock) = streams.step(stream, what);
            assert_eq!(history.touch(100..200, Use::Read, &read, &clock), []);
        }
        streams.wait(0, 1);
        let (write, clock) = streams.step(0, "write");
        let conflicts = history.touch(190..200, Use::Write, &write, &clock);
        assert_eq!(earlier(&conflicts), ["read b"]);
    }

    #[test]
    fn parts_are_apart_and_neighbours_join_again() {
        let (mut streams, mut history) = setting();
        streams.wait(1, 0);
        let (left, clock) = streams.step(0, "left");
        assert_eq!(history.touch(100..150, Use::Write, &left, &clock), []);
        let (right, clock) = streams.step(1, "right");
        assert_eq!(history.touch(150..200, Use::Write, &right, &clock), []);
        assert_eq!(history.segments.len(), 2);
        streams.wait(0, 1);
        let (whole, clock) = streams.step(0, "whole");
        assert_eq!(history.touch(120..180, Use::Read, &whole, &clock), []);
        assert_eq!(history.segments.len(), 4);
        let (all, clock) = streams.step(0, "all");
        assert_eq!(history.touch(100..200, Use::Write, &all, &clock), []);
        assert_eq!(history.segments.len(), 1);
    }
}
