//! The streams of a context, and work given to them in an order that respects every buffer's uses.

use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc, Mutex, MutexGuard, PoisonError,
};

use crate::{
    error::CudaError,
    sys::{Event, Primary, RawStream, Timing},
    timeline::{LastUses, StreamRole, Timeline},
};

/// The last uses of an allocation. Read and written under the lock of the timeline alone; atomic
/// because shared slices of a buffer are used too.
#[derive(Debug, Default)]
pub(crate) struct Uses([AtomicU64; StreamRole::COUNT]);

impl Uses {
    fn get(&self) -> LastUses {
        std::array::from_fn(|role| self.0[role].load(Ordering::Relaxed))
    }

    fn set(&self, role: StreamRole, ticket: u64) {
        self.0[role.index()].store(ticket, Ordering::Relaxed);
    }
}

/// One stream for each role.
#[derive(Debug)]
pub(crate) struct Streams {
    raw: [RawStream; StreamRole::COUNT],
    timeline: Mutex<Timeline<Event>>,
}

impl Streams {
    pub(crate) fn new(primary: &Arc<Primary>) -> Result<Self, CudaError> {
        Ok(Self {
            raw: [
                RawStream::new(primary)?,
                RawStream::new(primary)?,
                RawStream::new(primary)?,
            ],
            timeline: Mutex::default(),
        })
    }

    pub(crate) fn raw(&self, role: StreamRole) -> &RawStream {
        &self.raw[role.index()]
    }

    pub(crate) fn primary(&self) -> &Arc<Primary> {
        self.raw[0].primary()
    }

    /// Gives work to a stream, after all earlier uses of what it uses, on whatever streams those
    /// were.
    pub(crate) fn issue<'u, T, E: From<CudaError>>(
        &self,
        role: StreamRole,
        uses: impl IntoIterator<Item = &'u Uses> + Clone,
        work: impl FnOnce(&RawStream) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut timeline = self.lock();
        for used in uses.clone() {
            self.wait_for(&mut timeline, role, &used.get())?;
        }
        let result = work(self.raw(role))?;
        let ticket = timeline.issue(role);
        for used in uses {
            used.set(role, ticket);
        }
        Ok(result)
    }

    /// Marks the point that a stream's work has reached. Other streams that need work from before
    /// it wait for this point, and no longer.
    pub(crate) fn mark(&self, role: StreamRole) -> Result<(), CudaError> {
        self.mark_in(&mut self.lock(), role)
    }

    fn wait_for(
        &self,
        timeline: &mut Timeline<Event>,
        role: StreamRole,
        uses: &LastUses,
    ) -> Result<(), CudaError> {
        for (other, ticket) in timeline.missing(role, uses) {
            if timeline.mark_at(other, ticket).is_none() {
                self.mark_in(timeline, other)?;
            }
            if let Some((mark, event)) = timeline.mark_at(other, ticket) {
                self.raw(role).wait(event)?;
                timeline.waited(role, other, mark);
            }
        }
        Ok(())
    }

    fn mark_in(&self, timeline: &mut Timeline<Event>, role: StreamRole) -> Result<(), CudaError> {
        if timeline.is_marked(role) {
            return Ok(());
        }
        let event = match timeline.recycle(role) {
            Some(event) => event,
            None => Event::new(self.primary(), Timing::Untimed)?,
        };
        event.record(self.raw(role))?;
        timeline.add_mark(role, event);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Timeline<Event>> {
        // A panic while the lock was held leaves numbers that are at most too high.
        self.timeline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
