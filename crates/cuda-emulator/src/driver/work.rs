//! What streams do: copies, fills, launches, frees.

use std::sync::Arc;
use std::time::Instant;

use crate::control::FaultKind;
use crate::machine;

use super::clock::VectorClock;
use super::history::{Stamp, Use};
use super::host::HostSpan;
use super::launch::PreparedLaunch;
use super::stream::{Operation, Recording};
use super::Driver;

/// The work of one operation. Devices are given by ordinal.
pub enum Work {
    /// The beginning of a stream-ordered allocation, for its place in the stream alone.
    Allocate,
    /// The end of a stream-ordered allocation.
    Free {
        device: usize,
        address: u64,
    },
    Upload {
        device: usize,
        destination: u64,
        source: Source,
    },
    Download {
        device: usize,
        source: u64,
        destination: HostSpan,
    },
    Copy {
        device: usize,
        destination: u64,
        source: u64,
        bytes: u64,
    },
    CopyBetweenDevices {
        to: (usize, u64),
        from: (usize, u64),
        bytes: u64,
    },
    Fill {
        device: usize,
        address: u64,
        pattern: Vec<u8>,
        count: u64,
    },
    Launch(Box<PreparedLaunch>),
    Record {
        event: u64,
    },
    /// Waits for the other stream to come so far.
    Wait(Recording),
}

/// Where an upload's bytes are.
pub enum Source {
    /// Copied when the call was made, as a driver does with pageable memory.
    Staged(Vec<u8>),
    /// Still in the program's pinned memory, with a digest of what was there at the call.
    Pinned { span: HostSpan, digest: Option<u64> },
}

impl Work {
    /// Bytes of the program's that the operation holds a copy of.
    pub fn staged_bytes(&self) -> u64 {
        match self {
            Self::Upload {
                source: Source::Staged(bytes),
                ..
            } => bytes.len() as u64,
            _ => 0,
        }
    }
}

/// An operation while it runs.
pub struct Running {
    pub context: u64,
    pub stamp: Arc<Stamp>,
    pub clock: VectorClock,
}

impl Driver {
    /// Does the work of an operation whose turn it is.
    pub(super) fn execute(
        &mut self,
        stream: u64,
        context: u64,
        index: usize,
        operation: Operation,
    ) {
        let Operation {
            number,
            clock,
            name,
            work,
            ..
        } = operation;
        (self.pinned_uses).retain(|it| (it.stream, it.number) != (stream, number));
        if self.healthy(context).is_err() && !matches!(work, Work::Record { .. }) {
            // The device stopped: nothing runs any more.
            return;
        }
        let what = match &work {
            Work::Launch(launch) => format!("kernel {}", launch.entry),
            _ => name.to_owned(),
        };
        let running = Running {
            context,
            stamp: Arc::new(Stamp {
                stream: index,
                number,
                what,
            }),
            clock,
        };
        match work {
            Work::Free { device, address } => self.end_allocation(&running, device, address),
            Work::Upload {
                device,
                destination,
                source,
            } => self.upload(&running, device, destination, source),
            Work::Download {
                device,
                source,
                destination,
            } => self.download(&running, device, source, destination),
            Work::Copy {
                device,
                destination,
                source,
                bytes,
            } => {
                self.touch(&running, device, source, bytes, Use::Read);
                self.touch(&running, device, destination, bytes, Use::Write);
                let done = self.devices[device].memory.copy(destination, source, bytes);
                self.finish(&running, device, done);
                self.ledger.copied.device_to_device += bytes;
            }
            Work::CopyBetweenDevices { to, from, bytes } => {
                self.copy_between_devices(&running, to, from, bytes);
            }
            Work::Fill {
                device,
                address,
                pattern,
                count,
            } => {
                let bytes = pattern.len() as u64 * count;
                self.touch(&running, device, address, bytes, Use::Write);
                let done = self.devices[device].memory.fill(address, &pattern, count);
                self.finish(&running, device, done);
            }
            Work::Launch(launch) => self.run_kernel(&running, &launch),
            Work::Record { event } => {
                let recording = (self.events.get_mut(&event))
                    .and_then(|event| event.recording.as_mut())
                    .filter(|it| (it.stream, it.number) == (stream, number));
                if let Some(recording) = recording {
                    recording.reached = Some(Instant::now());
                }
            }
            Work::Allocate | Work::Wait(_) => {}
        }
    }

    fn end_allocation(&mut self, running: &Running, device: usize, address: u64) {
        let bytes = match self.devices[device].allocations.get(&address) {
            Some(allocation) => allocation.bytes,
            None => return,
        };
        self.touch_for_free(running, device, address, bytes);
        self.drop_allocation(device, address, Arc::clone(&running.stamp));
    }

    fn upload(&mut self, running: &Running, device: usize, destination: u64, source: Source) {
        let bytes = match source {
            Source::Staged(bytes) => bytes,
            Source::Pinned { span, digest } => {
                self.touch_pinned(running, span, Use::Read);
                if digest.is_some_and(|digest| digest != span.digest()) {
                    self.ledger.host_fault(
                        FaultKind::PinnedChanged,
                        &running.stamp.what,
                        Some(span.address),
                        format!(
                            "the host changed some of {} bytes of pinned memory after the call \
                             that copies them and before a synchronisation with it",
                            span.bytes
                        ),
                    );
                }
                span.read()
            }
        };
        self.touch(running, device, destination, bytes.len() as u64, Use::Write);
        let done = self.devices[device].memory.write(destination, &bytes);
        self.finish(running, device, done);
        self.ledger.copied.host_to_device += bytes.len() as u64;
    }

    fn download(&mut self, running: &Running, device: usize, source: u64, destination: HostSpan) {
        self.touch(running, device, source, destination.bytes, Use::Read);
        self.touch_pinned(running, destination, Use::Write);
        self.expect_initialised(running, device, source, destination.bytes);
        let mut bytes = vec![0; destination.bytes as usize];
        let done = self.devices[device].memory.read(source, &mut bytes);
        if self.finish(running, device, done) {
            destination.write(&bytes);
        }
        self.ledger.copied.device_to_host += destination.bytes;
    }

    fn copy_between_devices(
        &mut self,
        running: &Running,
        to: (usize, u64),
        from: (usize, u64),
        bytes: u64,
    ) {
        self.touch(running, from.0, from.1, bytes, Use::Read);
        self.touch(running, to.0, to.1, bytes, Use::Write);
        self.expect_initialised(running, from.0, from.1, bytes);
        let mut content = vec![0; bytes as usize];
        let read = self.devices[from.0].memory.read(from.1, &mut content);
        if self.finish(running, from.0, read) {
            let written = self.devices[to.0].memory.write(to.1, &content);
            self.finish(running, to.0, written);
        }
        self.ledger.copied.device_to_device += bytes;
    }

    fn run_kernel(&mut self, running: &Running, launch: &PreparedLaunch) {
        let device = launch.device;
        let checks = self.config.checks;
        let options = machine::Options {
            uninitialised_memory: checks.uninitialised,
            uninitialised_registers: checks.uninitialised,
            races_in_block: checks.thread_races,
            races_between_blocks: checks.thread_races,
            ..machine::Options::default()
        };
        let grid = machine::Launch {
            entry: &launch.entry,
            grid: launch.grid,
            block: launch.block,
            dynamic_shared: launch.dynamic_shared,
            params: &launch.params,
        };
        let memory = &self.devices[device].memory;
        let outcome = machine::launch(&launch.program, memory, &grid, &options);
        self.touch_as_launched(running, device);
        let kernel = (self.ledger.kernels)
            .entry(launch.entry.clone())
            .or_default();
        kernel.launches += 1;
        match outcome {
            Ok(stats) => kernel.instructions += stats.warp_instructions,
            Err(faults) => {
                for fault in faults {
                    self.machine_fault(running, device, fault);
                }
            }
        }
    }
}
