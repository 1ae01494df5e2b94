//! The device that proofs of the drop-in are made on, where one is asked for.

use halo2_axiom::{halo2curves::bn256::G1Affine, plonk::ProvingKey};
use halo2_offload_cuda::{Context, CudaEngine};
use halo2_offload_prover::Multiopen;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::DropInError;
use crate::{
    compile,
    device::{open_device, plan_for},
    Error,
};

/// The device, once it has been opened. The drop-in's callers have no place to keep it in; opening it anew
/// for each proof would cost more than small proofs do.
static OPENED: Mutex<Option<(usize, Arc<Context>)>> = Mutex::new(None);

/// Calls `prove` with an engine that has everything where the plan for the key has it, and with the
/// device's name. One proof is on the device at a time: a second one would take the memory that the
/// first one has planned with.
pub(super) fn with_engine<O>(
    ordinal: usize,
    pk: &ProvingKey<G1Affine>,
    multiopen: Multiopen,
    prove: impl FnOnce(&CudaEngine, &str) -> Result<O, Error>,
) -> Result<O, DropInError> {
    // A proof that panicked has given its memory back: the device is as good as before.
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let context = match &*opened {
        Some((open, context)) if *open == ordinal => context.clone(),
        _ => {
            let context = open_device(ordinal, None)?;
            *opened = Some((ordinal, context.clone()));
            context
        }
    };
    let circuit = compile(pk.get_vk())?;
    let plan = plan_for(&context, None, &circuit, multiopen)?;
    tracing::info!(%plan);
    let engine = CudaEngine::with_placement(context.clone(), plan.placement)?;
    Ok(prove(&engine, &context.device().name)?)
}
