//! The stand-in in a process of its own, such as a command line under test.
//!
//! There nobody calls [`install`](super::install()): the loader puts the library in place
//! (`LD_PRELOAD`), its configuration comes in the environment, and its report goes to a file
//! when the process exits.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use super::install::find;
use super::{Config, InstallError, Report};

/// A [`Config`] as JSON.
pub(crate) const CONFIG_VARIABLE: &str = "HALO2_OFFLOAD_EMULATOR_CONFIG";
/// The file that the report goes to.
pub(crate) const REPORT_VARIABLE: &str = "HALO2_OFFLOAD_EMULATOR_REPORT";

/// The environment with which a child process runs on the emulated machine `config` and leaves
/// its report in the file `report`.
///
/// ```no_run
/// # use std::process::Command;
/// use halo2_offload_cuda_emulator::{child_environment, read_report, Config};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let report = std::env::temp_dir().join("report.json");
/// let environment = child_environment(&Config::default(), &report)?;
/// Command::new("halo2-offload").arg("selftest").envs(environment).status()?;
/// assert!(read_report(&report)?.faults.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`InstallError::NotFound`] where the stand-in is not built.
pub fn child_environment(
    config: &Config,
    report: &Path,
) -> Result<[(&'static str, OsString); 3], InstallError> {
    let text = serde_json::to_string(config).unwrap_or_default();
    Ok([
        ("LD_PRELOAD", find()?.into_os_string()),
        (CONFIG_VARIABLE, text.into()),
        (REPORT_VARIABLE, report.as_os_str().to_owned()),
    ])
}

/// What a child process left when it exited.
///
/// # Errors
/// The file is not there, because the child was killed or never called the driver, or is no
/// report.
pub fn read_report(path: &Path) -> io::Result<Report> {
    serde_json::from_slice(&fs::read(path)?).map_err(io::Error::from)
}

/// Writes a copy of the stand-in that lacks one of its entry points, as drivers of other times and the
/// shims of profilers do: for `LD_PRELOAD` of a child, in the place of what [`child_environment`] has there.
///
/// # Errors
/// The stand-in is not built or has no such entry point, or the copy cannot be written.
pub fn write_lacking(symbol: &str, copy: &Path) -> io::Result<()> {
    let mut bytes = fs::read(find().map_err(io::Error::other)?)?;
    // In the table of names, where the loader finds under this hash another name then.
    let name = format!("\0{symbol}\0").into_bytes();
    let places: Vec<_> = (0..bytes.len().saturating_sub(name.len()))
        .filter(|&start| bytes[start..].starts_with(&name))
        .collect();
    if places.is_empty() {
        let message = format!("the stand-in has no entry point {symbol}");
        return Err(io::Error::new(io::ErrorKind::NotFound, message));
    }
    for start in places {
        bytes[start + 1] = b'_';
    }
    fs::write(copy, bytes)
}
