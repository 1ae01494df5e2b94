//! What a context was asked to do, counted.

use std::{
    ops::{Add, Sub},
    sync::atomic::{AtomicU64, Ordering},
};

/// Totals since the context was opened. Subtract an earlier snapshot for what lies between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Kernels launched.
    pub launches: u64,
    /// Times that the host waited for the device.
    pub synchronisations: u64,
    /// Bytes copied from the host.
    pub bytes_to_device: u64,
    /// Bytes copied to the host.
    pub bytes_from_device: u64,
    /// Device time of all outermost timed operations; 0 where operations are not timed.
    pub device_ns: u64,
}

impl Add for Counters {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            launches: self.launches + more.launches,
            synchronisations: self.synchronisations + more.synchronisations,
            bytes_to_device: self.bytes_to_device + more.bytes_to_device,
            bytes_from_device: self.bytes_from_device + more.bytes_from_device,
            device_ns: self.device_ns + more.device_ns,
        }
    }
}

impl Sub for Counters {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            launches: self.launches.saturating_sub(earlier.launches),
            synchronisations: self
                .synchronisations
                .saturating_sub(earlier.synchronisations),
            bytes_to_device: self.bytes_to_device.saturating_sub(earlier.bytes_to_device),
            bytes_from_device: self
                .bytes_from_device
                .saturating_sub(earlier.bytes_from_device),
            device_ns: self.device_ns.saturating_sub(earlier.device_ns),
        }
    }
}

/// The counters that only grow, as they are counted.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    launches: AtomicU64,
    synchronisations: AtomicU64,
    bytes_to_device: AtomicU64,
    bytes_from_device: AtomicU64,
}

impl Tally {
    pub(crate) fn launch(&self) {
        self.launches.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn synchronisation(&self) {
        self.synchronisations.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn uploaded(&self, bytes: usize) {
        self.bytes_to_device
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn downloaded(&self, bytes: usize) {
        self.bytes_from_device
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self, device_ns: u64) -> Counters {
        Counters {
            launches: self.launches.load(Ordering::Relaxed),
            synchronisations: self.synchronisations.load(Ordering::Relaxed),
            bytes_to_device: self.bytes_to_device.load(Ordering::Relaxed),
            bytes_from_device: self.bytes_from_device.load(Ordering::Relaxed),
            device_ns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counters, Tally};

    #[test]
    fn what_lies_between_two_snapshots() {
        let tally = Tally::default();
        tally.launch();
        tally.uploaded(10);
        let before = tally.snapshot(5);
        tally.launch();
        tally.synchronisation();
        tally.uploaded(1);
        tally.downloaded(7);
        assert_eq!(
            tally.snapshot(9) - before,
            Counters {
                launches: 1,
                synchronisations: 1,
                bytes_to_device: 1,
                bytes_from_device: 7,
                device_ns: 4,
            }
        );
    }
}
