//! Contexts: what belongs to which, and which is current on a thread.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::thread::ThreadId;

use crate::control::{Leak, LeakKind};

use super::clock::VectorClock;
use super::device::{Allocation, Device, Origin};
use super::status::{Outcome, Status};
use super::stream::Stream;
use super::{new_handle, Driver};

thread_local! {
    /// The contexts pushed on this thread; the last one is current.
    static CURRENT: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// A context of a device.
pub struct Context {
    pub device: usize,
    pub flags: u32,
    /// The device's primary context, rather than one that `cuCtxCreate` made.
    pub primary: bool,
    /// What stopped the device, answered to every call from then on.
    pub error: Option<Status>,
    /// The default stream, which waits for and is waited for by the other blocking streams.
    pub default_stream: u64,
    /// The default streams of threads, for those that name `CU_STREAM_PER_THREAD`.
    pub thread_streams: HashMap<ThreadId, u64>,
    /// What streams did that were destroyed meanwhile.
    pub retired: VectorClock,
    /// Limits that were set, by number.
    pub limits: BTreeMap<u32, usize>,
}

impl Driver {
    fn new_context(&mut self, device: usize, flags: u32, primary: bool) -> u64 {
        let handle = new_handle();
        let default_stream = self.add_stream(|index| Stream::new(handle, index, true));
        let context = Context {
            device,
            flags,
            primary,
            error: None,
            default_stream,
            thread_streams: HashMap::new(),
            retired: VectorClock::default(),
            limits: BTreeMap::new(),
        };
        self.contexts.insert(handle, context);
        handle
    }

    /// `cuDevicePrimaryCtxRetain`.
    pub(super) fn retain_primary(&mut self, ordinal: i32) -> Outcome<u64> {
        if let Some(status) = self.lost {
            return Err(status);
        }
        let device = self.device(ordinal)?;
        if let Some((handle, references)) = &mut device.primary {
            *references += 1;
            return Ok(*handle);
        }
        let flags = device.primary_flags;
        let handle = self.new_context(ordinal as usize, flags, true);
        self.device(ordinal)?.primary = Some((handle, 1));
        Ok(handle)
    }

    /// `cuDevicePrimaryCtxRelease`.
    pub(super) fn release_primary(&mut self, ordinal: i32) -> Outcome {
        let device = self.device(ordinal)?;
        let Some((handle, references)) = &mut device.primary else {
            return Err(Status::INVALID_CONTEXT);
        };
        *references -= 1;
        if *references > 0 {
            return Ok(());
        }
        let handle = *handle;
        device.primary = None;
        self.end_context(handle);
        Ok(())
    }

    /// `cuDevicePrimaryCtxReset`.
    pub(super) fn reset_primary(&mut self, ordinal: i32) -> Outcome {
        if let Some((handle, _)) = self.device(ordinal)?.primary.take() {
            self.end_context(handle);
        }
        Ok(())
    }

    /// `cuCtxCreate`: the new context is current on this thread.
    pub(super) fn create_context(&mut self, ordinal: i32, flags: u32) -> Outcome<u64> {
        self.device(ordinal)?;
        let handle = self.new_context(ordinal as usize, flags, false);
        CURRENT.with_borrow_mut(|stack| stack.push(handle));
        Ok(handle)
    }

    /// `cuCtxDestroy`.
    pub(super) fn destroy_context(&mut self, handle: u64) -> Outcome {
        match self.contexts.get(&handle) {
            Some(context) if !context.primary => {
                self.end_context(handle);
                CURRENT.with_borrow_mut(|stack| {
                    if stack.last() == Some(&handle) {
                        stack.pop();
                    }
                });
                Ok(())
            }
            _ => Err(Status::INVALID_CONTEXT),
        }
    }

    /// Runs what is pending and drops all that the context has; what the program did not give
    /// back itself is a leak.
    fn end_context(&mut self, handle: u64) {
        self.run_context(handle);
        let lost = self.alive_in(handle).into_iter().map(|leak| Leak {
            lost_with_context: true,
            ..leak
        });
        self.ledger.lost.extend(lost);
        self.streams.retain(|_, stream| stream.context != handle);
        self.events.retain(|_, event| event.context != handle);
        let modules: Vec<u64> = (self.modules.iter())
            .filter(|(_, module)| module.context == handle)
            .map(|(&module, _)| module)
            .collect();
        for module in modules {
            self.drop_module(module);
        }
        for (address, _) in self.pinned.of_context(handle) {
            self.pinned.release(address);
        }
        for device in &mut self.devices {
            let Device {
                allocations,
                memory,
                allocated_bytes,
                ..
            } = device;
            allocations.retain(|&address, allocation| {
                let stays = allocation.context != handle;
                if !stays {
                    if !allocation.free_submitted {
                        *allocated_bytes -= allocation.bytes;
                    }
                    // It is live, so the memory has it.
                    let _freed = memory.free(address);
                }
                stays
            });
        }
        self.contexts.remove(&handle);
    }

    /// What the program made in a context and has not given back.
    pub(super) fn alive_in(&self, context: u64) -> Vec<Leak> {
        let leak = |kind, handle, bytes| Leak {
            kind,
            handle,
            bytes,
            lost_with_context: false,
        };
        let mut leaks = Vec::new();
        for device in &self.devices {
            let kept = |it: &Allocation| {
                it.context == context && it.origin != Origin::Module && !it.free_submitted
            };
            leaks.extend(
                (device.allocations.iter())
                    .filter(|(_, allocation)| kept(allocation))
                    .map(|(&address, it)| leak(LeakKind::DeviceMemory, address, it.bytes)),
            );
        }
        leaks.extend(
            (self.pinned.of_context(context).into_iter())
                .map(|(address, bytes)| leak(LeakKind::HostMemory, address, bytes)),
        );
        leaks.extend(
            (self.streams.iter())
                .filter(|(_, stream)| stream.context == context && stream.created)
                .map(|(&handle, _)| leak(LeakKind::Stream, handle, 0)),
        );
        leaks.extend(
            (self.events.iter())
                .filter(|(_, event)| event.context == context)
                .map(|(&handle, _)| leak(LeakKind::Event, handle, 0)),
        );
        leaks.extend(
            (self.modules.iter())
                .filter(|(_, module)| module.context == context)
                .map(|(&handle, _)| leak(LeakKind::Module, handle, 0)),
        );
        leaks.extend(
            (self.links.iter())
                .filter(|(_, link)| link.context == context)
                .map(|(&handle, _)| leak(LeakKind::Linker, handle, 0)),
        );
        leaks
    }

    /// The context that is current on this thread, if it is still there.
    pub(super) fn current(&self) -> Option<u64> {
        CURRENT
            .with_borrow(|stack| stack.last().copied())
            .filter(|handle| self.contexts.contains_key(handle))
    }

    /// The current context, for a call that needs one in good health.
    pub(super) fn context(&self) -> Outcome<u64> {
        if !self.initialised {
            return Err(Status::NOT_INITIALIZED);
        }
        let handle = self.current().ok_or(Status::INVALID_CONTEXT)?;
        self.healthy(handle)?;
        Ok(handle)
    }

    /// The error that a context is stuck with, if any.
    pub(super) fn healthy(&self, context: u64) -> Outcome {
        if let Some(status) = self.lost {
            return Err(status);
        }
        match self.contexts.get(&context) {
            None => Err(Status::INVALID_CONTEXT),
            Some(Context {
                error: Some(status),
                ..
            }) => Err(*status),
            Some(_) => Ok(()),
        }
    }

    /// The ordinal of the current context's device.
    pub(super) fn current_device(&self) -> Outcome<usize> {
        let context = self.context()?;
        self.device_of(context)
    }

    /// The ordinal of a context's device.
    pub(super) fn device_of(&self, context: u64) -> Outcome<usize> {
        (self.contexts.get(&context)).map_or(Err(Status::INVALID_CONTEXT), |it| Ok(it.device))
    }

    /// `cuCtxSetCurrent`; 0 leaves the thread without one.
    pub(super) fn set_current(&mut self, handle: u64) -> Outcome {
        if handle != 0 && !self.contexts.contains_key(&handle) {
            return Err(Status::INVALID_CONTEXT);
        }
        CURRENT.with_borrow_mut(|stack| {
            stack.pop();
            if handle != 0 {
                stack.push(handle);
            }
        });
        Ok(())
    }

    /// `cuCtxPushCurrent`.
    pub(super) fn push_current(&mut self, handle: u64) -> Outcome {
        if !self.contexts.contains_key(&handle) {
            return Err(Status::INVALID_CONTEXT);
        }
        CURRENT.with_borrow_mut(|stack| stack.push(handle));
        Ok(())
    }

    /// `cuCtxPopCurrent`.
    pub(super) fn pop_current(&mut self) -> Outcome<u64> {
        CURRENT
            .with_borrow_mut(Vec::pop)
            .ok_or(Status::INVALID_CONTEXT)
    }

    /// The default stream of this thread in a context.
    pub(super) fn thread_stream(&mut self, context: u64, thread: ThreadId) -> Outcome<u64> {
        let known = (self.contexts.get(&context))
            .ok_or(Status::INVALID_CONTEXT)?
            .thread_streams
            .get(&thread);
        if let Some(&stream) = known {
            return Ok(stream);
        }
        let stream = self.add_stream(|index| Stream::new(context, index, true));
        if let Some(context) = self.contexts.get_mut(&context) {
            context.thread_streams.insert(thread, stream);
        }
        Ok(stream)
    }
}
