//! Where the work is to be done.

use clap::{Args, ValueEnum};
use halo2_offload_measure::{Error, Multiopen, Result, Rung};

/// Why there is no device.
pub const NO_CUDA: &str = "this build has no CUDA engine";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Device {
    /// The CPU
    Cpu,
    /// An NVIDIA GPU
    Cuda,
    /// A GPU where there is one that can be used, otherwise the CPU
    #[default]
    Auto,
}

#[derive(Debug, Args)]
pub struct DeviceArguments {
    /// Where the work is done
    #[arg(long, value_enum, default_value_t)]
    device: Device,
    /// Device memory that may be used, such as 20GiB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    vram: Option<u64>,
}

impl DeviceArguments {
    /// Whether what is asked for is here.
    pub fn check(&self) -> Result<()> {
        if self.device == Device::Cuda {
            return Err(Error::Plan(format!(
                "{NO_CUDA}, so --device cuda is not possible: use --device cpu, or auto"
            )));
        }
        if self.vram.is_some() {
            eprintln!("--vram has no effect: {NO_CUDA}");
        }
        Ok(())
    }

    /// Why a rung cannot run, if it cannot.
    pub fn unavailable(&self, rung: Rung) -> Option<String> {
        rung.needs_device().then(|| NO_CUDA.to_owned())
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

/// Bytes, with an optional unit.
fn size(text: &str) -> std::result::Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match &text[digits.len()..] {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        unit => return Err(format!("`{unit}` is no unit: write a size such as 20GiB")),
    };
    let number: f64 = digits
        .trim()
        .parse()
        .map_err(|_| "a size is a number and a unit, such as 20GiB".to_owned())?;
    match number * (1u64 << shift) as f64 {
        bytes if bytes >= 1.0 && bytes < u64::MAX as f64 => Ok(bytes as u64),
        _ => Err("a size is positive, and fits 64 bits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes() {
        assert_eq!(size("20GiB"), Ok(20 << 30));
        assert_eq!(size("1.5 MiB"), Ok(3 << 19));
        assert_eq!(size("7"), Ok(7));
        for wrong in ["", "GiB", "20GB", "-1GiB", "0", "nan", "1e40TiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
