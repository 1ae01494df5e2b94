//! The engines on a CUDA device, and the device that they work on.

use halo2_axiom::halo2curves::bn256::{Fr, G1Affine};
use halo2_offload::{
    engine::HybridEngine,
    open_device, plan_for,
    prover::{CompiledCircuit, Multiopen},
};
use halo2_offload_cuda::{msm::CudaMsm, ntt::CudaNtt, Context, CudaEngine, DeviceInfo};
use halo2_offload_measure::{DeviceChoice, Error, Result};
use std::sync::Arc;

use super::probe::Watched;
use crate::output::talk;

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

/// The engine of the resident rung, which keeps on the device and on the host what the plan for the circuit
/// says.
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

/// An error of a device, or of a plan for one, as an error of this program.
pub fn failed(error: impl std::error::Error) -> Error {
    Error::Plan(error.to_string())
}
