//! Our errors, as halo2-axiom's callers get them.

use halo2_axiom::plonk;
use halo2_offload_cuda::CudaError;
use halo2_offload_prover::ProverError;
use std::io;

use super::{announcement::say, wishes::UnknownWish};
use crate::{Error, PlanError, SynthesisError};

/// What can go wrong in the drop-in.
#[derive(Debug, thiserror::Error)]
pub(super) enum DropInError {
    #[error(transparent)]
    Proof(#[from] Error),
    #[error(transparent)]
    Wish(#[from] UnknownWish),
    #[error("the device that HALO2_OFFLOAD_DEVICE asks for cannot be used: {0}. To prove on the CPU, unset the variable")]
    Device(#[from] CudaError),
    #[error("the device that HALO2_OFFLOAD_DEVICE asks for cannot be used: {0}")]
    Plan(#[from] PlanError),
}

/// halo2-axiom's error. Its own variants where the stock prover returns them; else `Transcript`, the only
/// one that carries a text, so that callers who unwrap see it.
pub(super) fn plonk_error(error: DropInError) -> plonk::Error {
    let text = match error {
        DropInError::Proof(Error::Prover(error)) => match error {
            ProverError::Transcript(error) => return plonk::Error::Transcript(error),
            ProverError::InstanceColumns { .. } | ProverError::Circuits { .. } => {
                tracing::error!(%error);
                say(&error.to_string());
                return plonk::Error::InvalidInstances;
            }
            ProverError::NotSatisfied(_) | ProverError::InstancesOfSeveralCircuits { .. } => {
                format!(
                "{error}. (halo2-axiom's prover goes on here, to a proof that no verifier accepts: \
                 HALO2_OFFLOAD_UNSATISFIED=as-stock asks for that.)"
            )
            }
            ProverError::Witness(witness) => match witness.downcast() {
                Ok(synthesis) => match *synthesis {
                    SynthesisError::Circuit(error) => return error,
                    other => other.to_string(),
                },
                Err(other) => other.to_string(),
            },
            other => other.to_string(),
        },
        other => other.to_string(),
    };
    plonk::Error::Transcript(io::Error::other(text))
}
