//! Tuning numbers of the transform.

use crate::device::DeviceInfo;

/// The numbers that a device's architecture and memory decide. Any values give right transforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// log2 of the most points that a pass transforms, 1 to 8. Larger passes are fewer, and take less
    /// memory traffic and fewer multiplications between them; their tiles have fewer neighbouring
    /// columns: 2^(10 - log2 of the rows), of 32 bytes each.
    pub max_log_rows: u32,
    /// Bytes of columns from the host that go to the device at a time: enough to fill it, few enough
    /// that the copies of the next ones go on meanwhile.
    pub batch_bytes: u64,
}

impl Policy {
    /// The policy for a device.
    ///
    /// 256 points a pass on every architecture: the passes are bound by multiplications where memory
    /// moves their 64 bytes a point in less time, which holds from an A100 (2.0 TB/s) on.
    pub fn of(_: &DeviceInfo) -> Self {
        Self {
            max_log_rows: 8,
            batch_bytes: 64 << 20,
        }
    }
}
