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

/// What has been given to the streams, what they have waited for, and the events recorded in
/// them, of type `M`.
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

    /// The stream, and the number of its work, that `role` has to wait for before it uses what was
    /// used as given; nothing if it has seen it all.
    pub(crate) fn missing(
        &self,
        role: StreamRole,
        uses: &LastUses,
    ) -> impl Iterator<Item = (StreamRole, Ticket)> + use<M> {
        let (uses, seen) = (*uses, self.seen[role.index()]);
        StreamRole::ALL
            .into_iter()
            .filter(move |other| *other != role && uses[other.index()] > seen[other.index()])
            .map(move |other| (other, uses[other.index()]))
    }

    /// The earliest mark of a stream at or after a piece of its work.
    pub(crate) fn mark_at(&self, role: StreamRole, ticket: Ticket) -> Option<(Ticket, &M)> {
        self.marks[role.index()]
            .iter()
            .find(|(mark, _)| *mark >= ticket)
            .map(|(ticket, mark)| (*ticket, mark))
    }

    /// Whether the newest mark of a stream stands for all of its work.
    pub(crate) fn is_marked(&self, role: StreamRole) -> bool {
        let newest = self.marks[role.index()].back();
        newest.map_or(0, |(ticket, _)| *ticket) == self.issued[role.index()]
    }

    /// A mark that has had its time, to be recorded again; the oldest if there are enough.
    pub(crate) fn recycle(&mut self, role: StreamRole) -> Option<M> {
        let marks = &mut self.marks[role.index()];
        (marks.len() >= MARKS)
            .then(|| marks.pop_front())?
            .map(|(_, mark)| mark)
    }

    /// Takes in a mark that was just recorded in the stream.
    pub(crate) fn add_mark(&mut self, role: StreamRole, mark: M) -> Ticket {
        let ticket = self.issued[role.index()];
        self.marks[role.index()].push_back((ticket, mark));
        ticket
    }

    /// `role` has waited for the work of `other` up to this number.
    pub(crate) fn waited(&mut self, role: StreamRole, other: StreamRole, ticket: Ticket) {
        let seen = &mut self.seen[role.index()][other.index()];
        *seen = ticket.max(*seen);
    }
}

#[cfg(test)]
mod tests {
    use super::{StreamRole::*, Timeline, MARKS};

    fn missing(timeline: &Timeline<u32>, uses: [u64; 3]) -> Vec<(super::StreamRole, u64)> {
        timeline.missing(Compute, &uses).collect()
    }

    #[test]
    fn a_stream_waits_for_the_others_once() {
        let mut timeline = Timeline::<u32>::default();
        let upload = timeline.issue(Upload);
        let uses = [5, upload, 0];
        assert_eq!(missing(&timeline, uses), [(Upload, upload)]);
        assert!(timeline.mark_at(Upload, upload).is_none());
        assert!(!timeline.is_marked(Upload));
        let mark = timeline.add_mark(Upload, 7);
        assert!(timeline.is_marked(Upload));
        assert_eq!(timeline.mark_at(Upload, upload), Some((mark, &7)));
        timeline.waited(Compute, Upload, mark);
        assert_eq!(missing(&timeline, uses), []);
        let next = timeline.issue(Upload);
        assert_eq!(missing(&timeline, [0, next, 0]), [(Upload, next)]);
    }

    #[test]
    fn the_earliest_mark_that_is_late_enough_serves() {
        let mut timeline = Timeline::<u32>::default();
        for mark in 0..4 {
            timeline.issue(Download);
            timeline.issue(Download);
            timeline.add_mark(Download, mark);
        }
        assert_eq!(timeline.mark_at(Download, 1), Some((2, &0)));
        assert_eq!(timeline.mark_at(Download, 4), Some((4, &1)));
        assert_eq!(timeline.mark_at(Download, 5), Some((6, &2)));
        assert_eq!(timeline.mark_at(Download, 9), None);
    }

    #[test]
    fn marks_are_recycled_oldest_first() {
        let mut timeline = Timeline::<u32>::default();
        for mark in 0..MARKS as u32 {
            assert_eq!(timeline.recycle(Compute), None);
            timeline.issue(Compute);
            timeline.add_mark(Compute, mark);
        }
        assert_eq!(timeline.recycle(Compute), Some(0));
        assert_eq!(timeline.mark_at(Compute, 1), Some((2, &1)));
    }

    #[test]
    fn an_older_wait_takes_nothing_back() {
        let mut timeline = Timeline::<u32>::default();
        timeline.waited(Compute, Upload, 9);
        timeline.waited(Compute, Upload, 3);
        assert_eq!(missing(&timeline, [0, 9, 0]), []);
    }
}
