//! What streams do: copies, fills, launches, frees.

use std::ffi::c_void;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use crate::control::{Fault, FaultKind, Site};
use crate::machine;

use super::clock::VectorClock;
use super::history::{Conflict, Stamp, Use};
use super::host::HostSpan;
use super::launch::PreparedLaunch;
use super::status::Status;
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
    /// A function of the program's: `cuLaunchHostFunc`.
    HostCall(HostCall),
}

/// Where an upload's bytes are.
pub enum Source {
    /// Copied when the call was made, as a driver does with pageable memory.
    Staged(Vec<u8>),
    /// Still in the program's pinned memory, with a digest of what was there at the call.
    Pinned { span: HostSpan, digest: Option<u64> },
}

/// A callback and its datum.
pub struct HostCall {
    pub function: unsafe extern "C" fn(*mut c_void),
    pub datum: *mut c_void,
}

// SAFETY: the program promises the driver that the function may be called with its datum on
// any thread (`cuLaunchHostFunc`).
unsafe impl Send for HostCall {}

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
struct Running {
    context: u64,
    stamp: Arc<Stamp>,
    clock: VectorClock,
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
            Work::HostCall(call) => super::api::call_host(&call),
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
        self.ledger.launches += 1;
        let memory = &self.devices[device].memory;
        match machine::launch(&launch.program, memory, &grid, &options) {
            Ok(stats) => self.ledger.instructions += stats.warp_instructions,
            Err(faults) => {
                for fault in faults {
                    self.machine_fault(running, device, fault);
                }
            }
        }
    }

    /// Checks that a copy away from a device reads nothing that nobody wrote.
    fn expect_initialised(&mut self, running: &Running, device: usize, address: u64, bytes: u64) {
        if !self.config.checks.uninitialised {
            return;
        }
        let memory = &self.devices[device].memory;
        if let Ok(Some(first)) = memory.first_uninitialised(address, bytes) {
            self.ledger.host_fault(
                FaultKind::UninitialisedRead,
                &running.stamp.what,
                Some(first),
                format!(
                    "a copy of {bytes} bytes from {address:#x} takes along memory that nothing \
                     has written"
                ),
            );
        }
    }

    /// Records an operation's use of device memory and reports what it is in no order with.
    fn touch(&mut self, running: &Running, device: usize, address: u64, bytes: u64, how: Use) {
        if !self.config.checks.stream_races || bytes == 0 {
            return;
        }
        let Some((start, allocation)) = self.devices[device].find_mut(address) else {
            return;
        };
        let range = address..(address + bytes).min(start + allocation.bytes);
        let (stamp, clock) = (&running.stamp, &running.clock);
        let conflicts = allocation.history.touch(range.clone(), how, stamp, clock);
        self.report_conflicts(running, FaultKind::StreamRace, how, &range, conflicts);
    }

    /// As [`touch`](Self::touch), for the end of an allocation.
    fn touch_for_free(&mut self, running: &Running, device: usize, address: u64, bytes: u64) {
        if !self.config.checks.stream_races {
            return;
        }
        let Some((_, allocation)) = self.devices[device].find_mut(address) else {
            return;
        };
        let range = address..address + bytes;
        let (stamp, clock) = (&running.stamp, &running.clock);
        let conflicts = (allocation.history).touch(range.clone(), Use::Write, stamp, clock);
        let kind = FaultKind::UseAfterFreeAcrossStreams;
        self.report_conflicts(running, kind, Use::Write, &range, conflicts);
    }

    /// As [`touch`](Self::touch), for pinned host memory.
    fn touch_pinned(&mut self, running: &Running, span: HostSpan, how: Use) {
        if !self.config.checks.stream_races || span.bytes == 0 {
            return;
        }
        let Some((start, pinned)) = self.pinned.find_mut(span.address) else {
            return;
        };
        let range = span.address..span.range().end.min(start + pinned.bytes);
        let (stamp, clock) = (&running.stamp, &running.clock);
        let conflicts = pinned.history.touch(range.clone(), how, stamp, clock);
        self.report_conflicts(running, FaultKind::StreamRace, how, &range, conflicts);
    }

    fn report_conflicts(
        &mut self,
        running: &Running,
        kind: FaultKind,
        how: Use,
        range: &Range<u64>,
        conflicts: Vec<Conflict>,
    ) {
        for conflict in conflicts {
            let stamp = &running.stamp;
            let does = match (kind, how) {
                (FaultKind::UseAfterFreeAcrossStreams, _) => "frees",
                (_, Use::Read) => "reads",
                (_, Use::Write) => "writes",
            };
            let did = match conflict.earlier_use {
                Use::Read => "reads",
                Use::Write => "writes",
            };
            let message = format!(
                "{} (operation {} of stream {}) {does} {:#x}..{:#x}, which {} (operation {} of \
                 stream {}) {did}, and no event or synchronisation orders the two",
                stamp.what,
                stamp.number,
                stamp.stream,
                range.start,
                range.end,
                conflict.earlier.what,
                conflict.earlier.number,
                conflict.earlier.stream,
            );
            let address = Some(conflict.address);
            (self.ledger).host_fault(kind, &stamp.what, address, message);
        }
    }

    /// Whether work on a device's memory was done; if not, the context is stuck.
    fn finish(
        &mut self,
        running: &Running,
        device: usize,
        done: Result<(), machine::Fault>,
    ) -> bool {
        match done {
            Ok(()) => true,
            Err(fault) => {
                self.machine_fault(running, device, fault);
                false
            }
        }
    }

    /// Records what the machine found; what stops a device stops the context.
    fn machine_fault(&mut self, running: &Running, device: usize, fault: machine::Fault) {
        let error = sticky(fault.kind);
        let mut kind = kind_of(fault.kind);
        let mut message = fault.detail;
        if fault.count > 1 {
            message += &format!(" ({} times)", fault.count);
        }
        let freed = (fault.address).and_then(|address| self.devices[device].find_freed(address));
        if let (FaultKind::UseAfterFree, Some(freed)) = (kind, freed) {
            message += &format!(
                "; freed by {} (operation {} of stream {})",
                freed.by.what, freed.by.number, freed.by.stream
            );
            if freed.by.stream != running.stamp.stream {
                kind = FaultKind::UseAfterFreeAcrossStreams;
            }
        }
        let site = fault.site.map(|site| Site {
            kernel: site.kernel,
            block: site.block,
            thread: site.thread,
            line: site.line,
            instruction: site.instruction,
        });
        self.ledger.fault(Fault {
            kind,
            operation: running.stamp.what.clone(),
            site,
            address: fault.address,
            message,
        });
        if let (Some(status), Some(context)) = (error, self.contexts.get_mut(&running.context)) {
            context.error.get_or_insert(status);
        }
    }
}

/// What a device would answer from then on, where it would stop.
fn sticky(kind: machine::FaultKind) -> Option<Status> {
    use machine::FaultKind as Found;
    Some(match kind {
        found if !found.is_fatal() => return None,
        Found::OutOfBounds | Found::UseAfterFree | Found::ReadOnly => Status::ILLEGAL_ADDRESS,
        Found::Misaligned => Status::MISALIGNED_ADDRESS,
        Found::Budget => Status::LAUNCH_TIMEOUT,
        _ => Status::LAUNCH_FAILED,
    })
}

fn kind_of(kind: machine::FaultKind) -> FaultKind {
    use machine::FaultKind as Found;
    match kind {
        Found::OutOfBounds => FaultKind::OutOfBounds,
        Found::Misaligned => FaultKind::Misaligned,
        Found::UseAfterFree => FaultKind::UseAfterFree,
        Found::UninitialisedMemory | Found::UninitialisedRegister => FaultKind::UninitialisedRead,
        Found::ReadOnly => FaultKind::ReadOnly,
        Found::RaceInBlock => FaultKind::RaceInBlock,
        Found::RaceBetweenBlocks => FaultKind::RaceBetweenBlocks,
        Found::DivergentBarrier => FaultKind::Barrier,
        Found::Budget => FaultKind::EndlessLoop,
        Found::DivisionByZero => FaultKind::DivisionByZero,
        Found::Trap => FaultKind::Trap,
        Found::InvalidFree => FaultKind::InvalidFree,
        Found::InvalidLaunch => FaultKind::InvalidLaunch,
    }
}
