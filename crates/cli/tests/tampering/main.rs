//! Whether `measure` notices proofs that are not right: its workers are put between it and this program, which
//! alters what they prove.

use halo2_offload_measure::{
    measure, table, Interrupt, Job, JobKind, Launcher, Multiopen, Plan, Progress, Report, Rung,
    RungReport, Status, WorkloadPlan,
};
use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    process::{Command, ExitCode, Stdio},
    thread,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_halo2-offload");

/// What becomes of the last proof of one rung: nothing, a bit is flipped, or it is the stock prover's.
const TAMPERINGS: [&str; 3] = ["none", "flip", "stock"];

/// Of each rung, one of them to warm up.
const PROOFS: usize = 3;

/// This program is the launcher's: without a job it is the test, with one it is a worker. The test harness would
/// write to stdout, where workers talk.
fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    match arguments.next().as_deref() {
        Some("worker") => {
            let mut next = || arguments.next().expect("an argument of the launcher");
            let (tampering, rung, job) = (next(), next(), next());
            worker(&tampering, rung.parse().expect("a rung"), &job)
        }
        // `cargo test NAME` and `-- --list` are for harnesses.
        _ => {
            for rung in [Rung::Stock, Rung::Cpu] {
                for tampering in TAMPERINGS {
                    check(tampering, rung);
                    println!("{tampering} on {rung}: ok");
                }
            }
            ExitCode::SUCCESS
        }
    }
}

fn check(tampering: &str, rung: Rung) {
    let report = report(tampering, rung);
    let rungs = &report.workloads[0].rungs;
    let (tampered, others): (Vec<_>, Vec<_>) = rungs.iter().partition(|r| r.rung == rung);
    let tampered = tampered[0];
    assert_eq!(tampered.status, Status::Measured);
    match (tampering, rung) {
        ("none", _) | ("stock", Rung::Stock) => {
            assert!(report.holds());
            is_measured(tampered);
            if rung == Rung::Cpu {
                assert_eq!(tampered.equals_cpu, Some(true));
            }
        }
        ("flip", _) => {
            assert!(!report.holds());
            assert_eq!(tampered.verified, Some(false));
            assert_eq!(tampered.equals_cpu, None);
            is_withheld(&report, tampered, "the stock verifier rejects the proof");
        }
        ("stock", _) => {
            // The verifier has nothing against it.
            assert!(!report.holds());
            assert_eq!(tampered.verified, Some(true));
            assert_eq!(tampered.equals_cpu, Some(false));
            is_withheld(&report, tampered, "other bytes than the cpu rung's");
        }
        _ => unreachable!("no such tampering"),
    }
    others.into_iter().for_each(is_measured);
}

fn is_measured(rung: &RungReport) {
    assert_eq!(rung.verified, Some(true), "{rung:?}");
    assert_eq!(rung.samples.len(), PROOFS - 1);
    assert!(rung.median_wall_ns.is_some() && rung.peak_rss_bytes.is_some());
}

/// No figure of it is shown.
fn is_withheld(report: &Report, rung: &RungReport, reason: &str) {
    assert!(
        rung.samples.is_empty() && rung.stages.is_empty(),
        "{rung:?}"
    );
    assert_eq!(rung.median_wall_ns, None);
    assert_eq!(rung.median_cpu_ns, None);
    assert_eq!(rung.peak_rss_bytes, None);
    let said = rung.reason.as_deref().unwrap_or_default();
    assert!(said.contains(reason), "{said}");
    let text = table(report);
    assert!(text.contains(&format!("{}: FAILED", rung.rung)), "{text}");
    let row = text
        .lines()
        .find(|line| line.starts_with(&format!("{} ", rung.rung)));
    assert!(row.is_none(), "{text}");
}

fn report(tampering: &str, rung: Rung) -> Report {
    let work = tempfile::tempdir().expect("a folder");
    let plan = Plan {
        workloads: vec![WorkloadPlan::new("plonk", Some(6)).expect("a workload")],
        rungs: vec![(Rung::Stock, None), (Rung::Cpu, None)],
        device: None,
        runs: PROOFS - 1,
        warmup_runs: 1,
        multiopen: Multiopen::Shplonk,
        seed: 1,
        srs: None,
        checked_srs: None,
        work: work.path().to_owned(),
        version: "0.0.0".to_owned(),
        command: Vec::new(),
    };
    let launcher = Launcher {
        program: env::current_exe().expect("this program"),
        arguments: ["worker", tampering, rung.name()].map(Into::into).to_vec(),
    };
    measure(&plan, &launcher, &Interrupt::default(), &Silent).expect("a report")
}

struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &WorkloadPlan, _: u64) {}
    fn step(&self, _: &str) {}
    fn end(&self) {}
}

/// Passes on what is said between the measurement and a true worker, and alters the last proof of the rung that is
/// to be tampered with before it says that it is there: one bad proof of several has to be enough.
fn worker(tampering: &str, rung: Rung, job: &str) -> ExitCode {
    let parsed: Job = serde_json::from_str(job).expect("a job");
    let is_target = matches!(parsed.kind, JobKind::Rung(of) if of == rung);
    let mut child = Command::new(PROGRAM)
        .args(["worker", job])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it is built");
    let mut requests = child.stdin.take().expect("a pipe");
    thread::spawn(move || {
        // Until whoever asks is gone; then the worker's input ends, too.
        let _ = io::copy(&mut io::stdin().lock(), &mut requests);
    });
    let replies = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut proofs = 0;
    for line in replies.lines() {
        let line = line.expect("text");
        if is_target && line.contains("\"proved\"") {
            proofs += 1;
            let path = |rung| parsed.folder.join(format!("{rung}.proof"));
            match tampering {
                "flip" if proofs == PROOFS => {
                    let mut proof = fs::read(path(rung)).expect("a proof");
                    proof[40] ^= 1;
                    fs::write(path(rung), proof).expect("written");
                }
                // Valid, of the same statement, and of other bytes.
                "stock" if proofs == PROOFS => {
                    let proof = fs::read(path(Rung::Stock)).expect("stock proves first");
                    fs::write(path(rung), proof).expect("written");
                }
                _ => {}
            }
        }
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{line}")
            .and_then(|()| stdout.flush())
            .expect("a reader");
    }
    match child.wait().expect("it ran").success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
