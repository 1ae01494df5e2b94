//! Questions to a device that need no context.

use cudarc::driver::{result, sys};

use super::{Driver, During};
use crate::error::CudaError;

/// A device's handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawDevice(pub(super) sys::CUdevice);

/// What can be asked about a device: the attributes of the driver under names of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attribute {
    CapabilityMajor,
    CapabilityMinor,
    Multiprocessors,
    ClockKhz,
    MemoryClockKhz,
    MemoryBusBits,
    L2Bytes,
    SharedBytesPerBlock,
    SharedBytesPerBlockOptIn,
    MaxThreadsPerBlock,
    MaxGridX,
    MaxGridY,
    MemoryPools,
    PciDomain,
    PciBus,
    PciDevice,
}

impl Attribute {
    fn to_driver(self) -> sys::CUdevice_attribute {
        use sys::CUdevice_attribute_enum as A;
        match self {
            Self::CapabilityMajor => A::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,
            Self::CapabilityMinor => A::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR,
            Self::Multiprocessors => A::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT,
            Self::ClockKhz => A::CU_DEVICE_ATTRIBUTE_CLOCK_RATE,
            Self::MemoryClockKhz => A::CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE,
            Self::MemoryBusBits => A::CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH,
            Self::L2Bytes => A::CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE,
            Self::SharedBytesPerBlock => A::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK,
            Self::SharedBytesPerBlockOptIn => {
                A::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
            }
            Self::MaxThreadsPerBlock => A::CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK,
            Self::MaxGridX => A::CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X,
            Self::MaxGridY => A::CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y,
            Self::MemoryPools => A::CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED,
            Self::PciDomain => A::CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID,
            Self::PciBus => A::CU_DEVICE_ATTRIBUTE_PCI_BUS_ID,
            Self::PciDevice => A::CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID,
        }
    }
}

impl RawDevice {
    /// The number of devices.
    pub(crate) fn count(_: Driver) -> Result<usize, CudaError> {
        let count = result::device::get_count().during("counting devices")?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    pub(crate) fn get(driver: Driver, ordinal: usize) -> Result<Self, CudaError> {
        let count = Self::count(driver)?;
        match i32::try_from(ordinal) {
            Ok(number) if ordinal < count => result::device::get(number)
                .during("opening a device")
                .map(Self),
            _ if count == 0 => Err(CudaError::NoDevice),
            _ => Err(CudaError::NoSuchDevice { ordinal, count }),
        }
    }

    pub(crate) fn name(self) -> Result<String, CudaError> {
        result::device::get_name(self.0).during("asking for a device's name")
    }

    pub(crate) fn uuid(self) -> Result<[u8; 16], CudaError> {
        let uuid = result::device::get_uuid(self.0).during("asking for a device's UUID")?;
        Ok(uuid.bytes.map(|byte| byte as u8))
    }

    pub(crate) fn memory_bytes(self) -> Result<u64, CudaError> {
        // SAFETY: the handle comes from cuDeviceGet.
        unsafe { result::device::total_mem(self.0) }
            .during("asking for a device's memory")
            .map(|bytes| bytes as u64)
    }

    /// An attribute; zero where the driver answers with a negative number.
    pub(crate) fn attribute(self, attribute: Attribute) -> Result<u32, CudaError> {
        // SAFETY: the handle comes from cuDeviceGet.
        unsafe { result::device::get_attribute(self.0, attribute.to_driver()) }
            .during("asking for a device's attributes")
            .map(|value| u32::try_from(value).unwrap_or(0))
    }
}
