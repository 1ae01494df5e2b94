//! The stock verifier's word on a proof.

use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine, G2Affine},
        group::{ff::PrimeField, GroupEncoding},
        serde::SerdeObject,
    },
    plonk::{self, verify_proof, VerifyingKey},
    poly::{
        commitment::Verifier,
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            msm::DualMSM,
            multiopen::{VerifierGWC, VerifierSHPLONK},
            strategy::{GuardKZG, SingleStrategy},
        },
    },
    transcript::{
        Blake2bRead, Challenge255, EncodedChallenge, Transcript, TranscriptRead,
        TranscriptReadBuffer,
    },
};
use halo2_offload_prover::Multiopen;
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use crate::{
    error::{Error, Result},
    srs::insecure_srs,
};

/// The three points of an SRS that a verifier needs.
#[derive(Debug)]
pub struct VerifyingParams(ParamsKZG<Bn256>);

impl VerifyingParams {
    /// Reads them from an SRS of size 2^k in raw format, leaving out the bases.
    pub(crate) fn read(path: &Path, k: u32) -> Result<Self> {
        let read = || -> io::Result<_> {
            let mut file = BufReader::new(File::open(path)?);
            file.seek(SeekFrom::Start(4))?;
            let g = G1Affine::read_raw(&mut file)?;
            file.seek(SeekFrom::End(-2 * 128))?;
            let g2 = [(); 2].map(|()| G2Affine::read_raw(&mut file));
            Ok((g, g2))
        };
        let (g, [g2, s_g2]) = read().map_err(Error::file("read", path))?;
        let g2 = g2.map_err(Error::file("read", path))?;
        let s_g2 = s_g2.map_err(Error::file("read", path))?;
        Ok(Self(insecure_srs(1).from_parts(
            k,
            vec![g],
            Some(Vec::new()),
            g2,
            s_g2,
        )))
    }
}

impl From<ParamsKZG<Bn256>> for VerifyingParams {
    fn from(params: ParamsKZG<Bn256>) -> Self {
        Self(params)
    }
}

/// What the verifier says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The proof is valid.
    Accepted,
    /// It is not; this is why, as far as can be told.
    Rejected(String),
}

/// Bytes of a point or a scalar in a proof.
const ELEMENT_BYTES: usize = 32;

/// Asks the stock verifier. A proof that goes on after its end is rejected as well, and one that is not spelt as it
/// is written: halo2curves-axiom reads several spellings of some points, so that a proof would have many.
pub fn verify(
    params: &VerifyingParams,
    vk: &VerifyingKey<G1Affine>,
    proof: &[u8],
    instances: &[Vec<Fr>],
    multiopen: Multiopen,
) -> Verdict {
    let mut reader = ProofReader {
        rest: proof,
        ran_out: false,
    };
    let mut anew = Vec::with_capacity(proof.len());
    let params = &params.0;
    let outcome = match multiopen {
        Multiopen::Shplonk => {
            ask::<VerifierSHPLONK<'_, Bn256>>(params, vk, &mut reader, instances, &mut anew)
        }
        Multiopen::Gwc => {
            ask::<VerifierGWC<'_, Bn256>>(params, vk, &mut reader, instances, &mut anew)
        }
    };
    let ProofReader { rest, ran_out } = reader;
    match outcome {
        Ok(()) if !rest.is_empty() => {
            Verdict::Rejected(format!("{} bytes follow the end of the proof", rest.len()))
        }
        Ok(()) => match anew.iter().zip(proof).position(|(anew, read)| anew != read) {
            None => Verdict::Accepted,
            Some(byte) => Verdict::Rejected(format!(
                "it is not spelt as a proof is written, first in its element {}: it was altered",
                byte / ELEMENT_BYTES
            )),
        },
        Err(_) if ran_out => Verdict::Rejected(
            "it ends early: it is truncated, or of another circuit or multi-opening argument"
                .to_owned(),
        ),
        Err(plonk::Error::InvalidInstances) => Verdict::Rejected(format!(
            "it comes with {} columns of public values, where the circuit has {}: it is of another \
             circuit",
            instances.len(),
            vk.cs().num_instance_columns()
        )),
        Err(plonk::Error::Transcript(error)) => {
            Verdict::Rejected(format!("it holds what is no point or scalar ({error})"))
        }
        Err(_) => Verdict::Rejected(
            "it does not satisfy the verifier's equations: it was altered, or made for another \
             circuit, k, seed, SRS or multi-opening argument"
                .to_owned(),
        ),
    }
}

fn ask<'params, V>(
    params: &'params ParamsKZG<Bn256>,
    vk: &VerifyingKey<G1Affine>,
    proof: &mut ProofReader<'_>,
    instances: &[Vec<Fr>],
    anew: &mut Vec<u8>,
) -> std::result::Result<(), plonk::Error>
where
    V: Verifier<
        'params,
        KZGCommitmentScheme<Bn256>,
        MSMAccumulator = DualMSM<'params, Bn256>,
        Guard = GuardKZG<'params, Bn256>,
    >,
{
    let columns: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();
    let mut transcript = Respelling {
        transcript: Blake2bRead::<_, G1Affine, Challenge255<_>>::init(proof),
        anew,
    };
    verify_proof::<KZGCommitmentScheme<Bn256>, V, _, _, _>(
        params,
        vk,
        SingleStrategy::new(params),
        &[&columns],
        &mut transcript,
    )
}

/// Knows whether more was asked for than there is.
struct ProofReader<'a> {
    rest: &'a [u8],
    ran_out: bool,
}

impl Read for ProofReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.ran_out |= buffer.len() > self.rest.len();
        self.rest.read(buffer)
    }
}

/// A transcript that writes anew what is read from it.
struct Respelling<'a, T> {
    transcript: T,
    anew: &'a mut Vec<u8>,
}

impl<T, E> Transcript<G1Affine, E> for Respelling<'_, T>
where
    T: Transcript<G1Affine, E>,
    E: EncodedChallenge<G1Affine>,
{
    fn squeeze_challenge(&mut self) -> E {
        self.transcript.squeeze_challenge()
    }

    fn common_point(&mut self, point: G1Affine) -> io::Result<()> {
        self.transcript.common_point(point)
    }

    fn common_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.transcript.common_scalar(scalar)
    }
}

impl<T, E> TranscriptRead<G1Affine, E> for Respelling<'_, T>
where
    T: TranscriptRead<G1Affine, E>,
    E: EncodedChallenge<G1Affine>,
{
    fn read_point(&mut self) -> io::Result<G1Affine> {
        let point = self.transcript.read_point()?;
        self.anew.extend_from_slice(point.to_bytes().as_ref());
        Ok(point)
    }

    fn read_scalar(&mut self) -> io::Result<Fr> {
        let scalar = self.transcript.read_scalar()?;
        self.anew.extend_from_slice(&scalar.to_repr());
        Ok(scalar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read twice is written twice, as it was.
    #[test]
    fn what_is_read_is_written_anew() {
        let (point, scalar) = (G1Affine::generator(), -Fr::one());
        let proof = [point.to_bytes().as_ref(), &scalar.to_repr()].concat();
        let mut anew = Vec::new();
        let mut transcript = Respelling {
            transcript: Blake2bRead::<_, G1Affine, Challenge255<_>>::init(&proof[..]),
            anew: &mut anew,
        };
        assert_eq!(transcript.read_point().expect("a point"), point);
        assert_eq!(transcript.read_scalar().expect("a scalar"), scalar);
        assert!(transcript.read_scalar().is_err());
        assert_eq!(anew, proof);
    }
}
