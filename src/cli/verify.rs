//! `verify`: the stock verifier's word on a proof.

use clap::Args;
use halo2_axiom::halo2curves::bn256::Fr;
use halo2_offload_measure::{
    insecure_srs, read_srs, verify, verifying_key, Error, Result, Statement, Verdict,
    VerifyingParams, WorkloadPlan,
};
use halo2_offload_workloads::{visit, Visitor, Workload};
use std::{fs, path::PathBuf};

use super::{
    print,
    prove::{PROOF_FILE, STATEMENT_FILE},
    Outcome,
};

/// Verify a proof with the stock verifier: exits 0 if it is valid, 1 if it is not
///
/// The verifying key is made anew from the workload that the statement names.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder that `prove` wrote
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Another proof than DIR/proof.bin
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// Another statement than DIR/statement.json
    #[arg(long, value_name = "FILE")]
    statement: Option<PathBuf>,
    /// The SRS that the key was made with, if it was one from a file
    #[arg(long, value_name = "FILE")]
    srs: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let in_folder = |file: &Option<PathBuf>, name| match file {
        Some(path) => path.clone(),
        None => arguments.folder.join(name),
    };
    let path = in_folder(&arguments.statement, STATEMENT_FILE);
    let statement = Statement::read(&path)?;
    let unusable = |reason| Error::Statement { path, reason };
    let instances = statement.instances().map_err(unusable)?;
    let plan = WorkloadPlan::new(&statement.workload, Some(statement.k))?;
    let path = in_folder(&arguments.proof, PROOF_FILE);
    let proof = fs::read(&path).map_err(|error| Error::Proof {
        path: path.clone(),
        source: error,
    })?;
    let verdict = visit(
        plan.name,
        plan.k,
        statement.seed,
        Verify {
            statement: &statement,
            srs: arguments.srs.as_ref(),
            instances: &instances,
            proof: &proof,
        },
    )??;
    match verdict {
        Verdict::Accepted => {
            print("valid\n")?;
            Ok(Outcome::Good)
        }
        Verdict::Rejected(reason) => {
            print("rejected\n")?;
            eprintln!("error: {} is rejected: {reason}", path.display());
            Ok(Outcome::Bad)
        }
    }
}

struct Verify<'a> {
    statement: &'a Statement,
    srs: Option<&'a PathBuf>,
    instances: &'a [Vec<Fr>],
    proof: &'a [u8],
}

impl Visitor for Verify<'_> {
    type Output = Result<Verdict>;

    fn visit<W: Workload>(self, workload: W) -> Result<Verdict> {
        let k = self.statement.k;
        let params = match self.srs {
            Some(path) => read_srs(path, k)?,
            None => insecure_srs(k),
        };
        let vk = verifying_key(&params, &workload.keygen_circuit())?;
        let multiopen = self.statement.multiopen;
        let params = VerifyingParams::from(params);
        Ok(verify(&params, &vk, self.proof, self.instances, multiopen))
    }
}
