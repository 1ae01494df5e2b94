//! `verify`: the stock verifier's word on a proof.

use clap::Args;
use halo2_axiom::halo2curves::bn256::Fr;
use halo2_offload::{cache_folder, compile_unkeyed};
use halo2_offload_measure::{
    sha256, srs, verify, verifying_key, Error, Multiopen, Result, Setup, Statement, Verdict,
    VerifyingParams, WorkloadPlan,
};
use halo2_offload_workloads::{visit, Visitor, Workload};
use serde::Serialize;
use std::{
    fmt::Write,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    prove::{PROOF_FILE, STATEMENT_FILE},
    Outcome,
};
use crate::{
    memory,
    output::{json, print, talk},
};

/// No proof is longer: one of a thousand columns and lookups has some hundred kilobytes.
const LONGEST_PROOF: u64 = 64 << 20;

/// Verify a proof with the stock verifier: exits 0 if it is valid, 1 if it is not
///
/// The verifying key is made anew from the workload that the statement names, which takes about the time that
/// key generation takes. It says what was proven and under which SRS.
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
    /// The largest k that a statement may ask for
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_k: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is said of a proof.
#[derive(Serialize)]
struct Answer {
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    workload: &'static str,
    k: u32,
    seed: u64,
    multiopen: Multiopen,
    /// In each column.
    public_values: Vec<usize>,
    proof_bytes: usize,
    proof_sha256: String,
    srs: SrsAnswer,
    /// Whether the proof hides the witness from who knows the statement.
    hides_witness: bool,
}

#[derive(Serialize)]
struct SrsAnswer {
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// Whether it is the one that this program makes, under which anybody can prove anything. Of others it cannot be
    /// seen whether somebody knows their trapdoor.
    trapdoor_is_public: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let in_folder = |file: &Option<PathBuf>, name| match file {
        Some(path) => path.clone(),
        None => arguments.folder.join(name),
    };
    let path = in_folder(&arguments.statement, STATEMENT_FILE);
    let statement = Statement::read(&path)?;
    let unusable = |reason| Error::Statement { path, reason };
    let plan = WorkloadPlan::new(&statement.workload, Some(statement.k))?;
    if statement.k > arguments.max_k {
        return Err(Error::Plan(format!(
            "the statement asks for a key of k = {}, and making one above k = {} is not wanted: --max-k {} \
             allows it",
            statement.k, arguments.max_k, statement.k
        )));
    }
    let instances = statement.instances().map_err(unusable)?;
    let path = in_folder(&arguments.proof, PROOF_FILE);
    let proof = read_proof(&path).map_err(|source| Error::Proof {
        path: path.clone(),
        source,
    })?;
    let (verdict, setup) = visit(
        plan.name,
        plan.k,
        statement.seed,
        Verify {
            statement: &statement,
            srs: arguments.srs.as_deref(),
            instances: &instances,
            proof: &proof,
        },
    )??;
    let (verdict, reason) = match verdict {
        Verdict::Accepted => ("valid", None),
        Verdict::Rejected(reason) => ("rejected", Some(reason)),
    };
    let answer = Answer {
        verdict,
        reason,
        workload: plan.name,
        k: plan.k,
        seed: statement.seed,
        multiopen: statement.multiopen,
        public_values: instances.iter().map(Vec::len).collect(),
        proof_bytes: proof.len(),
        proof_sha256: sha256(&proof),
        srs: SrsAnswer {
            sha256: setup.sha256(),
            file: arguments
                .srs
                .as_ref()
                .map(|path| path.display().to_string()),
            trapdoor_is_public: setup.is_insecure(),
        },
        // `prove` draws witness and blinding from the seed.
        hides_witness: false,
    };
    print(&match arguments.json {
        true => json(&answer),
        false => answer.describe(),
    })?;
    match answer.reason {
        None => Ok(Outcome::Good),
        Some(reason) => {
            talk(&format!("error: {} is rejected: {reason}", path.display()));
            Ok(Outcome::Bad)
        }
    }
}

fn read_proof(path: &Path) -> io::Result<Vec<u8>> {
    let mut proof = Vec::new();
    File::open(path)?
        .take(LONGEST_PROOF + 1)
        .read_to_end(&mut proof)?;
    match proof.len() as u64 {
        0..=LONGEST_PROOF => Ok(proof),
        _ => Err(io::Error::other(format!(
            "it has more than {LONGEST_PROOF} bytes, as no proof has"
        ))),
    }
}

impl Answer {
    fn describe(&self) -> String {
        let mut text = format!("{}\n", self.verdict);
        if self.reason.is_some() {
            return text;
        }
        let mut line = |name: &str, value: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<10}{value}");
        };
        let values: usize = self.public_values.iter().sum();
        let seed = match values {
            0 => "of which nothing is public",
            _ => "which draws the public values",
        };
        line(
            "proven",
            format!(
                "{}, k = {}, seed {} ({seed}); {values} public values in {} columns",
                self.workload,
                self.k,
                self.seed,
                self.public_values.len()
            ),
        );
        line(
            "proof",
            format!(
                "{} bytes, {}, sha256 {}",
                self.proof_bytes,
                self.multiopen.name(),
                self.proof_sha256
            ),
        );
        let sha256 = &self.srs.sha256;
        line(
            "SRS",
            format!(
                "{}, setup {sha256}: {}",
                self.srs.file.as_deref().unwrap_or("built in"),
                match self.srs.trapdoor_is_public {
                    true =>
                        "its trapdoor is public, so that anybody can prove anything under it; for measuring only",
                    false => "as good as the word of those who made it that its trapdoor is gone",
                }
            ),
        );
        line(
            "hides",
            "nothing: witness and blinding are drawn from the seed, which is in the statement"
                .to_owned(),
        );
        text
    }
}

struct Verify<'a> {
    statement: &'a Statement,
    srs: Option<&'a Path>,
    instances: &'a [Vec<Fr>],
    proof: &'a [u8],
}

impl Visitor for Verify<'_> {
    type Output = Result<(Verdict, Setup)>;

    fn visit<W: Workload>(self, workload: W) -> Self::Output {
        let statement = self.statement;
        let keygen_circuit = workload.keygen_circuit();
        // Key generation takes at least the memory that the finished key takes.
        memory::check(
            &compile_unkeyed(&keygen_circuit, statement.k),
            statement.multiopen,
        )?;
        let params = srs(self.srs, statement.k, cache_folder().as_deref())?;
        let setup = Setup::of(&params);
        self.check_setup(&setup)?;
        let vk = verifying_key(&params, &keygen_circuit)?;
        drop(keygen_circuit);
        let params = VerifyingParams::from(params);
        let verdict = verify(
            &params,
            &vk,
            self.proof,
            self.instances,
            statement.multiopen,
        );
        let verdict = match verdict {
            Verdict::Accepted if workload.instances() != self.instances => {
                Verdict::Rejected(format!(
                    "it is one for the statement's public values, but these are not those that seed {} draws: \
                     the statement was altered",
                    statement.seed
                ))
            }
            Verdict::Accepted if sha256(self.proof) != statement.proof_sha256 => {
                Verdict::Rejected(
                    "it is one for the statement's public values, but not the one that the statement was \
                     written with"
                        .to_owned(),
                )
            }
            verdict => verdict,
        };
        Ok((verdict, setup))
    }
}

impl Verify<'_> {
    /// Under another SRS a proof is rejected without a reason that would help.
    fn check_setup(&self, setup: &Setup) -> Result<()> {
        let Some(stated) = &self.statement.srs_sha256 else {
            return Ok(());
        };
        let sha256 = setup.sha256();
        if *stated == sha256 {
            return Ok(());
        }
        Err(match self.srs {
            Some(path) => Error::Srs {
                path: path.to_owned(),
                reason: format!(
                    "it is of the setup {sha256}, and the statement says that the proof was made under {stated}"
                ),
            },
            None => Error::Plan(format!(
                "the statement says that the proof was made under the setup {stated}, which is not the built-in \
                 one: name its file with --srs"
            )),
        })
    }
}
