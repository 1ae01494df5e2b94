//! Measures what a prover costs, and writes it down so that somebody else can check it.
//!
//! A *rung* of the offload ladder is one way to make the same proof: halo2-axiom's own prover
//! (`stock`), ours on the CPU (`cpu`), and so on. [`measure`] proves the same statement on every
//! rung, interleaved, and has each proof verified by the stock verifier:
//!
//! - A *preparation* process makes the SRS and the keys, writes them into a work folder, and ends.
//! - Each rung is a process that holds what it needs and no more: the stock rung the stock key and
//!   the SRS, ours a resident key read from a key file. Its peak memory is thus its own.
//! - A *referee* process holds a verifying key, and checks every proof.
//!
//! **Time** is that of a proof with the key already loaded: from the call of the prover to the last
//! byte of the transcript. The circuit is constructed before and dropped after, outside of it. CPU
//! time is that of all threads of the process, user and system.
//!
//! **Peak memory** is the high-water mark of the resident set (`VmHWM`) over all proofs of a rung.
//! When a process has loaded its key, it hands freed memory back to the system (`malloc_trim`, with
//! glibc) and resets the mark (5 to `/proc/self/clear_refs`), on every rung alike: what loading needed
//! for a moment is not counted, what the key occupies is. Where the mark cannot be reset, the rung
//! carries a note that says so.

mod clock;
mod device;
mod error;
mod host;
mod measurement;
mod memory;
mod output;
mod plan;
mod process;
mod prove;
mod report;
mod rung;
mod srs;
mod stages;
mod statement;
mod statistics;
mod table;
mod verify;
mod worker;

pub use halo2_offload_prover::{Multiopen, Shape};

pub use clock::{Reading, Spent};
pub use device::{DeviceProbe, DeviceUse, Vram, VramHolding};
pub use error::{Error, Result};
pub use host::{ContainerLimits, Host};
pub use measurement::{measure, Progress};
pub use memory::{peak_bytes, reset_peak, resident_bytes, swap_bytes, trim};
pub use output::{check_writable, remove_unfinished, write_file, write_file_with, OutputFolder};
pub use plan::{Plan, WorkloadPlan, DEFAULT_WORKLOADS};
pub use process::{die_with_parent, report_files_that_are_too_large, Interrupt, Launcher};
pub use prove::{keygen, resident_proof, sha256, stock_proof, verifying_key};
pub use report::{
    Report, RunFacts, RungReport, Sample, StageReport, Status, WorkloadReport, SCHEMA,
};
pub use rung::Rung;
pub use srs::{insecure_srs, srs, Setup};
pub use stages::StageMeter;
pub use statement::{Statement, STATEMENT_SCHEMA};
pub use statistics::{bootstrap_ratio, Interval, Summary};
pub use table::{describe_bytes, table};
pub use verify::{verify, Verdict, VerifyingParams};
pub use worker::{prepare, referee, resident_rung, stock_rung, DeviceChoice, Job, JobKind};
