//! `estimate`: time and memory of a proof, before anything is spent.

use clap::Args;
use halo2_axiom::halo2curves::bn256::{Fr, G1Affine};
use halo2_offload::{
    compile_unkeyed,
    cuda::DeviceModel,
    prover::{estimate, CompiledCircuit, Estimation, Multiopen, Shape},
    CELL_BYTES,
};
use halo2_offload_measure::{
    describe_bytes, resident_bytes, trim, Error, Result, Rung, WorkloadPlan,
};
use halo2_offload_workloads::{visit, Visitor, Workload};
use serde::Serialize;
use std::fmt::Write;

use super::Outcome;
use crate::{
    arguments::{multiopen, DeviceArguments, Found},
    engines::cuda,
    memory::Need,
    output::{json, print},
};

mod calibration;
mod card;
mod device_answer;

use calibration::{Calibration, Conditions};
use device_answer::DeviceAnswer;

/// Estimate time and memory of a proof before anything is spent
///
/// Walks through the prover with no data: for a workload, or for a circuit of a given shape. CPU time is
/// at most what the counted operations take at this machine's speed, which is measured first (in less
/// than a second); columns of small values take less. A device's time is not less than what its
/// multiplications and bytes take at published rates: one bound is above and the other below, so that
/// their ratio is no speed-up. RAM is that of a process that holds the resident key and makes the proof.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The workload; without it, a circuit of the shape given by the other flags
    #[arg(long, value_name = "NAME")]
    workload: Option<String>,
    /// log2 of the number of rows
    #[arg(short = 'k', long, value_name = "N")]
    logrows: Option<u32>,
    /// Advice columns
    #[arg(long, default_value_t = 6, conflicts_with = "workload")]
    advice: usize,
    /// Fixed columns, selectors included
    #[arg(long, default_value_t = 12, conflicts_with = "workload")]
    fixed: usize,
    /// Instance columns
    #[arg(long, default_value_t = 1, conflicts_with = "workload")]
    instance: usize,
    /// Lookup arguments
    #[arg(long, default_value_t = 4, conflicts_with = "workload")]
    lookups: usize,
    /// Columns of the permutation argument
    #[arg(long, default_value_t = 8, conflicts_with = "workload")]
    permutation: usize,
    /// Degree of the constraint system
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(3..=64), conflicts_with = "workload")]
    degree: u8,
    /// Threads [default: as many as rayon has]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// The multi-opening argument
    #[arg(long, value_parser = multiopen(), default_value = Multiopen::default().name())]
    multiopen: Multiopen,
    /// Plan for this card instead of a device of this machine
    #[arg(long, value_name = "CARD", value_parser = card::parse, long_help = card::help())]
    card: Option<DeviceModel>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

/// log2 of the number of rows where nobody says.
const DEFAULT_K: u32 = 16;

#[derive(Serialize)]
struct Answer {
    name: Option<String>,
    k: u32,
    shape: Shape,
    threads: usize,
    calibration: Conditions,
    rungs: Vec<RungAnswer>,
}

#[derive(Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum RungAnswer {
    Skipped { rung: Rung, reason: String },
    Estimated(Box<CpuAnswer>),
    Planned(Box<DeviceAnswer>),
}

#[derive(Serialize)]
struct CpuAnswer {
    rung: Rung,
    /// An upper bound: of scalars of full size.
    most_cpu_ns: u64,
    /// Its part for each thread, if the work divides evenly.
    most_cpu_ns_per_thread: u64,
    ram_bytes: u64,
    ram: Need,
    stages: Vec<CpuStage>,
}

#[derive(Serialize)]
struct CpuStage {
    name: &'static str,
    most_cpu_ns: u64,
    multiplications: u64,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let device = match arguments.card {
        Some(_) => arguments.device.look()?,
        None => arguments.device.find()?,
    };
    let threads = arguments
        .threads
        .map_or_else(rayon::current_num_threads, usize::from);
    // Read first, so that the circuit is not part of it.
    let process_bytes = resident_bytes().unwrap_or(0);
    let (circuit, circuit_bytes) = arguments.circuit()?;
    let estimation = estimate::<G1Affine>(&circuit, arguments.multiopen, threads, CELL_BYTES)
        .map_err(|error| Error::Plan(error.to_string()))?;
    let calibration = Calibration::measure();
    let need = Need::of(&estimation, process_bytes, circuit_bytes);
    let cpu = cpu_answer(&estimation, &calibration, threads, need);
    let device_rungs = Rung::LADDER.into_iter().filter(|rung| rung.needs_device());
    let device_rungs: Vec<_> = device_rungs
        .map(|rung| arguments.device_rung(&circuit, &device, rung))
        .collect::<Result<_>>()?;
    let answer = Answer {
        name: arguments.workload.clone(),
        k: circuit.k,
        shape: Shape::from(&circuit),
        threads,
        calibration: calibration.conditions,
        rungs: std::iter::once(RungAnswer::Estimated(Box::new(cpu)))
            .chain(device_rungs)
            .collect(),
    };
    print(&match arguments.json {
        true => json(&answer),
        false => describe(&answer),
    })?;
    Ok(Outcome::Good)
}

impl Arguments {
    /// The resident rung is planned, for the card that was asked for or for the device that is here.
    fn device_rung(
        &self,
        circuit: &CompiledCircuit<Fr>,
        device: &Found,
        rung: Rung,
    ) -> Result<RungAnswer> {
        let skipped = |reason: &str| RungAnswer::Skipped {
            rung,
            reason: reason.to_owned(),
        };
        if rung != Rung::Resident {
            return Ok(skipped(
                "what the primitives alone take of a device is not estimated: `measure` measures it",
            ));
        }
        let model = match (&self.card, device) {
            (Some(card), _) => card.clone(),
            (None, Found::Device(choice)) => DeviceModel::from(&cuda::device(choice.ordinal)?),
            (None, Found::Nowhere(reason)) => {
                return Ok(skipped(&format!(
                    "{reason}; --card plans for one that is not here"
                )))
            }
        };
        let multiopen = self.multiopen;
        let answer = DeviceAnswer::new(circuit, multiopen, &model, self.device.vram())?;
        Ok(RungAnswer::Planned(Box::new(answer)))
    }

    /// The circuit, and what it takes in memory before it is proven.
    fn circuit(&self) -> Result<(CompiledCircuit<Fr>, u64)> {
        let Some(name) = &self.workload else {
            let k = self.logrows.unwrap_or(DEFAULT_K);
            let shape = Shape {
                degree: self.degree.into(),
                advice: self.advice,
                fixed: self.fixed,
                instance: self.instance,
                lookups: self.lookups,
                permutation: self.permutation,
            };
            shape
                .check::<Fr>(k)
                .map_err(|error| Error::Plan(error.to_string()))?;
            let columns = shape.advice + shape.fixed + shape.instance;
            if k < SMALLEST_K {
                return Err(Error::Plan(format!(
                    "-k {}: it is at least {SMALLEST_K}, so that there are rows beside those of randomness",
                    k
                )));
            }
            if shape.permutation > columns {
                return Err(Error::Plan(format!(
                    "--permutation {}: there are only {columns} columns",
                    shape.permutation
                )));
            }
            if shape.lookups > 0 && shape.advice == 0 {
                return Err(Error::Plan("--lookups: there is no advice column".into()));
            }
            return Ok((shape.circuit(k), 0));
        };
        let WorkloadPlan { name, k } = WorkloadPlan::new(name, self.logrows)?;
        let compiled = visit(name, k, 0, Compile { k })?;
        Ok(compiled)
    }
}

/// The smallest k of a circuit that is given by its shape.
const SMALLEST_K: u32 = 4;

struct Compile {
    k: u32,
}

impl Visitor for Compile {
    type Output = (CompiledCircuit<Fr>, u64);

    fn visit<W: Workload>(self, workload: W) -> Self::Output {
        trim();
        let before = resident_bytes().unwrap_or(0);
        let circuit = workload.circuit();
        trim();
        let circuit_bytes = resident_bytes().unwrap_or(0).saturating_sub(before);
        (compile_unkeyed(&circuit, self.k), circuit_bytes)
    }
}

fn cpu_answer(
    estimation: &Estimation,
    calibration: &Calibration,
    threads: usize,
    need: Need,
) -> CpuAnswer {
    let stages: Vec<CpuStage> = estimation
        .stages
        .iter()
        .map(|stage| CpuStage {
            name: stage.stage.name(),
            most_cpu_ns: calibration.nanoseconds(&stage.operations),
            multiplications: stage.operations.values().map(|o| o.multiplications).sum(),
        })
        .collect();
    let most_cpu_ns = stages.iter().map(|stage| stage.most_cpu_ns).sum();
    CpuAnswer {
        rung: Rung::Cpu,
        most_cpu_ns,
        most_cpu_ns_per_thread: most_cpu_ns / threads as u64,
        ram_bytes: need.bytes(),
        ram: need,
        stages,
    }
}

fn describe(answer: &Answer) -> String {
    let mut text = String::new();
    let shape = &answer.shape;
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} k={}: advice {}, fixed {}, instance {}, lookups {}, permutation {}, degree {}; {} threads",
        answer.name.as_deref().unwrap_or("circuit"),
        answer.k,
        shape.advice,
        shape.fixed,
        shape.instance,
        shape.lookups,
        shape.permutation,
        shape.degree,
        answer.threads,
    );
    for rung in &answer.rungs {
        let _ = match rung {
            RungAnswer::Skipped { rung, reason } => writeln!(text, "{rung}: skipped: {reason}"),
            RungAnswer::Estimated(cpu) => describe_cpu(&mut text, cpu),
            RungAnswer::Planned(device) => device.describe(&mut text),
        };
    }
    let has_plan = |rung: &RungAnswer| matches!(rung, RungAnswer::Planned(_));
    if answer.rungs.iter().any(has_plan) {
        text.push_str(
            "note: the CPU's time is at most, the device's not less than what is said: their ratio is no \
             speed-up\n",
        );
    }
    if let Some(note) = answer.calibration.note() {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

fn describe_cpu(text: &mut String, cpu: &CpuAnswer) -> std::fmt::Result {
    let seconds = |ns: u64| ns as f64 / 1e9;
    writeln!(
        text,
        "{}: at most {:.2} s of CPU time, {:.2} s for each thread if it divides evenly; {} of RAM",
        cpu.rung,
        seconds(cpu.most_cpu_ns),
        seconds(cpu.most_cpu_ns_per_thread),
        describe_bytes(cpu.ram_bytes),
    )?;
    for stage in &cpu.stages {
        writeln!(
            text,
            "    {:12} at most {:>8.2} s {:>8} million multiplications",
            stage.name,
            seconds(stage.most_cpu_ns),
            stage.multiplications / 1_000_000,
        )?;
    }
    for (what, bytes) in cpu.ram.parts() {
        writeln!(text, "    {:12} {:>10}", what, describe_bytes(bytes))?;
    }
    writeln!(text, "    the peak is in: {}", cpu.ram.peak_stage())
}
