//! `doctor`: what this machine has.

use clap::Args;
use halo2_offload::{cuda::KernelImage, engine::CpuKernels};
use halo2_offload_measure::{describe_bytes, Host, OutputFolder, Result, Rung};
use halo2_offload_workloads::all;
use serde::Serialize;
use std::{
    env,
    fmt::Write,
    path::{Path, PathBuf},
};

use super::Outcome;
use crate::{
    engines,
    output::{json, print},
};

/// Where NVIDIA's kernel driver shows itself.
const NVIDIA_DRIVER: &str = "/proc/driver/nvidia/version";

/// Say what this machine has, what is missing, and what works anyway
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Findings {
    version: &'static str,
    host: Host,
    cpu_kernels: CpuKernelsFinding,
    gpu: Gpu,
    rungs: Vec<RungFinding>,
    workloads: Vec<WorkloadFinding>,
    folders: Vec<Folder>,
}

/// What computes on the CPU.
#[derive(Serialize)]
struct CpuKernelsFinding {
    /// What is used, for this reason.
    chosen: &'static str,
    reason: &'static str,
    /// What this CPU can run.
    available: Vec<&'static str>,
    /// What there is besides, and why not here.
    unavailable: Vec<UnavailableKernels>,
}

#[derive(Serialize)]
struct UnavailableKernels {
    name: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct Gpu {
    /// NVIDIA's kernel module is loaded.
    kernel_driver: bool,
    devices: Vec<serde_json::Value>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    kernels: Kernels,
}

/// What runs on a device.
#[derive(Serialize)]
struct Kernels {
    source_sha256: String,
    /// Beside the PTX, which every driver from CUDA 12 on compiles by itself.
    native_code: bool,
}

#[derive(Serialize)]
struct RungFinding {
    rung: Rung,
    works: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct WorkloadFinding {
    name: &'static str,
    summary: &'static str,
    min_k: u32,
    default_k: u32,
}

#[derive(Serialize)]
struct Folder {
    path: String,
    purpose: &'static str,
    writeable: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let findings = look();
    print(&match arguments.json {
        true => json(&findings),
        false => describe(&findings),
    })?;
    Ok(Outcome::Good)
}

fn look() -> Findings {
    let folder = |path: PathBuf, purpose| Folder {
        writeable: OutputFolder::create(&path).is_ok(),
        path: path.display().to_string(),
        purpose,
    };
    let gpu = look_for_devices();
    Findings {
        version: env!("CARGO_PKG_VERSION"),
        host: Host::look(),
        cpu_kernels: cpu_kernels(),
        rungs: Rung::LADDER
            .into_iter()
            .map(|rung| {
                let reason = gpu.reason.clone().filter(|_| rung.needs_device());
                RungFinding {
                    rung,
                    works: reason.is_none(),
                    reason,
                }
            })
            .collect(),
        gpu,
        workloads: all()
            .iter()
            .map(|info| WorkloadFinding {
                name: info.name,
                summary: info.summary,
                min_k: info.min_k,
                default_k: info.default_k,
            })
            .collect(),
        folders: vec![
            folder(env::temp_dir(), "keys while measuring"),
            folder(
                env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
                "reports",
            ),
        ],
    }
}

fn cpu_kernels() -> CpuKernelsFinding {
    // Its name was checked at the start.
    let chosen = CpuKernels::default();
    CpuKernelsFinding {
        chosen: chosen.name(),
        reason: match chosen == CpuKernels::fastest() {
            true => "the fastest that this CPU can run",
            false => "asked for by --cpu or HALO2_OFFLOAD_CPU",
        },
        available: CpuKernels::available().map(CpuKernels::name).collect(),
        unavailable: CpuKernels::unavailable()
            .map(|(name, reason)| UnavailableKernels { name, reason })
            .collect(),
    }
}

fn look_for_devices() -> Gpu {
    let (devices, reason) = match halo2_offload::cuda::probe() {
        Ok(devices) => (devices.iter().map(engines::describe).collect(), None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let image = KernelImage::shipped();
    Gpu {
        kernel_driver: Path::new(NVIDIA_DRIVER).exists(),
        devices,
        reason,
        kernels: Kernels {
            source_sha256: image.source_hash().to_owned(),
            native_code: image.has_native(),
        },
    }
}

fn describe(findings: &Findings) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<11}{value}");
    };
    line("version", findings.version.to_owned());
    host(&mut line, &findings.host);
    let cpu = &findings.cpu_kernels;
    line(
        "on the CPU",
        format!(
            "{} kernels: {}; there are {}",
            cpu.chosen,
            cpu.reason,
            cpu.available.join(", ")
        ),
    );
    for UnavailableKernels { name, reason } in &cpu.unavailable {
        line("on the CPU", format!("no {name} kernels: {reason}"));
    }
    let gpu = &findings.gpu;
    if let Some(reason) = &gpu.reason {
        let driver = match gpu.kernel_driver {
            true => "NVIDIA's kernel module is loaded",
            false => "NVIDIA's kernel module is not loaded",
        };
        line("GPU", format!("none that can be used: {reason} ({driver})"));
    }
    for device in &gpu.devices {
        let text = |name: &str| match &device[name] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let memory = device["memory_bytes"].as_u64().unwrap_or_default();
        line(
            "GPU",
            format!(
                "{} {}: {}, compute capability {}, {} multiprocessors, driver for CUDA {}",
                text("ordinal"),
                text("name"),
                describe_bytes(memory),
                text("compute_capability"),
                text("multiprocessors"),
                text("driver_cuda"),
            ),
        );
    }
    let kernels = match gpu.kernels.native_code {
        true => "native code, and PTX where that is for other devices",
        false => "PTX, which the driver compiles: this build found no nvcc, and needs none",
    };
    line("kernels", kernels.to_owned());
    for folder in &findings.folders {
        let can = if folder.writeable {
            "writeable"
        } else {
            "NOT writeable"
        };
        line(
            "folder",
            format!("{}: {can} ({})", folder.path, folder.purpose),
        );
    }
    for workload in &findings.workloads {
        line(
            "workload",
            format!(
                "{} (k from {}, default {}): {}",
                workload.name, workload.min_k, workload.default_k, workload.summary
            ),
        );
    }
    for rung in &findings.rungs {
        let works = rung.reason.as_ref().map_or_else(
            || "works".to_owned(),
            |reason| format!("not here: {reason}"),
        );
        line("rung", format!("{}: {works}", rung.rung));
    }
    let devices = match gpu.devices.is_empty() {
        true => "measure, prove and verify work, on the CPU",
        false => "measure, prove and verify work, on the CPU and with the GPU; run selftest first",
    };
    line("commands", devices.to_owned());
    text
}

fn host(line: &mut impl FnMut(&str, String), host: &Host) {
    let unknown = || "unknown".to_owned();
    let kernel = host.kernel.as_deref().unwrap_or_default();
    line("system", format!("{} {kernel} ({})", host.os, host.arch));
    line("CPU", host.cpu_model.clone().unwrap_or_else(unknown));
    let count = |count: Option<usize>| count.map_or_else(unknown, |count| count.to_string());
    line(
        "cores",
        format!(
            "{} cores, {} threads, {} of them for proving",
            count(host.cores),
            count(host.threads),
            host.rayon_threads
        ),
    );
    let features = match host.cpu_features.as_slice() {
        [] => "none of those we know".to_owned(),
        features => features.join(" "),
    };
    line("features", features);
    let bytes = |bytes: Option<u64>| bytes.map_or_else(unknown, describe_bytes);
    line(
        "RAM",
        format!(
            "{}, {} available",
            bytes(host.ram_bytes),
            bytes(host.available_bytes)
        ),
    );
    let limits = &host.container;
    let cpus = limits.cpus.map(|cpus| format!("{cpus} CPUs"));
    let memory = limits
        .memory_bytes
        .map(|bytes| format!("{} of RAM", describe_bytes(bytes)));
    let limits: Vec<String> = cpus.into_iter().chain(memory).collect();
    let limits = if limits.is_empty() {
        "none found".to_owned()
    } else {
        limits.join(", ")
    };
    line("limits", limits);
}
