//! The command line `halo2-offload`: flags in, plans out. What is then done is in the libraries.
//!
//! Data goes to stdout, talk and errors to stderr. Exit codes: 0 it is done, and every check held;
//! 1 it failed, or a proof was rejected; 2 what was asked for is not possible; 130 it was interrupted.

// `print!` and `eprint!` panic where the stream is closed or full.
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod arguments;
mod commands;
mod engines;
mod memory;
mod output;
mod progress_bar;

use clap::Parser;
use halo2_offload::engine::CpuKernels;
use halo2_offload_measure::report_files_that_are_too_large;
use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use commands::{exit_code, Command, Outcome};
use output::talk;

/// Proves halo2 circuits (KZG on BN254) faster and in less memory, and measures what that is worth
#[derive(Debug, Parser)]
#[command(name = "halo2-offload", version, max_term_width = 100)]
struct Arguments {
    /// The kernels of the CPU: portable, avx512, or auto, the fastest that this CPU can run (doctor names
    /// those that it can, and what is missing for others); HALO2_OFFLOAD_CPU says the same
    #[arg(long, global = true, value_name = "NAME", value_parser = CpuKernels::choose)]
    cpu: Option<CpuKernels>,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log();
    report_files_that_are_too_large();
    if let Err(error) = check_surroundings() {
        talk(&format!("error: {error}"));
        return ExitCode::from(2);
    }
    match arguments.command.run() {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::FAILURE,
        Err(error) => {
            talk(&format!("error: {error}"));
            ExitCode::from(exit_code(&error))
        }
    }
}

/// Checks `MAX_DEGREE` and the name of the CPU's kernels, and starts the threads that prove: halo2-axiom and rayon would panic about either.
fn check_surroundings() -> Result<(), String> {
    halo2_offload_frontend::check_max_degree().map_err(|error| error.to_string())?;
    CpuKernels::chosen().map_err(|error| error.to_string())?;
    rayon::ThreadPoolBuilder::new()
        .build_global()
        .map_err(|error| {
            format!(
                "the threads that prove cannot be started: {error}. Limits of this process (`ulimit -a`) leave no \
                 room for them; RAYON_NUM_THREADS=1 starts fewer"
            )
        })
}

/// Sends what the libraries log to stderr: warnings and errors, or what `RUST_LOG` asks for.
fn log() {
    use tracing_subscriber::{filter::LevelFilter, EnvFilter};
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        // The subscriber would report on stderr that it cannot write to stderr, and panic.
        .log_internal_errors(false)
        .init();
}
