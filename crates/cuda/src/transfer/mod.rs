//! Copies between host and device, through page-locked buffers.
//!
//! The caller's memory is pageable, and the device cannot read that by itself. So it goes through
//! two page-locked buffers in turn: while the device copies one, the host fills or empties the
//! other.

mod download;
mod pinned;
mod upload;

use std::sync::{Arc, Mutex};

use crate::{
    counters::Tally,
    error::CudaError,
    streams::Streams,
    sys::{Event, Timing},
    timeline::StreamRole,
};
pub use download::Download;
use pinned::{PinnedPool, Staging};

/// The copies of a context.
#[derive(Debug)]
pub(crate) struct Transfers {
    streams: Arc<Streams>,
    tally: Arc<Tally>,
    upload: Mutex<Staging>,
    download: Mutex<Staging>,
    pinned: PinnedPool,
}

/// A copy to the device that has been started. Work that uses the buffer waits for it by itself;
/// this is for those who want to know when it is done.
#[derive(Debug)]
pub struct Upload {
    event: Event,
    tally: Arc<Tally>,
}

impl Upload {
    /// Whether the copy is done.
    pub fn is_done(&self) -> Result<bool, CudaError> {
        self.event.is_reached()
    }

    /// Waits for the copy; one synchronisation, unless it is done.
    pub fn wait(self) -> Result<(), CudaError> {
        wait_for(&self.event, &self.tally)
    }
}

/// Waits for an event; a synchronisation is counted where the event was not reached yet.
fn wait_for(event: &Event, tally: &Tally) -> Result<(), CudaError> {
    if !event.is_reached()? {
        tally.synchronisation();
        event.wait()?;
    }
    Ok(())
}

impl Transfers {
    /// With two staging buffers of `staging_bytes` for each direction, made when they are needed.
    pub(crate) fn new(streams: Arc<Streams>, tally: Arc<Tally>, staging_bytes: usize) -> Self {
        let staging = |operation| Mutex::new(Staging::new(operation, staging_bytes.max(1 << 12)));
        Self {
            upload: staging("uploading"),
            download: staging("downloading"),
            pinned: PinnedPool::default(),
            streams,
            tally,
        }
    }

    /// An event recorded now in a stream.
    fn event(&self, role: StreamRole) -> Result<Event, CudaError> {
        let event = Event::new(self.streams.primary(), Timing::Untimed)?;
        event.record(self.streams.raw(role))?;
        Ok(event)
    }
}
