//! `prove`: a proof of a workload, and what it proves.

use clap::Args;
use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::ProvingKey,
    poly::kzg::commitment::ParamsKZG,
};
use halo2_offload::{
    cache_folder, compile, compile_unkeyed,
    engine::{Checked, Engine},
    prover::{CompiledCircuit, Multiopen},
    CpuEngine, KeyReader, ResidentKey,
};
use halo2_offload_frontend::key_file::write_key;
use halo2_offload_measure::{
    check_writable, keygen, remove_unfinished, resident_proof, sha256, srs, write_file_with,
    DeviceChoice, DeviceProbe, Error, OutputFolder, Reading, Result, Setup, StageMeter, Statement,
    WorkloadPlan,
};
use halo2_offload_workloads::{visit, Visitor, Workload};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

use super::{exit_code, Outcome};
use crate::{
    arguments::{multiopen, DeviceArguments, Found},
    engines::cuda,
    memory,
    output::{json, print, talk},
};

pub const PROOF_FILE: &str = "proof.bin";
pub const STATEMENT_FILE: &str = "statement.json";

/// Prove a workload: writes proof.bin and statement.json
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to prove; `halo2-offload doctor` lists the names
    #[arg(long, value_name = "NAME")]
    workload: String,
    /// log2 of the number of rows; without it, the workload's own
    #[arg(short = 'k', long, value_name = "N")]
    logrows: Option<u32>,
    /// Seed of the witness and of the prover's randomness
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The multi-opening argument
    #[arg(long, value_parser = multiopen(), default_value = Multiopen::default().name())]
    multiopen: Multiopen,
    /// An SRS to use (ParamsKZG::write_custom, raw or processed); without it that of the key file, or else an
    /// insecure one is made
    #[arg(long, value_name = "FILE")]
    srs: Option<PathBuf>,
    /// A key file with its SRS: read if it is there, otherwise made and written. With --srs it has to be of that
    /// setup
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Folder for the proof
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print the facts in JSON
    #[arg(long)]
    json: bool,
    /// Compute everything on the CPU too, and compare each result with the device's
    #[arg(long)]
    checked: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let device = match arguments.device.find()? {
        Found::Device(choice) if arguments.device.names_device() => Some(choice),
        // Proofs on a device have not been measured yet: `auto` stays on the CPU until they have.
        Found::Device(_) => {
            tracing::info!("auto: the CPU; --device cuda proves on the GPU");
            None
        }
        Found::Nowhere(reason) => {
            tracing::info!(reason, "the CPU");
            None
        }
    };
    if arguments.checked && device.is_none() {
        return Err(Error::Plan(
            "--checked compares a device with the CPU: name one with --device cuda".to_owned(),
        ));
    }
    let plan = WorkloadPlan::new(&arguments.workload, arguments.logrows)?;
    ctrlc::set_handler(|| {
        if remove_unfinished() {
            talk("error: interrupted: no proof was written");
            std::process::exit(exit_code(&Error::Interrupted).into());
        }
    })
    .map_err(|error| Error::Plan(format!("cannot listen for signals: {error}")))?;
    let output = OutputFolder::create(&arguments.out)?;
    let inputs: Vec<&Path> = [&arguments.srs, &arguments.key]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    output.check_inputs(&inputs, &[PROOF_FILE, STATEMENT_FILE])?;
    let (statement, proof, facts) = visit(
        plan.name,
        plan.k,
        arguments.seed,
        Prove {
            arguments,
            plan: &plan,
            device,
        },
    )??;
    let [path, _] = output.write_together([
        (PROOF_FILE, &proof),
        (STATEMENT_FILE, json(&statement).as_bytes()),
    ])?;
    print(&match arguments.json {
        true => json(&facts),
        false => format!(
            "{}: {} bytes, sha256 {}, {:.3} s\n",
            path.display(),
            proof.len(),
            facts.proof_sha256,
            facts.wall_ns as f64 / 1e9
        ),
    })?;
    Ok(Outcome::Good)
}

#[derive(serde::Serialize)]
struct Facts {
    wall_ns: u64,
    cpu_ns: u64,
    proof_bytes: usize,
    proof_sha256: String,
}

struct Prove<'a> {
    arguments: &'a Arguments,
    plan: &'a WorkloadPlan,
    device: Option<DeviceChoice>,
}

impl Prove<'_> {
    /// Says which file holds a key of another circuit.
    fn blame_key(&self, error: Error) -> Error {
        match (&self.arguments.key, error) {
            (Some(path), Error::Prover(halo2_offload::Error::ForeignKey { key, circuit })) => {
                Error::Key {
                    path: path.clone(),
                    reason: format!(
                        "it was made for another circuit: the key {key}, the circuit {circuit}"
                    ),
                }
            }
            (_, error) => error,
        }
    }

    fn unusable_key(&self, path: &Path, error: halo2_offload::Error) -> Error {
        Error::Key {
            path: path.to_owned(),
            reason: match error {
                halo2_offload::Error::KeyFile { reason } => reason,
                other => other.to_string(),
            },
        }
    }

    /// Says beforehand if a proof on the CPU is likely to take more memory than there is.
    fn check_memory(&self, circuit: &CompiledCircuit<Fr>) -> Result<()> {
        if self.device.is_none() {
            if let Some(warning) = memory::check(circuit, self.arguments.multiopen)? {
                talk(&format!("warning: {warning}"));
            }
        }
        Ok(())
    }

    /// From the key file if there is one, so that neither a stock key nor a second SRS is held.
    fn key<W: Workload>(&self, workload: &W) -> Result<KeySource> {
        let k = self.plan.k;
        if let Some(path) = self.arguments.key.as_ref().filter(|path| path.exists()) {
            let unusable = |reason: String| Error::Key {
                path: path.clone(),
                reason,
            };
            let file = File::open(path).map_err(|error| unusable(error.to_string()))?;
            let reader = KeyReader::new(file).map_err(|error| self.unusable_key(path, error))?;
            let key_k = reader.circuit().k;
            if key_k != k {
                return Err(unusable(format!(
                    "it is for k = {key_k}, not {k}: it was made for another circuit"
                )));
            }
            let setup = reader.second_group().map(Setup::from);
            self.check_setup(setup.as_ref())?;
            self.check_memory(reader.circuit())?;
            return Ok(KeySource::File(path.clone(), Box::new(reader)));
        }
        if let Some(path) = &self.arguments.key {
            check_writable(path).map_err(|error| cannot_write_key(path, &error))?;
        }
        let keygen_circuit = workload.keygen_circuit();
        self.check_memory(&compile_unkeyed(&keygen_circuit, k))?;
        let params = srs(self.arguments.srs.as_deref(), k, cache_folder().as_deref())?;
        let pk = keygen(&params, &keygen_circuit)?;
        drop(keygen_circuit);
        if let Some(path) = &self.arguments.key {
            let written = write_file_with(path, |file| Ok(write_key(&params, &pk, file)?));
            written.map_err(|error| match error {
                Error::Prover(halo2_offload::Error::Io(error)) => cannot_write_key(path, &error),
                Error::File { source, .. } => cannot_write_key(path, &source),
                other => other,
            })?;
        }
        let circuit = compile(pk.get_vk())?;
        Ok(KeySource::Stock(Box::new(StockKey {
            params,
            pk,
            circuit,
        })))
    }

    /// Whoever names an SRS gets proofs under it, not under that of a key file which happens to be there.
    fn check_setup(&self, of_key: Option<&Setup>) -> Result<()> {
        let Some(path) = &self.arguments.srs else {
            return Ok(());
        };
        let asked_for = Setup::read(path, self.plan.k)?;
        match of_key {
            Some(of_key) if *of_key == asked_for => Ok(()),
            Some(of_key) => Err(Error::Plan(format!(
                "the key file was made under the setup {}, and --srs {} is of the setup {}: leave --srs out, or \
                 name another --key, which is made under it then",
                of_key.sha256(),
                path.display(),
                asked_for.sha256()
            ))),
            None => Err(Error::Plan(format!(
                "the key file is of the first version, which does not say under which setup it was made, so that \
                 it cannot be compared with --srs {}: remove it, and it is written anew",
                path.display()
            ))),
        }
    }

    fn load<E: Engine<Curve = G1Affine>>(
        &self,
        engine: &E,
        source: KeySource,
    ) -> Result<ResidentKey<E>> {
        match source {
            KeySource::File(path, reader) => reader
                .load(engine)
                .map_err(|error| self.unusable_key(&path, error)),
            KeySource::Stock(stock) => Ok(ResidentKey::load(engine, &stock.params, &stock.pk)?),
        }
    }
}

fn cannot_write_key(path: &Path, error: &std::io::Error) -> Error {
    Error::Plan(format!(
        "the key file {} cannot be written: {error}. Choose another with --key",
        path.display()
    ))
}

/// Where the key comes from. The circuit is known before the key is on any engine.
enum KeySource {
    File(PathBuf, Box<KeyReader<File>>),
    Stock(Box<StockKey>),
}

struct StockKey {
    params: ParamsKZG<Bn256>,
    pk: ProvingKey<G1Affine>,
    circuit: CompiledCircuit<Fr>,
}

impl KeySource {
    fn circuit(&self) -> &CompiledCircuit<Fr> {
        match self {
            Self::File(_, reader) => reader.circuit(),
            Self::Stock(stock) => &stock.circuit,
        }
    }

    /// None where a key file of the first version does not say.
    fn setup(&self) -> Option<Setup> {
        match self {
            Self::File(_, reader) => reader.second_group().map(Setup::from),
            Self::Stock(stock) => Some(Setup::of(&stock.params)),
        }
    }
}

impl Visitor for Prove<'_> {
    type Output = Result<(Statement, Vec<u8>, Facts)>;

    fn visit<W: Workload>(self, workload: W) -> Self::Output {
        let key = self.key(&workload)?;
        let Some(choice) = self.device else {
            return self.prove(&CpuEngine::new(), &(), key, workload);
        };
        let context = cuda::open(choice)?;
        let multiopen = self.arguments.multiopen;
        let (engine, device) =
            cuda::resident(&context, choice.vram_budget, key.circuit(), multiopen)?;
        if self.arguments.checked {
            let engine = Checked::new(CpuEngine::new(), engine);
            return self.prove(&engine, &device, key, workload);
        }
        self.prove(&engine, &device, key, workload)
    }
}

impl Prove<'_> {
    fn prove<E: Engine<Curve = G1Affine>, W: Workload>(
        self,
        engine: &E,
        device: &dyn DeviceProbe,
        key: KeySource,
        workload: W,
    ) -> Result<(Statement, Vec<u8>, Facts)> {
        let seed = self.arguments.seed;
        let multiopen = self.arguments.multiopen;
        let setup = key.setup();
        let key = self.load(engine, key)?;
        if !key.has_verifier() {
            talk(
                "note: the key file is of the first version, which lacks what the last check of a proof takes \
                 (points of the SRS, commitments of the key): the proof is checked against its constraints, \
                 not by the pairing. Remove the file, and it is written anew",
            );
        }
        let instances = workload.instances();
        let circuits = [workload.circuit()];
        let mut meter = StageMeter::new(device);
        let start = Reading::now();
        let proof = resident_proof(
            engine, &key, &circuits, &instances, seed, multiopen, &mut meter,
        )
        .map_err(|error| self.blame_key(error))?;
        let spent = Reading::now().since(&start);
        for stage in meter.stages(spent) {
            tracing::info!(
                stage = stage.name,
                wall_ns = stage.wall_ns,
                cpu_ns = stage.cpu_ns
            );
        }
        let facts = Facts {
            wall_ns: spent.wall_ns,
            cpu_ns: spent.cpu_ns,
            proof_bytes: proof.len(),
            proof_sha256: sha256(&proof),
        };
        let statement = Statement::new(
            (self.plan.name, self.plan.k),
            seed,
            multiopen,
            setup.as_ref(),
            &instances,
            &proof,
        );
        Ok((statement, proof, facts))
    }
}
