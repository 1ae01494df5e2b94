//! halo2-axiom's entry points, by our prover.
//!
//! The signatures are stock's to the letter, so that callers compile which are generic in the scheme, in
//! the curve or in the multi-opening argument. KZG on BN254 with SHPLONK or GWC is proven here;
//! everything else goes on to halo2-axiom's own prover.

use ff::WithSmallOrderMulGroup;
use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{self, AdviceColumns, Circuit, ProvingKey},
    poly::{
        commitment::{CommitmentScheme, Prover},
        kzg::commitment::ParamsKZG,
    },
    transcript::{EncodedChallenge, TranscriptWrite},
};
use halo2_offload_bridge::KzgBn256;
use halo2_offload_frontend::{prove_once, AdviceColumns as Columns, Circuits, Witness};
use halo2_offload_prover::{Multiopen, Transcript};
use rand_core::RngCore;
use std::hash::Hash;

mod announcement;
mod device;
mod error;
mod wishes;

pub use announcement::{provers_ran, ProversRan};

use crate::{CpuEngine, ResidentKey};
use announcement::{offload_ran, stock_ran};
use error::{plonk_error, DropInError};
use wishes::{Device, Wishes};

/// `halo2_axiom::plonk::create_proof`: the same generics and arguments, the same use of `rng` and
/// `transcript`.
///
/// For KZG on BN254 with SHPLONK or GWC the proof is made here; for other schemes and curves by halo2-axiom's
/// own prover ([`provers_ran`] counts both). The key and the monomial half of the SRS are borrowed; for many
/// proofs with one key, [`ResidentKey`] prepares them once.
///
/// The environment chooses, for programs that cannot:
/// - `HALO2_OFFLOAD_DEVICE`: `auto` (default: the CPU, on rayon's current thread pool), `cpu`, `cuda`, or
///   `cuda:N`, which is an error where that device cannot be used;
/// - `HALO2_OFFLOAD_UNSATISFIED`: `refuse` (default): a proof is checked before it leaves, and none that a
///   verifier would refuse does; or `as-stock`, as [`ResidentKey::unsatisfied`] has it;
/// - `HALO2_OFFLOAD_PROVER`: `offload` (default), or `stock`: halo2-axiom's own prover.
///
/// # Errors
///
/// Where halo2-axiom panics, and where it returns `Ok` with a proof that no verifier accepts, this returns an
/// error that says why: a gate, copy or lookup that is not satisfied, a degree that was cut down (`MAX_DEGREE`),
/// an SRS that contradicts itself, public values in several circuits of one proof. What `plonk::Error` has no
/// variant for comes as `Transcript` with the message.
pub fn create_proof<
    'params,
    'a,
    Scheme: CommitmentScheme,
    P: Prover<'params, Scheme>,
    E: EncodedChallenge<Scheme::Curve>,
    R: RngCore + 'a,
    T: TranscriptWrite<Scheme::Curve, E>,
    ConcreteCircuit: Circuit<Scheme::Scalar>,
>(
    params: &'params Scheme::ParamsProver,
    pk: &ProvingKey<Scheme::Curve>,
    circuits: &[ConcreteCircuit],
    instances: &[&[&'a [Scheme::Scalar]]],
    mut rng: R,
    transcript: &'a mut T,
) -> Result<(), plonk::Error>
where
    Scheme::Scalar: Hash + WithSmallOrderMulGroup<3>,
    Scheme::ParamsProver: Sync,
{
    match Call::of::<P>(params)? {
        Call::Offload(kzg, wishes) => prove(
            kzg.params,
            kzg.key(pk),
            kzg.multiopen,
            wishes,
            &mut Circuits(kzg.circuits(circuits)),
            kzg.all_instances(instances),
            &mut rng,
            &mut kzg.transcript::<T, E>(transcript),
        ),
        Call::Stock => plonk::create_proof::<Scheme, P, E, R, T, ConcreteCircuit>(
            params, pk, circuits, instances, rng, transcript,
        ),
    }
}

/// `halo2_axiom::plonk::create_proof_from_advice`: as [`create_proof`], for one circuit of one phase whose
/// witness is there already. `advice` has one vector of 2^k values for each advice column; those in rows
/// that are not usable are overwritten. No column is copied.
///
/// # Errors
///
/// As [`create_proof`]; where halo2-axiom asserts (the number of columns and their lengths, a circuit of
/// several phases), the message comes as `Transcript`.
pub fn create_proof_from_advice<
    'params,
    'a,
    Scheme: CommitmentScheme,
    P: Prover<'params, Scheme>,
    E: EncodedChallenge<Scheme::Curve>,
    R: RngCore + 'a,
    T: TranscriptWrite<Scheme::Curve, E>,
>(
    params: &'params Scheme::ParamsProver,
    pk: &ProvingKey<Scheme::Curve>,
    instances: &'a [&'a [Scheme::Scalar]],
    advice: AdviceColumns<Scheme::Scalar>,
    mut rng: R,
    transcript: &'a mut T,
) -> Result<(), plonk::Error>
where
    Scheme::Scalar: Hash + WithSmallOrderMulGroup<3>,
    Scheme::ParamsProver: Sync,
{
    match Call::of::<P>(params)? {
        Call::Offload(kzg, wishes) => prove(
            kzg.params,
            kzg.key(pk),
            kzg.multiopen,
            wishes,
            &mut Columns(kzg.advice(advice)),
            &[kzg.instances(instances)],
            &mut rng,
            &mut kzg.transcript::<T, E>(transcript),
        ),
        Call::Stock => plonk::create_proof_from_advice::<Scheme, P, E, R, T>(
            params, pk, instances, advice, rng, transcript,
        ),
    }
}

/// Who proves.
enum Call<'params, Scheme: CommitmentScheme> {
    Offload(KzgBn256<'params, Scheme>, Wishes),
    Stock,
}

impl<'params, Scheme: CommitmentScheme> Call<'params, Scheme> {
    fn of<P: Prover<'params, Scheme>>(
        params: &'params Scheme::ParamsProver,
    ) -> Result<Self, plonk::Error> {
        let wishes = Wishes::of_environment().map_err(|error| plonk_error(error.into()))?;
        if wishes.stock {
            stock_ran("HALO2_OFFLOAD_PROVER=stock asks for that");
            return Ok(Self::Stock);
        }
        match KzgBn256::of::<P>(params) {
            Some(kzg) => Ok(Self::Offload(kzg, wishes)),
            None => {
                stock_ran("what is proven is not KZG on BN254 with SHPLONK or GWC");
                Ok(Self::Stock)
            }
        }
    }
}

/// Makes a proof where it is wished for. Of no type of the caller's, so that it is compiled here and not in
/// every program.
#[allow(clippy::too_many_arguments)] // halo2's own signature, and the wishes
fn prove(
    params: &ParamsKZG<Bn256>,
    pk: &ProvingKey<G1Affine>,
    multiopen: Multiopen,
    wishes: Wishes,
    witness: &mut dyn Witness,
    instances: &[&[&[Fr]]],
    rng: &mut dyn RngCore,
    transcript: &mut dyn Transcript<G1Affine>,
) -> Result<(), plonk::Error> {
    let unsatisfied = wishes.unsatisfied;
    let proven = match wishes.device {
        Device::Cpu { why } => {
            offload_ran(&format!("on the CPU ({why})"));
            let engine = CpuEngine::new();
            ResidentKey::borrow(&engine, params, pk)
                .map(|key| key.unsatisfied(unsatisfied))
                .and_then(|key| {
                    prove_once(&engine, key, multiopen, witness, instances, rng, transcript)
                })
                .map_err(DropInError::from)
        }
        Device::Cuda(ordinal) => device::with_engine(ordinal, pk, multiopen, |engine, name| {
            offload_ran(&format!("on {name}"));
            let key = ResidentKey::load(engine, params, pk)?.unsatisfied(unsatisfied);
            prove_once(engine, key, multiopen, witness, instances, rng, transcript)
        }),
    };
    proven.map_err(plonk_error)
}
