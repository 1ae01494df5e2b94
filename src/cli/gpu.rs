//! A device: opened, and watched while it works.

use halo2_axiom::halo2curves::bn256::{Fr, G1Affine};
use halo2_offload::{
    engine::HybridEngine,
    open_device, plan_for,
    prover::{CompiledCircuit, Multiopen},
    DevicePlan,
};
use halo2_offload_cuda::{
    msm::CudaMsm, ntt::CudaNtt, Context, Counters, CudaEngine, DeviceInfo, KernelImage, Work,
};
use halo2_offload_measure::{
    DeviceChoice, DeviceProbe, DeviceUse, Error, Result, Vram, VramHolding,
};
use serde_json::{json, Value};
use std::sync::Arc;

use super::talk;

/// Opens the device with the kernels of this build.
pub fn open(choice: DeviceChoice) -> Result<Arc<Context>> {
    open_device(choice.ordinal, choice.vram_budget).map_err(failed)
}

/// The engine of the `msm+ntt` rung.
pub fn msm_and_ntt<'h>(
    context: &Arc<Context>,
) -> Result<HybridEngine<'h, G1Affine, CudaMsm, CudaNtt>> {
    let msm = CudaMsm::new(context.clone()).map_err(failed)?;
    let ntt = CudaNtt::new(context.clone()).map_err(failed)?;
    Ok(HybridEngine::with_accelerators(msm, ntt))
}

/// The engine of the resident rung, with everything where the plan for the circuit has it.
pub fn resident(
    context: &Arc<Context>,
    vram_budget: Option<u64>,
    circuit: &CompiledCircuit<Fr>,
    multiopen: Multiopen,
) -> Result<(CudaEngine, Watched)> {
    let plan = plan_for(context, vram_budget, circuit, multiopen).map_err(failed)?;
    talk(&format!("plan for {}: {plan}", context.device().name));
    let engine = CudaEngine::with_placement(context.clone(), plan.placement).map_err(failed)?;
    Ok((engine, Watched::planned(context.clone(), &plan)))
}

/// What is known of a device before it is opened.
pub fn device(ordinal: usize) -> Result<DeviceInfo> {
    let mut devices = halo2_offload_cuda::probe().map_err(failed)?;
    if ordinal >= devices.len() {
        return Err(Error::Plan(format!(
            "there is no device {ordinal}: this machine has {}, numbered from 0",
            devices.len()
        )));
    }
    Ok(devices.swap_remove(ordinal))
}

/// A device that does not do what it is asked to.
pub fn failed(error: impl std::error::Error) -> Error {
    Error::Plan(error.to_string())
}

/// Facts about a device, as reports have them.
pub fn describe(device: &DeviceInfo) -> Value {
    json!({
        "name": device.name,
        "emulated": device.is_emulated(),
        "ordinal": device.ordinal,
        "uuid": device.uuid,
        "pci": device.pci,
        "compute_capability": device.capability.to_string(),
        "multiprocessors": device.multiprocessors,
        "clock_khz": device.clock_khz,
        "memory_bytes": device.memory_bytes,
        "driver_cuda": device.driver.to_string(),
    })
}

/// A context that a rung works with.
pub struct Watched {
    context: Arc<Context>,
    planned_bytes: Option<u64>,
}

impl Watched {
    pub fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            planned_bytes: None,
        }
    }

    /// With the memory that a plan says it will take.
    pub fn planned(context: Arc<Context>, plan: &DevicePlan) -> Self {
        Self {
            context,
            planned_bytes: Some(plan.peak.bytes),
        }
    }
}

impl DeviceProbe for Watched {
    fn describe(&self) -> Option<Value> {
        let mut facts = describe(self.context.device());
        facts["kernel_sources_sha256"] = json!(KernelImage::shipped().source_hash());
        Some(facts)
    }

    fn is_emulated(&self) -> bool {
        self.context.device().is_emulated()
    }

    fn used(&self) -> Option<DeviceUse> {
        let Counters {
            launches,
            synchronisations,
            bytes_to_device,
            bytes_from_device,
            device_ns,
        } = match self.context.counters() {
            Ok(counters) => counters,
            Err(error) => {
                tracing::error!(%error, "the device's counters");
                return None;
            }
        };
        let work: Work = self.context.work().into_values().sum();
        Some(DeviceUse {
            multiplications: work.multiplications,
            memory_bytes_read: work.bytes_read,
            memory_bytes_written: work.bytes_written,
            bytes_to_device,
            bytes_from_device,
            launches,
            synchronisations,
            device_ns: (!self.is_emulated()).then_some(device_ns),
        })
    }

    fn peak_vram(&self) -> Option<Vram> {
        let peak = self.context.peak_memory();
        let holdings = peak.holdings.into_iter().map(|holding| VramHolding {
            name: holding.name,
            buffers: holding.allocations as u64,
            bytes: holding.bytes,
        });
        Some(Vram {
            bytes: peak.bytes,
            planned_bytes: self.planned_bytes,
            holdings: holdings.collect(),
        })
    }
}
