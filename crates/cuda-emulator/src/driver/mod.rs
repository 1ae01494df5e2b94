//! The CUDA driver of an emulated machine.
//!
//! [`api`] has the exported functions, which turn C arguments into calls of [`Driver`]. One
//! lock guards the whole driver, so an entry point sees no other thread's half-done work.
//!
//! # When things happen
//!
//! What a stream is given is queued, and runs when the program learns that it has: at a
//! synchronisation, a query, a copy to pageable memory. Whatever the program may not rely on
//! yet has therefore not happened, and a missing synchronisation shows. Operations run in their
//! stream's order, and after what they wait for in others ([`stream`]).
//!
//! Two streams that use the same bytes in no order are found by what the program promised, not
//! by what happened to run first: every operation carries a vector clock ([`clock`]), every
//! allocation knows who touched what last ([`history`]).
//!
//! # Errors
//!
//! A call that breaks the driver's contract answers the code that a driver would answer. What
//! no driver would notice (a race, a read of uninitialised memory) is recorded as a
//! [`Fault`](crate::control::Fault) and goes on. What stops a device (an access out of bounds)
//! is recorded, and is then the context's answer to every later call.

mod api;
mod check;
mod clock;
mod context;
mod copy;
mod device;
mod history;
mod host;
mod launch;
mod ledger;
mod link;
mod memory;
mod module;
mod status;
mod stream;
mod work;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::control::{Config, DeviceReport, FaultKind, Leak, LeakKind, Report};

use clock::VectorClock;
use context::Context;
use device::Device;
use host::PinnedMemory;
use ledger::Ledger;
use link::Link;
use memory::Pool;
use module::{Function, LoadedModule};
use status::Outcome;
pub(crate) use status::Status;
use stream::{Event, PinnedUse, Stream};

/// The machine and all that the program under test made on it, by handle.
struct Driver {
    config: Config,
    initialised: bool,
    devices: Vec<Device>,
    contexts: BTreeMap<u64, Context>,
    streams: BTreeMap<u64, Stream>,
    events: BTreeMap<u64, Event>,
    modules: BTreeMap<u64, LoadedModule>,
    functions: BTreeMap<u64, Function>,
    links: BTreeMap<u64, Link>,
    pools: BTreeMap<u64, Pool>,
    pinned: PinnedMemory,
    /// Pending copies from and to pinned memory.
    pinned_uses: Vec<PinnedUse>,
    /// What the host knows to be done. One clock for all host threads: an order that threads
    /// make between themselves is not seen, so it is taken for granted.
    host: VectorClock,
    /// How many streams there ever were; the next one's index.
    stream_count: usize,
    ledger: Ledger,
    /// What all calls answer that need a device, once that is lost.
    lost: Option<Status>,
    /// Handles below this one are of an earlier session.
    first_handle: u64,
}

/// The process's driver, made when it is first needed.
static DRIVER: Mutex<Option<Driver>> = Mutex::new(None);

/// Runs `action` on the process's driver.
fn with_driver<T>(action: impl FnOnce(&mut Driver) -> T) -> T {
    let mut driver = DRIVER.lock().unwrap_or_else(PoisonError::into_inner);
    action(driver.get_or_insert_with(api::first_driver))
}

/// A handle that no object of this process has had. Never 0, 1 or 2, which name streams.
fn new_handle() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0x1000);
    NEXT.fetch_add(0x10, Ordering::Relaxed)
}

impl Driver {
    fn new(config: Config) -> Self {
        let first_handle = new_handle();
        let mut driver = Self {
            initialised: false,
            devices: Vec::new(),
            contexts: BTreeMap::new(),
            streams: BTreeMap::new(),
            events: BTreeMap::new(),
            modules: BTreeMap::new(),
            functions: BTreeMap::new(),
            links: BTreeMap::new(),
            pools: BTreeMap::new(),
            pinned: PinnedMemory::default(),
            pinned_uses: Vec::new(),
            host: VectorClock::default(),
            stream_count: 0,
            ledger: Ledger::new(&config.failures, config.print_faults),
            lost: None,
            first_handle,
            config,
        };
        for (ordinal, device) in driver.config.devices.clone().into_iter().enumerate() {
            let pool = new_handle();
            driver.pools.insert(pool, Pool::of_device(ordinal));
            driver.devices.push(Device::new(ordinal, device, pool));
        }
        driver
    }

    /// `cuInit`.
    fn initialise(&mut self) -> Outcome {
        if self.devices.is_empty() {
            return Err(Status::NO_DEVICE);
        }
        self.initialised = true;
        Ok(())
    }

    /// The device with this ordinal, which is also its handle.
    fn device(&mut self, ordinal: i32) -> Outcome<&mut Device> {
        if !self.initialised {
            return Err(Status::NOT_INITIALIZED);
        }
        usize::try_from(ordinal)
            .ok()
            .and_then(|ordinal| self.devices.get_mut(ordinal))
            .ok_or(Status::INVALID_DEVICE)
    }

    /// Records the use of a handle that names nothing, unless it is a leftover of an earlier
    /// session, and answers the error for it.
    fn invalid_handle(&mut self, operation: &str, what: &str, handle: u64) -> Status {
        if handle >= self.first_handle {
            self.ledger.host_fault(
                FaultKind::InvalidHandle,
                operation,
                None,
                format!("{handle:#x} is no {what}, or one that was destroyed"),
            );
        }
        Status::INVALID_HANDLE
    }

    /// Runs all that is pending.
    fn run_all(&mut self) {
        let streams: Vec<u64> = self.streams.keys().copied().collect();
        for stream in streams {
            self.run(stream);
        }
    }

    /// What happened so far.
    fn report(&self) -> Report {
        let devices = (self.devices.iter())
            .map(|device| DeviceReport {
                allocated_bytes: device.allocated_bytes,
                peak_bytes: device.peak_bytes,
            })
            .collect();
        let ledger = &self.ledger;
        Report {
            faults: ledger.faults.clone(),
            faults_dropped: ledger.faults_dropped,
            leaks: self.leaks(),
            calls: (ledger.calls.iter())
                .map(|(&name, &count)| (name.to_owned(), count))
                .collect(),
            launches: (ledger.kernels.values())
                .map(|kernel| kernel.launches)
                .sum(),
            instructions: (ledger.kernels.values())
                .map(|kernel| kernel.instructions)
                .sum(),
            kernels: ledger.kernels.clone(),
            copied: ledger.copied,
            devices,
        }
    }

    /// What was lost with its context, and what is alive.
    fn leaks(&self) -> Vec<Leak> {
        let mut leaks = self.ledger.lost.clone();
        leaks.extend(self.contexts.keys().flat_map(|&context| {
            let mut alive = self.alive_in(context);
            alive.push(Leak {
                kind: LeakKind::Context,
                handle: context,
                bytes: 0,
                lost_with_context: false,
            });
            alive
        }));
        leaks.extend(
            (self.pools.iter())
                .filter(|(_, pool)| !pool.default)
                .map(|(&handle, _)| Leak {
                    kind: LeakKind::Pool,
                    handle,
                    bytes: 0,
                    lost_with_context: false,
                }),
        );
        leaks
    }
}
