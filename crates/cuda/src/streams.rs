//! The streams of a context, and work given to them in an order that respects every buffer's uses.

use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc, Mutex, MutexGuard, PoisonError,
};

use crate::{
    error::CudaError,
    sys::{Event, Primary, RawStream, Timing},
    timeline::{LastUses, Queues, StreamRole, Timeline},
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

/// One stream for each role, and the order between them.
#[derive(Debug)]
pub(crate) struct Streams {
    raw: RawStreams,
    timeline: Mutex<Timeline<Event>>,
}

#[derive(Debug)]
struct RawStreams([RawStream; StreamRole::COUNT]);

impl Queues for RawStreams {
    type Mark = Event;
    type Error = CudaError;

    fn record(&self, role: StreamRole, spare: Option<Event>) -> Result<Event, CudaError> {
        let stream = &self.0[role.index()];
        let event = match spare {
            Some(event) => event,
            None => Event::new(stream.primary(), Timing::Untimed)?,
        };
        event.record(stream)?;
        Ok(event)
    }

    fn wait(&self, role: StreamRole, mark: &Event) -> Result<(), CudaError> {
        self.0[role.index()].wait(mark)
    }
}

impl Streams {
    pub(crate) fn new(primary: &Arc<Primary>) -> Result<Self, CudaError> {
        Ok(Self {
            raw: RawStreams([
                RawStream::new(primary)?,
                RawStream::new(primary)?,
                RawStream::new(primary)?,
            ]),
            timeline: Mutex::default(),
        })
    }

    pub(crate) fn raw(&self, role: StreamRole) -> &RawStream {
        &self.raw.0[role.index()]
    }

    pub(crate) fn primary(&self) -> &Arc<Primary> {
        self.raw.0[0].primary()
    }

    /// Gives work to a stream, after all earlier uses of what it uses, on whatever streams those
    /// were.
    pub(crate) fn issue<'u, T, E: From<CudaError>>(
        &self,
        role: StreamRole,
        uses: impl IntoIterator<Item = &'u Uses> + Clone,
        work: impl FnOnce(&RawStream) -> Result<T, E>,
    ) -> Result<T, E> {
        self.primary().check_process()?;
        let mut timeline = self.lock();
        for used in uses.clone() {
            timeline.wait_for(role, &used.get(), &self.raw)?;
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
        self.primary().check_process()?;
        self.lock().mark(role, &self.raw)
    }

    fn lock(&self) -> MutexGuard<'_, Timeline<Event>> {
        // A panic while the lock was held leaves numbers that are at most too high.
        self.timeline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
