//! Which device runs: chosen once, said once.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use halo2_offload_cuda::{probe, DeviceInfo};
use halo2_offload_engine::process::{self, UsedBeforeFork};

use super::{
    device::{Device, Place},
    failure::{fail, from_engine},
    line::say,
};
use crate::error::{CudaError, CudaResult};

const VARIABLE: &str = "HALO2_OFFLOAD_DEVICE";

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// A CUDA device where one can be opened, else the CPU.
    Auto,
    /// A CUDA device, or errors.
    Cuda,
    /// The CPU.
    Cpu,
}

/// What runs, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Running {
    /// CUDA devices.
    Cuda {
        /// Their names, by ordinal.
        devices: Vec<String>,
        /// Who asked for it.
        why: String,
    },
    /// The CPU.
    Cpu {
        /// Who asked for it, or why there is nothing better.
        why: String,
    },
    /// Nothing: a CUDA device was asked for and there is none, or what was asked for is not known.
    Nothing {
        /// What every call answers.
        error: CudaError,
        /// What to do about it.
        why: String,
    },
}

impl fmt::Display for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cuda { devices, why } => {
                write!(
                    f,
                    "ICICLE calls run on CUDA: {} ({why})",
                    devices.join(", ")
                )
            }
            Self::Cpu { why } => write!(
                f,
                "ICICLE calls run on the CPU, {} threads, not on a GPU ({why})",
                rayon::current_num_threads()
            ),
            Self::Nothing { why, .. } => write!(f, "ICICLE calls fail: {why}"),
        }
    }
}

/// A device, or why it does not open.
type Opened = Result<Arc<Device>, (CudaError, String)>;

struct Choice {
    running: Running,
    /// By ordinal, opened when they are first used; none where the CPU runs.
    devices: Vec<OnceLock<Opened>>,
}

/// What is asked for, and by whom; or what about it is not known.
type Asked = Result<(Selection, String), String>;

static ASKED: OnceLock<Asked> = OnceLock::new();
static CHOICE: OnceLock<Choice> = OnceLock::new();

/// Asks for a device in place of `HALO2_OFFLOAD_DEVICE`. Whether that was in time: before the first use,
/// and before anybody else.
pub fn select(selection: Selection) -> bool {
    ASKED
        .set(Ok((selection, "as the program asks".to_owned())))
        .is_ok()
}

/// What runs, and why. Chooses if nothing was used before.
pub fn running() -> Running {
    match choice() {
        Ok(choice) => choice.running.clone(),
        Err(error) => Running::Nothing {
            error: CudaError::cudaErrorInitializationError,
            why: error.to_string(),
        },
    }
}

/// What a call on a device runs on.
pub fn device(device_id: usize) -> CudaResult<Place> {
    let choice = match choice() {
        Ok(choice) => choice,
        Err(error) => return forked(error),
    };
    match &choice.running {
        Running::Nothing { error, why } => fail(*error, why.clone()),
        Running::Cpu { .. } if device_id == 0 => match process::enter() {
            Ok(()) => Ok(Place::Cpu),
            Err(error) => forked(error),
        },
        Running::Cuda { .. } if device_id < choice.devices.len() => {
            match choice.devices[device_id].get_or_init(|| open(device_id)) {
                Ok(device) => Ok(Place::Cuda(device.clone())),
                Err((error, text)) => fail(*error, text.clone()),
            }
        }
        _ => fail(
            CudaError::cudaErrorInvalidDevice,
            format!("there is no device {device_id}"),
        ),
    }
}

/// A CUDA device that is open already.
pub fn opened(device_id: usize) -> Option<Arc<Device>> {
    let slot = CHOICE.get()?.devices.get(device_id)?;
    slot.get()?.as_ref().ok().cloned()
}

/// How many devices there are; the CPU is one.
pub fn device_count() -> CudaResult<usize> {
    let choice = match choice() {
        Ok(choice) => choice,
        Err(error) => return forked(error),
    };
    match &choice.running {
        Running::Nothing { error, why } => fail(*error, why.clone()),
        Running::Cpu { .. } => Ok(1),
        Running::Cuda { devices, .. } => Ok(devices.len()),
    }
}

/// The choice. An error in a child of a process that works on a device.
fn choice() -> Result<&'static Choice, UsedBeforeFork> {
    let choice = CHOICE.get_or_init(|| {
        let choice = choose();
        say(&choice.running);
        choice
    });
    if let Running::Cuda { .. } = choice.running {
        process::enter()?;
    }
    Ok(choice)
}

/// The error of calls in a child of a process that has worked.
fn forked<T>(error: UsedBeforeFork) -> CudaResult<T> {
    fail(CudaError::cudaErrorInitializationError, error.to_string())
}

fn choose() -> Choice {
    let cpu = |why: String| Choice {
        running: Running::Cpu { why },
        devices: Vec::new(),
    };
    let nothing = |error, why| Choice {
        running: Running::Nothing { error, why },
        devices: Vec::new(),
    };
    // From here on it is too late to ask.
    let (asked, by) = match ASKED.get_or_init(from_environment).clone() {
        Ok(asked) => asked,
        Err(text) => return nothing(CudaError::cudaErrorInvalidValue, text),
    };
    if asked == Selection::Cpu {
        return cpu(by);
    }
    let found = probe().map_err(|error| (from_engine(&error), error.to_string()));
    // A device that is there may still not open, or not run the kernels: know before saying so.
    match found.and_then(|devices| Ok((devices, open(0)?))) {
        Ok((devices, first)) => {
            let slots: Vec<_> = devices.iter().map(|_| OnceLock::new()).collect();
            if let Some(slot) = slots.first() {
                slot.get_or_init(|| Ok(first));
            }
            Choice {
                running: Running::Cuda {
                    devices: devices.iter().map(describe).collect(),
                    why: by,
                },
                devices: slots,
            }
        }
        Err((_, text)) if asked == Selection::Auto => {
            cpu(format!("{text}; {VARIABLE}=cuda makes this an error"))
        }
        Err((error, text)) => nothing(error, format!("{text} ({by})")),
    }
}

fn from_environment() -> Asked {
    let value = match std::env::var(VARIABLE) {
        Ok(value) if !value.is_empty() => value,
        Ok(_) | Err(std::env::VarError::NotPresent) => {
            return Ok((Selection::Auto, "the first device found".to_owned()))
        }
        Err(std::env::VarError::NotUnicode(value)) => value.to_string_lossy().into_owned(),
    };
    let selection = match value.as_str() {
        "auto" => Selection::Auto,
        "cuda" => Selection::Cuda,
        "cpu" => Selection::Cpu,
        _ => {
            return Err(format!(
                "{VARIABLE} is `{value}`; it takes auto, cuda or cpu"
            ))
        }
    };
    Ok((selection, format!("{VARIABLE}={value}")))
}

fn open(device_id: usize) -> Opened {
    Device::open(device_id)
        .map(Arc::new)
        .map_err(|error| (from_engine(&error), error.to_string()))
}

fn describe(device: &DeviceInfo) -> String {
    format!(
        "device {}, {}, {} GiB, driver for CUDA {}",
        device.ordinal,
        device.name,
        device.memory_bytes >> 30,
        device.driver
    )
}
