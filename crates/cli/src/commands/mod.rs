//! The subcommands, one in a file: its flags, and what is done with them.

mod doctor;
mod estimate;
mod measure;
mod plug;
mod prove;
mod selftest;
mod verify;
mod worker;

use clap::Subcommand;
use halo2_offload_measure::{Error, Result};

#[derive(Debug, Subcommand)]
pub enum Command {
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
pub enum Outcome {
    /// Every check held.
    Good,
    /// A check did not hold; it has been said which.
    Bad,
}

impl Command {
    /// Does what the command line asks for.
    ///
    /// # Errors
    ///
    /// If it cannot be done; [`exit_code`] says how the process is to end.
    pub fn run(self) -> Result<Outcome> {
        match self {
            Self::Measure(arguments) => measure::run(arguments),
            Self::Estimate(arguments) => estimate::run(&arguments),
            Self::Doctor(arguments) => doctor::run(&arguments),
            Self::Plug(arguments) => plug::run(&arguments),
            Self::Prove(arguments) => prove::run(&arguments),
            Self::Verify(arguments) => verify::run(&arguments),
            Self::Selftest(arguments) => selftest::run(&arguments),
            Self::Worker(arguments) => worker::run(&arguments),
        }
    }
}

/// The exit code for an error: 2 where what was asked for is not possible, however often it is tried.
pub fn exit_code(error: &Error) -> u8 {
    match error {
        Error::UnknownRung { .. }
        | Error::Workload(_)
        | Error::Plan(_)
        | Error::Output { .. }
        | Error::Srs { .. }
        | Error::Key { .. }
        | Error::Proof { .. }
        | Error::Statement { .. } => 2,
        // 128 + SIGINT, as shells report it.
        Error::Interrupted => 130,
        _ => 1,
    }
}
