//! Events of a context: points in the order of a stream's work.

use std::sync::Arc;

use cudarc::driver::{result, sys};

use super::{During, Primary, RawStream};
use crate::error::{code, CudaError, DriverCode};

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
        primary.bind()?;
        let flags = match timing {
            Timing::Timed => sys::CUevent_flags::CU_EVENT_DEFAULT,
            Timing::Untimed => sys::CUevent_flags::CU_EVENT_DISABLE_TIMING,
        };
        let event = result::event::create(flags).during("creating an event")?;
        Ok(Self {
            primary: primary.clone(),
            event,
        })
    }

    pub(super) fn handle(&self) -> sys::CUevent {
        self.event
    }

    /// The event stands for all work given to the stream before this call.
    pub(crate) fn record(&self, stream: &RawStream) -> Result<(), CudaError> {
        self.primary.bind()?;
        // SAFETY: both handles live.
        unsafe { result::event::record(self.event, stream.stream) }.during("recording an event")
    }

    /// Whether the work that the event stands for is done.
    pub(crate) fn is_reached(&self) -> Result<bool, CudaError> {
        self.primary.bind()?;
        // SAFETY: the handle lives.
        match unsafe { result::event::query(self.event) } {
            Ok(()) => Ok(true),
            Err(error) if error.0 as u32 == code::NOT_READY => Ok(false),
            Err(error) => Err(CudaError::driver(
                "asking for an event",
                DriverCode::from(error),
            )),
        }
    }

    /// Waits on the host for the work that the event stands for.
    pub(crate) fn wait(&self) -> Result<(), CudaError> {
        self.primary.bind()?;
        // SAFETY: the handle lives.
        unsafe { result::event::synchronize(self.event) }.during("waiting for an event")
    }

    /// Nanoseconds of device time from `start` to this event. Both are timed, and reached.
    pub(crate) fn ns_since(&self, start: &Event) -> Result<u64, CudaError> {
        self.primary.bind()?;
        // SAFETY: both handles live.
        let ms = unsafe { result::event::elapsed(start.event, self.event) }
            .during("reading the time between two events")?;
        Ok((f64::from(ms) * 1e6).round() as u64)
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        self.primary.clean_up("destroying an event", || {
            // SAFETY: created by `new` and destroyed nowhere else. The driver keeps what streams
            // still wait for.
            unsafe { result::event::destroy(self.event) }
        });
    }
}
