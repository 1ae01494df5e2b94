//! Proofs by the stock prover and by ours, with the same randomness.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{create_proof, keygen_pk, keygen_vk, Circuit, ProvingKey, VerifyingKey},
    poly::{
        commitment::Prover,
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            multiopen::{ProverGWC, ProverSHPLONK},
        },
    },
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};

use halo2_offload_frontend::{prove_metered, Bn256Engine, MultiopenScheme, ResidentKey};
use halo2_offload_prover::{Meter, Multiopen};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};

use crate::error::Result;

type Transcript = Blake2bWrite<Vec<u8>, G1Affine, Challenge255<G1Affine>>;

/// The stock proving key of a circuit.
pub fn keygen<C: Circuit<Fr>>(
    params: &ParamsKZG<Bn256>,
    circuit: &C,
) -> Result<ProvingKey<G1Affine>> {
    Ok(keygen_pk(params, verifying_key(params, circuit)?, circuit)?)
}

/// The verifying key of a circuit.
pub fn verifying_key<C: Circuit<Fr>>(
    params: &ParamsKZG<Bn256>,
    circuit: &C,
) -> Result<VerifyingKey<G1Affine>> {
    Ok(keygen_vk(params, circuit)?)
}

/// A proof by halo2-axiom's own prover. `seed` seeds what randomness it takes from its caller.
pub fn stock_proof<C: Circuit<Fr>>(
    params: &ParamsKZG<Bn256>,
    pk: &ProvingKey<G1Affine>,
    circuits: &[C],
    instances: &[Vec<Fr>],
    seed: u64,
    multiopen: Multiopen,
) -> Result<Vec<u8>> {
    match multiopen {
        Multiopen::Shplonk => {
            stock::<ProverSHPLONK<'_, Bn256>, C>(params, pk, circuits, instances, seed)
        }
        Multiopen::Gwc => stock::<ProverGWC<'_, Bn256>, C>(params, pk, circuits, instances, seed),
    }
}

fn stock<'params, P, C>(
    params: &'params ParamsKZG<Bn256>,
    pk: &ProvingKey<G1Affine>,
    circuits: &[C],
    instances: &[Vec<Fr>],
    seed: u64,
) -> Result<Vec<u8>>
where
    P: Prover<'params, KZGCommitmentScheme<Bn256>>,
    C: Circuit<Fr>,
{
    let columns: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();
    let mut transcript = Transcript::init(Vec::new());
    create_proof::<KZGCommitmentScheme<Bn256>, P, _, _, _, _>(
        params,
        pk,
        circuits,
        &[&columns],
        ChaCha20Rng::seed_from_u64(seed),
        &mut transcript,
    )?;
    Ok(transcript.finalize())
}

/// A proof by our prover with a key on its engine. The same seed makes the same proof.
pub fn resident_proof<E, C>(
    engine: &E,
    key: &ResidentKey<E>,
    circuits: &[C],
    instances: &[Vec<Fr>],
    seed: u64,
    multiopen: Multiopen,
    meter: &mut impl Meter,
) -> Result<Vec<u8>>
where
    E: Bn256Engine,
    C: Circuit<Fr>,
{
    match multiopen {
        Multiopen::Shplonk => resident::<ProverSHPLONK<'_, Bn256>, E, C>(
            engine, key, circuits, instances, seed, meter,
        ),
        Multiopen::Gwc => {
            resident::<ProverGWC<'_, Bn256>, E, C>(engine, key, circuits, instances, seed, meter)
        }
    }
}

fn resident<P, E, C>(
    engine: &E,
    key: &ResidentKey<E>,
    circuits: &[C],
    instances: &[Vec<Fr>],
    seed: u64,
    meter: &mut impl Meter,
) -> Result<Vec<u8>>
where
    P: MultiopenScheme,
    E: Bn256Engine,
    C: Circuit<Fr>,
{
    let columns: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();
    let mut transcript = Transcript::init(Vec::new());
    prove_metered::<P, Challenge255<_>, E, _, C>(
        engine,
        key,
        circuits,
        &[&columns],
        ChaCha20Rng::seed_from_u64(seed),
        &mut transcript,
        meter,
    )?;
    Ok(transcript.finalize())
}

/// The hexadecimal SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
