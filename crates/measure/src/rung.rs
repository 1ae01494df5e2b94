//! The offload ladder, and what is measured beside it.

use halo2_offload_engine::CpuKernels;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

use crate::error::Error;

/// One way to make the same proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rung {
    /// halo2-axiom's own prover.
    #[serde(rename = "stock")]
    Stock,
    /// Beside the ladder: [`Cpu`](Self::Cpu) with the portable kernels, which every CPU runs. Between
    /// the two lies what the CPU's vector unit is worth.
    #[serde(rename = "cpu-portable")]
    CpuPortable,
    /// Our prover, all of it on the CPU, with the kernels that were chosen.
    #[serde(rename = "cpu")]
    Cpu,
    /// Columns on the host, multi-scalar multiplications sent to the device.
    #[serde(rename = "msm")]
    Msm,
    /// Columns on the host, multi-scalar multiplications and NTTs sent to the device.
    #[serde(rename = "msm+ntt")]
    MsmNtt,
    /// Columns stay on the device from upload to opening.
    #[serde(rename = "resident")]
    Resident,
    /// Beside the ladder: columns on the host, multi-scalar multiplications and forward NTTs by the ICICLE
    /// packages, one column a call, with the conversions that EZKL's fork of halo2 makes for each. On a
    /// device where there is one.
    #[serde(rename = "icicle")]
    Icicle,
}

impl Rung {
    /// The ladder, from below.
    pub const LADDER: [Rung; 5] = [
        Rung::Stock,
        Rung::Cpu,
        Rung::Msm,
        Rung::MsmNtt,
        Rung::Resident,
    ];

    /// All that can be asked for.
    pub const ALL: [Rung; 7] = [
        Rung::Stock,
        Rung::Cpu,
        Rung::Msm,
        Rung::MsmNtt,
        Rung::Resident,
        Rung::CpuPortable,
        Rung::Icicle,
    ];

    /// The name used on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Rung::Stock => "stock",
            Rung::CpuPortable => "cpu-portable",
            Rung::Cpu => "cpu",
            Rung::Msm => "msm",
            Rung::MsmNtt => "msm+ntt",
            Rung::Resident => "resident",
            Rung::Icicle => "icicle",
        }
    }

    /// Where the work is done, if it has a device or not.
    pub fn placement(self, has_device: bool) -> &'static str {
        match (self, has_device) {
            (Rung::Resident, _) => "cuda",
            (Rung::Msm | Rung::MsmNtt | Rung::Icicle, true) => "cpu+cuda",
            _ => "cpu",
        }
    }

    /// The kernels that its process runs on the CPU.
    pub(crate) fn cpu_kernels(self) -> CpuKernels {
        match self {
            Rung::CpuPortable => CpuKernels::Portable,
            _ => CpuKernels::default(),
        }
    }

    /// Whether it takes a device.
    pub fn needs_device(self) -> bool {
        matches!(self, Rung::Msm | Rung::MsmNtt | Rung::Resident)
    }

    /// All names, separated by commas.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Rung {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|rung| rung.name() == name)
            .ok_or_else(|| Error::UnknownRung {
                name: name.to_owned(),
                known: Self::names(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_everywhere() {
        for rung in Rung::ALL {
            assert_eq!(rung.name().parse::<Rung>().expect("its name"), rung);
            let json = serde_json::to_string(&rung).expect("json");
            assert_eq!(json, format!("\"{rung}\""));
        }
    }

    #[test]
    fn an_unknown_rung_lists_those_that_exist() {
        let error = "gpu".parse::<Rung>().expect_err("no such rung").to_string();
        assert!(
            error.contains("gpu")
                && error.contains("stock, cpu, msm, msm+ntt, resident, cpu-portable, icicle")
        );
    }
}
