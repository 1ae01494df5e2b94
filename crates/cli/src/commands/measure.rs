//! `measure`: the ladder, on chosen workloads.

use clap::Args;
use halo2_offload::{
    compile_unkeyed,
    engine::{CpuKernels, CPU_VARIABLE},
};
use halo2_offload_measure::{
    measure, table, Error, Interrupt, Multiopen, OutputFolder, Plan, Report, Result, Rung,
    WorkloadPlan, DEFAULT_WORKLOADS,
};
use halo2_offload_workloads::{visit, Visitor, Workload};
use std::{env, path::PathBuf};

use super::{worker::launcher, Outcome};
use crate::{
    arguments::{multiopen, DeviceArguments, Found},
    memory,
    output::{json, print, talk},
    progress_bar::Bar,
};

/// Where the report goes if nobody says.
const REPORT_FOLDER: &str = "report";
const REPORT_FILE: &str = "report.json";

/// Measure provers on this machine, each against halo2's own
///
/// Every rung of the ladder - stock, cpu, msm, msm+ntt, resident - proves the same statement in a
/// process of its own, in turns; the stock verifier checks every proof. With no arguments it measures
/// two small workloads in less than two minutes on two cores.
///
/// stdout gets a table (or, with --json, the report), the output folder report.json.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to prove: names, separated by commas; `halo2-offload doctor` lists them
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    workload: Vec<String>,
    /// log2 of the number of rows; without it, each workload's own
    #[arg(short = 'k', long, value_name = "N")]
    logrows: Option<u32>,
    /// Rungs, separated by commas: all is the ladder; beside it are cpu-portable, the CPU without its vector
    /// unit, and icicle (docs/ezkl.md)
    #[arg(
        long,
        value_name = "RUNG",
        value_delimiter = ',',
        default_value = "all"
    )]
    rungs: Vec<String>,
    /// Proofs measured on each rung
    #[arg(long, value_name = "N", default_value_t = 3)]
    runs: usize,
    /// Proofs made on each rung before, verified but not measured
    #[arg(long, value_name = "N", default_value_t = 1)]
    warmup: usize,
    /// The multi-opening argument
    #[arg(long, value_parser = multiopen(), default_value = Multiopen::default().name())]
    multiopen: Multiopen,
    /// Seed of the witness and of the prover's randomness
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// An SRS to use (ParamsKZG::write_custom, raw or processed); without it an insecure one is made
    #[arg(long, value_name = "FILE")]
    srs: Option<PathBuf>,
    /// Folder for report.json [default: report; with --json, none]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Folder for the keys while it runs [default: the system's for temporary files]
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// Print the report in JSON instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

impl Arguments {
    fn plan(&self) -> Result<Plan> {
        let device = self.device.find()?;
        let workloads = match self.workload.as_slice() {
            [] => DEFAULT_WORKLOADS
                .iter()
                .map(|(name, k)| WorkloadPlan::new(name, self.logrows.or(Some(*k))))
                .collect(),
            names => names
                .iter()
                .map(|name| WorkloadPlan::new(name, self.logrows))
                .collect::<Result<_>>(),
        };
        let plan = Plan {
            workloads: workloads?,
            rungs: self.rungs(&device)?,
            device: device.choice(),
            runs: self.runs,
            warmup_runs: self.warmup,
            multiopen: self.multiopen,
            seed: self.seed,
            srs: self.srs.clone(),
            // Workers get it in JSON, which can hold no path but one that is Unicode.
            checked_srs: halo2_offload::cache_folder().filter(|path| path.to_str().is_some()),
            work: self.work.clone().unwrap_or_else(env::temp_dir),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: env::args_os()
                .map(|argument| argument.to_string_lossy().into_owned())
                .collect(),
        };
        plan.check()?;
        if plan.measured().any(|rung| !rung.needs_device()) {
            for workload in &plan.workloads {
                let memory = MemoryOf {
                    k: workload.k,
                    multiopen: plan.multiopen,
                };
                if let Some(warning) = visit(workload.name, workload.k, plan.seed, memory)?? {
                    talk(&format!("warning: {warning}"));
                }
            }
        }
        Ok(plan)
    }

    fn rungs(&self, device: &Found) -> Result<Vec<(Rung, Option<String>)>> {
        let named = |name: &String| match name.as_str() {
            "all" => Ok(Rung::LADDER.to_vec()),
            name => Ok(vec![name.parse()?]),
        };
        let rungs = self.rungs.iter().map(named);
        let mut rungs = rungs.collect::<Result<Vec<_>>>()?.concat();
        rungs.sort_unstable();
        rungs.dedup();
        let both = [Rung::Cpu, Rung::CpuPortable].map(|rung| rungs.contains(&rung)) == [true; 2];
        let again = match both {
            true => portable_again(CpuKernels::default(), CpuKernels::fastest())?,
            false => None,
        };
        let reason = |rung| match rung {
            Rung::CpuPortable => again.clone(),
            rung => device.unavailable(rung),
        };
        let with_reason = rungs.into_iter().map(|rung| (rung, reason(rung)));
        Ok(with_reason.collect())
    }

    fn output(&self) -> Result<Option<OutputFolder>> {
        let path = match &self.out {
            Some(path) => path.clone(),
            None if self.json => return Ok(None),
            None => PathBuf::from(REPORT_FOLDER),
        };
        OutputFolder::create(&path).map(Some)
    }
}

/// Why the rung `cpu-portable` is not run beside `cpu`, if it is not: a CPU that runs no other kernels has
/// nothing to compare.
///
/// # Errors
///
/// If it has others, and the portable ones were chosen.
fn portable_again(chosen: CpuKernels, fastest: CpuKernels) -> Result<Option<String>> {
    match (chosen, fastest) {
        (CpuKernels::Portable, CpuKernels::Portable) => {
            let others = CpuKernels::unavailable();
            let others: Vec<_> = others
                .map(|(name, reason)| format!("{name}: {reason}"))
                .collect();
            Ok(Some(format!(
                "the rung cpu runs the portable kernels, there are no others for this CPU ({})",
                others.join("; ")
            )))
        }
        (CpuKernels::Portable, _) => Err(Error::Plan(format!(
            "the rungs cpu and cpu-portable are the same where --cpu or {CPU_VARIABLE} chooses the portable kernels: \
             leave that, or one of the rungs"
        ))),
        _ => Ok(None),
    }
}

/// Compares what a rung on the CPU needs with what there is.
struct MemoryOf {
    k: u32,
    multiopen: Multiopen,
}

impl Visitor for MemoryOf {
    type Output = Result<Option<String>>;

    fn visit<W: Workload>(self, workload: W) -> Self::Output {
        let circuit = compile_unkeyed(&workload.keygen_circuit(), self.k);
        memory::check(&circuit, self.multiopen)
    }
}

pub fn run(arguments: Arguments) -> Result<Outcome> {
    let plan = arguments.plan()?;
    let output = arguments.output()?;
    if let Some(output) = &output {
        let inputs: Vec<_> = plan.srs.as_deref().into_iter().collect();
        output.check_inputs(&inputs, &[REPORT_FILE])?;
    }
    let interrupt = Interrupt::default();
    let on_signal = interrupt.clone();
    ctrlc::set_handler(move || on_signal.set())
        .map_err(|error| Error::Plan(format!("cannot listen for signals: {error}")))?;

    let report = measure(&plan, &launcher()?, &interrupt, &Bar::new())?;
    let report_json = json(&report);
    let written = output
        .map(|folder| folder.write(REPORT_FILE, report_json.as_bytes()))
        .transpose();
    // Printed even where the file could not be written, so that the measurement is not lost.
    print(&match arguments.json {
        true => report_json,
        false => table(&report),
    })?;
    if let Some(path) = written? {
        talk(&format!("report: {}", path.display()));
    }
    Ok(outcome(&report))
}

fn outcome(report: &Report) -> Outcome {
    if report.holds() {
        return Outcome::Good;
    }
    talk("error: a check failed: see the reasons in the report");
    Outcome::Bad
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_offload_measure::{Host, RunFacts, RungReport, Shape, Status, WorkloadReport};

    #[test]
    fn a_check_that_failed_is_in_the_exit_code() {
        let outcome_of = |change: fn(&mut RungReport)| {
            let mut rung = RungReport::empty(Rung::Cpu, Status::Measured, None);
            (rung.verified, rung.equals_cpu) = (Some(true), Some(true));
            change(&mut rung);
            let report = Report {
                schema: String::new(),
                run: RunFacts {
                    version: String::new(),
                    command: Vec::new(),
                    seed: 1,
                    runs: 1,
                    warmup_runs: 0,
                    multiopen: Multiopen::Shplonk,
                    srs: String::new(),
                    cpu_kernels: None,
                },
                host: Host::default(),
                devices: Vec::new(),
                workloads: vec![WorkloadReport {
                    name: "plonk".to_owned(),
                    k: 6,
                    shape: Shape {
                        advice: 3,
                        fixed: 5,
                        instance: 1,
                        lookups: 0,
                        permutation: 3,
                        degree: 3,
                    },
                    rungs: vec![RungReport::empty(Rung::Stock, Status::Skipped, None), rung],
                }],
            };
            outcome(&report)
        };
        assert!(matches!(outcome_of(|_| ()), Outcome::Good));
        assert!(matches!(
            outcome_of(|rung| rung.verified = Some(false)),
            Outcome::Bad
        ));
        assert!(matches!(
            outcome_of(|rung| rung.equals_cpu = Some(false)),
            Outcome::Bad
        ));
    }
}
