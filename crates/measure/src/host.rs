//! The machine that a report comes from.

use serde::{Deserialize, Serialize};
use std::{fs, thread};

use crate::memory::kibibytes;

mod cgroup;

/// What this machine has. What could not be found out is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Operating system.
    pub os: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// Instruction set.
    pub arch: String,
    /// The CPU's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_model: Option<String>,
    /// Physical cores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<usize>,
    /// Threads that this process may use at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// Threads that the provers use (`RAYON_NUM_THREADS` changes it).
    pub rayon_threads: usize,
    /// Instruction sets that field arithmetic can make use of.
    pub cpu_features: Vec<String>,
    /// Memory of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ram_bytes: Option<u64>,
    /// Memory that was available when the report was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_bytes: Option<u64>,
    /// Processes that were running or waiting to, over the minute before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_average: Option<f64>,
    /// What a container or service manager leaves of it.
    pub container: ContainerLimits,
}

/// The tightest limits of the control groups that this process is in, its own and those above it. Absent
/// where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContainerLimits {
    /// CPUs' worth of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpus: Option<f64>,
    /// Memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

impl Host {
    /// Looks at this machine.
    pub fn look() -> Self {
        let read = |path: &str| fs::read_to_string(path).ok();
        let cpuinfo = read("/proc/cpuinfo").unwrap_or_default();
        let meminfo = read("/proc/meminfo").unwrap_or_default();
        Self {
            os: std::env::consts::OS.to_owned(),
            kernel: read("/proc/sys/kernel/osrelease").map(|text| text.trim().to_owned()),
            arch: std::env::consts::ARCH.to_owned(),
            cpu_model: field(&cpuinfo, "model name").map(str::to_owned),
            cores: cores(&cpuinfo),
            threads: thread::available_parallelism().ok().map(usize::from),
            rayon_threads: rayon::current_num_threads(),
            cpu_features: cpu_features(),
            ram_bytes: kibibytes(&meminfo, "MemTotal:"),
            available_bytes: kibibytes(&meminfo, "MemAvailable:"),
            load_average: read("/proc/loadavg")
                .and_then(|text| text.split(' ').next()?.parse().ok()),
            container: cgroup::limits(read),
        }
    }

    /// Memory that processes here can have altogether.
    pub fn memory_bytes(&self) -> Option<u64> {
        let limits = [self.ram_bytes, self.container.memory_bytes];
        limits.into_iter().flatten().min()
    }
}

fn field<'a>(cpuinfo: &'a str, name: &str) -> Option<&'a str> {
    cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find_map(|(key, value)| (key.trim() == name).then_some(value.trim()))
}

/// Distinct pairs of package and core.
fn cores(cpuinfo: &str) -> Option<usize> {
    let mut cores: Vec<_> = cpuinfo
        .split("\n\n")
        .filter_map(|cpu| Some((field(cpu, "physical id")?, field(cpu, "core id")?)))
        .collect();
    cores.sort_unstable();
    cores.dedup();
    (!cores.is_empty()).then_some(cores.len())
}

#[cfg(target_arch = "x86_64")]
fn cpu_features() -> Vec<String> {
    let features = [
        ("bmi2", is_x86_feature_detected!("bmi2")),
        ("adx", is_x86_feature_detected!("adx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512ifma", is_x86_feature_detected!("avx512ifma")),
        ("avx512vbmi2", is_x86_feature_detected!("avx512vbmi2")),
    ];
    let present = features.into_iter().filter(|(_, present)| *present);
    present.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu_features() -> Vec<String> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CPUINFO: &str = "processor\t: 0\nmodel name\t: A CPU\nphysical id\t: 0\ncore id\t: 0\n\n\
                           processor\t: 1\nmodel name\t: A CPU\nphysical id\t: 0\ncore id\t: 0\n\n\
                           processor\t: 2\nmodel name\t: A CPU\nphysical id\t: 0\ncore id\t: 1\n";

    #[test]
    fn cpus() {
        assert_eq!(field(CPUINFO, "model name"), Some("A CPU"));
        assert_eq!(cores(CPUINFO), Some(2));
        assert_eq!(cores("processor : 0\n"), None);
    }
}
