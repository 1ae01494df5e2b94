//! Order between streams, as vector clocks.
//!
//! Reference: Mattern, *Virtual Time and Global States of Distributed Systems* (1989). The
//! processes are the streams; an event record is a send, a wait for it a receipt.

/// For each stream, by its index, how many of its operations happened before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VectorClock(Vec<u64>);

impl VectorClock {
    /// How many operations of the stream with this index happened before.
    pub fn get(&self, stream: usize) -> u64 {
        self.0.get(stream).copied().unwrap_or(0)
    }

    /// Counts one more operation of this stream and answers its number, from 1.
    pub fn tick(&mut self, stream: usize) -> u64 {
        if self.0.len() <= stream {
            self.0.resize(stream + 1, 0);
        }
        self.0[stream] += 1;
        self.0[stream]
    }

    /// Adds all that happened before `other`.
    pub fn join(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = (*mine).max(*theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::VectorClock;

    #[test]
    fn a_join_takes_the_later_of_each() {
        let mut first = VectorClock::default();
        let mut second = VectorClock::default();
        assert_eq!((first.tick(0), first.tick(0)), (1, 2));
        assert_eq!((second.tick(0), second.tick(2)), (1, 1));
        first.join(&second);
        assert_eq!((first.get(0), first.get(1), first.get(2)), (2, 0, 1));
        assert_eq!(first.get(7), 0);
    }
}
