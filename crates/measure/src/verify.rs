//! The stock verifier's word on a proof, and the statement that goes with one.

use ff::PrimeField;
use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine, G2Affine},
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
    transcript::{Blake2bRead, Challenge255, TranscriptReadBuffer},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use crate::{
    error::{Error, Result},
    prove::{hexadecimal, Multiopen},
    srs::insecure_srs,
};

/// The name of the format.
pub const STATEMENT_SCHEMA: &str = "halo2-offload/statement/1";

/// What a proof proves: a workload, which stands for a verifying key, and its public values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// [`STATEMENT_SCHEMA`].
    pub schema: String,
    /// Name of the workload.
    pub workload: String,
    /// log2 of the number of rows.
    pub k: u32,
    /// The seed that drew the witness.
    pub seed: u64,
    /// The multi-opening argument.
    pub multiopen: Multiopen,
    /// Columns of public values: 32 bytes each, little-endian, hexadecimal.
    pub instances: Vec<Vec<String>>,
}

impl Statement {
    /// States that the workload has these public values.
    pub fn new(
        workload: &str,
        k: u32,
        seed: u64,
        multiopen: Multiopen,
        instances: &[Vec<Fr>],
    ) -> Self {
        let column = |values: &Vec<Fr>| values.iter().map(|v| hexadecimal(&v.to_repr())).collect();
        Self {
            schema: STATEMENT_SCHEMA.to_owned(),
            workload: workload.to_owned(),
            k,
            seed,
            multiopen,
            instances: instances.iter().map(column).collect(),
        }
    }

    /// Reads a statement from a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self> {
        let unusable = |reason: String| Error::Statement {
            path: path.to_owned(),
            reason,
        };
        let bytes = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let statement: Self =
            serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
        if statement.schema != STATEMENT_SCHEMA {
            return Err(unusable(format!(
                "its schema is `{}`, not `{STATEMENT_SCHEMA}`",
                statement.schema
            )));
        }
        statement.instances().map_err(unusable)?;
        Ok(statement)
    }

    /// The public values.
    ///
    /// # Errors
    ///
    /// If one is not the hexadecimal of a field element.
    pub fn instances(&self) -> std::result::Result<Vec<Vec<Fr>>, String> {
        let value = |text: &String| {
            scalar(text).ok_or_else(|| format!("`{text}` is no field element in hexadecimal"))
        };
        let column = |column: &Vec<String>| column.iter().map(value).collect();
        self.instances.iter().map(column).collect()
    }
}

fn scalar(text: &str) -> Option<Fr> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
    }
    Fr::from_repr(bytes).into()
}

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

/// Asks the stock verifier. A proof that goes on after its end is rejected as well.
pub fn verify(
    params: &VerifyingParams,
    vk: &VerifyingKey<G1Affine>,
    proof: &[u8],
    instances: &[Vec<Fr>],
    multiopen: Multiopen,
) -> Verdict {
    let mut proof = ProofReader {
        rest: proof,
        ran_out: false,
    };
    let params = &params.0;
    let outcome = match multiopen {
        Multiopen::Shplonk => ask::<VerifierSHPLONK<'_, Bn256>>(params, vk, &mut proof, instances),
        Multiopen::Gwc => ask::<VerifierGWC<'_, Bn256>>(params, vk, &mut proof, instances),
    };
    match outcome {
        Ok(()) if proof.rest.is_empty() => Verdict::Accepted,
        Ok(()) => Verdict::Rejected(format!(
            "{} bytes follow the end of the proof",
            proof.rest.len()
        )),
        Err(_) if proof.ran_out => Verdict::Rejected(
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
    let mut transcript = Blake2bRead::<_, G1Affine, Challenge255<_>>::init(proof);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_round_trip() {
        let instances = vec![vec![Fr::from(5), -Fr::from(1)], vec![]];
        let statement = Statement::new("plonk", 8, 3, Multiopen::Gwc, &instances);
        let file = tempfile::NamedTempFile::new().expect("a file");
        let json = serde_json::to_vec(&statement).expect("json");
        std::fs::write(file.path(), json).expect("written");
        let read = Statement::read(file.path()).expect("a statement");
        assert_eq!(read, statement);
        assert_eq!(read.instances().expect("scalars"), instances);
    }

    #[test]
    fn scalars_are_reduced_and_whole() {
        assert_eq!(scalar(&format!("{:0<64}", "05")), Some(Fr::from(5)));
        assert_eq!(scalar(&"f".repeat(64)), None);
        assert_eq!(scalar(&"0".repeat(62)), None);
        assert_eq!(scalar(&"+".repeat(64)), None);
    }
}
