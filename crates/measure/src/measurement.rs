//! Carries a plan out: prepares, then proves on all rungs in turns.

use halo2_offload_prover::Shape;
use std::path::{Path, PathBuf};

use crate::{
    error::{Error, Result},
    host::Host,
    output::WorkFolder,
    plan::{Plan, WorkloadPlan},
    process::{Interrupt, Launcher, Worker},
    report::{Report, RungReport, Status, WorkloadReport, SCHEMA},
    rung::Rung,
    statistics::Summary,
    verify::Verdict,
    worker::{Job, JobKind, Loaded, Proved, Reply, Request},
};

/// Is told how far a measurement is.
pub trait Progress {
    /// A workload is begun, which takes this many steps.
    fn begin(&self, workload: &WorkloadPlan, steps: u64);
    /// A step is begun.
    fn step(&self, doing: &str);
    /// The workload is done.
    fn end(&self);
}

/// Measures what the plan says. The work folder is gone afterwards, and so are all processes.
///
/// # Errors
///
/// If a process fails or the interrupt is set. A proof that is rejected is no error: the report says
/// so, and shows no times for its rung.
pub fn measure(
    plan: &Plan,
    launcher: &Launcher,
    interrupt: &Interrupt,
    progress: &dyn Progress,
) -> Result<Report> {
    plan.check()?;
    let measurement = Measurement {
        plan,
        launcher,
        interrupt,
        progress,
    };
    let workloads = plan.workloads.iter();
    // Before anything is run: the load that others make is part of it.
    let host = Host::look();
    let mut devices = Vec::new();
    let workloads = workloads
        .map(|workload| measurement.workload(workload, &mut devices))
        .collect::<Result<_>>()?;
    Ok(Report {
        schema: SCHEMA.to_owned(),
        run: plan.facts(),
        host,
        devices,
        workloads,
    })
}

/// A plan that is being carried out.
struct Measurement<'a> {
    plan: &'a Plan,
    launcher: &'a Launcher,
    interrupt: &'a Interrupt,
    progress: &'a dyn Progress,
}

impl Measurement<'_> {
    /// Adds to `devices` those that it used and that are not there yet.
    fn workload(
        &self,
        workload: &WorkloadPlan,
        devices: &mut Vec<serde_json::Value>,
    ) -> Result<WorkloadReport> {
        let folder = WorkFolder::create(&self.plan.work)
            .map_err(Error::file("make a work folder in", &self.plan.work))?;
        let rungs: Vec<Rung> = self.plan.measured().collect();
        let rounds = self.plan.warmup_runs + self.plan.runs;
        let steps = 1 + rungs.len() * (1 + rounds);
        self.progress.begin(workload, steps as u64);

        let shape = self.prepare(workload, folder.path(), &rungs)?;
        let mut referee = self.start(workload, folder.path(), JobKind::Referee)?;
        ready(&mut referee)?;
        let mut runs = rungs
            .into_iter()
            .map(|rung| self.load(workload, folder.path(), rung, devices))
            .collect::<Result<Vec<_>>>()?;
        for round in 0..rounds {
            for run in &mut runs {
                self.round(run, round, &mut referee)?;
            }
        }
        let mut measured = runs
            .into_iter()
            .map(RungRun::finish)
            .collect::<Result<Vec<_>>>()?;
        compare_with_cpu(&mut measured);
        self.progress.end();

        let rungs = self.plan.rungs.iter();
        Ok(WorkloadReport {
            name: workload.name.to_owned(),
            k: workload.k,
            shape,
            rungs: rungs
                .map(|(rung, reason)| {
                    let found = measured.iter().position(|(report, _)| report.rung == *rung);
                    match found {
                        Some(index) => measured.swap_remove(index).0,
                        None => RungReport::empty(*rung, Status::Skipped, reason.clone()),
                    }
                })
                .collect(),
        })
    }

    fn start(&self, workload: &WorkloadPlan, folder: &Path, kind: JobKind) -> Result<Worker> {
        let job = Job {
            kind,
            workload: workload.name.to_owned(),
            k: workload.k,
            seed: self.plan.seed,
            multiopen: self.plan.multiopen,
            folder: folder.to_owned(),
            device: self.plan.device,
        };
        Worker::start(self.launcher, &job, self.interrupt)
    }

    fn prepare(&self, workload: &WorkloadPlan, folder: &Path, rungs: &[Rung]) -> Result<Shape> {
        self.progress.step("making the SRS and the keys");
        let kind = JobKind::Prepare {
            stock_only: rungs == [Rung::Stock],
            srs: self.plan.srs.clone(),
            checked_srs: self.plan.checked_srs.clone(),
        };
        let mut worker = self.start(workload, folder, kind)?;
        match worker.hear()? {
            Reply::Prepared { shape } => Ok(shape),
            other => Err(worker.unexpected(&other, "the shape of the circuit")),
        }
    }

    fn load(
        &self,
        workload: &WorkloadPlan,
        folder: &Path,
        rung: Rung,
        devices: &mut Vec<serde_json::Value>,
    ) -> Result<RungRun> {
        self.progress.step(&format!("{rung}: loading the key"));
        let mut worker = self.start(workload, folder, JobKind::Rung(rung))?;
        let loaded = ready(&mut worker)?;
        let mut report = RungReport::empty(rung, Status::Measured, None);
        report.placement = Some(rung.placement(loaded.device.is_some()).to_owned());
        report.cpu_kernels = loaded.cpu_kernels;
        report.emulated = loaded.emulated;
        report.notes.extend(loaded.note);
        devices.extend(loaded.device.filter(|device| !devices.contains(device)));
        Ok(RungRun {
            worker,
            report,
            proved: Vec::new(),
            hashes: Vec::new(),
            proof: folder.join(format!("{rung}.proof")),
        })
    }

    /// One proof on one rung, verified. A rung that was once rejected is left out.
    fn round(&self, run: &mut RungRun, round: usize, referee: &mut Worker) -> Result<()> {
        let rung = run.report.rung;
        let warmups = self.plan.warmup_runs;
        self.progress.step(&match round.checked_sub(warmups) {
            None => format!("{rung}: warming up"),
            Some(run) => format!("{rung}: run {} of {}", run + 1, self.plan.runs),
        });
        if run.report.verified == Some(false) {
            return Ok(());
        }
        let proof = run.proof.clone();
        let proved = match run.worker.ask(&Request::Prove {
            proof: proof.clone(),
        })? {
            Reply::Proved(proved) => proved,
            other => return Err(run.worker.unexpected(&other, "a proof")),
        };
        let verified = match referee.ask(&Request::Verify { proof })? {
            Reply::Verified(verified) => verified,
            other => return Err(referee.unexpected(&other, "a verdict")),
        };
        run.report.verified = Some(verified.verdict == Verdict::Accepted);
        if let Verdict::Rejected(reason) = verified.verdict {
            run.report.reason = Some(format!("the stock verifier rejects the proof: {reason}"));
        }
        run.report.proof_bytes = Some(verified.bytes);
        run.report.proof_sha256 = Some(verified.sha256.clone());
        run.hashes.push(verified.sha256);
        if round >= warmups {
            run.proved.push(proved);
        }
        Ok(())
    }
}

fn ready(worker: &mut Worker) -> Result<Loaded> {
    match worker.hear()? {
        Reply::Ready(loaded) => Ok(loaded),
        other => Err(worker.unexpected(&other, "that it is ready")),
    }
}

/// A rung while it is measured.
struct RungRun {
    worker: Worker,
    report: RungReport,
    /// Without warm-ups.
    proved: Vec<Proved>,
    /// Of all proofs.
    hashes: Vec<String>,
    proof: PathBuf,
}

impl RungRun {
    /// The report, and the hashes of all proofs.
    fn finish(mut self) -> Result<(RungReport, Vec<String>)> {
        let (peak_bytes, peak_vram) = match self.worker.ask(&Request::Memory)? {
            Reply::Memory {
                peak_bytes,
                peak_vram,
            } => (peak_bytes, peak_vram),
            other => return Err(self.worker.unexpected(&other, "its memory")),
        };
        let mut report = self.report;
        report.peak_rss_bytes = peak_bytes;
        report.peak_vram_bytes = peak_vram.as_ref().map(|vram| vram.bytes);
        report.peak_vram = peak_vram;
        report.samples = self.proved.iter().map(|proved| proved.sample).collect();
        summarise(&mut report);
        if let Some(typical) = nearest_to_median(&self.proved, report.median_wall_ns) {
            report.stages = typical.stages.clone();
            if let Some(device) = typical.device {
                report.bytes_to_device = Some(device.bytes_to_device);
                report.bytes_from_device = Some(device.bytes_from_device);
                report.device_ns = device.device_ns;
            }
        }
        if report.verified == Some(false) {
            withhold(&mut report);
        }
        Ok((report, self.hashes))
    }
}

fn summarise(report: &mut RungReport) {
    let median = |samples: Vec<u64>| Summary::of(&samples).map(|summary| summary.median);
    report.median_wall_ns = median(report.wall_ns());
    report.median_cpu_ns = median(report.samples.iter().map(|s| s.cpu_ns).collect());
}

fn nearest_to_median(proved: &[Proved], median: Option<u64>) -> Option<&Proved> {
    let distance = |proved: &&Proved| median.map(|m| m.abs_diff(proved.sample.wall_ns));
    proved.iter().min_by_key(distance)
}

/// No figure is shown of a rung whose proofs are not right.
fn withhold(report: &mut RungReport) {
    report.samples.clear();
    report.stages.clear();
    report.median_wall_ns = None;
    report.median_cpu_ns = None;
    report.peak_rss_bytes = None;
    report.peak_vram_bytes = None;
    report.peak_vram = None;
    report.bytes_to_device = None;
    report.bytes_from_device = None;
    report.device_ns = None;
}

/// Fills in `equals_cpu`: our proofs are functions of their inputs.
fn compare_with_cpu(measured: &mut [(RungReport, Vec<String>)]) {
    let cpu = measured
        .iter()
        .find(|(report, _)| report.rung == Rung::Cpu && report.verified == Some(true));
    let Some(expected) = cpu.and_then(|(_, hashes)| hashes.first().cloned()) else {
        return;
    };
    let ours = measured
        .iter_mut()
        .filter(|(report, _)| report.rung != Rung::Stock);
    for (report, hashes) in ours {
        let equal = hashes.iter().all(|hash| *hash == expected);
        report.equals_cpu = Some(equal);
        if !equal {
            let reason = "its proofs have other bytes than the cpu rung's for the same seed";
            report.reason.get_or_insert_with(|| reason.to_owned());
            withhold(report);
        }
    }
}
