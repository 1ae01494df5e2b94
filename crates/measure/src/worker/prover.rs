//! A rung: holds a key, and proves when it is asked to.

use halo2_axiom::{
    halo2curves::bn256::Fr,
    plonk::{Circuit, ProvingKey},
    poly::kzg::commitment::ParamsKZG,
    SerdeFormat,
};

use halo2_offload_engine::CpuKernels;
use halo2_offload_frontend::{Bn256Engine, KeyReader, ResidentKey};
use halo2_offload_prover::CompiledCircuit;
use halo2_offload_workloads::{visit, Visitor, Workload};
use std::{
    fs::{self, File},
    io::BufReader,
    path::Path,
};

use super::{files, say, serve, unexpected, Job, Loaded, Proved, Reply, Request};
use crate::{
    clock::{Reading, Spent},
    device::{DeviceProbe, DeviceUse},
    error::{Error, Result},
    memory,
    prove::{resident_proof, stock_proof},
    report::{Sample, StageReport},
    stages::StageMeter,
};

/// The stock rung: the stock key and the SRS.
pub fn stock_rung(job: &Job) -> Result<()> {
    visit(&job.workload, job.k, job.seed, StockRung { job })?
}

/// A rung of ours: a resident key on an engine, and nothing of the stock prover's. `start` makes the
/// engine for the key's circuit, and says what it sends work to, `()` if that is none.
pub fn resident_rung<E: Bn256Engine, D: DeviceProbe>(
    job: &Job,
    start: impl FnOnce(&CompiledCircuit<Fr>) -> Result<(E, D)>,
) -> Result<()> {
    let path = files::resident_key(&job.folder);
    let reader = KeyReader::new(open(&path)?)?;
    let (engine, device) = start(reader.circuit())?;
    let key = reader.load(&engine)?;
    visit(
        &job.workload,
        job.k,
        job.seed,
        ResidentRung {
            job,
            engine: &engine,
            device: &device,
            key,
        },
    )?
}

struct StockRung<'a> {
    job: &'a Job,
}

impl Visitor for StockRung<'_> {
    type Output = Result<()>;

    fn visit<W: Workload>(self, workload: W) -> Result<()> {
        const FORMAT: SerdeFormat = SerdeFormat::RawBytesUnchecked;
        let job = self.job;
        let path = files::srs(&job.folder);
        let params = ParamsKZG::read_custom(&mut BufReader::new(open(&path)?), FORMAT)
            .map_err(Error::file("read", path))?;
        let path = files::stock_key(&job.folder);
        let pk = ProvingKey::read::<_, W::Circuit>(
            &mut BufReader::new(open(&path)?),
            FORMAT,
            workload.keygen_circuit().params(),
        )
        .map_err(Error::file("read", path))?;
        prove_on_request(
            &workload,
            &(),
            None,
            |circuits: &[W::Circuit], instances| {
                let start = Reading::now();
                let proof =
                    stock_proof(&params, &pk, circuits, instances, job.seed, job.multiopen)?;
                Ok(Measured {
                    spent: Reading::now().since(&start),
                    stages: Vec::new(),
                    proof,
                })
            },
        )
    }
}

struct ResidentRung<'a, E: Bn256Engine> {
    job: &'a Job,
    engine: &'a E,
    device: &'a dyn DeviceProbe,
    key: ResidentKey<E>,
}

impl<E: Bn256Engine> Visitor for ResidentRung<'_, E> {
    type Output = Result<()>;

    fn visit<W: Workload>(self, workload: W) -> Result<()> {
        let Self {
            job,
            engine,
            device,
            key,
        } = self;
        let kernels = Some(CpuKernels::default());
        prove_on_request(
            &workload,
            device,
            kernels,
            |circuits: &[W::Circuit], instances| {
                let mut meter = StageMeter::new(device);
                let start = Reading::now();
                let proof = resident_proof(
                    engine,
                    &key,
                    circuits,
                    instances,
                    job.seed,
                    job.multiopen,
                    &mut meter,
                )?;
                let spent = Reading::now().since(&start);
                Ok(Measured {
                    spent,
                    stages: meter.stages(spent),
                    proof,
                })
            },
        )
    }
}

/// A proof, with what it took.
struct Measured {
    spent: Spent,
    stages: Vec<StageReport>,
    proof: Vec<u8>,
}

/// `prove` measures itself, with these kernels on the CPU if it is ours: the circuit is made before, and
/// dropped after.
fn prove_on_request<W: Workload>(
    workload: &W,
    device: &dyn DeviceProbe,
    cpu_kernels: Option<CpuKernels>,
    prove: impl Fn(&[W::Circuit], &[Vec<Fr>]) -> Result<Measured>,
) -> Result<()> {
    let instances = workload.instances();
    memory::trim();
    let reset = memory::reset_peak();
    tracing::info!(resident_bytes = memory::resident_bytes(), "key loaded");
    say(&Reply::Ready(Loaded {
        note: reset.err(),
        cpu_kernels: cpu_kernels.map(|kernels| kernels.name().to_owned()),
        device: device.describe(),
        emulated: device.is_emulated(),
    }))?;
    serve(|request| match request {
        Request::Prove { proof: path } => {
            let circuits = [workload.circuit()];
            let before: Option<DeviceUse> = device.used();
            let Measured {
                spent,
                stages,
                proof,
            } = prove(&circuits, &instances)?;
            let used = device.used().zip(before).map(|(now, before)| now - before);
            fs::write(&path, &proof).map_err(Error::file("write", path))?;
            Ok(Reply::Proved(Proved {
                sample: Sample {
                    wall_ns: spent.wall_ns,
                    cpu_ns: spent.cpu_ns,
                },
                stages,
                device: used,
            }))
        }
        Request::Memory => Ok(Reply::Memory {
            peak_bytes: memory::peak_bytes(),
            peak_vram: device.peak_vram(),
        }),
        other @ Request::Verify { .. } => Err(unexpected(&other)),
    })
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(Error::file("read", path))
}
