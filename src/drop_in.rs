//! halo2-axiom's `create_proof`, by our prover.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{self, Circuit, ProvingKey},
    poly::{
        commitment::{CommitmentScheme, Prover},
        kzg::commitment::ParamsKZG,
    },
    transcript::{EncodedChallenge, TranscriptWrite},
};
use halo2_offload_frontend::{prove_once, MultiopenScheme};
use halo2_offload_prover::ProverError;
use rand_core::RngCore;
use std::io;

use crate::{CpuEngine, Error, ResidentKey, SynthesisError};

/// `halo2_axiom::plonk::create_proof`, for `KZGCommitmentScheme<Bn256>` with `ProverSHPLONK` or
/// `ProverGWC`: the same generics and arguments, the same use of `rng` and `transcript`.
///
/// The engine is chosen as `--device auto` chooses it: the CPU, on rayon's current thread pool. The
/// key and the monomial half of the SRS are borrowed; for many proofs with one key, [`ResidentKey`]
/// prepares them once.
///
/// # Errors
///
/// Where halo2-axiom panics (a lookup input outside its table goes through there), this returns an
/// error. What `plonk::Error` has no variant for comes as `Transcript` with the message.
pub fn create_proof<
    'params,
    'a,
    Scheme: CommitmentScheme<Curve = G1Affine, Scalar = Fr, ParamsProver = ParamsKZG<Bn256>>,
    P: Prover<'params, Scheme> + MultiopenScheme,
    E: EncodedChallenge<Scheme::Curve>,
    R: RngCore + 'a,
    T: TranscriptWrite<Scheme::Curve, E>,
    ConcreteCircuit: Circuit<Scheme::Scalar>,
>(
    params: &'params Scheme::ParamsProver,
    pk: &ProvingKey<Scheme::Curve>,
    circuits: &[ConcreteCircuit],
    instances: &[&[&'a [Scheme::Scalar]]],
    rng: R,
    transcript: &'a mut T,
) -> Result<(), plonk::Error> {
    let engine = CpuEngine::new();
    tracing::info!(
        engine = "cpu",
        reason = "auto: a GPU proves only where that is asked for"
    );
    ResidentKey::borrow(&engine, params, pk)
        .and_then(|key| {
            prove_once::<P, E, _, T, _>(&engine, key, circuits, instances, rng, transcript)
        })
        .map_err(plonk_error)
}

/// The variant of halo2-axiom's error that a caller of the stock prover would look for.
fn plonk_error(error: Error) -> plonk::Error {
    match error {
        Error::Prover(ProverError::Transcript(error)) => plonk::Error::Transcript(error),
        Error::Prover(ProverError::InstanceColumns { .. } | ProverError::Circuits { .. }) => {
            plonk::Error::InvalidInstances
        }
        Error::Prover(ProverError::InstanceTooLarge { .. }) => plonk::Error::InstanceTooLarge,
        Error::Prover(ProverError::Lookup { .. } | ProverError::QueryCollision { .. }) => {
            tracing::error!(%error);
            plonk::Error::ConstraintSystemFailure
        }
        Error::Prover(ProverError::Witness(witness)) => match witness.downcast() {
            Ok(synthesis) => match *synthesis {
                SynthesisError::Circuit(error) => error,
                SynthesisError::NotEnoughRows { k, .. } => {
                    plonk::Error::NotEnoughRowsAvailable { current_k: k }
                }
                other => plonk::Error::Transcript(io::Error::other(other)),
            },
            Err(other) => plonk::Error::Transcript(io::Error::other(other)),
        },
        other => plonk::Error::Transcript(io::Error::other(other)),
    }
}
