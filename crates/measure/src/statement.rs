//! What a proof proves, in a file beside it.

use ff::PrimeField;
use halo2_axiom::halo2curves::bn256::Fr;
use halo2_offload_prover::Multiopen;
use serde::{Deserialize, Serialize};
use std::{fs::File, io::Read, path::Path};

use crate::{
    error::{Error, Result},
    prove::{hexadecimal, sha256},
    srs::Setup,
};

/// A column of 2^20 public values takes 64 MiB.
const LONGEST_STATEMENT: u64 = 256 << 20;
const LONGEST_NAME: usize = 64;

/// The name of the format.
pub const STATEMENT_SCHEMA: &str = "halo2-offload/statement/2";

/// What a proof proves: a workload, which stands for a verifying key, its public values, and the setup under
/// which it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// [`STATEMENT_SCHEMA`].
    pub schema: String,
    /// Name of the workload.
    pub workload: String,
    /// log2 of the number of rows.
    pub k: u32,
    /// The seed that drew the witness, and with it the public values.
    pub seed: u64,
    /// The multi-opening argument.
    pub multiopen: Multiopen,
    /// Which SRS: [`Setup::sha256`]. None where the key did not say.
    #[serde(deserialize_with = "Option::deserialize")]
    pub srs_sha256: Option<String>,
    /// The proof that the statement was written with: SHA-256 of its bytes, hexadecimal.
    pub proof_sha256: String,
    /// Columns of public values: 32 bytes each, little-endian, hexadecimal.
    pub instances: Vec<Vec<String>>,
}

impl Statement {
    /// States that a proof is one of the workload with these public values.
    pub fn new(
        (workload, k): (&str, u32),
        seed: u64,
        multiopen: Multiopen,
        setup: Option<&Setup>,
        instances: &[Vec<Fr>],
        proof: &[u8],
    ) -> Self {
        let column = |values: &Vec<Fr>| values.iter().map(|v| hexadecimal(&v.to_repr())).collect();
        Self {
            schema: STATEMENT_SCHEMA.to_owned(),
            workload: workload.to_owned(),
            k,
            seed,
            multiopen,
            srs_sha256: setup.map(Setup::sha256),
            proof_sha256: sha256(proof),
            instances: instances.iter().map(column).collect(),
        }
    }

    /// Reads a statement from a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self> {
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(LONGEST_STATEMENT + 1).read_to_end(&mut bytes))
            .map_err(|error| unusable(path, error.to_string()))?;
        if bytes.len() as u64 > LONGEST_STATEMENT {
            let reason = format!("it has more than {LONGEST_STATEMENT} bytes");
            return Err(unusable(path, reason));
        }
        Self::parse(&bytes).map_err(|reason| unusable(path, reason))
    }

    /// Reads a statement.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> std::result::Result<Self, String> {
        /// Read first, so that another version is told from what is no statement.
        #[derive(Deserialize)]
        struct Schema {
            schema: String,
        }
        let Schema { schema } = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if schema != STATEMENT_SCHEMA {
            return Err(format!(
                "its schema is `{schema}`, not `{STATEMENT_SCHEMA}`"
            ));
        }
        let statement: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if statement.workload.len() > LONGEST_NAME {
            return Err(format!(
                "no workload has a name of more than {LONGEST_NAME} letters"
            ));
        }
        statement.instances()?;
        Ok(statement)
    }

    /// The public values.
    ///
    /// # Errors
    ///
    /// If one is not the hexadecimal of a field element.
    pub fn instances(&self) -> std::result::Result<Vec<Vec<Fr>>, String> {
        let value = |text: &String| {
            scalar(text).ok_or_else(|| format!("{text:?} is no field element in hexadecimal"))
        };
        let column = |column: &Vec<String>| column.iter().map(value).collect();
        self.instances.iter().map(column).collect()
    }
}

fn unusable(path: &Path, reason: String) -> Error {
    Error::Statement {
        path: path.to_owned(),
        reason,
    }
}

/// One spelling: what [`hexadecimal`] writes.
fn scalar(text: &str) -> Option<Fr> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *byte = digit(pair[0])? * 16 + digit(pair[1])?;
    }
    Fr::from_repr(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srs::insecure_srs;

    fn statement() -> (Statement, Vec<Vec<Fr>>) {
        let instances = vec![vec![Fr::from(5), -Fr::from(1)], vec![]];
        let setup = Setup::of(&insecure_srs(2));
        let statement = Statement::new(
            ("plonk", 8),
            3,
            Multiopen::Gwc,
            Some(&setup),
            &instances,
            b"a proof",
        );
        (statement, instances)
    }

    #[test]
    fn statements_round_trip() {
        let (statement, instances) = statement();
        let file = tempfile::NamedTempFile::new().expect("a file");
        let json = serde_json::to_vec(&statement).expect("json");
        std::fs::write(file.path(), json).expect("written");
        let read = Statement::read(file.path()).expect("a statement");
        assert_eq!(read, statement);
        assert_eq!(read.instances().expect("scalars"), instances);
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        let (statement, _) = statement();
        let json = serde_json::to_string(&statement).expect("json");
        for (from, to, words) in [
            (
                "statement/2",
                "statement/1",
                "its schema is `halo2-offload/statement/1`",
            ),
            ("\"k\":8", "\"k\":-8", "invalid value"),
            ("\"k\":8", "\"k\":8,\"k\":9", "duplicate field"),
            ("\"k\":8", "\"k\":8,\"rows\":9", "unknown field"),
            ("\"seed\":3,", "", "missing field `seed`"),
            ("\"srs_sha256\"", "\"seed2\"", "unknown field"),
            ("plonk", &"plonk".repeat(20), "more than 64 letters"),
            ("gwc", "ipa", "unknown variant"),
            ("05000", "050zz", "no field element"),
            ("}", "}}", "trailing characters"),
        ] {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json);
            let reason = Statement::parse(changed.as_bytes()).expect_err("no statement");
            assert!(reason.contains(words), "{words}: {reason}");
        }
    }

    #[test]
    fn scalars_are_reduced_whole_and_spelt_in_one_way() {
        assert_eq!(scalar(&format!("{:0<64}", "05")), Some(Fr::from(5)));
        assert_eq!(scalar(&format!("{:0<64}", "0a")), Some(Fr::from(10)));
        assert_eq!(scalar(&format!("{:0<64}", "0A")), None);
        assert_eq!(scalar(&"f".repeat(64)), None);
        assert_eq!(scalar(&"0".repeat(62)), None);
        assert_eq!(scalar(&"+".repeat(64)), None);
    }
}
