//! The worker processes of `measure`.

use clap::Args;
use halo2_offload::{
    cuda::msm::CudaMsm,
    engine::{CpuKernels, HybridEngine},
    CpuEngine,
};
use halo2_offload_measure::{
    die_with_parent, prepare, referee, resident_rung, stock_rung, Error, Job, JobKind, Launcher,
    Result, Rung,
};

use super::Outcome;
use crate::engines::{cuda, icicle, Watched};

/// What `measure` starts; not for people
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do, in JSON
    #[arg(value_parser = job)]
    job: Job,
}

fn job(json: &str) -> std::result::Result<Job, serde_json::Error> {
    serde_json::from_str(json)
}

/// Starts this program as a worker.
pub fn launcher() -> Result<Launcher> {
    let program = std::env::current_exe()
        .map_err(|error| Error::Plan(format!("cannot find this program: {error}")))?;
    Ok(Launcher {
        program,
        arguments: vec!["worker".into()],
    })
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    die_with_parent();
    let job = &arguments.job;
    let device = || {
        job.device
            .ok_or_else(|| Error::Plan("a rung that needs a device was given none".to_owned()))
    };
    match &job.kind {
        JobKind::Prepare {
            stock_only,
            srs,
            checked_srs,
        } => prepare(job, *stock_only, srs.as_deref(), checked_srs.as_deref())?,
        JobKind::Referee => referee(job)?,
        JobKind::Rung(Rung::Stock) => stock_rung(job)?,
        // The kernels are those that this process was started with.
        JobKind::Rung(Rung::Cpu | Rung::CpuPortable) => {
            resident_rung(job, |_| Ok((CpuEngine::new(), ())))?
        }
        JobKind::Rung(Rung::Msm) => resident_rung(job, |_| {
            let context = cuda::open(device()?)?;
            let msm = CudaMsm::new(context.clone()).map_err(cuda::failed)?;
            Ok((
                HybridEngine::with_accelerators(msm, CpuKernels::default()),
                Watched::new(context),
            ))
        })?,
        JobKind::Rung(Rung::MsmNtt) => resident_rung(job, |_| {
            let context = cuda::open(device()?)?;
            Ok((cuda::msm_and_ntt(&context)?, Watched::new(context)))
        })?,
        JobKind::Rung(Rung::Resident) => resident_rung(job, |circuit| {
            let choice = device()?;
            let context = cuda::open(choice)?;
            let multiopen = job.multiopen;
            cuda::resident(&context, choice.vram_budget, circuit, multiopen)
        })?,
        JobKind::Rung(Rung::Icicle) => resident_rung(job, |_| icicle::engine(job.device))?,
    }
    Ok(Outcome::Good)
}
