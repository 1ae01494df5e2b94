//! A process that makes one proof, and says what that took.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{self, Circuit, ProvingKey},
    poly::kzg::{
        commitment::{KZGCommitmentScheme, ParamsKZG},
        multiopen::ProverSHPLONK,
    },
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
    SerdeFormat,
};
use halo2_offload::{advice_columns, compile};
use halo2_offload_measure::{
    peak_bytes, reset_peak, resident_bytes, trim, verify, Multiopen, Reading, Verdict,
    VerifyingParams,
};
use halo2_offload_workloads::{Visitor, Workload};
use rand::{rngs::StdRng, SeedableRng};
use serde::{Deserialize, Serialize};
use std::{error::Error, fs::File, io::BufReader, path::Path};

use crate::Result;

type Scheme = KZGCommitmentScheme<Bn256>;
type Shplonk<'a> = ProverSHPLONK<'a, Bn256>;

pub const FORMAT: SerdeFormat = SerdeFormat::RawBytesUnchecked;

/// Whose prover is called, and by which of halo2-axiom's two functions.
#[derive(Clone, Copy)]
pub enum Role {
    Stock,
    DropIn,
    StockFromAdvice,
    FromAdvice,
}

impl Role {
    pub const ALL: [Self; 4] = [
        Self::Stock,
        Self::DropIn,
        Self::StockFromAdvice,
        Self::FromAdvice,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::DropIn => "drop-in",
            Self::StockFromAdvice => "stock-from-advice",
            Self::FromAdvice => "from-advice",
        }
    }

    pub fn is_stock(self) -> bool {
        matches!(self, Self::Stock | Self::StockFromAdvice)
    }

    pub fn named(name: &str) -> Result<Self> {
        let role = Self::ALL.into_iter().find(|role| role.name() == name);
        Ok(role.ok_or_else(|| format!("there is no role `{name}`"))?)
    }
}

/// What one proof took.
#[derive(Serialize, Deserialize)]
pub struct Measured {
    pub loaded_bytes: u64,
    pub added_bytes: u64,
    pub cpu_ns: u64,
}

pub struct Prover<'a> {
    pub folder: &'a Path,
    pub role: Role,
    /// Ours is called by halo2-axiom's names.
    pub through_plug: bool,
}

/// The witness as it lies there before the prover is called.
enum Loaded<C> {
    Circuit([C; 1]),
    Advice(Vec<Vec<Fr>>),
}

impl Visitor for Prover<'_> {
    type Output = Result<Measured>;

    fn visit<W: Workload>(self, workload: W) -> Result<Measured> {
        let open =
            |name| Ok::<_, Box<dyn Error>>(BufReader::new(File::open(self.folder.join(name))?));
        let params = ParamsKZG::<Bn256>::read_custom(&mut open("srs")?, FORMAT)?;
        let circuit_params = workload.keygen_circuit().params();
        let pk = ProvingKey::<G1Affine>::read::<_, W::Circuit>(
            &mut open("key")?,
            FORMAT,
            circuit_params,
        )?;
        let public = workload.instances();
        let instances: Vec<&[Fr]> = public.iter().map(Vec::as_slice).collect();
        let circuit = workload.circuit();
        let witness = match self.role {
            Role::Stock | Role::DropIn => Loaded::Circuit([circuit]),
            Role::StockFromAdvice | Role::FromAdvice => {
                let key = compile(pk.get_vk())?;
                Loaded::Advice(advice_columns(&key, &circuit, &instances)?)
            }
        };
        let rng = StdRng::seed_from_u64(1);
        let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<G1Affine>>::init(Vec::new());

        trim();
        reset_peak()?;
        let loaded_bytes = resident_bytes().ok_or("no VmRSS in /proc/self/status")?;
        let start = Reading::now();
        let by_stock_name = self.role.is_stock() || self.through_plug;
        match (by_stock_name, witness) {
            (true, Loaded::Circuit(circuits)) => {
                plonk::create_proof::<Scheme, Shplonk<'_>, _, _, _, _>(
                    &params,
                    &pk,
                    &circuits,
                    &[&instances],
                    rng,
                    &mut transcript,
                )
            }
            (false, Loaded::Circuit(circuits)) => {
                halo2_offload::create_proof::<Scheme, Shplonk<'_>, _, _, _, _>(
                    &params,
                    &pk,
                    &circuits,
                    &[&instances],
                    rng,
                    &mut transcript,
                )
            }
            (true, Loaded::Advice(advice)) => {
                plonk::create_proof_from_advice::<Scheme, Shplonk<'_>, _, _, _>(
                    &params,
                    &pk,
                    &instances,
                    advice,
                    rng,
                    &mut transcript,
                )
            }
            (false, Loaded::Advice(advice)) => {
                halo2_offload::create_proof_from_advice::<Scheme, Shplonk<'_>, _, _, _>(
                    &params,
                    &pk,
                    &instances,
                    advice,
                    rng,
                    &mut transcript,
                )
            }
        }?;
        let spent = Reading::now().since(&start);
        let peak = peak_bytes().ok_or("no VmHWM in /proc/self/status")?;

        let proof = transcript.finalize();
        let params = VerifyingParams::from(params);
        match verify(&params, pk.get_vk(), &proof, &public, Multiopen::Shplonk) {
            Verdict::Accepted => Ok(Measured {
                loaded_bytes,
                added_bytes: peak.saturating_sub(loaded_bytes),
                cpu_ns: spent.cpu_ns,
            }),
            Verdict::Rejected(reason) => Err(format!("the proof does not verify: {reason}").into()),
        }
    }
}
