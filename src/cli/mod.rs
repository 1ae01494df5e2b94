//! The command line: flags in, plans out. What is then done is in the libraries.
//!
//! Data goes to stdout, talk and errors to stderr. Exit codes: 0 it is done, and every check held;
//! 1 it failed, or a proof was rejected; 2 what was asked for is not possible.

mod device;
mod doctor;
mod estimate;
mod gpu;
mod icicle;
mod measure;
mod plug;
mod progress;
mod prove;
mod selftest;
mod verify;
mod worker;

use clap::{Parser, Subcommand};
use halo2_offload_measure::{report_files_that_are_too_large, Error, Result};
use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

/// Proves halo2 circuits (KZG on BN254) faster and in less memory, and measures what that is worth
#[derive(Debug, Parser)]
#[command(name = "halo2-offload", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Measure(measure::Arguments),
    Estimate(estimate::Arguments),
    Doctor(doctor::Arguments),
    Plug(plug::Arguments),
    Prove(prove::Arguments),
    Verify(verify::Arguments),
    Selftest(selftest::Arguments),
    #[command(hide = true)]
    Worker(worker::Arguments),
}

/// How a command ends if nothing failed.
enum Outcome {
    /// Every check held.
    Good,
    /// A check did not hold; it has been said which.
    Bad,
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    log();
    report_files_that_are_too_large();
    if let Err(error) = check_surroundings() {
        talk(&format!("error: {error}"));
        return ExitCode::from(2);
    }
    let outcome = match arguments.command {
        Command::Measure(arguments) => measure::run(arguments),
        Command::Estimate(arguments) => estimate::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Plug(arguments) => plug::run(&arguments),
        Command::Prove(arguments) => prove::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Selftest(arguments) => selftest::run(&arguments),
        Command::Worker(arguments) => worker::run(&arguments),
    };
    match outcome {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::FAILURE,
        Err(error) => {
            talk(&format!("error: {error}"));
            ExitCode::from(exit_code(&error))
        }
    }
}

/// What libraries below us would panic about.
fn check_surroundings() -> std::result::Result<(), String> {
    halo2_offload_frontend::check_max_degree().map_err(|error| error.to_string())?;
    rayon::ThreadPoolBuilder::new()
        .build_global()
        .map_err(|error| {
            format!(
                "the threads that prove cannot be started: {error}. Limits of this process (`ulimit -a`) leave no \
                 room for them; RAYON_NUM_THREADS=1 starts fewer"
            )
        })
}

/// What could not be done whatever happens is a matter of usage.
fn exit_code(error: &Error) -> u8 {
    match error {
        Error::UnknownRung { .. }
        | Error::Workload(_)
        | Error::Plan(_)
        | Error::Output { .. }
        | Error::Srs { .. }
        | Error::Key { .. }
        | Error::Proof { .. }
        | Error::Statement { .. } => 2,
        // As shells say it of SIGINT.
        Error::Interrupted => 130,
        _ => 1,
    }
}

fn log() {
    use tracing_subscriber::{filter::LevelFilter, EnvFilter};
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        // It would say on stderr that it cannot write to stderr, and panic.
        .log_internal_errors(false)
        .init();
}

/// Writes data to stdout. A reader that has gone away is no error.
fn print(text: &str) -> Result<()> {
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
fn talk(line: &str) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Indented JSON, with a newline at its end.
fn json(value: &impl serde::Serialize) -> String {
    match serde_json::to_string_pretty(value) {
        Ok(text) => text + "\n",
        // Maps with keys that are no strings, of which we have none.
        Err(error) => unreachable!("{error}"),
    }
}
