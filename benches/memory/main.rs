//! What a proof adds to the memory of a process that holds the stock key, and the CPU time it takes:
//! halo2-axiom's `create_proof` and `create_proof_from_advice` beside ours, each in processes of its
//! own.
//!
//! `MEMORY_WORKLOADS` chooses what is proven, `name:k,name:k` (`plonk:14,lookup:14` by default),
//! `MEMORY_RUNS` how often (once by default), in turns. A line of JSON on stdout for each workload,
//! medians: bytes of the resident set with SRS, key and witness loaded (the circuit's, or the advice
//! columns), by how much its high-water mark grows while proving, and CPU time meanwhile, user and
//! system. The stock verifier has accepted every proof that counts. Linux only (`/proc/self`).
//!
//! With `MEMORY_THROUGH=plug`, in a build through the plug (`cargo bench --bench memory --config
//! patch.toml`), ours is what halo2-axiom's own names are there.

mod proof;

use halo2_axiom::{
    halo2curves::bn256::Bn256,
    plonk::{keygen_pk, keygen_vk},
    poly::kzg::commitment::ParamsKZG,
};
use halo2_offload_measure::Summary;
use halo2_offload_workloads::{visit, Visitor, Workload};
use proof::{Measured, Prover, Role, FORMAT};
use rand::{rngs::StdRng, SeedableRng};
use std::{
    env,
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::Command,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The name by which a process is told that it is one that proves, and how.
const ROLE: &str = "MEMORY_BENCH_ROLE";
const THROUGH: &str = "MEMORY_THROUGH";

/// Whether ours is to be called by halo2-axiom's names.
fn through_plug() -> Result<bool> {
    match env::var(THROUGH).as_deref() {
        Ok("plug") => Ok(true),
        Err(env::VarError::NotPresent) => Ok(false),
        _ => Err("MEMORY_THROUGH is `plug`, or not set".into()),
    }
}

fn main() -> Result<()> {
    let workloads = env::var("MEMORY_WORKLOADS").unwrap_or_else(|_| "plonk:14,lookup:14".into());
    let runs = match env::var("MEMORY_RUNS") {
        Ok(runs) => runs
            .parse()
            .ok()
            .filter(|runs| *runs > 0)
            .ok_or("MEMORY_RUNS is a number of runs, 1 or more")?,
        Err(_) => 1,
    };
    for workload in workloads.split(',') {
        let (name, k) = workload
            .split_once(':')
            .ok_or("MEMORY_WORKLOADS is name:k,name:k")?;
        let (name, k) = (name.to_owned(), k.parse()?);
        match env::var(ROLE) {
            Ok(role) => {
                let folder = &env::current_dir()?;
                let role = Role::named(&role)?;
                let through_plug = through_plug()?;
                let prover = Prover {
                    folder,
                    role,
                    through_plug,
                };
                let measured = visit(&name, k, 1, prover)??;
                println!("{}", serde_json::to_string(&measured)?);
            }
            Err(_) => compare(&name, k, workload, runs)?,
        }
    }
    Ok(())
}

/// Runs all provers on one workload.
fn compare(name: &str, k: u32, workload: &str, runs: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    visit(name, k, 1, KeyMaker { folder, k })??;
    let mut measured = Role::ALL.map(|_| Vec::with_capacity(runs));
    for _ in 0..runs {
        for (role, measured) in Role::ALL.into_iter().zip(&mut measured) {
            measured.push(run(role, workload, folder)?);
        }
    }
    let [stock, drop_in, stock_from_advice, from_advice] =
        measured.map(|measured| Measured::median(&measured));
    let line = serde_json::json!({
        "workload": name,
        "k": k,
        "runs": runs,
        "create_proof": beside(&stock, &drop_in),
        "create_proof_from_advice": beside(&stock_from_advice, &from_advice),
    });
    println!("{line}");
    Ok(())
}

/// Makes one proof, in a process of its own.
fn run(role: Role, workload: &str, folder: &Path) -> Result<Measured> {
    let output = Command::new(env::current_exe()?)
        .env("MEMORY_WORKLOADS", workload)
        .env(ROLE, role.name())
        // Through the plug, stock's prover is there by this alone.
        .env(
            "HALO2_OFFLOAD_PROVER",
            if role.is_stock() { "stock" } else { "offload" },
        )
        .current_dir(folder)
        .output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{}: {}: {stderr}", role.name(), output.status).into());
    }
    if through_plug()? && stderr.contains("proves here, ") == role.is_stock() {
        let what = "the prover that was asked for did not prove: build with `--config patch.toml`";
        return Err(format!("{}: {what}: {stderr}", role.name()).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Both, and ours over stock's.
fn beside(stock: &Measured, ours: &Measured) -> serde_json::Value {
    serde_json::json!({
        "stock": stock,
        "ours": ours,
        "added_ratio": ours.added_bytes as f64 / stock.added_bytes as f64,
        "cpu_ratio": ours.cpu_ns as f64 / stock.cpu_ns as f64,
    })
}

impl Measured {
    fn median(measured: &[Self]) -> Self {
        let median = |of: fn(&Self) -> u64| {
            let samples: Vec<u64> = measured.iter().map(of).collect();
            Summary::of(&samples).map_or(0, |summary| summary.median)
        };
        Self {
            loaded_bytes: median(|measured| measured.loaded_bytes),
            added_bytes: median(|measured| measured.added_bytes),
            cpu_ns: median(|measured| measured.cpu_ns),
        }
    }
}

/// Writes SRS and key, so that no process that is measured has made them.
struct KeyMaker<'a> {
    folder: &'a Path,
    k: u32,
}

impl Visitor for KeyMaker<'_> {
    type Output = Result<()>;

    fn visit<W: Workload>(self, workload: W) -> Result<()> {
        let params = ParamsKZG::<Bn256>::setup(self.k, StdRng::seed_from_u64(0));
        let circuit = workload.keygen_circuit();
        let vk = keygen_vk(&params, &circuit)?;
        let pk = keygen_pk(&params, vk, &circuit)?;
        let create =
            |name| Ok::<_, Box<dyn Error>>(BufWriter::new(File::create(self.folder.join(name))?));
        let mut srs = create("srs")?;
        params.write_custom(&mut srs, FORMAT)?;
        srs.flush()?;
        let mut key = create("key")?;
        pk.write(&mut key, FORMAT)?;
        key.flush()?;
        Ok(())
    }
}
