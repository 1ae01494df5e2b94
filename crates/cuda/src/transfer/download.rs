//! From the device to the host.

use std::{
    marker::PhantomData,
    sync::{Arc, PoisonError},
};

use super::{
    pinned::{copy_bytes, issue_copy, PooledMemory},
    wait_for, Transfers,
};
use crate::{
    buffer::DeviceSlice,
    counters::Tally,
    error::CudaError,
    repr::{bytes_of_mut, zeroed, DeviceRepr},
    sys::{Event, Timing},
    timeline::StreamRole,
};

/// A copy to the host that has been started. The device works on while it is under way.
#[derive(Debug)]
#[must_use = "the values come with `wait`"]
pub struct Download<T> {
    memory: PooledMemory,
    event: Event,
    len: usize,
    tally: Arc<Tally>,
    done: bool,
    values: PhantomData<T>,
}

impl<T: DeviceRepr> Download<T> {
    /// Whether the copy is done.
    pub fn is_done(&self) -> Result<bool, CudaError> {
        self.event.is_reached()
    }

    /// Waits for the copy; one synchronisation, unless it is done.
    pub fn wait(mut self) -> Result<Vec<T>, CudaError> {
        wait_for(&self.event, &self.tally)?;
        self.done = true;
        let mut values = vec![zeroed::<T>(); self.len];
        let bytes = bytes_of_mut(&mut values);
        let memory = self.memory.get();
        // SAFETY: the only copy into this memory is done.
        if let Some(copied) = memory.and_then(|memory| unsafe { memory.read(0, bytes.len()) }) {
            copy_bytes(bytes, copied);
        }
        Ok(values)
    }
}

impl<T> Drop for Download<T> {
    fn drop(&mut self) {
        // The memory goes back to its pool, so nothing may be copied into it any more. If waiting
        // fails, the context is lost and copies nothing.
        if !self.done {
            if let Err(error) = wait_for(&self.event, &self.tally) {
                tracing::warn!(target: "halo2_offload::cuda", %error, "an abandoned download was not waited for");
            }
        }
    }
}

impl Transfers {
    /// Starts a copy into page-locked memory of its own: for results that are small, or that are
    /// wanted later.
    pub(crate) fn begin_download<T: DeviceRepr>(
        &self,
        from: DeviceSlice<'_, T>,
    ) -> Result<Download<T>, CudaError> {
        let bytes = from.len() * size_of::<T>();
        let primary = self.streams.primary();
        primary.check_process()?;
        let memory = self.pinned.take(primary, bytes, "downloading")?;
        let event = Event::new(primary, Timing::Untimed)?;
        match (memory.get(), bytes) {
            (Some(memory), 1..) => issue_copy(
                &self.streams,
                StreamRole::Download,
                from.allocation().uses(),
                &event,
                // SAFETY: the slice lies in its allocation, which is freed in stream order after
                // this use; the memory is not touched before the copy's event is reached.
                |stream| unsafe { stream.copy_to_host(memory, 0, *from.address(), bytes) },
            )?,
            _ => event.record(self.streams.raw(StreamRole::Download))?,
        }
        self.tally.downloaded(bytes);
        // From here on whatever fails drops it, which waits for the copy.
        let download = Download {
            memory,
            event,
            len: from.len(),
            tally: self.tally.clone(),
            done: false,
            values: PhantomData,
        };
        self.streams.mark(StreamRole::Download)?;
        Ok(download)
    }

    /// Copies to the caller's memory, part by part, and waits until all is there; one
    /// synchronisation. From a model nothing need be taken.
    pub(crate) fn download<T: DeviceRepr>(
        &self,
        from: DeviceSlice<'_, T>,
        to: Option<&mut [T]>,
    ) -> Result<(), CudaError> {
        let given = to.as_deref().map_or(from.len(), <[T]>::len);
        if given != from.len() {
            return Err(CudaError::Length {
                operation: "downloading",
                given,
                needed: from.len(),
            });
        }
        let bytes = from.len() * size_of::<T>();
        self.streams.primary().check_process()?;
        let mut staging = self.download.lock().unwrap_or_else(PoisonError::into_inner);
        let part_bytes = staging.bytes();
        let parts = bytes.div_ceil(part_bytes);
        let mut to = to.map(|to| bytes_of_mut(to).chunks_mut(part_bytes));
        let buffers = staging.turns(self.streams.primary(), parts)?;
        let mut previous: Option<(usize, Option<&mut [u8]>)> = None;
        self.tally.downloaded(bytes);
        self.tally.synchronisation();
        for part in 0..parts {
            let start = part * part_bytes;
            let part_bytes = part_bytes.min(bytes - start);
            let address = from.address().offset(start);
            let turn = part % buffers.len();
            let buffer = &mut buffers[turn];
            buffer.wait()?;
            buffer.issue(
                &self.streams,
                StreamRole::Download,
                from.allocation().uses(),
                // SAFETY: the slice lies in its allocation, which is freed in stream order after
                // this use; the buffer is not touched before its event is reached.
                |stream, memory| unsafe { stream.copy_to_host(memory, 0, address, part_bytes) },
            )?;
            let to = to.as_mut().and_then(Iterator::next);
            if let Some((turn, to)) = previous.replace((turn, to)) {
                buffers[turn].empty_into(to)?;
            }
        }
        if let Some((turn, to)) = previous {
            buffers[turn].empty_into(to)?;
        }
        // All that was given to the stream is done; later uses elsewhere need not wait for more.
        self.streams.mark(StreamRole::Download)
    }
}
