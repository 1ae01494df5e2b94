//! The devices of this machine, and its driver.

use std::fmt;

use crate::{
    error::CudaError,
    sys::{Attribute, Driver, Primary, RawDevice},
};

/// The version of CUDA that a driver supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DriverVersion {
    /// 12 in 12.4.
    pub major: u32,
    /// 4 in 12.4.
    pub minor: u32,
}

impl DriverVersion {
    /// From the driver's own number: 12040 is 12.4.
    pub(crate) fn from_cuda(version: i32) -> Self {
        let version = u32::try_from(version).unwrap_or(0);
        Self {
            major: version / 1000,
            minor: version % 1000 / 10,
        }
    }
}

impl fmt::Display for DriverVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What a device can do: 9.0 for an H100. Orders as the hardware's generations do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComputeCapability {
    /// 9 in 9.0.
    pub major: u32,
    /// 0 in 9.0.
    pub minor: u32,
}

impl fmt::Display for ComputeCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What there is to know about a device before it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The number by which it is opened, which CUDA_VISIBLE_DEVICES permutes.
    pub ordinal: usize,
    /// Its name: `NVIDIA H100 80GB HBM3`.
    pub name: String,
    /// The identity that stays with it, as nvidia-smi writes it: `GPU-8f2b..`.
    pub uuid: String,
    /// Where it is plugged in: `0000:17:00.0`.
    pub pci: String,
    /// What it can do.
    pub capability: ComputeCapability,
    /// Its multiprocessors.
    pub multiprocessors: u32,
    /// The highest clock of its multiprocessors.
    pub clock_khz: u32,
    /// Its memory.
    pub memory_bytes: u64,
    /// The highest clock of its memory.
    pub memory_clock_khz: u32,
    /// The width of the bus to its memory.
    pub memory_bus_bits: u32,
    /// Its second-level cache.
    pub l2_bytes: u32,
    /// Shared memory that a block may have without asking.
    pub shared_bytes_per_block: u32,
    /// Shared memory that a block may have if its kernel asks for it.
    pub shared_bytes_per_block_opt_in: u32,
    /// Threads that a block may have.
    pub max_threads_per_block: u32,
    /// Blocks that a grid may have in x.
    pub max_grid_x: u32,
    /// Blocks that a grid may have in y, and in z.
    pub max_grid_y: u32,
    /// Whether it allocates in stream order.
    pub memory_pools: bool,
    /// What its driver supports.
    pub driver: DriverVersion,
    pub(crate) nature: Nature,
}

/// What kind of device it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    Device,
    Emulated,
    Modelled { free_bytes: u64 },
}

impl DeviceInfo {
    /// Whether this is the emulator of the tests: its results are a device's, its times are not.
    pub fn is_emulated(&self) -> bool {
        self.nature == Nature::Emulated
    }

    /// Whether this is a model of a device, which has no results and no times.
    pub fn is_modelled(&self) -> bool {
        matches!(self.nature, Nature::Modelled { .. })
    }

    /// Bytes of the device's memory that nobody uses at the moment. Opens the device to ask.
    pub fn free_bytes(&self) -> Result<u64, CudaError> {
        if let Nature::Modelled { free_bytes } = self.nature {
            return Ok(free_bytes);
        }
        let raw = RawDevice::get(Driver::open()?, self.ordinal)?;
        Ok(Primary::retain(raw)?.memory()?.0)
    }

    pub(crate) fn of(driver: Driver, raw: RawDevice, ordinal: usize) -> Result<Self, CudaError> {
        let attribute = |attribute| raw.attribute(attribute);
        Ok(Self {
            ordinal,
            name: raw.name()?,
            uuid: describe_uuid(raw.uuid()?),
            pci: format!(
                "{:04x}:{:02x}:{:02x}.0",
                attribute(Attribute::PciDomain)?,
                attribute(Attribute::PciBus)?,
                attribute(Attribute::PciDevice)?
            ),
            capability: ComputeCapability {
                major: attribute(Attribute::CapabilityMajor)?,
                minor: attribute(Attribute::CapabilityMinor)?,
            },
            multiprocessors: attribute(Attribute::Multiprocessors)?,
            clock_khz: attribute(Attribute::ClockKhz)?,
            memory_bytes: raw.memory_bytes()?,
            memory_clock_khz: attribute(Attribute::MemoryClockKhz)?,
            memory_bus_bits: attribute(Attribute::MemoryBusBits)?,
            l2_bytes: attribute(Attribute::L2Bytes)?,
            shared_bytes_per_block: attribute(Attribute::SharedBytesPerBlock)?,
            shared_bytes_per_block_opt_in: attribute(Attribute::SharedBytesPerBlockOptIn)?,
            max_threads_per_block: attribute(Attribute::MaxThreadsPerBlock)?,
            max_grid_x: attribute(Attribute::MaxGridX)?,
            max_grid_y: attribute(Attribute::MaxGridY)?,
            memory_pools: attribute(Attribute::MemoryPools)? != 0,
            driver: driver.version(),
            nature: match driver.is_emulated() {
                true => Nature::Emulated,
                false => Nature::Device,
            },
        })
    }
}

/// All devices of this machine. No driver, one that is too old, or no device are errors that say
/// what to do.
pub fn probe() -> Result<Vec<DeviceInfo>, CudaError> {
    let driver = Driver::open()?;
    let count = RawDevice::count(driver)?;
    if count == 0 {
        return Err(CudaError::NoDevice);
    }
    (0..count)
        .map(|ordinal| DeviceInfo::of(driver, RawDevice::get(driver, ordinal)?, ordinal))
        .collect()
}

/// `GPU-` and the bytes in groups of 8, 4, 4, 4 and 12 digits.
fn describe_uuid(bytes: [u8; 16]) -> String {
    let mut text = "GPU".to_owned();
    for (i, byte) in bytes.into_iter().enumerate() {
        if matches!(i, 0 | 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{describe_uuid, DriverVersion};

    #[test]
    fn versions() {
        let version = |number| DriverVersion::from_cuda(number).to_string();
        assert_eq!(version(12000), "12.0");
        assert_eq!(version(11080), "11.8");
        assert_eq!(version(13010), "13.1");
        assert_eq!(version(-1), "0.0");
        assert!(DriverVersion::from_cuda(11080) < DriverVersion::from_cuda(12000));
    }

    #[test]
    fn uuids() {
        let bytes = std::array::from_fn(|i| i as u8 * 17);
        assert_eq!(
            describe_uuid(bytes),
            "GPU-00112233-4455-6677-8899-aabbccddeeff"
        );
    }
}
