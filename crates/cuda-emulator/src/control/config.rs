//! What the stand-in is told to be.

use serde::{Deserialize, Serialize};

/// One emulated machine: its devices, its driver, and what goes wrong on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The devices, by ordinal. None at all makes `cuInit` answer `CUDA_ERROR_NO_DEVICE`.
    pub devices: Vec<DeviceConfig>,
    /// What `cuDriverGetVersion` answers (1000 * major + 10 * minor). It also bounds the PTX
    /// version that a module may have.
    pub driver_version: i32,
    /// Calls that fail without having any effect.
    pub failures: Vec<Failure>,
    /// Which checks run.
    pub checks: Checks,
    /// Whether each fault is also printed to stderr when it is found.
    pub print_faults: bool,
}

impl Default for Config {
    /// One device, the oldest driver that the engine supports (12.0), every check on.
    fn default() -> Self {
        Self {
            devices: vec![DeviceConfig::default()],
            driver_version: 12_000,
            failures: Vec::new(),
            checks: Checks::default(),
            print_faults: true,
        }
    }
}

impl Config {
    /// A machine with a driver and no device.
    pub fn without_devices() -> Self {
        Self {
            devices: Vec::new(),
            ..Self::default()
        }
    }

    /// The same machine with `count` devices like its first (or like the default one).
    pub fn with_devices(mut self, count: usize) -> Self {
        let device = self.devices.first().cloned().unwrap_or_default();
        self.devices = vec![device; count];
        self
    }

    /// The same machine with `bytes` of memory on each device.
    pub fn with_memory(mut self, bytes: u64) -> Self {
        for device in &mut self.devices {
            device.memory_bytes = bytes;
        }
        self
    }

    /// The same machine with devices of this compute capability.
    pub fn with_compute_capability(mut self, major: u32, minor: u32) -> Self {
        for device in &mut self.devices {
            device.compute_capability = (major, minor);
        }
        self
    }

    /// The same machine with a driver of this version (1000 * major + 10 * minor).
    pub fn with_driver_version(mut self, version: i32) -> Self {
        self.driver_version = version;
        self
    }

    /// The same machine on which one more call fails.
    pub fn with_failure(mut self, failure: Failure) -> Self {
        self.failures.push(failure);
        self
    }

    /// The same machine with these checks.
    pub fn with_checks(mut self, checks: Checks) -> Self {
        self.checks = checks;
        self
    }
}

/// One emulated device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceConfig {
    /// Device memory in bytes. Host memory is taken only for what is allocated.
    pub memory_bytes: u64,
    /// Major and minor.
    pub compute_capability: (u32, u32),
    /// How many multiprocessors it says it has: what grids are sized by.
    pub multiprocessors: u32,
}

impl Default for DeviceConfig {
    /// 4 GiB, compute capability 9.0, 4 multiprocessors: small grids, so that tests are quick.
    fn default() -> Self {
        Self {
            memory_bytes: 4 << 30,
            compute_capability: (9, 0),
            multiprocessors: 4,
        }
    }
}

/// A call that fails.
///
/// Only calls that can fail for a reason of the machine count: those that explain an error
/// (`cuGetErrorName`, `cuGetErrorString`) neither count nor fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The entry point, such as `cuMemAlloc`, with or without its version suffix; any where
    /// none is named.
    pub call: Option<String>,
    /// Which of the matching calls fails, from 1.
    pub nth: u64,
    /// The `CUresult` that it answers.
    pub code: u32,
}

impl Failure {
    /// The `nth` call of `name`, from 1, answers `code`.
    pub fn of(name: &str, nth: u64, code: u32) -> Self {
        Self {
            call: Some(name.to_owned()),
            nth,
            code,
        }
    }

    /// The `nth` call of all, from 1, answers `code`.
    pub fn of_any(nth: u64, code: u32) -> Self {
        Self {
            call: None,
            nth,
            code,
        }
    }
}

/// Which checks run. All are on by default; a large test may buy speed with some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checks {
    /// Reads of memory that nothing wrote.
    pub uninitialised: bool,
    /// Races between the threads of a block and between the blocks of a launch.
    pub thread_races: bool,
    /// Uses of memory by two streams with no order between them. What a kernel uses is known
    /// only where `thread_races` is on too; copies, fills and frees are checked without.
    pub stream_races: bool,
    /// Pinned memory that the host changes while a copy from it is pending.
    pub pinned: bool,
}

impl Checks {
    /// Only what costs next to nothing: bounds, alignment, frees, barriers, handles.
    pub fn cheap() -> Self {
        Self {
            uninitialised: false,
            thread_races: false,
            stream_races: false,
            pinned: false,
        }
    }
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            uninitialised: true,
            thread_races: true,
            stream_races: true,
            pinned: true,
        }
    }
}
