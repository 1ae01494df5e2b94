//! What is checked when an operation runs: order with other streams, initialisation, and what
//! the machine found.

use std::sync::Arc;

use crate::control::{Fault, FaultKind, Site};
use crate::machine;

use super::history::{Conflict, Stamp, Use};
use super::host::HostSpan;
use super::status::Status;
use super::work::Running;
use super::Driver;

impl Driver {
    /// Checks that a copy away from a device reads nothing that nobody wrote.
    pub(super) fn expect_initialised(
        &mut self,
        running: &Running,
        device: usize,
        address: u64,
        bytes: u64,
    ) {
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
    pub(super) fn touch(
        &mut self,
        running: &Running,
        device: usize,
        address: u64,
        bytes: u64,
        how: Use,
    ) {
        let conflicts = self.conflicts(running, device, address, bytes, how);
        self.report_races(running, conflicts);
    }

    /// As [`touch`](Self::touch), for what the last launch on a device used. The machine knows
    /// it where it watched for races between threads.
    pub(super) fn touch_as_launched(&mut self, running: &Running, device: usize) {
        if !self.config.checks.thread_races {
            return;
        }
        let mut met: Vec<Conflict> = Vec::new();
        for used in self.devices[device].memory.touched() {
            let how = if used.written { Use::Write } else { Use::Read };
            for conflict in self.conflicts(running, device, used.address, used.bytes, how) {
                if !(met.iter()).any(|known| Arc::ptr_eq(&known.earlier, &conflict.earlier)) {
                    met.push(conflict);
                }
            }
        }
        self.report_races(running, met);
    }

    /// As [`touch`](Self::touch), for pinned host memory.
    pub(super) fn touch_pinned(&mut self, running: &Running, span: HostSpan, how: Use) {
        if !self.config.checks.stream_races || span.bytes == 0 {
            return;
        }
        let Some((start, pinned)) = self.pinned.find_mut(span.address) else {
            return;
        };
        let range = span.address..span.range().end.min(start + pinned.bytes);
        let (stamp, clock) = (&running.stamp, &running.clock);
        let conflicts = pinned.history.touch(range, how, stamp, clock);
        self.report_races(running, conflicts);
    }

    /// As [`touch`](Self::touch), for the end of an allocation.
    pub(super) fn touch_for_free(
        &mut self,
        running: &Running,
        device: usize,
        address: u64,
        bytes: u64,
    ) {
        for conflict in self.conflicts(running, device, address, bytes, Use::Write) {
            let message = format!(
                "this frees memory that {} uses, and no event or synchronisation orders the two",
                name_of(&conflict.earlier)
            );
            let kind = FaultKind::UseAfterFreeAcrossStreams;
            let operation = &running.stamp.what;
            (self.ledger).host_fault(kind, operation, Some(conflict.address), message);
        }
    }

    /// What an operation's use of device memory is in no order with.
    fn conflicts(
        &mut self,
        running: &Running,
        device: usize,
        address: u64,
        bytes: u64,
        how: Use,
    ) -> Vec<Conflict> {
        if !self.config.checks.stream_races || bytes == 0 {
            return Vec::new();
        }
        let Some((start, allocation)) = self.devices[device].find_mut(address) else {
            return Vec::new();
        };
        let range = address..(address + bytes).min(start + allocation.bytes);
        (allocation.history).touch(range, how, &running.stamp, &running.clock)
    }

    fn report_races(&mut self, running: &Running, conflicts: Vec<Conflict>) {
        for conflict in conflicts {
            let verb = |how| match how {
                Use::Read => "reads",
                Use::Write => "writes",
            };
            let message = format!(
                "{} {} memory that {} {}, and no event or synchronisation orders the two",
                name_of(&running.stamp),
                verb(conflict.later_use),
                name_of(&conflict.earlier),
                verb(conflict.earlier_use),
            );
            let operation = &running.stamp.what;
            let address = Some(conflict.address);
            (self.ledger).host_fault(FaultKind::StreamRace, operation, address, message);
        }
    }

    /// Whether work on a device's memory was done; if not, the context is stuck.
    pub(super) fn finish(
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
    pub(super) fn machine_fault(
        &mut self,
        running: &Running,
        device: usize,
        fault: machine::Fault,
    ) {
        let error = sticky(fault.kind);
        let mut kind = kind_of(fault.kind);
        let mut message = fault.detail;
        if fault.count > 1 {
            message += &format!(" ({} times)", fault.count);
        }
        let freed = (fault.address).and_then(|address| self.devices[device].find_freed(address));
        if let (FaultKind::UseAfterFree, Some(freed)) = (kind, freed) {
            message += &format!("; freed by {}", name_of(&freed.by));
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

/// An operation, as a fault names it.
pub fn name_of(stamp: &Stamp) -> String {
    match stamp.stream {
        usize::MAX => stamp.what.clone(),
        stream => format!(
            "{} (operation {} of stream {stream})",
            stamp.what, stamp.number
        ),
    }
}
