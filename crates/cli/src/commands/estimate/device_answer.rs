//! What a proof takes of a device: its plan.

use halo2_axiom::halo2curves::bn256::Fr;
use halo2_offload::{
    cuda::{DeviceModel, Rates, Work},
    prover::{CompiledCircuit, Multiopen},
    DevicePlan,
};
use halo2_offload_measure::{describe_bytes, Error, Result, Rung};
use serde::Serialize;
use std::fmt::Write;

/// Holders of device memory that the text names; the rest is summed up.
const LISTED: usize = 6;

/// What the resident rung takes of a device.
#[derive(Serialize)]
pub struct DeviceAnswer {
    rung: Rung,
    device: String,
    plan: String,
    key_vram_bytes: u64,
    peak_vram_bytes: u64,
    peak_stage: &'static str,
    holdings: Vec<HeldBytes>,
    pinned_bytes: u64,
    bytes_to_device: u64,
    bytes_from_device: u64,
    launches: u64,
    synchronisations: u64,
    multiplications: u64,
    device_bytes_read: u64,
    device_bytes_written: u64,
    /// A lower bound, and no device was measured for it: what the multiplications and bytes take at published rates.
    least_device_ns: u64,
    stages: Vec<DeviceStage>,
}

#[derive(Serialize)]
struct HeldBytes {
    name: String,
    bytes: u64,
}

#[derive(Serialize)]
struct DeviceStage {
    name: &'static str,
    bytes_to_device: u64,
    bytes_from_device: u64,
    launches: u64,
    synchronisations: u64,
}

impl DeviceAnswer {
    pub fn new(
        circuit: &CompiledCircuit<Fr>,
        multiopen: Multiopen,
        device: &DeviceModel,
        vram_bytes: Option<u64>,
    ) -> Result<Self> {
        let plan = DevicePlan::choose(circuit, multiopen, device, vram_bytes)
            .map_err(|error| Error::Plan(error.to_string()))?;
        let info = device.info();
        let prediction = Rates::published(info).predict(&plan.work, plan.proof.launches);
        let work = plan.work.values().copied().sum::<Work>();
        Ok(Self {
            rung: Rung::Resident,
            device: info.name.clone(),
            plan: plan.to_string(),
            key_vram_bytes: plan.key_bytes,
            peak_vram_bytes: plan.peak.bytes,
            peak_stage: plan.peak_stage.name(),
            holdings: plan
                .peak
                .holdings
                .iter()
                .map(|holding| HeldBytes {
                    name: holding.name.to_string(),
                    bytes: holding.bytes,
                })
                .collect(),
            pinned_bytes: plan.pinned_bytes,
            bytes_to_device: plan.proof.bytes_to_device,
            bytes_from_device: plan.proof.bytes_from_device,
            launches: plan.proof.launches,
            synchronisations: plan.proof.synchronisations,
            multiplications: work.multiplications,
            device_bytes_read: work.bytes_read,
            device_bytes_written: work.bytes_written,
            least_device_ns: prediction.ns() as u64,
            stages: plan
                .stages
                .iter()
                .map(|(stage, counters)| DeviceStage {
                    name: stage.name(),
                    bytes_to_device: counters.bytes_to_device,
                    bytes_from_device: counters.bytes_from_device,
                    launches: counters.launches,
                    synchronisations: counters.synchronisations,
                })
                .collect(),
        })
    }

    pub fn describe(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "{} on {}: {}", self.rung, self.device, self.plan)?;
        writeln!(
            text,
            "    {} to the device, {} back, {} launches, at most {} waits",
            describe_bytes(self.bytes_to_device),
            describe_bytes(self.bytes_from_device),
            self.launches,
            self.synchronisations,
        )?;
        writeln!(
            text,
            "    {:.3e} wide multiplications, {:.3e} bytes of device memory read, {:.3e} written: not \
             less than {:.3} s of device time at published rates; not measured",
            self.multiplications as f64,
            self.device_bytes_read as f64,
            self.device_bytes_written as f64,
            self.least_device_ns as f64 / 1e9,
        )?;
        for stage in &self.stages {
            writeln!(
                text,
                "    {:12} {:>10} to it {:>10} from it {:>6} launches",
                stage.name,
                describe_bytes(stage.bytes_to_device),
                describe_bytes(stage.bytes_from_device),
                stage.launches,
            )?;
        }
        let mut at_the_peak = |bytes: u64, name: &str| {
            writeln!(
                text,
                "    at the peak  {:>10} {name}",
                describe_bytes(bytes)
            )
        };
        let (listed, smaller) = self.holdings.split_at(LISTED.min(self.holdings.len()));
        for holding in listed {
            at_the_peak(holding.bytes, &holding.name)?;
        }
        if !smaller.is_empty() {
            let bytes = smaller.iter().map(|holding| holding.bytes).sum();
            at_the_peak(bytes, &format!("{} smaller ones", smaller.len()))?;
        }
        at_the_peak(self.peak_vram_bytes, "in all")
    }
}
