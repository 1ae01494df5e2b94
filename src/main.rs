//! The command line.

// They panic where the stream is closed or full.
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
