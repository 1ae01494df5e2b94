//! The order of work across streams. Pure host code.
//!
//! A stream's work is done in the order in which it was given; between streams there is no order
//! but what events make. Each piece of work gets the next number of its stream. A buffer remembers
//! the number of its last use on each stream, and a stream remembers up to which number of each
//! other stream it has waited. So before a stream uses a buffer it is known what it still has to
//! wait for, and mostly that is nothing.

use std::collections::VecDeque;

/// The streams of a context, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamRole {
    /// Kernels, and copies within the device.
    Compute,
    /// Copies from the host.
    Upload,
    /// Copies to the host.
    Download,
}

impl StreamRole {
    pub(crate) const COUNT: usize = 3;
    pub(crate) const ALL: [Self; Self::COUNT] = [Self::Compute, Self::Upload, Self::Download];

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// The number of a piece of work in its stream; 0 comes before all work.
pub(crate) type Ticket = u64;

/// For each stream, the number of the last use of something there.
pub(crate) type LastUses = [Ticket; StreamRole::COUNT];

/// Marks kept for each stream: a wait for work that is older than all of them waits for the oldest.
const MARKS: usize = 16;

/// What makes order between streams.
pub(crate) trait Queues {
    /// A point in a stream's work: an event.
    type Mark;
    /// What can go wrong.
    type Error;

    /// Marks the point that a stream's work has reached, with a mark that has had its time if there
    /// is one.
    fn record(
        &self,
        role: StreamRole,
        spare: Option<Self::Mark>,
    ) -> Result<Self::Mark, Self::Error>;

    /// Lets what is given to a stream from now on wait for a mark of another.
    fn wait(&self, role: StreamRole, mark: &Self::Mark) -> Result<(), Self::Error>;
}

/// What has been given to the streams, what they have waited for, and the marks in them.
#[derive(Debug)]
pub(crate) struct Timeline<M> {
    issued: LastUses,
    /// `seen[a][b]`: stream a has waited for the work of stream b up to this number.
    seen: [LastUses; StreamRole::COUNT],
    marks: [VecDeque<(Ticket, M)>; StreamRole::COUNT],
}

impl<M> Default for Timeline<M> {
    fn default() -> Self {
        Self {
            issued: Default::default(),
            seen: Default::default(),
            marks: Default::default(),
        }
    }
}

impl<M> Timeline<M> {
    /// Numbers a piece of work that was given to the stream.
    pub(crate) fn issue(&mut self, role: StreamRole) -> Ticket {
        let issued = &mut self.issued[role.index()];
        *issued += 1;
        *issued
    }

    /// Lets a stream wait for all uses of something on other streams, as far as it has not.
    pub(crate) fn wait_for<Q: Queues<Mark = M>>(
        &mut self,
        role: StreamRole,
        uses: &LastUses,
        queues: &Q,
    ) -> Result<(), Q::Error> {
        for other in StreamRole::ALL {
            let ticket = uses[other.index()];
            if other == role || ticket <= self.seen[role.index()][other.index()] {
                continue;
            }
            if self.mark_at(other, ticket).is_none() {
                self.mark(other, queues)?;
            }
            if let Some((reached, mark)) = self.mark_at(other, ticket) {
                queues.wait(role, mark)?;
                self.seen[role.index()][other.index()] = reached;
            }
        }
        Ok(())
    }

    /// Marks the point that a stream's work has reached, unless it is marked.
    pub(crate) fn mark<Q: Queues<Mark = M>>(
        &mut self,
        role: StreamRole,
        queues: &Q,
    ) -> Result<(), Q::Error> {
        let (issued, marks) = (self.issued[role.index()], &mut self.marks[role.index()]);
        if marks.back().map_or(0, |(ticket, _)| *ticket) == issued {
            return Ok(());
        }
        // A mark that is recorded again does not disturb those who wait for what it was.
        let spare = match marks.len() < MARKS {
            true => None,
            false => marks.pop_front().map(|(_, mark)| mark),
        };
        marks.push_back((issued, queues.record(role, spare)?));
        Ok(())
    }

    /// The earliest mark of a stream at or after a piece of its work.
    fn mark_at(&self, role: StreamRole, ticket: Ticket) -> Option<(Ticket, &M)> {
        self.marks[role.index()]
            .iter()
            .find(|(reached, _)| *reached >= ticket)
            .map(|(reached, mark)| (*reached, mark))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use rand::{rngs::StdRng, Rng, SeedableRng};

    use super::{LastUses, Queues, StreamRole, StreamRole::*, Ticket, Timeline, MARKS};

    /// Streams that know what is certainly done before their next piece of work: for each stream,
    /// the work of each other up to some number. A mark is what its stream knew, and its own work.
    #[derive(Default)]
    struct Model {
        known: RefCell<[LastUses; StreamRole::COUNT]>,
        issued: RefCell<LastUses>,
        records: RefCell<usize>,
        waits: RefCell<usize>,
        fails: bool,
    }

    impl Queues for Model {
        type Mark = LastUses;
        type Error = ();

        fn record(&self, role: StreamRole, _: Option<LastUses>) -> Result<LastUses, ()> {
            if self.fails {
                return Err(());
            }
            *self.records.borrow_mut() += 1;
            let mut mark = self.known.borrow()[role.index()];
            mark[role.index()] = self.issued.borrow()[role.index()];
            Ok(mark)
        }

        fn wait(&self, role: StreamRole, mark: &LastUses) -> Result<(), ()> {
            *self.waits.borrow_mut() += 1;
            for (known, mark) in self.known.borrow_mut()[role.index()].iter_mut().zip(mark) {
                *known = (*known).max(*mark);
            }
            Ok(())
        }
    }

    impl Model {
        fn issue(&self, timeline: &mut Timeline<LastUses>, role: StreamRole) -> Ticket {
            let ticket = timeline.issue(role);
            self.issued.borrow_mut()[role.index()] = ticket;
            ticket
        }
    }

    /// Random work on random buffers: each piece comes after all earlier uses of its buffer.
    #[test]
    fn work_comes_after_all_uses_of_what_it_uses() {
        let mut rng = StdRng::seed_from_u64(11);
        for _ in 0..100 {
            let (mut timeline, model) = (Timeline::default(), Model::default());
            let mut buffers = [LastUses::default(); 6];
            for _ in 0..200 {
                let role = StreamRole::ALL[rng.gen_range(0..StreamRole::COUNT)];
                let buffer = &mut buffers[rng.gen_range(0..6)];
                timeline.wait_for(role, buffer, &model).expect("it waits");
                let known = model.known.borrow()[role.index()];
                for other in StreamRole::ALL {
                    let (used, known) = (buffer[other.index()], known[other.index()]);
                    assert!(other == role || used <= known);
                }
                buffer[role.index()] = model.issue(&mut timeline, role);
                if rng.gen_ratio(1, 4) {
                    timeline.mark(role, &model).expect("it marks");
                }
            }
        }
    }

    #[test]
    fn a_stream_waits_for_another_once() {
        let (mut timeline, model) = (Timeline::default(), Model::default());
        let uses = [0, model.issue(&mut timeline, Upload), 0];
        for _ in 0..3 {
            timeline.wait_for(Compute, &uses, &model).expect("it waits");
            timeline.wait_for(Upload, &uses, &model).expect("it waits");
        }
        assert_eq!((*model.records.borrow(), *model.waits.borrow()), (1, 1));
    }

    #[test]
    fn the_earliest_mark_that_is_late_enough_serves() {
        let (mut timeline, model) = (Timeline::default(), Model::default());
        for _ in 0..4 {
            model.issue(&mut timeline, Download);
            model.issue(&mut timeline, Download);
            timeline.mark(Download, &model).expect("it marks");
        }
        timeline
            .wait_for(Compute, &[0, 0, 3], &model)
            .expect("it waits");
        assert_eq!(model.known.borrow()[Compute.index()], [0, 0, 4]);
        assert_eq!(*model.records.borrow(), 4);
    }

    #[test]
    fn marks_are_few() {
        let (mut timeline, model) = (Timeline::default(), Model::default());
        for _ in 0..10 * MARKS {
            model.issue(&mut timeline, Compute);
            for _ in 0..2 {
                timeline.mark(Compute, &model).expect("it marks");
            }
        }
        assert_eq!(timeline.marks[Compute.index()].len(), MARKS);
        assert_eq!(*model.records.borrow(), 10 * MARKS);
        // A wait for what is older than all marks is a wait for the oldest.
        timeline
            .wait_for(Upload, &[1, 0, 0], &model)
            .expect("it waits");
        let oldest = (9 * MARKS + 1) as Ticket;
        assert_eq!(model.known.borrow()[Upload.index()], [oldest, 0, 0]);
    }

    #[test]
    fn what_was_not_waited_for_is_not_taken_as_seen() {
        let (mut timeline, mut model) = (Timeline::default(), Model::default());
        let uses = [0, model.issue(&mut timeline, Upload), 0];
        model.fails = true;
        assert!(timeline.wait_for(Compute, &uses, &model).is_err());
        model.fails = false;
        timeline.wait_for(Compute, &uses, &model).expect("it waits");
        assert_eq!(*model.waits.borrow(), 1);
    }
}
