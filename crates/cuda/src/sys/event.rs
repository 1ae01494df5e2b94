//! Events of a context: points in the order of a stream's work.

use std::{ptr::without_provenance_mut, sync::Arc};

use cudarc::driver::{result, sys};

use super::{During, Primary, RawStream};
use crate::error::{code, CudaError};

/// Whether an event keeps the time at which it was reached, which makes recording it dearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    Timed,
    Untimed,
}

/// An event.
#[derive(Debug)]
pub(crate) struct Event {
    primary: Arc<Primary>,
    event: sys::CUevent,
}

// SAFETY: a name for an object of the driver, whose calls may be made from any thread.
unsafe impl Send for Event {}
// SAFETY: as above; all methods are driver calls.
unsafe impl Sync for Event {}

impl Event {
    pub(crate) fn new(primary: &Arc<Primary>, timing: Timing) -> Result<Self, CudaError> {
        let flags = match timing {
            Timing::Timed => sys::CUevent_flags::CU_EVENT_DEFAULT,
            Timing::Untimed => sys::CUevent_flags::CU_EVENT_DISABLE_TIMING,
        };
        let event = primary
            .call(
                |_| result::event::create(flags),
                |model| Ok(without_provenance_mut(model.create_event() as usize)),
            )
            .during("creating an event")?;
        Ok(Self {
            primary: primary.clone(),
            event,
        })
    }

    /// What a model knows the event by.
    pub(super) fn number(&self) -> u64 {
        self.event.addr() as u64
    }

    pub(super) fn handle(&self) -> sys::CUevent {
        self.event
    }

    /// The event stands for all work given to the stream before this call.
    pub(crate) fn record(&self, stream: &RawStream) -> Result<(), CudaError> {
        self.primary
            .call(
                // SAFETY: both handles live.
                |_| unsafe { result::event::record(self.event, stream.stream) },
                |model| {
                    model.record(self.number(), stream.number());
                    Ok(())
                },
            )
            .during("recording an event")
    }

    /// Whether the work that the event stands for is done.
    pub(crate) fn is_reached(&self) -> Result<bool, CudaError> {
        self.primary
            .call(
                // SAFETY: the handle lives.
                |_| match unsafe { result::event::query(self.event) } {
                    Ok(()) => Ok(true),
                    Err(error) if error.0 as u32 == code::NOT_READY => Ok(false),
                    Err(error) => Err(error),
                },
                |model| Ok(model.query_event(self.number())),
            )
            .during("asking for an event")
    }

    /// Waits on the host for the work that the event stands for.
    pub(crate) fn wait(&self) -> Result<(), CudaError> {
        self.primary
            .call(
                // SAFETY: the handle lives.
                |_| unsafe { result::event::synchronize(self.event) },
                |model| {
                    model.synchronize_event(self.number());
                    Ok(())
                },
            )
            .during("waiting for an event")
    }

    /// Nanoseconds of device time from `start` to this event. Both are timed, and reached. A model
    /// takes no time.
    pub(crate) fn ns_since(&self, start: &Event) -> Result<u64, CudaError> {
        let ms = self
            .primary
            .call(
                // SAFETY: both handles live.
                |_| unsafe { result::event::elapsed(start.event, self.event) },
                |_| Ok(0.0),
            )
            .during("reading the time between two events")?;
        Ok((f64::from(ms) * 1e6).round() as u64)
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        self.primary.clean_up(
            "destroying an event",
            // SAFETY: created by `new` and destroyed nowhere else. The driver keeps what streams
            // still wait for until they have (CUDA Driver API, cuEventDestroy).
            || unsafe { result::event::destroy(self.event) },
            |model| model.destroy_event(self.number()),
        );
    }
}
