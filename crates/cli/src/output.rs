//! What the program writes: data on stdout, talk on stderr.

use halo2_offload_measure::{Error, Result};
use std::io::{self, Write};

/// Writes data to stdout. A reader that has gone away is no error.
pub fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(Error::Stdout { source }),
        _ => Ok(()),
    }
}

/// A line on stderr. Where that is closed or full nobody reads it.
pub fn talk(line: &str) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Indented JSON, with a newline at its end.
pub fn json(value: &impl serde::Serialize) -> String {
    match serde_json::to_string_pretty(value) {
        Ok(text) => text + "\n",
        // Only maps whose keys are not strings fail, and no answer of ours has one.
        Err(error) => unreachable!("{error}"),
    }
}
