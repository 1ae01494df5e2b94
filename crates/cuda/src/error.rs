//! What can go wrong on a device, with what to do about it.

use std::fmt;

use halo2_offload_engine::{process::UsedBeforeFork, EngineError};

use crate::{
    arena::LedgerReport,
    device::{ComputeCapability, DriverVersion},
};

/// The code of a driver call that failed, with the names the driver gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverCode {
    /// The number of the `CUresult`.
    pub code: u32,
    /// Its name: `CUDA_ERROR_OUT_OF_MEMORY`.
    pub name: String,
    /// What the driver says about it.
    pub text: String,
}

impl fmt::Display for DriverCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.name, self.code, self.text)
    }
}

/// The codes that decide what an error is about.
pub(crate) mod code {
    pub const INVALID_VALUE: u32 = 1;
    pub const OUT_OF_MEMORY: u32 = 2;
    pub const NOT_INITIALIZED: u32 = 3;
    pub const STUB_LIBRARY: u32 = 34;
    pub const NO_DEVICE: u32 = 100;
    pub const INVALID_IMAGE: u32 = 200;
    pub const NO_BINARY_FOR_GPU: u32 = 209;
    pub const ECC_UNCORRECTABLE: u32 = 214;
    pub const INVALID_PTX: u32 = 218;
    pub const JIT_COMPILER_NOT_FOUND: u32 = 221;
    pub const UNSUPPORTED_PTX_VERSION: u32 = 222;
    pub const JIT_COMPILATION_DISABLED: u32 = 223;
    pub const NOT_FOUND: u32 = 500;
    pub const NOT_READY: u32 = 600;
    pub const ILLEGAL_ADDRESS: u32 = 700;
    pub const LAUNCH_OUT_OF_RESOURCES: u32 = 701;
    pub const LAUNCH_TIMEOUT: u32 = 702;
    pub const HARDWARE_STACK_ERROR: u32 = 714;
    pub const LAUNCH_FAILED: u32 = 719;
    pub const SYSTEM_NOT_READY: u32 = 802;
    pub const SYSTEM_DRIVER_MISMATCH: u32 = 803;
}

/// An operation on a device, or on its driver, failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CudaError {
    /// There is no libcuda.
    #[error("no CUDA driver on this machine (libcuda was not found): install the NVIDIA driver 525 or newer, start a container with its GPU (--gpus all), or work on the CPU")]
    NoDriver,
    /// There is a libcuda that cannot be loaded: an empty file, no library, or one for another processor.
    #[error("the CUDA driver's library cannot be loaded ({words}): start a container with its GPU (--gpus all, or NVIDIA's container runtime), which puts the driver there; elsewhere install the NVIDIA driver 525 or newer for this machine, or work on the CPU")]
    DriverFile {
        /// What the loader said, with the file.
        words: String,
    },
    /// There is a libcuda that lacks a call.
    #[error("libcuda lacks `{symbol}`, which this program calls ({words}): it is a profiler's shim, a stub, or no whole driver: take it out of LD_PRELOAD and LD_LIBRARY_PATH, or install the NVIDIA driver 525 or newer")]
    DriverLacks {
        /// The first call that it lacks.
        symbol: &'static str,
        /// What the loader said, with the file.
        words: String,
    },
    /// The process is a child of one that has used the driver already.
    #[error(transparent)]
    UsedBeforeFork(#[from] UsedBeforeFork),
    /// There is a libcuda, of a CUDA before the first that is supported.
    #[error("the CUDA driver is too old: it supports CUDA {found}, {needed} is needed: install the NVIDIA driver 525 or newer")]
    DriverTooOld {
        /// What the driver supports.
        found: DriverVersion,
        /// The first version that will do.
        needed: DriverVersion,
    },
    /// The driver does not start.
    #[error("the CUDA driver does not start: {code}; {}", startup_remedy(.code))]
    DriverStart {
        /// What it said.
        code: DriverCode,
    },
    /// There is a driver and no device.
    #[error("the CUDA driver finds no device: check that an NVIDIA GPU is plugged in and listed by nvidia-smi, that CUDA_VISIBLE_DEVICES does not hide it, and that a container is given it (--gpus all)")]
    NoDevice,
    /// A device that does not exist was asked for.
    #[error("there is no CUDA device {ordinal}: {} visible; see CUDA_VISIBLE_DEVICES", devices(*.count))]
    NoSuchDevice {
        /// What was asked for.
        ordinal: usize,
        /// The number of devices there are.
        count: usize,
    },
    /// An allocation does not fit the memory of the device, or the budget.
    #[error(transparent)]
    OutOfMemory(Box<OutOfMemory>),
    /// More values than addresses.
    #[error("`{name}` asked for {len} values, which no memory holds")]
    TooLarge {
        /// The allocation's name.
        name: String,
        /// The values asked for.
        len: usize,
    },
    /// Page-locked memory of the host could not be had.
    #[error("{operation}: no {bytes} bytes of page-locked host memory for staging: {code}; raise the memory limit of the process or its container")]
    OutOfPinnedMemory {
        /// What it was for.
        operation: &'static str,
        /// What was asked for.
        bytes: usize,
        /// What the driver said.
        code: DriverCode,
    },
    /// The kernel image holds no such module.
    #[error("the kernel image has no module `{module}`: the crates of the kernels and of the engine are of different versions")]
    NoModule {
        /// What was asked for.
        module: String,
    },
    /// A module has no such entry point.
    #[error("the kernel module `{module}` has no entry point `{entry}`: the crates of the kernels and of the engine are of different versions")]
    NoEntry {
        /// The module.
        module: String,
        /// What was asked for.
        entry: String,
    },
    /// Neither form of a module can be loaded on this device.
    #[error(transparent)]
    ModuleLoad(Box<ModuleLoad>),
    /// The compiled image is damaged.
    #[error("the kernel module `{module}` is damaged: {reason}")]
    Image {
        /// The module.
        module: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A launch does not have the arguments that the entry point declares.
    #[error(
        "the launch of `{entry}` has arguments of {given:?} bytes, the kernel takes {declared:?}"
    )]
    Arguments {
        /// The entry point.
        entry: String,
        /// Bytes of each argument given.
        given: Vec<usize>,
        /// Bytes of each argument declared.
        declared: Vec<usize>,
    },
    /// A launch configuration is outside of what the device or the kernel takes.
    #[error("the launch of `{entry}` cannot be: {reason}")]
    LaunchConfig {
        /// The entry point.
        entry: String,
        /// What is wrong.
        reason: String,
    },
    /// An expression program keeps more values alive at a time than a block's shared memory holds.
    #[error("an expression program of the circuit keeps {values} values of each row at a time, which takes {needed_bytes} bytes of shared memory for a block of {rows} rows; the device allows {available_bytes}: specialise the code to the circuit, take a device with more shared memory, or split the circuit's largest gates")]
    ProgramTooLarge {
        /// Field elements of a row that are kept at a time.
        values: u32,
        /// Rows of the smallest block.
        rows: u32,
        /// Shared memory that such a block needs.
        needed_bytes: u64,
        /// Shared memory that a block may have.
        available_bytes: u32,
    },
    /// A device slice and a host slice, or two device slices, differ in length.
    #[error("{operation}: {given} elements given, {needed} needed")]
    Length {
        /// The operation.
        operation: &'static str,
        /// What it was given.
        given: usize,
        /// What it needs.
        needed: usize,
    },
    /// A part of a device slice that it does not have.
    #[error("values {start} to {end} of a device slice of {len}")]
    Range {
        /// The first value asked for.
        start: usize,
        /// The first after them.
        end: usize,
        /// The values that there are.
        len: usize,
    },
    /// A buffer of one context was used with another.
    #[error("{operation}: the buffer belongs to another context than the operation")]
    ForeignBuffer {
        /// The operation.
        operation: String,
    },
    /// A modelled device was asked for what takes a device.
    #[error("{operation}: the device is a model, which computes nothing and takes no time")]
    Modelled {
        /// What it was asked for.
        operation: &'static str,
    },
    /// Any other failure of a driver call.
    #[error("{operation} failed: {code}{}", call_remedy(.code))]
    Driver {
        /// What was being done.
        operation: String,
        /// What the driver said.
        code: DriverCode,
    },
}

impl CudaError {
    pub(crate) fn driver(operation: impl Into<String>, code: DriverCode) -> Self {
        Self::Driver {
            operation: operation.into(),
            code,
        }
    }

    /// The driver's code, where the error comes from the driver.
    pub fn code(&self) -> Option<&DriverCode> {
        match self {
            Self::DriverStart { code }
            | Self::OutOfPinnedMemory { code, .. }
            | Self::Driver { code, .. } => Some(code),
            Self::ModuleLoad(module) => Some(&module.code),
            Self::OutOfMemory(memory) => memory.code.as_ref(),
            _ => None,
        }
    }
}

/// A module that cannot be loaded on the device.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the kernel module `{module}` cannot run on {device} (compute capability {capability}): {native}; PTX does not load: {code}; {}", module_remedy(.code))]
pub struct ModuleLoad {
    /// The module.
    pub module: String,
    /// The device's name.
    pub device: String,
    /// What the device can do.
    pub capability: ComputeCapability,
    /// Why its native code does not run.
    pub native: String,
    /// What the driver said to its PTX.
    pub code: DriverCode,
}

/// An allocation that does not fit.
#[derive(Clone, Debug, thiserror::Error)]
pub struct OutOfMemory {
    /// The allocation's name.
    pub name: String,
    /// What was asked for.
    pub asked_bytes: u64,
    /// What of the budget was left, where there is one.
    pub budget_left_bytes: Option<u64>,
    /// The budget.
    pub budget_bytes: Option<u64>,
    /// What of the device's memory was free, where the driver says.
    pub free_bytes: Option<u64>,
    /// The device's memory.
    pub total_bytes: u64,
    /// What held the rest.
    pub held: LedgerReport,
    /// What the driver said; nothing if the budget said no.
    pub code: Option<DriverCode>,
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "out of device memory: `{}` asked for {} bytes",
            self.name, self.asked_bytes
        )?;
        match (
            self.code.is_none(),
            self.budget_left_bytes,
            self.budget_bytes,
        ) {
            (true, Some(left), Some(budget)) => {
                write!(f, ", {left} of the budget of {budget} were left")?;
            }
            _ => match self.free_bytes {
                Some(free) => write!(f, ", {free} of the device's {} were free", self.total_bytes)?,
                None => write!(f, "; the device has {}", self.total_bytes)?,
            },
        }
        write!(f, "; {}", self.held)?;
        match &self.code {
            Some(code) => write!(
                f,
                " ({code}); stop what else uses the device, or lower k or the batch"
            ),
            None => write!(f, "; raise --vram, or lower k or the batch"),
        }
    }
}

impl From<CudaError> for EngineError {
    fn from(error: CudaError) -> Self {
        match error {
            CudaError::UsedBeforeFork(error) => Self::UsedBeforeFork(error),
            error => Self::Device(Box::new(error)),
        }
    }
}

fn devices(count: usize) -> String {
    match count {
        1 => "only device 0 is".to_owned(),
        count => format!("devices 0 to {} are", count.saturating_sub(1)),
    }
}

fn startup_remedy(code: &DriverCode) -> &'static str {
    match code.code {
        code::STUB_LIBRARY => {
            "a toolkit's stub was found in place of the driver: take its folder out of LD_LIBRARY_PATH"
        }
        code::SYSTEM_DRIVER_MISMATCH => {
            "libcuda and the kernel's driver are of different versions: restart the machine after an update of the driver"
        }
        code::SYSTEM_NOT_READY => "start nvidia-fabricmanager, which this machine's NVSwitch needs",
        _ => "run nvidia-smi: it says whether the NVIDIA driver works at all",
    }
}

fn module_remedy(code: &DriverCode) -> &'static str {
    match code.code {
        code::UNSUPPORTED_PTX_VERSION => "install a newer NVIDIA driver",
        code::NO_BINARY_FOR_GPU | code::INVALID_IMAGE => {
            "a device of compute capability 7.0 or newer is needed"
        }
        code::INVALID_PTX => {
            "a device of compute capability 7.0 or newer is needed; if this is one, build the kernels again"
        }
        code::JIT_COMPILER_NOT_FOUND => {
            "install libnvidia-ptxjitcompiler, which is a part of the NVIDIA driver, or build with nvcc at hand"
        }
        code::JIT_COMPILATION_DISABLED => {
            "unset CUDA_DISABLE_PTX_JIT, or build with nvcc at hand"
        }
        _ => "build the kernels again",
    }
}

fn call_remedy(code: &DriverCode) -> &'static str {
    match code.code {
        code::ILLEGAL_ADDRESS | code::LAUNCH_FAILED | code::HARDWARE_STACK_ERROR => {
            "; a kernel went wrong and the context is lost: run selftest, and compute-sanitizer if that passes"
        }
        code::ECC_UNCORRECTABLE => "; the device's memory is at fault: reset the device or replace it",
        code::LAUNCH_TIMEOUT => {
            "; the device drives a display that limits how long a kernel runs: use one that does not"
        }
        code::LAUNCH_OUT_OF_RESOURCES => {
            "; the kernel needs more registers or shared memory than a block may have on this device"
        }
        _ => "",
    }
}
