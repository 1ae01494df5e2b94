//! Copies and fills, as they are submitted: what is checked at the call, what is staged, what
//! stays in pinned memory until its turn.
//!
//! Which calls wait is said in the CUDA Driver API's "API synchronization behavior": a copy
//! from pageable memory returns when it is staged, a copy to pageable memory when it is done,
//! a synchronous copy from or to pinned memory when it is done, a copy within a device and a
//! fill at once.

use crate::control::FaultKind;

use super::history::{History, Use};
use super::host::HostSpan;
use super::memory::host_stamp;
use super::status::{Outcome, Status};
use super::stream::PinnedUse;
use super::work::{Source, Work};
use super::Driver;

/// Whether a call waits where the memory would let it return at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Synchronous,
    Asynchronous,
}

impl Driver {
    /// The device whose memory an address is or was, and for any other address the device of a
    /// stream's context. Addresses are unified: a call may name memory of any device.
    fn home(&self, address: u64, stream: u64) -> Outcome<usize> {
        let context = (self.streams.get(&stream)).map_or(0, |stream| stream.context);
        let default = self.device_of(context)?;
        Ok(self.device_holding(address).unwrap_or(default))
    }

    /// Checks that a range is one live allocation's.
    fn expect_range(
        &mut self,
        operation: &str,
        device: usize,
        address: u64,
        bytes: u64,
    ) -> Outcome {
        let device = &self.devices[device];
        let end = address.checked_add(bytes);
        let (kind, message) = match device.find(address) {
            Some((start, found)) if end.is_some_and(|end| end <= start + found.bytes) => {
                return Ok(())
            }
            Some((start, found)) => (
                FaultKind::CopyOutOfRange,
                format!(
                    "{bytes} bytes from here reach beyond the allocation {start:#x}..{:#x}",
                    start + found.bytes
                ),
            ),
            None if device.find_freed(address).is_some() => (
                FaultKind::UseAfterFree,
                format!("{bytes} bytes of memory that was freed"),
            ),
            None => (
                FaultKind::CopyOutOfRange,
                format!("{bytes} bytes of no allocation"),
            ),
        };
        (self.ledger).host_fault(kind, operation, Some(address), message);
        Err(Status::INVALID_VALUE)
    }

    /// Whether a range is pinned, and whole: one that reaches beyond its end is out of range.
    fn is_pinned(&mut self, operation: &str, span: HostSpan) -> Outcome<bool> {
        let Some((start, pinned)) = self.pinned.find(span.address) else {
            return Ok(false);
        };
        let end = start + pinned.bytes;
        if span.range().end <= end {
            return Ok(true);
        }
        self.ledger.host_fault(
            FaultKind::CopyOutOfRange,
            operation,
            Some(span.address),
            format!(
                "{} bytes from here reach beyond the pinned memory {start:#x}..{end:#x}",
                span.bytes
            ),
        );
        Err(Status::INVALID_VALUE)
    }

    /// `cuMemcpyHtoD` and `cuMemcpyHtoDAsync`.
    pub(super) fn copy_to_device(
        &mut self,
        operation: &'static str,
        stream: u64,
        destination: u64,
        span: HostSpan,
        mode: Mode,
    ) -> Outcome {
        let device = self.home(destination, stream)?;
        if span.bytes == 0 {
            return Ok(());
        }
        self.expect_range(operation, device, destination, span.bytes)?;
        let pinned = self.is_pinned(operation, span)?;
        let source = if pinned {
            let checked = self.config.checks.pinned && self.pinned_is_quiet(span, Use::Read);
            let digest = checked.then(|| span.digest());
            Source::Pinned { span, digest }
        } else {
            Source::Staged(span.read())
        };
        let work = Work::Upload {
            device,
            destination,
            source,
        };
        let number = self.submit(stream, operation, work)?;
        if pinned {
            self.pinned_uses.push(PinnedUse {
                stream,
                number,
                span,
                how: Use::Read,
            });
            if mode == Mode::Synchronous {
                return self.synchronize_stream(stream);
            }
        }
        Ok(())
    }

    /// `cuMemcpyDtoH` and `cuMemcpyDtoHAsync`.
    pub(super) fn copy_to_host(
        &mut self,
        operation: &'static str,
        stream: u64,
        destination: HostSpan,
        source: u64,
        mode: Mode,
    ) -> Outcome {
        /// What a pinned destination holds until the copy is known to be done.
        const NOT_YET: u8 = 0x5a;
        let device = self.home(source, stream)?;
        if destination.bytes == 0 {
            return Ok(());
        }
        self.expect_range(operation, device, source, destination.bytes)?;
        let pinned = self.is_pinned(operation, destination)?;
        let quiet = self.pinned_is_quiet(destination, Use::Write);
        let work = Work::Download {
            device,
            source,
            destination,
        };
        let number = self.submit(stream, operation, work)?;
        if !pinned || mode == Mode::Synchronous {
            return self.synchronize_stream(stream);
        }
        if self.config.checks.pinned && quiet {
            destination.write(&vec![NOT_YET; destination.bytes as usize]);
        }
        self.pinned_uses.push(PinnedUse {
            stream,
            number,
            span: destination,
            how: Use::Write,
        });
        Ok(())
    }

    /// `cuMemcpyDtoD` and `cuMemcpyDtoDAsync`.
    pub(super) fn copy_on_device(
        &mut self,
        operation: &'static str,
        stream: u64,
        destination: u64,
        source: u64,
        bytes: u64,
    ) -> Outcome {
        let device = self.home(destination, stream)?;
        let from = self.home(source, stream)?;
        if bytes == 0 {
            return Ok(());
        }
        self.expect_range(operation, from, source, bytes)?;
        self.expect_range(operation, device, destination, bytes)?;
        if from != device {
            let (to, from) = ((device, destination), (from, source));
            self.submit(
                stream,
                operation,
                Work::CopyBetweenDevices { to, from, bytes },
            )?;
            return Ok(());
        }
        let work = Work::Copy {
            device,
            destination,
            source,
            bytes,
        };
        self.submit(stream, operation, work)?;
        Ok(())
    }

    /// `cuMemcpyPeer` and `cuMemcpyPeerAsync`: addresses with the contexts that they are of.
    pub(super) fn copy_between(
        &mut self,
        operation: &'static str,
        stream: u64,
        to: (u64, u64),
        from: (u64, u64),
        bytes: u64,
    ) -> Outcome {
        let to = (self.device_of(to.0)?, to.1);
        let from = (self.device_of(from.0)?, from.1);
        if bytes == 0 {
            return Ok(());
        }
        self.expect_range(operation, from.0, from.1, bytes)?;
        self.expect_range(operation, to.0, to.1, bytes)?;
        self.submit(
            stream,
            operation,
            Work::CopyBetweenDevices { to, from, bytes },
        )?;
        Ok(())
    }

    /// `cuMemcpy` and `cuMemcpyAsync`, where the addresses say what they are.
    pub(super) fn copy_any(
        &mut self,
        operation: &'static str,
        stream: u64,
        destination: u64,
        source: u64,
        bytes: u64,
        mode: Mode,
    ) -> Outcome {
        let on_device = |address| self.device_holding(address).is_some();
        let host = |address| HostSpan { address, bytes };
        match (on_device(destination), on_device(source)) {
            (true, true) => self.copy_on_device(operation, stream, destination, source, bytes),
            (true, false) => {
                self.copy_to_device(operation, stream, destination, host(source), mode)
            }
            (false, true) => self.copy_to_host(operation, stream, host(destination), source, mode),
            (false, false) => Err(Status::NOT_SUPPORTED),
        }
    }

    /// `cuMemsetD8`, `cuMemsetD16`, `cuMemsetD32`, and the same in order of a stream.
    pub(super) fn fill(
        &mut self,
        operation: &'static str,
        stream: u64,
        address: u64,
        pattern: &[u8],
        count: u64,
    ) -> Outcome {
        let device = self.home(address, stream)?;
        if count == 0 {
            return Ok(());
        }
        let bytes = (count.checked_mul(pattern.len() as u64)).ok_or(Status::INVALID_VALUE)?;
        if address % pattern.len() as u64 != 0 {
            return Err(Status::INVALID_VALUE);
        }
        self.expect_range(operation, device, address, bytes)?;
        let work = Work::Fill {
            device,
            address,
            pattern: pattern.to_vec(),
            count,
        };
        self.submit(stream, operation, work)?;
        Ok(())
    }

    /// `cuMemHostAlloc`.
    pub(super) fn allocate_host(
        &mut self,
        operation: &str,
        bytes: u64,
        flags: u32,
    ) -> Outcome<u64> {
        let context = self.context()?;
        if bytes == 0 {
            return Err(Status::INVALID_VALUE);
        }
        let begin = host_stamp(operation);
        (self.pinned).allocate(bytes, context, flags, |range| History::new(range, begin))
    }

    /// `cuMemHostRegister`.
    pub(super) fn register_host(&mut self, operation: &str, span: HostSpan, flags: u32) -> Outcome {
        let context = self.context()?;
        if span.bytes == 0 || span.address == 0 {
            return Err(Status::INVALID_VALUE);
        }
        let history = History::new(span.range(), host_stamp(operation));
        self.pinned.register(span, context, flags, history)
    }

    /// `cuMemFreeHost` of what was allocated, `cuMemHostUnregister` of what was registered.
    pub(super) fn free_host(&mut self, operation: &str, address: u64, allocated: bool) -> Outcome {
        let Some(pinned) = self.pinned.starting_at(address, allocated) else {
            if allocated {
                let message = "no pinned memory begins here, or not any more".to_owned();
                let kind = FaultKind::InvalidFree;
                (self.ledger).host_fault(kind, operation, Some(address), message);
                return Err(Status::INVALID_VALUE);
            }
            return Err(Status::HOST_MEMORY_NOT_REGISTERED);
        };
        let bytes = pinned.bytes;
        self.run_copies_of(operation, HostSpan { address, bytes });
        self.pinned.release(address);
        Ok(())
    }
}
