//! What is written down: `report.json`, of which everything else is derived.
//!
//! Times are integer nanoseconds, sizes bytes. What was not measured is absent. The schema is
//! `schema/report-1.schema.json`; fields may be added to it, none is taken away or changes meaning
//! while its number stays.

use halo2_offload_prover::{Multiopen, Shape};
use serde::{Deserialize, Serialize};

use crate::{
    device::{DeviceUse, Vram},
    host::Host,
    rung::Rung,
};

/// The name of the format.
pub const SCHEMA: &str = "halo2-offload/report/1";

/// A run of `measure`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// How it was made.
    pub run: RunFacts,
    /// Where.
    pub host: Host,
    /// The devices that were used.
    pub devices: Vec<serde_json::Value>,
    /// What was proven.
    pub workloads: Vec<WorkloadReport>,
}

/// What reproduces a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFacts {
    /// The version of halo2-offload.
    pub version: String,
    /// The command line.
    pub command: Vec<String>,
    /// Of the witness and of the prover's randomness.
    pub seed: u64,
    /// Proofs measured per rung.
    pub runs: usize,
    /// Proofs made before, on every rung, that are verified and not measured.
    pub warmup_runs: usize,
    /// The multi-opening argument.
    pub multiopen: Multiopen,
    /// Where the SRS comes from.
    pub srs: String,
    /// The kernels that were chosen for what our provers compute on the CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_kernels: Option<String>,
}

/// A workload on all rungs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkloadReport {
    /// Its name in the catalogue.
    pub name: String,
    /// log2 of the number of rows.
    pub k: u32,
    /// Its constraint system.
    pub shape: Shape,
    /// From below.
    pub rungs: Vec<RungReport>,
}

/// Whether a rung was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It was. If a check failed, there are no times and `reason` says which.
    Measured,
    /// It was not: `reason` says why.
    Skipped,
}

/// A rung of the ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RungReport {
    /// Which.
    pub rung: Rung,
    /// Whether it was measured.
    pub status: Status,
    /// Why it was not measured, or which check failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the work was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// The kernels that computed what was computed on the CPU. Absent on `stock`, which has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_kernels: Option<String>,
    /// One per proof, in order, all of them.
    pub samples: Vec<Sample>,
    /// Median of the wall times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_wall_ns: Option<u64>,
    /// Median of the CPU times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_cpu_ns: Option<u64>,
    /// High-water mark of the resident set from the loaded key to the last proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_rss_bytes: Option<u64>,
    /// High-water mark of device memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_vram_bytes: Option<u64>,
    /// What held it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_vram: Option<Vram>,
    /// Uploaded for one proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_to_device: Option<u64>,
    /// Downloaded for one proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_from_device: Option<u64>,
    /// Time in which the device worked for one proof, the one whose wall time is nearest to the
    /// median. Absent where the device is emulated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ns: Option<u64>,
    /// Whether the device is the emulator of the tests: then nothing here says how fast a device
    /// is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub emulated: bool,
    /// The prover's stages, of the proof whose wall time is nearest to the median: disjoint, adding
    /// up to that proof's sample.
    pub stages: Vec<StageReport>,
    /// Length of the proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_bytes: Option<u64>,
    /// SHA-256 of the last proof, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_sha256: Option<String>,
    /// Whether the stock verifier accepts every proof of this rung.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// Whether every proof of this rung has the bytes of the `cpu` rung's first. Absent on `stock`,
    /// which draws randomness of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals_cpu: Option<bool>,
    /// What a reader has to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl RungReport {
    /// A rung with nothing measured yet.
    pub fn empty(rung: Rung, status: Status, reason: Option<String>) -> Self {
        Self {
            rung,
            status,
            reason,
            placement: None,
            cpu_kernels: None,
            samples: Vec::new(),
            median_wall_ns: None,
            median_cpu_ns: None,
            peak_rss_bytes: None,
            peak_vram_bytes: None,
            peak_vram: None,
            bytes_to_device: None,
            bytes_from_device: None,
            device_ns: None,
            emulated: false,
            stages: Vec::new(),
            proof_bytes: None,
            proof_sha256: None,
            verified: None,
            equals_cpu: None,
            notes: Vec::new(),
        }
    }

    /// Wall times of all samples.
    pub fn wall_ns(&self) -> Vec<u64> {
        self.samples.iter().map(|sample| sample.wall_ns).collect()
    }

    /// Whether every check that was made came out well.
    pub fn holds(&self) -> bool {
        self.verified != Some(false) && self.equals_cpu != Some(false)
    }
}

/// A proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Wall time.
    pub wall_ns: u64,
    /// CPU time of all threads, user and system.
    pub cpu_ns: u64,
}

/// A stage of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageReport {
    /// The stage, or `unattributed`.
    pub name: String,
    /// Wall time.
    pub wall_ns: u64,
    /// CPU time of all threads, user and system.
    pub cpu_ns: u64,
    /// What a device was given to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceUse>,
}

impl Report {
    /// Whether every check that was made came out well.
    pub fn holds(&self) -> bool {
        let mut rungs = self.workloads.iter().flat_map(|workload| &workload.rungs);
        rungs.all(RungReport::holds)
    }
}
