//! A CUDA device, as programs open one: with the kernels of this build, its generated code kept.

use halo2_axiom::halo2curves::bn256::Fr;
use halo2_offload_cuda::{probe, Context, CudaError, DeviceModel, KernelImage, Options};
use halo2_offload_prover::{CompiledCircuit, Multiopen};
use std::{env, path::PathBuf, sync::Arc};

use crate::{DevicePlan, PlanError};

/// Opens a device. Operations are timed and generated code is kept in the user's cache folder, unless the
/// device is emulated.
///
/// # Errors
///
/// If there is no driver or no such device, or it cannot be used; the message says what to do.
pub fn open_device(ordinal: usize, vram_budget: Option<u64>) -> Result<Arc<Context>, CudaError> {
    let emulated = probe()?
        .get(ordinal)
        .is_some_and(|device| device.is_emulated());
    let mut options = Options::default().with_timing(!emulated);
    if let Some(folder) = cache_folder().filter(|_| !emulated) {
        options = options.with_code_cache(folder);
    }
    if let Some(bytes) = vram_budget {
        options = options.with_vram_budget(bytes);
    }
    Context::open(ordinal, &KernelImage::shipped(), options)
}

/// The plan for proofs of a circuit on an open device. A budget that was given is used up; of what is free,
/// a margin is left.
///
/// # Errors
///
/// If no plan fits.
pub fn plan_for(
    context: &Context,
    vram_budget: Option<u64>,
    circuit: &CompiledCircuit<Fr>,
    multiopen: Multiopen,
) -> Result<DevicePlan, PlanError> {
    let available_bytes = context.available_bytes()?;
    let device = DeviceModel::from(context.device());
    match vram_budget {
        Some(_) => DevicePlan::choose(circuit, multiopen, &device, Some(available_bytes)),
        None => {
            let device = device.with_free_bytes(available_bytes);
            DevicePlan::choose(circuit, multiopen, &device, None)
        }
    }
}

/// The folder for what is kept from one run to the next, generated code for devices and notes of SRS files that were
/// checked: in the user's cache folder (XDG Base Directory Specification). It need not be there. None where
/// the environment names neither a cache folder nor a home.
pub fn cache_folder() -> Option<PathBuf> {
    let of_user = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let of_home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cache"));
    // What is relative is to be ignored, says the specification.
    let caches = of_user.filter(|path| path.is_absolute()).or_else(of_home)?;
    let caches = Some(caches).filter(|path| path.is_absolute())?;
    Some(caches.join("halo2-offload"))
}
