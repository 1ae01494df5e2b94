//! What a rung that sends work to a device tells about it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ops::{AddAssign, Sub};

/// What a device was given to do: totals since it was opened, or of a part of that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceUse {
    /// Bytes copied from the host.
    pub bytes_to_device: u64,
    /// Bytes copied to the host.
    pub bytes_from_device: u64,
    /// Kernels launched.
    pub launches: u64,
    /// Times that the host waited for the device.
    pub synchronisations: u64,
    /// Multiplications of 32-bit words that the kernels' contracts count, an upper bound where the work
    /// depends on values.
    pub multiplications: u64,
    /// Bytes of its own memory that it read, by the same count.
    pub memory_bytes_read: u64,
    /// Bytes of its own memory that it wrote.
    pub memory_bytes_written: u64,
    /// Time in which the device worked for us, between events. Absent where it is emulated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ns: Option<u64>,
}

impl Sub for DeviceUse {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        let times = self.device_ns.zip(earlier.device_ns);
        Self {
            bytes_to_device: self.bytes_to_device - earlier.bytes_to_device,
            bytes_from_device: self.bytes_from_device - earlier.bytes_from_device,
            launches: self.launches - earlier.launches,
            synchronisations: self.synchronisations - earlier.synchronisations,
            multiplications: self.multiplications - earlier.multiplications,
            memory_bytes_read: self.memory_bytes_read - earlier.memory_bytes_read,
            memory_bytes_written: self.memory_bytes_written - earlier.memory_bytes_written,
            device_ns: times.map(|(now, before)| now - before),
        }
    }
}

impl AddAssign for DeviceUse {
    fn add_assign(&mut self, more: Self) {
        self.bytes_to_device += more.bytes_to_device;
        self.bytes_from_device += more.bytes_from_device;
        self.launches += more.launches;
        self.synchronisations += more.synchronisations;
        self.multiplications += more.multiplications;
        self.memory_bytes_read += more.memory_bytes_read;
        self.memory_bytes_written += more.memory_bytes_written;
        self.device_ns = self.device_ns.zip(more.device_ns).map(|(a, b)| a + b);
    }
}

/// A device that a rung uses, seen from outside. A rung without one has `()`.
pub trait DeviceProbe {
    /// What the report's list of devices says of it: at least `name` and `emulated`.
    fn describe(&self) -> Option<Value>;

    /// Whether it is an emulator, whose times mean nothing.
    fn is_emulated(&self) -> bool;

    /// Its totals so far. Waits for the device where its time is measured.
    fn used(&self) -> Option<DeviceUse>;

    /// Its memory at the moment when most of it was allocated.
    fn peak_vram(&self) -> Option<Vram>;
}

/// Device memory at its peak, by what held it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vram {
    /// All of it.
    pub bytes: u64,
    /// What the plan says that it would be, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_bytes: Option<u64>,
    /// By name, the largest first.
    pub holdings: Vec<VramHolding>,
}

/// Buffers of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VramHolding {
    /// Their name: `msm bases`, `advice[3]`.
    pub name: String,
    /// How many there are.
    pub buffers: u64,
    /// Their bytes together.
    pub bytes: u64,
}

/// One that may be there or not.
impl<D: DeviceProbe> DeviceProbe for Option<D> {
    fn describe(&self) -> Option<Value> {
        self.as_ref()?.describe()
    }

    fn is_emulated(&self) -> bool {
        self.as_ref().is_some_and(D::is_emulated)
    }

    fn used(&self) -> Option<DeviceUse> {
        self.as_ref()?.used()
    }

    fn peak_vram(&self) -> Option<Vram> {
        self.as_ref()?.peak_vram()
    }
}

impl DeviceProbe for () {
    fn describe(&self) -> Option<Value> {
        None
    }

    fn is_emulated(&self) -> bool {
        false
    }

    fn used(&self) -> Option<DeviceUse> {
        None
    }

    fn peak_vram(&self) -> Option<Vram> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceUse;

    #[test]
    fn a_part_and_the_rest_are_the_whole() {
        let total = |scale: u64, timed: bool| DeviceUse {
            bytes_to_device: 10 * scale,
            bytes_from_device: 5 * scale,
            launches: 3 * scale,
            synchronisations: scale,
            multiplications: 11 * scale,
            memory_bytes_read: 2 * scale,
            memory_bytes_written: 4 * scale,
            device_ns: timed.then_some(7 * scale),
        };
        let mut sum = total(4, true) - total(1, true);
        sum += total(1, true);
        assert_eq!(sum, total(4, true));
        assert_eq!((total(4, false) - total(1, false)).device_ns, None);
    }
}
