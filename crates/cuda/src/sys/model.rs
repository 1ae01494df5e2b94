//! A device that is only modelled: what stands in for the driver where there is none.
//!
//! It keeps books and does nothing: memory is numbers, kernels and copies are done when they are given
//! to a stream, as far as anybody can tell. What it does keep apart is what the host knows to be done,
//! because that is what synchronisations are counted by: an event is not reached before somebody has
//! waited for it, for a later one of its stream, or for one that comes after it by the streams' waits.
//! A host that is slower than the device would find some of them reached; this one never does.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    device::{ComputeCapability, DeviceInfo},
    error::{code, DriverCode},
};

/// Addresses are multiples of this, as in the driver's pool.
const ALIGNMENT: u64 = 256;
/// The first address that is given away.
const FIRST_ADDRESS: u64 = 1 << 32;
/// Threads of a warp.
const WARP: u32 = 32;

/// The books of a modelled device.
#[derive(Debug)]
pub(crate) struct Model {
    memory_bytes: u64,
    shared_opt_in: u32,
    multiprocessor: Multiprocessor,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free_bytes: u64,
    next_address: u64,
    /// Bytes of each allocation by its address.
    allocations: HashMap<u64, u64>,
    /// What has happened before the end of each stream.
    streams: Vec<Clock>,
    next_event: u64,
    events: HashMap<u64, Recording>,
    /// What the host knows to have happened.
    done: Clock,
}

/// For each stream, how many of its recordings have happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Clock(Vec<u64>);

/// Where an event was recorded last, if it was.
#[derive(Clone, Debug, Default)]
struct Recording {
    stream: usize,
    /// Which of the stream's recordings; 0 is none, which has happened.
    number: u64,
    clock: Clock,
}

/// What blocks share that are at work at the same time, by compute capability (CUDA C++ Programming
/// Guide, "Technical Specifications per Compute Capability").
#[derive(Clone, Copy, Debug)]
struct Multiprocessor {
    threads: u32,
    blocks: u32,
    shared_bytes: u32,
    /// Shared memory that the system takes of each block.
    reserved_bytes: u32,
}

impl Multiprocessor {
    fn of(capability: ComputeCapability) -> Self {
        let (threads, blocks, shared_kib) = match (capability.major, capability.minor) {
            (7, 5) => (1024, 16, 64),
            (7, _) => (2048, 32, 96),
            (8, 6) => (1536, 16, 100),
            (8, 9) => (1536, 24, 100),
            (8, _) => (2048, 32, 164),
            (9 | 10, _) => (2048, 32, 228),
            _ => (1536, 24, 100),
        };
        Self {
            threads,
            blocks,
            shared_bytes: shared_kib << 10,
            reserved_bytes: match capability.major {
                ..8 => 0,
                _ => 1 << 10,
            },
        }
    }
}

impl Clock {
    fn get(&self, stream: usize) -> u64 {
        self.0.get(stream).copied().unwrap_or(0)
    }

    fn tick(&mut self, stream: usize) -> u64 {
        if self.0.len() <= stream {
            self.0.resize(stream + 1, 0);
        }
        self.0[stream] += 1;
        self.0[stream]
    }

    fn join(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own = (*own).max(*other);
        }
    }
}

impl Model {
    /// A device of which so many bytes are free.
    pub(crate) fn new(info: &DeviceInfo, free_bytes: u64) -> Self {
        Self {
            memory_bytes: info.memory_bytes,
            shared_opt_in: info.shared_bytes_per_block_opt_in,
            multiprocessor: Multiprocessor::of(info.capability),
            state: Mutex::new(State {
                free_bytes: free_bytes.min(info.memory_bytes),
                next_address: FIRST_ADDRESS,
                allocations: HashMap::new(),
                streams: Vec::new(),
                next_event: 1,
                events: HashMap::new(),
                done: Clock::default(),
            }),
        }
    }

    /// Bytes of device memory: free, and in all.
    pub(super) fn memory(&self) -> (u64, u64) {
        (self.state().free_bytes, self.memory_bytes)
    }

    /// An address that nothing else has. The bytes are taken as they are: how a driver rounds them up is
    /// its own affair.
    pub(super) fn allocate(&self, bytes: usize) -> Result<u64, DriverCode> {
        let (mut state, bytes) = (self.state(), bytes as u64);
        if bytes > state.free_bytes {
            return Err(refusal(
                code::OUT_OF_MEMORY,
                "the modelled memory is used up",
            ));
        }
        let address = state.next_address;
        state.next_address += bytes.next_multiple_of(ALIGNMENT);
        state.free_bytes -= bytes;
        state.allocations.insert(address, bytes);
        Ok(address)
    }

    pub(super) fn free(&self, address: u64) {
        let mut state = self.state();
        if let Some(bytes) = state.allocations.remove(&address) {
            state.free_bytes += bytes;
        }
    }

    /// The number of a new stream, from 0.
    pub(super) fn create_stream(&self) -> usize {
        let mut state = self.state();
        state.streams.push(Clock::default());
        state.streams.len() - 1
    }

    pub(super) fn synchronize_stream(&self, stream: usize) {
        let state = &mut *self.state();
        if let Some(clock) = state.streams.get(stream) {
            state.done.join(clock);
        }
    }

    pub(super) fn synchronize(&self) {
        let state = &mut *self.state();
        for clock in &state.streams {
            state.done.join(clock);
        }
    }

    /// The number of a new event, from 1.
    pub(super) fn create_event(&self) -> u64 {
        let mut state = self.state();
        let event = state.next_event;
        state.next_event += 1;
        state.events.insert(event, Recording::default());
        event
    }

    pub(super) fn destroy_event(&self, event: u64) {
        self.state().events.remove(&event);
    }

    pub(super) fn record(&self, event: u64, stream: usize) {
        let state = &mut *self.state();
        let Some(clock) = state.streams.get_mut(stream) else {
            return;
        };
        let recording = Recording {
            stream,
            number: clock.tick(stream),
            clock: clock.clone(),
        };
        state.events.insert(event, recording);
    }

    /// What the stream does from here on comes after the event.
    pub(super) fn wait_for_event(&self, stream: usize, event: u64) {
        let state = &mut *self.state();
        if let (Some(clock), Some(recording)) =
            (state.streams.get_mut(stream), state.events.get(&event))
        {
            clock.join(&recording.clock);
        }
    }

    /// Whether the host knows the event to be reached. Once it has asked it does: who asks until it is
    /// reached comes to an end.
    pub(super) fn query_event(&self, event: u64) -> bool {
        let state = &mut *self.state();
        let Some(recording) = state.events.get(&event) else {
            return true;
        };
        let is_reached = recording.number <= state.done.get(recording.stream);
        state.done.join(&recording.clock);
        is_reached
    }

    pub(super) fn synchronize_event(&self, event: u64) {
        self.query_event(event);
    }

    /// As a driver refuses what no block of the device may have.
    pub(super) fn allow_shared_bytes(&self, declared: u32, bytes: u32) -> Result<(), DriverCode> {
        match declared.checked_add(bytes) {
            Some(sum) if sum <= self.shared_opt_in => Ok(()),
            _ => Err(refusal(
                code::INVALID_VALUE,
                "no block of the modelled device has so much shared memory",
            )),
        }
    }

    /// Blocks that a multiprocessor holds by threads and shared memory, declared and dynamic. PTX says
    /// nothing of registers: on a device it may be fewer.
    pub(super) fn resident_blocks(&self, threads: u32, shared_bytes: u32) -> u32 {
        let has = self.multiprocessor;
        let threads = threads.max(1).next_multiple_of(WARP);
        let shared = shared_bytes.saturating_add(has.reserved_bytes);
        let by_shared = has.shared_bytes.checked_div(shared).unwrap_or(u32::MAX);
        (has.threads / threads).min(by_shared).min(has.blocks)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer in the place of a driver's.
fn refusal(code: u32, text: &str) -> DriverCode {
    DriverCode {
        code,
        name: match code {
            code::OUT_OF_MEMORY => "CUDA_ERROR_OUT_OF_MEMORY",
            _ => "CUDA_ERROR_INVALID_VALUE",
        }
        .to_owned(),
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Model;
    use crate::{error::code, model::DeviceModel};

    fn model(bytes: u64) -> Model {
        let card = DeviceModel::named("h100").expect("a card that is known");
        Model::new(card.info(), bytes)
    }

    #[test]
    fn memory_is_taken_and_given_back() {
        let model = model(1000);
        let first = model.allocate(1).expect("it fits");
        let second = model.allocate(512).expect("it fits");
        assert_eq!((first % 256, second - first), (0, 256));
        assert_eq!(model.memory().0, 487);
        let refused = model.allocate(488).expect_err("it does not fit");
        assert_eq!(refused.code, code::OUT_OF_MEMORY);
        assert!(model.allocate(usize::MAX).is_err());
        model.free(first);
        model.free(first);
        assert_eq!(model.memory().0, 488);
        assert!(model.allocate(488).is_ok());
    }

    #[test]
    fn what_was_waited_for_is_reached_and_what_comes_before_it() {
        let model = model(0);
        let [upload, compute] = [(); 2].map(|()| model.create_stream());
        let [copied, computed, later] = [(); 3].map(|()| model.create_event());
        assert!(model.query_event(copied), "not recorded yet");
        model.record(copied, upload);
        model.wait_for_event(compute, copied);
        model.record(computed, compute);
        model.record(later, upload);
        model.synchronize_event(computed);
        assert!(model.query_event(computed) && model.query_event(copied));
        assert!(!model.query_event(later));
        assert!(model.query_event(later), "the second time");
        model.record(later, upload);
        model.record(computed, compute);
        model.synchronize_stream(compute);
        assert!(model.query_event(computed) && !model.query_event(later));
        model.record(later, upload);
        model.synchronize();
        assert!(model.query_event(later));
    }

    #[test]
    fn blocks_by_threads_and_shared_memory() {
        let model = model(0);
        assert_eq!(model.resident_blocks(1024, 0), 2);
        assert_eq!(model.resident_blocks(33, 0), 32);
        assert_eq!(model.resident_blocks(64, 32 << 10), 6);
        assert!(model.allow_shared_bytes(0, 227 << 10).is_ok());
        let refused = model.allow_shared_bytes(1, 227 << 10);
        assert_eq!(refused.map_err(|code| code.code), Err(code::INVALID_VALUE));
    }
}
