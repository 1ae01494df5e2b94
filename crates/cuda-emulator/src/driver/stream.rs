//! Streams and events: what is queued, what it waits for, and when it runs.

use std::collections::VecDeque;
use std::time::Instant;

use crate::control::FaultKind;

use super::clock::VectorClock;
use super::history::Use;
use super::host::HostSpan;
use super::status::{Outcome, Status};
use super::work::Work;
use super::{new_handle, Driver};

/// Staged bytes of pageable copies that a stream may have pending before it is made to run: a
/// real driver's staging buffers are finite too.
const STAGED_BYTES: u64 = 64 << 20;

/// The smallest number is the highest priority (`cuCtxGetStreamPriorityRange`).
pub const PRIORITIES: std::ops::RangeInclusive<i32> = -5..=0;

/// `CU_STREAM_NON_BLOCKING`.
pub const NON_BLOCKING: u32 = 1;
/// `CU_EVENT_DISABLE_TIMING`.
pub const DISABLE_TIMING: u32 = 2;

/// A queue of operations.
pub struct Stream {
    pub context: u64,
    /// Its place in vector clocks; never used again.
    pub index: usize,
    /// Waits for the context's default stream and is waited for by it.
    pub blocking: bool,
    /// Made by the program, which must destroy it.
    pub created: bool,
    pub priority: i32,
    pub flags: u32,
    /// What happens before the next operation; its own part is the last operation's number.
    clock: VectorClock,
    queue: VecDeque<Operation>,
    staged_bytes: u64,
}

/// Something that a stream will do.
pub struct Operation {
    /// Its number in the stream, from 1.
    pub number: u64,
    /// What happens before it, itself included.
    pub clock: VectorClock,
    /// The entry point that submitted it.
    pub name: &'static str,
    pub work: Work,
    /// Operations of other streams, by handle and number, that run first.
    after: Vec<(u64, u64)>,
}

/// A place in a stream that others wait for.
pub struct Event {
    pub context: u64,
    pub flags: u32,
    pub recording: Option<Recording>,
}

/// The last `cuEventRecord` of an event.
#[derive(Clone)]
pub struct Recording {
    pub stream: u64,
    pub number: u64,
    clock: VectorClock,
    /// When the stream came to it.
    pub reached: Option<Instant>,
}

/// A pending operation's use of pinned host memory.
pub struct PinnedUse {
    pub stream: u64,
    pub number: u64,
    pub span: HostSpan,
    pub how: Use,
}

impl Stream {
    pub fn new(context: u64, index: usize, blocking: bool) -> Self {
        Self {
            context,
            index,
            blocking,
            created: false,
            priority: 0,
            flags: 0,
            clock: VectorClock::default(),
            queue: VecDeque::new(),
            staged_bytes: 0,
        }
    }

    /// The number of the operation that was submitted last.
    /// What it has still to do.
    pub fn pending(&self) -> impl Iterator<Item = &Work> {
        self.queue.iter().map(|operation| &operation.work)
    }

    fn last(&self) -> u64 {
        self.clock.get(self.index)
    }
}

impl Driver {
    /// Makes a stream with the next index and answers its handle.
    pub(super) fn add_stream(&mut self, make: impl FnOnce(usize) -> Stream) -> u64 {
        let handle = new_handle();
        self.streams.insert(handle, make(self.stream_count));
        self.stream_count += 1;
        handle
    }

    /// `cuStreamCreateWithPriority`.
    pub(super) fn create_stream(&mut self, flags: u32, priority: i32) -> Outcome<u64> {
        let context = self.context()?;
        if flags & !NON_BLOCKING != 0 {
            return Err(Status::INVALID_VALUE);
        }
        Ok(self.add_stream(|index| Stream {
            created: true,
            flags,
            priority: priority.clamp(*PRIORITIES.start(), *PRIORITIES.end()),
            ..Stream::new(context, index, flags & NON_BLOCKING == 0)
        }))
    }

    /// The stream that an argument names: a handle, or 0 and 1 for the context's default
    /// stream, or 2 for the thread's.
    pub(super) fn stream(&mut self, operation: &str, argument: u64) -> Outcome<u64> {
        let handle = match argument {
            0 | 1 => {
                let context = self.context()?;
                (self.contexts.get(&context))
                    .ok_or(Status::INVALID_CONTEXT)?
                    .default_stream
            }
            2 => {
                let context = self.context()?;
                self.thread_stream(context, std::thread::current().id())?
            }
            handle => handle,
        };
        match self.streams.get(&handle) {
            Some(stream) => {
                let context = stream.context;
                self.healthy(context)?;
                Ok(handle)
            }
            None => Err(self.invalid_handle(operation, "stream", argument)),
        }
    }

    /// `cuStreamDestroy`: what is pending still runs.
    pub(super) fn destroy_stream(&mut self, operation: &str, argument: u64) -> Outcome {
        match self.streams.get(&argument) {
            Some(stream) if stream.created => {
                let context = stream.context;
                self.run(argument);
                let stream = self.streams.remove(&argument);
                if let (Some(stream), Some(context)) = (stream, self.contexts.get_mut(&context)) {
                    context.retired.join(&stream.clock);
                }
                Ok(())
            }
            _ => Err(self.invalid_handle(operation, "stream of the program's", argument)),
        }
    }

    /// Queues work on a stream (a handle, as [`stream`](Self::stream) answers) and answers its
    /// number there.
    pub(super) fn submit(&mut self, handle: u64, name: &'static str, work: Work) -> Outcome<u64> {
        let stream = self.streams.get(&handle).ok_or(Status::INVALID_HANDLE)?;
        let (context, blocking) = (stream.context, stream.blocking);
        self.healthy(context)?;
        let mut clock = stream.clock.clone();
        clock.join(&self.host);
        let mut after = Vec::new();
        let found = (self.contexts.get(&context)).ok_or(Status::INVALID_CONTEXT)?;
        let default = found.default_stream;
        if handle == default {
            clock.join(&found.retired);
        }
        // The default stream's operation runs after all that blocking streams have, and they
        // in turn after it (CUDA Driver API, "Stream synchronization behavior").
        let ordered_with = |other: u64, stream: &Stream| {
            let both = stream.context == context && stream.blocking && blocking;
            both && other != handle && (handle == default || other == default)
        };
        for (&other, stream) in &self.streams {
            if ordered_with(other, stream) {
                clock.join(&stream.clock);
                after.push((other, stream.last()));
            }
        }
        if let Work::Wait(recording) = &work {
            clock.join(&recording.clock);
            after.push((recording.stream, recording.number));
        }
        let stream = (self.streams.get_mut(&handle)).ok_or(Status::INVALID_HANDLE)?;
        let number = clock.tick(stream.index);
        stream.clock.clone_from(&clock);
        stream.staged_bytes += work.staged_bytes();
        let full = stream.staged_bytes > STAGED_BYTES;
        stream.queue.push_back(Operation {
            number,
            clock,
            name,
            work,
            after,
        });
        if full {
            self.run(handle);
        }
        Ok(number)
    }

    /// Runs all that is pending on a stream.
    pub(super) fn run(&mut self, handle: u64) {
        self.run_until(handle, u64::MAX);
    }

    /// Runs all that is pending in a context.
    pub(super) fn run_context(&mut self, context: u64) {
        let streams: Vec<u64> = (self.streams.iter())
            .filter(|(_, stream)| stream.context == context)
            .map(|(&handle, _)| handle)
            .collect();
        for stream in streams {
            self.run(stream);
        }
    }

    /// Runs a stream's operations up to one, and first what they wait for.
    ///
    /// This ends: an operation waits only for operations that were submitted before it.
    pub(super) fn run_until(&mut self, handle: u64, number: u64) {
        while self.run_one(handle, number) {}
    }

    /// Runs the next operation of a stream, if there is one up to `number`.
    fn run_one(&mut self, handle: u64, number: u64) -> bool {
        let Some(stream) = self.streams.get_mut(&handle) else {
            return false;
        };
        if stream.queue.front().is_none_or(|next| next.number > number) {
            return false;
        }
        let Some(operation) = stream.queue.pop_front() else {
            return false;
        };
        stream.staged_bytes -= operation.work.staged_bytes();
        let (context, index) = (stream.context, stream.index);
        for &(other, until) in &operation.after {
            self.run_until(other, until);
        }
        self.execute(handle, context, index, operation);
        true
    }

    /// What the host learns when it knows a stream to be idle.
    fn host_knows(&mut self, handle: u64) {
        if let Some(stream) = self.streams.get(&handle) {
            self.host.join(&stream.clock);
        }
    }

    /// `cuStreamSynchronize`.
    pub(super) fn synchronize_stream(&mut self, handle: u64) -> Outcome {
        self.run(handle);
        self.host_knows(handle);
        let context = (self.streams.get(&handle)).map_or(0, |stream| stream.context);
        self.healthy(context)
    }

    /// `cuCtxSynchronize`.
    pub(super) fn synchronize_context(&mut self, context: u64) -> Outcome {
        self.run_context(context);
        if let Some(context) = self.contexts.get(&context) {
            self.host.join(&context.retired);
        }
        for stream in self.streams.values() {
            if stream.context == context {
                self.host.join(&stream.clock);
            }
        }
        self.healthy(context)
    }

    /// `cuStreamQuery`. A program that polls must see its stream advance, so each query runs
    /// one operation.
    pub(super) fn query_stream(&mut self, handle: u64) -> Outcome {
        if self.run_one(handle, u64::MAX) {
            let context = (self.streams.get(&handle)).map_or(0, |stream| stream.context);
            self.healthy(context)?;
            return Err(Status::NOT_READY);
        }
        self.synchronize_stream(handle)
    }

    /// `cuEventCreate`.
    pub(super) fn create_event(&mut self, flags: u32) -> Outcome<u64> {
        let context = self.context()?;
        let handle = new_handle();
        self.events.insert(
            handle,
            Event {
                context,
                flags,
                recording: None,
            },
        );
        Ok(handle)
    }

    /// The event that a handle names.
    pub(super) fn event(&mut self, operation: &str, handle: u64) -> Outcome<&mut Event> {
        let Some(context) = self.events.get(&handle).map(|event| event.context) else {
            return Err(self.invalid_handle(operation, "event", handle));
        };
        self.healthy(context)?;
        self.events.get_mut(&handle).ok_or(Status::INVALID_HANDLE)
    }

    /// `cuEventDestroy`.
    pub(super) fn destroy_event(&mut self, operation: &str, handle: u64) -> Outcome {
        match self.events.remove(&handle) {
            Some(_) => Ok(()),
            None => Err(self.invalid_handle(operation, "event", handle)),
        }
    }

    /// `cuEventRecord`.
    pub(super) fn record_event(
        &mut self,
        operation: &'static str,
        event: u64,
        stream: u64,
    ) -> Outcome {
        let context = self.event(operation, event)?.context;
        if self.streams.get(&stream).map(|it| it.context) != Some(context) {
            return Err(Status::INVALID_HANDLE);
        }
        let number = self.submit(stream, operation, Work::Record { event })?;
        let clock = (self.streams.get(&stream))
            .map_or_else(VectorClock::default, |stream| stream.clock.clone());
        self.event(operation, event)?.recording = Some(Recording {
            stream,
            number,
            clock,
            reached: None,
        });
        Ok(())
    }

    /// `cuStreamWaitEvent`: what was recorded last, and nothing where nothing was.
    pub(super) fn wait_event(
        &mut self,
        operation: &'static str,
        stream: u64,
        event: u64,
    ) -> Outcome {
        if let Some(recording) = self.event(operation, event)?.recording.clone() {
            self.submit(stream, operation, Work::Wait(recording))?;
        }
        Ok(())
    }

    /// `cuEventSynchronize`.
    pub(super) fn synchronize_event(&mut self, operation: &str, event: u64) -> Outcome {
        let event = self.event(operation, event)?;
        let context = event.context;
        if let Some(recording) = event.recording.clone() {
            self.run_until(recording.stream, recording.number);
            self.host.join(&recording.clock);
        }
        self.healthy(context)
    }

    /// `cuEventQuery`; advances as [`query_stream`](Self::query_stream) does.
    pub(super) fn query_event(&mut self, operation: &str, event: u64) -> Outcome {
        let found = self.event(operation, event)?;
        let context = found.context;
        let Some(recording) = found.recording.clone() else {
            return Ok(());
        };
        if self.run_one(recording.stream, recording.number) {
            self.healthy(context)?;
            return Err(Status::NOT_READY);
        }
        self.synchronize_event(operation, event)
    }

    /// `cuEventElapsedTime`, in milliseconds: the time that the emulator took, which says
    /// nothing of a device.
    pub(super) fn elapsed(&mut self, operation: &str, start: u64, end: u64) -> Outcome<f32> {
        let mut reached = |handle| {
            let event = self.event(operation, handle)?;
            if event.flags & DISABLE_TIMING != 0 {
                return Err(Status::INVALID_HANDLE);
            }
            match &event.recording {
                None => Err(Status::INVALID_HANDLE),
                Some(recording) => recording.reached.ok_or(Status::NOT_READY),
            }
        };
        let (start, end) = (reached(start)?, reached(end)?);
        let milliseconds =
            |later: Instant, earlier| later.saturating_duration_since(earlier).as_secs_f32() * 1e3;
        Ok(milliseconds(end, start) - milliseconds(start, end))
    }

    /// Notes that pending work will use pinned memory, and whether nothing else that is pending
    /// writes to it meanwhile (or, for a write, uses it at all).
    pub(super) fn pinned_is_quiet(&self, span: HostSpan, how: Use) -> bool {
        !(self.pinned_uses.iter()).any(|other| {
            other.span.overlaps(span) && (other.how == Use::Write || how == Use::Write)
        })
    }

    /// Runs the pending copies from and to a range of host memory, which is about to be given
    /// back, and reports each that is not stuck.
    pub(super) fn run_copies_of(&mut self, operation: &str, span: HostSpan) {
        while let Some(pending) = self.pinned_uses.iter().find(|it| it.span.overlaps(span)) {
            let (stream, number, address) = (pending.stream, pending.number, pending.span.address);
            let context = (self.streams.get(&stream)).map_or(0, |stream| stream.context);
            if self.healthy(context).is_ok() {
                self.ledger.host_fault(
                    FaultKind::PinnedFreedInUse,
                    operation,
                    Some(address),
                    format!("a copy (operation {number} of its stream) of this memory is pending"),
                );
            }
            self.run_until(stream, number);
            // Where the stream is gone, or the context is stuck, nothing ran.
            (self.pinned_uses).retain(|it| (it.stream, it.number) != (stream, number));
        }
    }
}
