//! Device time of operations, by events around them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    error::CudaError,
    streams::Streams,
    sys::{Event, Timing},
    timeline::StreamRole,
};

/// Measurements kept before those that are done are added up.
const PENDING: usize = 256;

/// Device time of all runs of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperationTime {
    /// How many runs.
    pub runs: u64,
    /// Their device time: from the operation's first piece of work to its last, in the compute
    /// stream's order.
    pub device_ns: u64,
}

/// The device time of a context's operations, by name.
#[derive(Debug)]
pub(crate) struct Clock {
    streams: Arc<Streams>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Operations that are open at the moment, one within the other.
    depth: usize,
    pending: Vec<Measurement>,
    spare: Vec<Event>,
    times: BTreeMap<&'static str, OperationTime>,
    outermost_ns: u64,
}

#[derive(Debug)]
struct Measurement {
    name: &'static str,
    is_outermost: bool,
    start: Event,
    end: Event,
}

/// An operation that is being timed; it ends when this is dropped.
#[derive(Debug)]
#[must_use = "the operation ends when this is dropped"]
pub struct Timed<'c> {
    open: Option<Open<'c>>,
}

#[derive(Debug)]
struct Open<'c> {
    clock: &'c Clock,
    name: &'static str,
    is_outermost: bool,
    start: Option<Event>,
}

impl Timed<'_> {
    /// For contexts that do not time.
    pub(crate) fn untimed() -> Self {
        Self { open: None }
    }
}

impl Clock {
    pub(crate) fn new(streams: Arc<Streams>) -> Self {
        Self {
            streams,
            state: Mutex::default(),
        }
    }

    /// Begins an operation.
    pub(crate) fn start(&self, name: &'static str) -> Result<Timed<'_>, CudaError> {
        let mut state = self.lock();
        let start = self.record(&mut state)?;
        let is_outermost = state.depth == 0;
        state.depth += 1;
        Ok(Timed {
            open: Some(Open {
                clock: self,
                name,
                is_outermost,
                start: Some(start),
            }),
        })
    }

    /// Waits for all measurements, and adds them up.
    pub(crate) fn times(&self) -> Result<(BTreeMap<&'static str, OperationTime>, u64), CudaError> {
        let mut state = self.lock();
        for measurement in &state.pending {
            measurement.end.wait()?;
        }
        state.settle()?;
        Ok((state.times.clone(), state.outermost_ns))
    }

    fn record(&self, state: &mut State) -> Result<Event, CudaError> {
        let event = match state.spare.pop() {
            Some(event) => event,
            None => Event::new(self.streams.primary(), Timing::Timed)?,
        };
        event.record(self.streams.raw(StreamRole::Compute))?;
        Ok(event)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Adds up what is done.
    fn settle(&mut self) -> Result<(), CudaError> {
        let mut open = Vec::new();
        for measurement in std::mem::take(&mut self.pending) {
            if !measurement.end.is_reached()? {
                open.push(measurement);
                continue;
            }
            let ns = measurement.end.ns_since(&measurement.start)?;
            let time = self.times.entry(measurement.name).or_default();
            time.runs += 1;
            time.device_ns += ns;
            if measurement.is_outermost {
                self.outermost_ns += ns;
            }
            self.spare.extend([measurement.start, measurement.end]);
        }
        self.pending = open;
        Ok(())
    }
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        let Some(open) = &mut self.open else {
            return;
        };
        let mut state = open.clock.lock();
        state.depth -= 1;
        let Some(start) = open.start.take() else {
            return;
        };
        let ended = open.clock.record(&mut state).and_then(|end| {
            state.pending.push(Measurement {
                name: open.name,
                is_outermost: open.is_outermost,
                start,
                end,
            });
            match state.pending.len() > PENDING {
                true => state.settle(),
                false => Ok(()),
            }
        });
        if let Err(error) = ended {
            tracing::warn!(target: "halo2_offload::cuda", operation = open.name, %error, "an operation was not timed");
        }
    }
}
