//! Where the work is to be done: `--device` and `--vram`, and what is found when they are followed.

use clap::Args;
use halo2_offload_measure::{DeviceChoice, Error, Result, Rung};
use std::str::FromStr;

use super::size;
use crate::{
    engines::{cuda, icicle},
    output::talk,
};

/// Where the work is to be done, as it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Device {
    Cpu,
    Cuda(usize),
    #[default]
    Auto,
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let number = text.strip_prefix("cuda:").map(str::parse);
        match (text, number) {
            ("cpu", _) => Ok(Self::Cpu),
            ("auto", _) => Ok(Self::Auto),
            ("cuda", _) => Ok(Self::Cuda(0)),
            (_, Some(Ok(ordinal))) => Ok(Self::Cuda(ordinal)),
            _ => Err("write cpu, cuda, cuda:N for the N-th device from 0, or auto".to_owned()),
        }
    }
}

#[derive(Debug, Args)]
pub struct DeviceArguments {
    /// Where the work is done: cpu, cuda (or cuda:N), or auto: a GPU where one can be used
    #[arg(
        long,
        value_name = "DEVICE",
        default_value = "auto",
        hide_default_value = true
    )]
    device: Device,
    /// Device memory that may be used: bytes, or with a unit of powers of 1024 (KiB, MiB, GiB, TiB) or of
    /// 1000 (kB, MB, GB, TB), such as 20GiB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    vram: Option<u64>,
}

/// Where device work can be done.
pub enum Found {
    /// On this device.
    Device(DeviceChoice),
    /// Nowhere, for this reason.
    Nowhere(String),
}

impl DeviceArguments {
    /// Looks for the device that is asked for.
    ///
    /// # Errors
    ///
    /// If it was asked for by name and is not there.
    pub fn find(&self) -> Result<Found> {
        let found = self.look()?;
        if let (Found::Nowhere(reason), Some(_)) = (&found, self.vram) {
            talk(&format!("--vram has no effect: {reason}"));
        }
        Ok(found)
    }

    /// [`find`](Self::find) without its remark that `--vram` has no effect: `estimate` plans with it for a card
    /// that is not here.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn look(&self) -> Result<Found> {
        let choice = |ordinal| DeviceChoice {
            ordinal,
            vram_budget: self.vram,
        };
        let found = match self.device {
            Device::Cpu => Found::Nowhere("--device cpu was asked for".to_owned()),
            Device::Cuda(ordinal) => match cuda::device(ordinal) {
                Ok(_) => Found::Device(choice(ordinal)),
                Err(error) => {
                    return Err(Error::Plan(format!(
                        "--device cuda is not possible: {error}. --device cpu works everywhere"
                    )))
                }
            },
            Device::Auto => match cuda::device(0) {
                Ok(_) => Found::Device(choice(0)),
                Err(error) => Found::Nowhere(error.to_string()),
            },
        };
        Ok(found)
    }

    /// The bytes of device memory that may be used, where that was said.
    pub fn vram(&self) -> Option<u64> {
        self.vram
    }

    /// Whether a device was asked for by name.
    pub fn names_device(&self) -> bool {
        matches!(self.device, Device::Cuda(_))
    }
}

impl Found {
    /// Why a rung cannot run, if it cannot.
    pub fn unavailable(&self, rung: Rung) -> Option<String> {
        match (self, rung) {
            (Self::Device(choice), Rung::Icicle) => icicle::unavailable(*choice),
            (Self::Nowhere(reason), _) if rung.needs_device() => Some(reason.clone()),
            _ => None,
        }
    }

    /// The device, if there is one.
    pub fn choice(&self) -> Option<DeviceChoice> {
        match self {
            Self::Device(choice) => Some(*choice),
            Self::Nowhere(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Device;

    #[test]
    fn devices() {
        let device = |text: &str| text.parse::<Device>();
        assert_eq!(device("cpu"), Ok(Device::Cpu));
        assert_eq!(device("cuda"), Ok(Device::Cuda(0)));
        assert_eq!(device("cuda:3"), Ok(Device::Cuda(3)));
        assert_eq!(device("auto"), Ok(Device::Auto));
        for wrong in ["", "gpu", "cuda:", "cuda:-1", "cuda:x"] {
            assert!(device(wrong).is_err(), "{wrong}");
        }
    }
}
