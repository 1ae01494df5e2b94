//! `--multiopen`.

use clap::ValueEnum;
use halo2_offload_measure::Multiopen;

/// [`Multiopen`], on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MultiopenArgument {
    /// BDFG20: two points, whatever the circuit
    #[default]
    Shplonk,
    /// GWC19: one point per rotation
    Gwc,
}

impl From<MultiopenArgument> for Multiopen {
    fn from(argument: MultiopenArgument) -> Self {
        match argument {
            MultiopenArgument::Shplonk => Multiopen::Shplonk,
            MultiopenArgument::Gwc => Multiopen::Gwc,
        }
    }
}

impl From<MultiopenArgument> for halo2_offload::prover::Multiopen {
    fn from(argument: MultiopenArgument) -> Self {
        match argument {
            MultiopenArgument::Shplonk => Self::Shplonk,
            MultiopenArgument::Gwc => Self::Gwc,
        }
    }
}
