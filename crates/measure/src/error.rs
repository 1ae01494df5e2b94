//! Why there is no report.

use halo2_axiom::plonk;
use halo2_offload_workloads::WorkloadError;
use std::{io, path::PathBuf, process::ExitStatus};

/// What fails, fails with one of these.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No rung has this name.
    #[error("there is no rung named `{name}`; there are: {known}")]
    UnknownRung {
        /// What was asked for.
        name: String,
        /// The names that exist, separated by commas.
        known: String,
    },
    /// There is no such workload.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// The plan asks for nothing, or for what cannot be.
    #[error("{0}")]
    Plan(String),
    /// The output folder is not usable.
    #[error("cannot write to the output folder {}: {source}. Choose another with --out", path.display())]
    Output {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// Read, write, make.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Results could not be handed over.
    #[error("the result cannot be written to stdout: {source}")]
    Stdout {
        /// Why not.
        source: io::Error,
    },
    /// The SRS file is not usable.
    #[error("the SRS file {} is not usable: {reason}", path.display())]
    Srs {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The statement of a proof is not usable.
    #[error("{} does not say what is proven: {reason}. `halo2-offload prove` writes such a file", path.display())]
    Statement {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A proof could not be read.
    #[error("cannot read the proof {}: {source}", path.display())]
    Proof {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The key file is not usable.
    #[error("the key file {} is not usable: {reason}. With another --key, one is made", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Our prover or its key.
    #[error(transparent)]
    Prover(#[from] halo2_offload_frontend::Error),
    /// The stock prover or key generation.
    #[error("halo2-axiom: {0}")]
    Stock(plonk::Error),
    /// A worker process ended before its work.
    #[error("{worker} {}{}", ended(*status), said(stderr))]
    Worker {
        /// What it was for.
        worker: String,
        /// How it ended.
        status: Option<ExitStatus>,
        /// The end of what it said.
        stderr: String,
    },
    /// A worker said something that we do not understand.
    #[error("{worker} said {said:?} where {expected} was expected: are both of one version?")]
    Protocol {
        /// What it was for.
        worker: String,
        /// What it said.
        said: String,
        /// What was to come.
        expected: &'static str,
    },
    /// Somebody wants us to stop.
    #[error("interrupted: nothing was written")]
    Interrupted,
    /// Talking to a worker failed.
    #[error("talking to {worker} failed: {source}")]
    Talk {
        /// What it was for.
        worker: String,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: the file and what was tried.
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

impl From<plonk::Error> for Error {
    fn from(error: plonk::Error) -> Self {
        Self::Stock(error)
    }
}

fn ended(status: Option<ExitStatus>) -> String {
    let Some(status) = status else {
        return "ended early".to_owned();
    };
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if status.signal() == Some(9) {
            return "was killed (signal 9): most likely memory ran out. Use a smaller k, or fewer \
                    rungs at once"
                .to_owned();
        }
    }
    match status.success() {
        true => "ended before its work was done".to_owned(),
        false => format!("failed ({status})"),
    }
}

fn said(stderr: &str) -> String {
    match stderr.trim_end() {
        "" => String::new(),
        text => format!(":\n{text}"),
    }
}
