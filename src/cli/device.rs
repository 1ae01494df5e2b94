//! Where the work is to be done.

use clap::{Args, ValueEnum};
use halo2_offload_measure::{DeviceChoice, Error, Multiopen, Result, Rung};
use std::str::FromStr;

use super::{gpu, icicle, talk};

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

    /// [`find`](Self::find) for those who make use of `--vram` where no device is, too.
    pub fn look(&self) -> Result<Found> {
        let choice = |ordinal| DeviceChoice {
            ordinal,
            vram_budget: self.vram,
        };
        let found = match self.device {
            Device::Cpu => Found::Nowhere("--device cpu was asked for".to_owned()),
            Device::Cuda(ordinal) => match gpu::device(ordinal) {
                Ok(_) => Found::Device(choice(ordinal)),
                Err(error) => {
                    return Err(Error::Plan(format!(
                        "--device cuda is not possible: {error}. --device cpu works everywhere"
                    )))
                }
            },
            Device::Auto => match gpu::device(0) {
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

/// [`Multiopen`], on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MultiopenArgument {
    /// BDFG20: two points, whatever the circuit
    #[default]
    Shplonk,
    /// GWC19: one point per rotation
    Gwc,
}

impl From<MultiopenArgument> for Multiopen {
    fn from(argument: MultiopenArgument) -> Self {
        match argument {
            MultiopenArgument::Shplonk => Multiopen::Shplonk,
            MultiopenArgument::Gwc => Multiopen::Gwc,
        }
    }
}

impl From<MultiopenArgument> for halo2_offload::prover::Multiopen {
    fn from(argument: MultiopenArgument) -> Self {
        match argument {
            MultiopenArgument::Shplonk => Self::Shplonk,
            MultiopenArgument::Gwc => Self::Gwc,
        }
    }
}

/// Bytes, with an optional unit in upper or lower case: of powers of 2^10 (KiB, MiB, GiB, TiB) or of 10^3 (kB,
/// MB, GB, TB). What programs mean by `G` alone is one or the other.
pub fn size(text: &str) -> std::result::Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let bytes_each = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1u64 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        prefix @ ("k" | "m" | "g" | "t") => {
            let prefix = prefix.to_ascii_uppercase();
            return Err(format!(
                "`{unit}` is one of two units: write {prefix}iB for powers of 1024, or {prefix}B for powers of \
                 1000"
            ));
        }
        _ => {
            return Err(format!(
                "`{unit}` is no unit: write a size such as 20GiB or 20GB"
            ))
        }
    };
    let number: f64 = digits
        .trim()
        .parse()
        .map_err(|_| "a size is a number and a unit, such as 20GiB".to_owned())?;
    match number * bytes_each as f64 {
        bytes if bytes >= 1.0 && bytes < u64::MAX as f64 => Ok(bytes as u64),
        _ => Err("a size is positive, and fits 64 bits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{size, Device};

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

    #[test]
    fn sizes() {
        assert_eq!(size("20GiB"), Ok(20 << 30));
        assert_eq!(size("1.5 MiB"), Ok(3 << 19));
        assert_eq!(size("7"), Ok(7));
        assert_eq!(size("2GB"), Ok(2_000_000_000));
        assert_eq!(size("1.5 mb"), Ok(1_500_000));
        assert_eq!((size("2kB"), size("2KB")), (Ok(2000), Ok(2000)));
        assert_eq!(
            (size("1tb"), size("1tib")),
            (Ok(10u64.pow(12)), Ok(1 << 40))
        );
        let ambiguous = size("20g").expect_err("either");
        assert!(
            ambiguous.contains("GiB") && ambiguous.contains("GB"),
            "{ambiguous}"
        );
        for wrong in [
            "", "GiB", "20Gb/s", "20G", "1PB", "-1GiB", "0", "nan", "1e40TiB",
        ] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
