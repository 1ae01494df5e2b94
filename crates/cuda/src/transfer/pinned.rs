//! Page-locked buffers for staging.

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
};

use crate::{
    error::CudaError,
    streams::{Streams, Uses},
    sys::{Event, HostMemory, Primary, RawStream, Timing},
    timeline::StreamRole,
};

/// Host copies of at least this many bytes are done by several threads: one does not keep up with
/// the bus. To start them takes some tens of microseconds, to copy so much alone some hundred.
const PARALLEL_BYTES: usize = 2 << 20;
/// As many threads as keep up with it.
const MOST_THREADS: usize = 4;
/// What a thread copies at a time.
const PART_BYTES: usize = 1 << 18;

/// Two page-locked buffers used in turn.
#[derive(Debug)]
pub(super) struct Staging {
    operation: &'static str,
    bytes: usize,
    buffers: Vec<StagingBuffer>,
}

/// A page-locked buffer, and the event after its last copy.
#[derive(Debug)]
pub(super) struct StagingBuffer {
    memory: HostMemory,
    event: Event,
    in_flight: bool,
}

const BUFFERS: usize = 2;

impl Staging {
    pub(super) fn new(operation: &'static str, bytes: usize) -> Self {
        Self {
            operation,
            bytes,
            buffers: Vec::with_capacity(BUFFERS),
        }
    }

    /// The size of each buffer.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The buffers for a copy in so many parts, which take turns: at least one, their last copies
    /// done or under way.
    pub(super) fn turns(
        &mut self,
        primary: &Arc<Primary>,
        parts: usize,
    ) -> Result<&mut [StagingBuffer], CudaError> {
        while self.buffers.len() < parts.clamp(1, BUFFERS) {
            self.buffers.push(StagingBuffer {
                memory: HostMemory::new(primary, self.bytes, self.operation)?,
                event: Event::new(primary, Timing::Untimed)?,
                in_flight: false,
            });
        }
        // The one that was used last comes last, so that copies of one part take turns as well.
        self.buffers.rotate_left(1);
        Ok(&mut self.buffers)
    }
}

impl StagingBuffer {
    /// Gives a copy that uses the buffer to a stream.
    pub(super) fn issue(
        &mut self,
        streams: &Streams,
        role: StreamRole,
        uses: &Uses,
        copy: impl FnOnce(&RawStream, &HostMemory) -> Result<(), CudaError>,
    ) -> Result<(), CudaError> {
        let memory = &self.memory;
        issue_copy(streams, role, uses, &self.event, |stream| {
            copy(stream, memory)
        })?;
        self.in_flight = true;
        Ok(())
    }

    /// Waits for the last copy, then fills the buffer. A model has neither bytes nor a buffer.
    pub(super) fn fill(&mut self, bytes: Option<&[u8]>) -> Result<(), CudaError> {
        self.wait()?;
        if let Some(bytes) = bytes {
            // SAFETY: the last copy is done, and nobody else has the buffer.
            if let Some(memory) = unsafe { self.memory.write(0, bytes.len()) } {
                copy_bytes(memory, bytes);
            }
        }
        Ok(())
    }

    /// Waits for the last copy, then reads what it brought: zeros, from a model, if anything is to be read.
    pub(super) fn empty_into(&mut self, bytes: Option<&mut [u8]>) -> Result<(), CudaError> {
        self.wait()?;
        let Some(bytes) = bytes else {
            return Ok(());
        };
        // SAFETY: the last copy is done, and nobody else has the buffer.
        match unsafe { self.memory.read(0, bytes.len()) } {
            Some(memory) => copy_bytes(bytes, memory),
            None => bytes.fill(0),
        }
        Ok(())
    }

    /// Waits for the last copy.
    pub(super) fn wait(&mut self) -> Result<(), CudaError> {
        if self.in_flight {
            self.event.wait()?;
            self.in_flight = false;
        }
        Ok(())
    }
}

impl Drop for StagingBuffer {
    fn drop(&mut self) {
        if let Err(error) = self.wait() {
            tracing::warn!(target: "halo2_offload::cuda", %error, "a staging buffer's last copy was not waited for");
        }
    }
}

/// Gives a copy that uses memory of the host to a stream, and records the event that says when the memory
/// is no longer used. If either fails, the stream is waited for instead: memory must not be used again while
/// the device copies, and a call that reports the failure of earlier work may have begun its own.
pub(super) fn issue_copy(
    streams: &Streams,
    role: StreamRole,
    uses: &Uses,
    event: &Event,
    copy: impl FnOnce(&RawStream) -> Result<(), CudaError>,
) -> Result<(), CudaError> {
    let stream = streams.raw(role);
    streams
        .issue(role, [uses], copy)
        .and_then(|()| event.record(stream))
        .inspect_err(|_| {
            // If this fails too, the context is lost, and copies nothing any more.
            let _ = stream.synchronize();
        })
}

/// Page-locked memory that is kept to be used again: to lock pages takes far longer than to copy
/// what fits them.
#[derive(Debug, Default)]
pub(super) struct PinnedPool(Arc<Mutex<Vec<HostMemory>>>);

/// Page-locked memory that goes back to its pool when it is dropped.
#[derive(Debug)]
pub(super) struct PooledMemory {
    memory: Option<HostMemory>,
    pool: Arc<Mutex<Vec<HostMemory>>>,
}

/// Blocks that a pool keeps.
const KEPT: usize = 8;

impl PinnedPool {
    pub(super) fn take(
        &self,
        primary: &Arc<Primary>,
        bytes: usize,
        operation: &'static str,
    ) -> Result<PooledMemory, CudaError> {
        let mut free = lock(&self.0);
        let fitting = (0..free.len())
            .filter(|&i| free[i].bytes() >= bytes)
            .min_by_key(|&i| free[i].bytes());
        let memory = match fitting {
            Some(i) => free.swap_remove(i),
            None => {
                drop(free);
                HostMemory::new(primary, bytes.next_power_of_two(), operation)?
            }
        };
        Ok(PooledMemory {
            memory: Some(memory),
            pool: self.0.clone(),
        })
    }
}

impl PooledMemory {
    pub(super) fn get(&self) -> Option<&HostMemory> {
        self.memory.as_ref()
    }
}

impl Drop for PooledMemory {
    fn drop(&mut self) {
        let mut free = lock(&self.pool);
        let surplus = match self.memory.take() {
            Some(memory) if free.len() < KEPT => {
                free.push(memory);
                None
            }
            surplus => surplus,
        };
        // Others need not wait while the driver takes it back.
        drop(free);
        drop(surplus);
    }
}

fn lock(pool: &Mutex<Vec<HostMemory>>) -> MutexGuard<'_, Vec<HostMemory>> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Copies host memory. Both are of the same length.
///
/// On threads of its own: a worker of rayon's that waits for others takes up other work, and might come
/// back here for the buffers that it holds.
pub(super) fn copy_bytes(to: &mut [u8], from: &[u8]) {
    static CORES: OnceLock<usize> = OnceLock::new();
    if from.len() < PARALLEL_BYTES {
        return to.copy_from_slice(from);
    }
    let cores = CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from));
    let parts = Mutex::new(to.chunks_mut(PART_BYTES).zip(from.chunks(PART_BYTES)));
    let copy_parts = || loop {
        let part = parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some((to, from)) = part else { return };
        to.copy_from_slice(from);
    };
    thread::scope(|scope| {
        for _ in 1..MOST_THREADS.min(*cores) {
            // Without a thread more, the others copy its parts.
            let _ = thread::Builder::new().spawn_scoped(scope, copy_parts);
        }
        copy_parts();
    });
}
