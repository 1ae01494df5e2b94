//! Execution: the memory of a device, programs loaded into it, and launches.
//!
//! ```text
//! ptx::Module --Program::load--> Program --launch--> LaunchStats or faults
//!                    \_______ Memory ______/
//! ```
//!
//! A warp's 32 lanes execute an instruction together, side by side in vectors. Lanes that branch
//! apart become fragments of the warp, each with its own place in the program; of the fragments
//! the one furthest behind runs first, so that it catches up with the others and they become one
//! again. Blocks run on several threads, each from its start to its end.

mod block;
mod decode;
mod execute;
mod fault;
mod lanes;
mod launch;
mod local;
mod log;
mod memory;
mod program;
mod races;
mod shared;
mod warp;

use thiserror::Error;

pub use fault::{Fault, FaultKind, Site};
pub use memory::{AllocationError, AllocationInfo, Memory, Touched};
pub use program::Program;

/// Which checks a launch makes, and how far it may run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Report reads of memory that nothing has written.
    pub uninitialised_memory: bool,
    /// Report reads of registers that nothing has written.
    pub uninitialised_registers: bool,
    /// Report races between threads of a block.
    pub races_in_block: bool,
    /// Report races between blocks of a launch.
    pub races_between_blocks: bool,
    /// Instructions a warp may execute before the launch is taken for an endless loop.
    pub budget: u64,
    /// Blocks that run at a time, each on a thread of its own. `None`: one for each core.
    pub workers: Option<usize>,
    /// Distinct faults kept before a launch stops.
    pub max_faults: usize,
}

impl Default for Options {
    /// Every check on.
    fn default() -> Self {
        Self {
            uninitialised_memory: true,
            uninitialised_registers: true,
            races_in_block: true,
            races_between_blocks: true,
            budget: 1 << 32,
            workers: None,
            max_faults: 64,
        }
    }
}

impl Options {
    /// Only what costs next to nothing: bounds, alignment, use after free, barriers, the budget.
    pub fn cheap() -> Self {
        Self {
            uninitialised_memory: false,
            uninitialised_registers: false,
            races_in_block: false,
            races_between_blocks: false,
            ..Self::default()
        }
    }
}

/// What a launch executed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaunchStats {
    pub blocks: u64,
    pub warps: u64,
    /// Instructions issued, each for a whole warp.
    pub warp_instructions: u64,
    /// Instructions times the lanes that were active in them.
    pub lane_instructions: u64,
}

/// Why a module cannot be loaded into a device.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error(transparent)]
    Memory(#[from] AllocationError),
    #[error("PTX line {line}: {detail}: {text}")]
    Program {
        line: u32,
        text: String,
        detail: String,
    },
}

/// A variable of a module in device memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    pub address: u64,
    pub bytes: u64,
}

/// A grid of blocks to run.
#[derive(Clone, Debug)]
pub struct Launch<'a> {
    pub entry: &'a str,
    pub grid: [u32; 3],
    pub block: [u32; 3],
    /// Bytes of dynamic shared memory.
    pub dynamic_shared: u32,
    /// The parameters, laid out as [`Entry::params`](crate::ptx::Entry::params) says;
    /// [`Entry::param_bytes`](crate::ptx::Entry::param_bytes) in all.
    pub params: &'a [u8],
}

/// Runs a grid to its end. With any fault found, all found faults are the error; memory then
/// holds what the program had written until it stopped.
pub fn launch(
    program: &Program,
    memory: &Memory,
    launch: &Launch<'_>,
    options: &Options,
) -> Result<LaunchStats, Vec<Fault>> {
    launch::launch(program, memory, launch, options)
}
