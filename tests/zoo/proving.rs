//! The ways to prove and to verify a specimen.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{self, keygen_pk2, Circuit, ProvingKey},
    poly::{
        commitment::{Prover, Verifier},
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            msm::DualMSM,
            multiopen::{ProverGWC, ProverSHPLONK, VerifierGWC, VerifierSHPLONK},
            strategy::{GuardKZG, SingleStrategy},
        },
    },
    transcript::{
        Blake2bRead, Blake2bWrite, Challenge255, EncodedChallenge, Keccak256Read, Keccak256Write,
        TranscriptReadBuffer, TranscriptWrite, TranscriptWriterBuffer,
    },
};
use halo2_offload::{
    engine::Engine, prover::ProverError, CpuEngine, Error, ResidentKey, Unsatisfied,
};
use halo2_offload_frontend::MultiopenScheme;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use snark_verifier::{loader::native::NativeLoader, system::halo2::transcript::halo2 as poseidon};
use std::{io::Cursor, sync::OnceLock};

use super::Specimen;

type Kzg = KZGCommitmentScheme<Bn256>;

/// The SRS of size 2^k.
pub fn srs(k: u32) -> &'static ParamsKZG<Bn256> {
    static SRS: [OnceLock<ParamsKZG<Bn256>>; 20] = [const { OnceLock::new() }; 20];
    SRS[k as usize].get_or_init(|| ParamsKZG::setup(k, ChaCha20Rng::seed_from_u64(u64::from(k))))
}

/// A multi-opening argument.
pub trait Opening {
    type Prover: Prover<'static, Kzg> + MultiopenScheme;
    type Verifier: Verifier<
        'static,
        Kzg,
        Guard = GuardKZG<'static, Bn256>,
        MSMAccumulator = DualMSM<'static, Bn256>,
    >;
}

pub struct Shplonk;
impl Opening for Shplonk {
    type Prover = ProverSHPLONK<'static, Bn256>;
    type Verifier = VerifierSHPLONK<'static, Bn256>;
}

pub struct Gwc;
impl Opening for Gwc {
    type Prover = ProverGWC<'static, Bn256>;
    type Verifier = VerifierGWC<'static, Bn256>;
}

/// A transcript's hash.
pub trait Hash {
    type Challenge: EncodedChallenge<G1Affine>;
    type Write: TranscriptWriterBuffer<Vec<u8>, G1Affine, Self::Challenge>;
    type Read: TranscriptReadBuffer<Cursor<Vec<u8>>, G1Affine, Self::Challenge>;
}

pub struct Blake2b;
impl Hash for Blake2b {
    type Challenge = Challenge255<G1Affine>;
    type Write = Blake2bWrite<Vec<u8>, G1Affine, Self::Challenge>;
    type Read = Blake2bRead<Cursor<Vec<u8>>, G1Affine, Self::Challenge>;
}

pub struct Keccak256;
impl Hash for Keccak256 {
    type Challenge = Challenge255<G1Affine>;
    type Write = Keccak256Write<Vec<u8>, G1Affine, Self::Challenge>;
    type Read = Keccak256Read<Cursor<Vec<u8>>, G1Affine, Self::Challenge>;
}

/// The hash of proofs that are aggregated, with snark-verifier-sdk's parameters.
pub struct Poseidon;
impl Hash for Poseidon {
    type Challenge = poseidon::ChallengeScalar<G1Affine>;
    type Write = poseidon::PoseidonTranscript<G1Affine, NativeLoader, Vec<u8>, 3, 2, 8, 57>;
    type Read = poseidon::PoseidonTranscript<G1Affine, NativeLoader, Cursor<Vec<u8>>, 3, 2, 8, 57>;
}

/// A specimen with its key.
pub struct Prepared<C> {
    pub specimen: Specimen<C>,
    pub params: &'static ParamsKZG<Bn256>,
    pub pk: ProvingKey<G1Affine>,
}

impl<C: Circuit<Fr>> Specimen<C> {
    /// Generates the key.
    pub fn prepare(self) -> Prepared<C> {
        let params = srs(self.k);
        let pk = keygen_pk2(params, &self.circuits[0], self.compress_selectors)
            .expect("keys of the zoo can be generated");
        Prepared {
            specimen: self,
            params,
            pk,
        }
    }
}

impl<C: Circuit<Fr>> Prepared<C> {
    /// halo2-axiom's prover.
    pub fn stock<O: Opening, T, Ch>(
        &self,
        seed: u64,
        transcript: &mut T,
    ) -> Result<(), plonk::Error>
    where
        T: TranscriptWrite<G1Affine, Ch>,
        Ch: EncodedChallenge<G1Affine>,
    {
        self.with_instances(|instances| {
            plonk::create_proof::<Kzg, O::Prover, Ch, _, T, C>(
                self.params,
                &self.pk,
                &self.specimen.circuits,
                instances,
                ChaCha20Rng::seed_from_u64(seed),
                transcript,
            )
        })
    }

    /// Our drop-in for it. A proof that halo2-axiom's verifier will not accept is refused, and made as the
    /// drop-in makes it when it is asked for that (which the process's environment would say).
    pub fn drop_in<O: Opening, T, Ch>(
        &self,
        seed: u64,
        transcript: &mut T,
    ) -> Result<(), plonk::Error>
    where
        T: TranscriptWrite<G1Affine, Ch>,
        Ch: EncodedChallenge<G1Affine>,
    {
        if self.specimen.stock_verifies() {
            return self.drop_in_checked::<O, T, Ch>(seed, transcript);
        }
        let mut refused = Blake2bWrite::<_, _, Challenge255<_>>::init(Vec::new());
        let refused = self.drop_in_checked::<O, _, _>(seed, &mut refused);
        let message = refused.unwrap_err().to_string();
        assert!(
            message.contains("Make one proof for each circuit"),
            "{message}"
        );

        let engine = CpuEngine::new();
        let key = ResidentKey::borrow(&engine, self.params, &self.pk).unwrap();
        let key = key.unsatisfied(Unsatisfied::AsStock);
        self.resident_onto::<O, _, _, _>(&engine, &key, seed, transcript)
            .map_err(|error| match error {
                Error::Prover(ProverError::Transcript(error)) => plonk::Error::Transcript(error),
                other => panic!("{other}"),
            })
    }

    fn drop_in_checked<O: Opening, T, Ch>(
        &self,
        seed: u64,
        transcript: &mut T,
    ) -> Result<(), plonk::Error>
    where
        T: TranscriptWrite<G1Affine, Ch>,
        Ch: EncodedChallenge<G1Affine>,
    {
        self.with_instances(|instances| {
            halo2_offload::create_proof::<Kzg, O::Prover, Ch, _, T, C>(
                self.params,
                &self.pk,
                &self.specimen.circuits,
                instances,
                ChaCha20Rng::seed_from_u64(seed),
                transcript,
            )
        })
    }

    /// Our drop-in for `create_proof_from_advice`.
    pub fn drop_in_from_advice<O: Opening, H: Hash>(
        &self,
        seed: u64,
    ) -> Result<Vec<u8>, plonk::Error> {
        let mut transcript = H::Write::init(Vec::new());
        self.with_instances(|instances| {
            halo2_offload::create_proof_from_advice::<Kzg, O::Prover, H::Challenge, _, H::Write>(
                self.params,
                &self.pk,
                instances[0],
                self.advice(),
                ChaCha20Rng::seed_from_u64(seed),
                &mut transcript,
            )
        })?;
        Ok(transcript.finalize())
    }

    /// Whether there are advice columns before a proof is begun: one circuit of one phase.
    pub fn has_advice(&self) -> bool {
        let key = halo2_offload::compile(self.pk.get_vk()).unwrap();
        self.specimen.circuits.len() == 1 && key.phases() == 1
    }

    /// The advice columns of the one circuit. What is in rows that are not usable must not matter.
    pub fn advice(&self) -> Vec<Vec<Fr>> {
        let key = halo2_offload::compile(self.pk.get_vk()).unwrap();
        let circuit = &self.specimen.circuits[0];
        let mut columns = self
            .with_instances(|instances| halo2_offload::advice_columns(&key, circuit, instances[0]))
            .unwrap();
        for column in &mut columns {
            column[key.usable_rows()..].fill(Fr::from(7));
        }
        columns
    }

    /// The key on an engine. Proofs with it are checked, unless halo2-axiom's verifier would not accept them
    /// anyway.
    pub fn load<E: Engine<Curve = G1Affine>>(&self, engine: &E) -> ResidentKey<E> {
        let key = ResidentKey::load(engine, self.params, &self.pk).unwrap();
        key.unsatisfied(match self.specimen.stock_verifies() {
            true => Unsatisfied::Refuse,
            false => Unsatisfied::AsStock,
        })
    }

    /// Our prover with a key that was loaded onto an engine.
    pub fn resident<O: Opening, H: Hash, E>(
        &self,
        engine: &E,
        key: &ResidentKey<E>,
        seed: u64,
    ) -> Result<Vec<u8>, Error>
    where
        E: Engine<Curve = G1Affine>,
    {
        let mut transcript = H::Write::init(Vec::new());
        self.resident_onto::<O, _, _, _>(engine, key, seed, &mut transcript)?;
        Ok(transcript.finalize())
    }

    fn resident_onto<O: Opening, E, T, Ch>(
        &self,
        engine: &E,
        key: &ResidentKey<E>,
        seed: u64,
        transcript: &mut T,
    ) -> Result<(), Error>
    where
        E: Engine<Curve = G1Affine>,
        T: TranscriptWrite<G1Affine, Ch>,
        Ch: EncodedChallenge<G1Affine>,
    {
        self.with_instances(|instances| {
            halo2_offload::prove::<O::Prover, Ch, E, T, C>(
                engine,
                key,
                &self.specimen.circuits,
                instances,
                ChaCha20Rng::seed_from_u64(seed),
                transcript,
            )
        })
    }

    /// The bytes of halo2-axiom's proof.
    pub fn stock_bytes<O: Opening, H: Hash>(&self, seed: u64) -> Result<Vec<u8>, plonk::Error> {
        let mut transcript = H::Write::init(Vec::new());
        self.stock::<O, _, _>(seed, &mut transcript)?;
        Ok(transcript.finalize())
    }

    /// The bytes of our proof.
    pub fn drop_in_bytes<O: Opening, H: Hash>(&self, seed: u64) -> Result<Vec<u8>, plonk::Error> {
        let mut transcript = H::Write::init(Vec::new());
        self.drop_in::<O, _, _>(seed, &mut transcript)?;
        Ok(transcript.finalize())
    }

    /// halo2-axiom's verifier.
    pub fn verify<O: Opening, H: Hash>(&self, proof: &[u8]) -> Result<(), plonk::Error> {
        let mut transcript = H::Read::init(Cursor::new(proof.to_vec()));
        self.with_instances(|instances| {
            plonk::verify_proof::<Kzg, O::Verifier, H::Challenge, H::Read, SingleStrategy<'_, _>>(
                self.params,
                self.pk.get_vk(),
                SingleStrategy::new(self.params),
                instances,
                &mut transcript,
            )
        })
    }

    pub fn with_instances<R>(&self, run: impl FnOnce(&[&[&[Fr]]]) -> R) -> R {
        let columns: Vec<Vec<&[Fr]>> = self
            .specimen
            .instances
            .iter()
            .map(|columns| columns.iter().map(Vec::as_slice).collect())
            .collect();
        let circuits: Vec<&[&[Fr]]> = columns.iter().map(Vec::as_slice).collect();
        run(&circuits)
    }
}
