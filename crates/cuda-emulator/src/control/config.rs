//! What the stand-in is told to be.

use serde::{Deserialize, Serialize};

use crate::driver::Status;

/// One emulated machine: its devices, its driver, and what goes wrong on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The devices, by ordinal. None at all makes `cuInit` answer `CUDA_ERROR_NO_DEVICE`.
    pub devices: Vec<DeviceConfig>,
    /// What `cuDriverGetVersion` answers (1000 * major + 10 * minor). It also bounds the PTX
    /// version that a module may have.
    pub driver_version: i32,
    /// Calls that fail.
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

/// A call that fails, and what becomes of the machine.
///
/// A test that goes through every way in which something can fail runs it once in peace, asks how
/// many calls there were, and runs it again for each:
///
/// ```no_run
/// use halo2_offload_cuda_emulator::{install, Calls, Config, Failure};
///
/// # fn work() -> Result<(), Box<dyn std::error::Error>> { Ok(()) }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = install(Config::default())?;
/// work()?;
/// let report = emulator.report();
/// drop(emulator);
/// for nth in 1..=report.count(&Calls::Allocations) {
///     // Nothing is left from the nth allocation on; or the nth alone fails, without `lasting`.
///     let failure = Failure::of_allocation(nth).lasting();
///     let emulator = install(Config::default().with_failure(failure))?;
///     assert!(work().is_err());
///     emulator.assert_clean();
/// }
/// for nth in 1..=report.count(&Calls::All) {
///     let emulator = install(Config::default().with_failure(Failure::device_lost(nth)))?;
///     assert!(work().is_err());
///     emulator.assert_clean();
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The calls that are counted.
    pub calls: Calls,
    /// Which of them fails, from 1.
    pub nth: u64,
    /// The `CUresult` that it answers.
    pub code: u32,
    /// What comes after it.
    pub aftermath: Aftermath,
}

/// A set of entry points.
///
/// Only calls that can fail for a reason of the machine count: those that explain an error
/// (`cuGetErrorName`, `cuGetErrorString`) are in no set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Calls {
    /// One entry point, such as `cuMemAlloc`, with or without its version suffix.
    Named(String),
    /// All that allocate memory of the device, or page-locked memory of the host.
    Allocations,
    /// All of them.
    All,
}

/// What comes after a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aftermath {
    /// Nothing: the call had no effect, and the next one works.
    None,
    /// The calls of the same set that follow fail in the same way, without any effect.
    SameAgain,
    /// The device is lost: what is pending does not run, and all calls that need it answer the same
    /// code. What a program then gives back counts as given back, whatever the call answers.
    DeviceLost,
}

impl Failure {
    /// The `nth` call of `name`, from 1, answers `code`.
    pub fn of(name: &str, nth: u64, code: u32) -> Self {
        Self::in_set(Calls::Named(name.to_owned()), nth, code)
    }

    /// The `nth` call of all, from 1, answers `code`.
    pub fn of_any(nth: u64, code: u32) -> Self {
        Self::in_set(Calls::All, nth, code)
    }

    /// The `nth` allocation of any kind, from 1, finds no memory (`CUDA_ERROR_OUT_OF_MEMORY`).
    pub fn of_allocation(nth: u64) -> Self {
        Self::in_set(Calls::Allocations, nth, Status::OUT_OF_MEMORY.0)
    }

    /// The device is lost at the `nth` call of all, from 1, as by a kernel that went wrong
    /// (`CUDA_ERROR_LAUNCH_FAILED`).
    pub fn device_lost(nth: u64) -> Self {
        Self {
            aftermath: Aftermath::DeviceLost,
            ..Self::of_any(nth, Status::LAUNCH_FAILED.0)
        }
    }

    /// And so do all calls of the same set after it.
    pub fn lasting(self) -> Self {
        Self {
            aftermath: Aftermath::SameAgain,
            ..self
        }
    }

    fn in_set(calls: Calls, nth: u64, code: u32) -> Self {
        Self {
            calls,
            nth,
            code,
            aftermath: Aftermath::None,
        }
    }
}

impl Calls {
    /// Whether an entry point is one of them, by its exported name.
    pub fn contains(&self, name: &str) -> bool {
        if name.starts_with("cuGetError") {
            return false;
        }
        match self {
            Self::Named(call) => names(call, name),
            Self::Allocations => {
                name.starts_with("cuMemAlloc") || name.starts_with("cuMemHostAlloc")
            }
            Self::All => true,
        }
    }
}

/// Whether `call` names the entry point `name`: `cuMemAlloc` names `cuMemAlloc_v2`.
fn names(call: &str, name: &str) -> bool {
    match name.strip_prefix(call) {
        Some("") => true,
        Some(rest) => (rest.strip_prefix("_v"))
            .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit())),
        None => false,
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
