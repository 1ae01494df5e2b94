//! What the worker processes do: JSON lines on stdin and stdout, talk on stderr.

mod files;
mod prepare;
mod prover;
mod referee;

pub use prepare::prepare;
pub use prover::{resident_rung, stock_rung};
pub use referee::referee;

use halo2_offload_engine::CpuKernels;
use halo2_offload_prover::{Multiopen, Shape};
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use std::{
    io::{self, BufRead, Write},
    path::PathBuf,
};

use crate::{
    device::{DeviceUse, Vram},
    error::{Error, Result},
    report::{Sample, StageReport},
    rung::Rung,
    verify::Verdict,
};

/// What a worker process is started for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// What to do.
    pub kind: JobKind,
    /// With this workload,
    pub workload: String,
    /// of this size,
    pub k: u32,
    /// this witness and this randomness,
    pub seed: u64,
    /// this multi-opening argument,
    pub multiopen: Multiopen,
    /// the keys in this folder,
    pub folder: PathBuf,
    /// and, on rungs that need one, this device.
    pub device: Option<DeviceChoice>,
}

/// Which device a rung opens, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceChoice {
    /// Its number.
    pub ordinal: usize,
    /// Bytes of its memory that may be used; all there is if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vram_budget: Option<u64>,
}

/// The kinds of worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Makes the SRS and the keys.
    Prepare {
        /// Make the stock key alone.
        stock_only: bool,
        /// An SRS to use instead of an insecure one.
        srs: Option<PathBuf>,
        /// Where it is noted which SRS files were checked.
        checked_srs: Option<PathBuf>,
    },
    /// Proves when it is asked to.
    Rung(Rung),
    /// Verifies what it is asked to.
    Referee,
}

impl Job {
    /// The kernels that the process runs on the CPU.
    pub(crate) fn cpu_kernels(&self) -> CpuKernels {
        match self.kind {
            JobKind::Rung(rung) => rung.cpu_kernels(),
            JobKind::Prepare { .. } | JobKind::Referee => CpuKernels::default(),
        }
    }

    /// What the process is called in messages.
    pub(crate) fn title(&self) -> String {
        let subject = format!("{} k={}", self.workload, self.k);
        match self.kind {
            JobKind::Prepare { .. } => format!("preparing the keys of {subject}"),
            JobKind::Rung(rung) => format!("the {rung} rung of {subject}"),
            JobKind::Referee => format!("the verifier of {subject}"),
        }
    }
}

/// What a worker is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    /// Prove, and write the proof to this file.
    Prove { proof: PathBuf },
    /// Verify the proof in this file.
    Verify { proof: PathBuf },
    /// Say what memory it took.
    Memory,
}

/// What a worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// The keys are in the folder.
    Prepared { shape: Shape },
    /// The key is loaded.
    Ready(Loaded),
    /// A proof was made.
    Proved(Proved),
    /// A proof was verified.
    Verified(Verified),
    /// The high-water mark since the key was loaded.
    Memory {
        peak_bytes: Option<u64>,
        peak_vram: Option<Vram>,
    },
}

/// What is to be known of a worker whose key is loaded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Loaded {
    /// What is to be said about the memory that will be measured.
    pub(crate) note: Option<String>,
    /// The kernels that it runs on the CPU, if it is a prover of ours.
    pub(crate) cpu_kernels: Option<String>,
    /// The device that it uses.
    pub(crate) device: Option<serde_json::Value>,
    /// Whether that is an emulator.
    pub(crate) emulated: bool,
}

/// A proof, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Proved {
    pub(crate) sample: Sample,
    pub(crate) stages: Vec<StageReport>,
    /// Of the whole proof.
    pub(crate) device: Option<DeviceUse>,
}

/// What the referee says of the bytes that it read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Verified {
    pub(crate) verdict: Verdict,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// Says something to whoever started this process.
fn say(reply: &Reply) -> Result<()> {
    let mut stdout = io::stdout().lock();
    write_line(&mut stdout, reply).map_err(talk)
}

/// Answers requests until there are no more: whoever started this process is done, or gone.
fn serve(mut answer: impl FnMut(Request) -> Result<Reply>) -> Result<()> {
    for line in io::stdin().lock().lines() {
        say(&answer(read_line(&line.map_err(talk)?).map_err(talk)?)?)?;
    }
    Ok(())
}

fn unexpected(request: &Request) -> Error {
    Error::Protocol {
        worker: "the main process".to_owned(),
        said: format!("{request:?}"),
        expected: "something else",
    }
}

fn talk(source: io::Error) -> Error {
    Error::Talk {
        worker: "the main process".to_owned(),
        source,
    }
}

/// Writes a message as a line.
pub(crate) fn write_line(writer: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    writer.write_all(&line)?;
    writer.flush()
}

/// Reads a message out of a line.
pub(crate) fn read_line<T: DeserializeOwned>(line: &str) -> io::Result<T> {
    Ok(serde_json::from_str(line)?)
}
