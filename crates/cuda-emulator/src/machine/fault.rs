//! What the checks find, and where.

use std::fmt;

/// The rule of the device that a program broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// An access outside of every allocation, shared variable or local variable.
    OutOfBounds,
    /// An address that is not a multiple of the size of the access.
    Misaligned,
    /// An access to an allocation that has been freed.
    UseAfterFree,
    /// A read of memory that nothing has written.
    UninitialisedMemory,
    /// A read of a register that nothing has written.
    UninitialisedRegister,
    /// A write to constant memory or to the parameters of a kernel.
    ReadOnly,
    /// Two threads of one block touch a word with no barrier between them, and one writes it.
    RaceInBlock,
    /// Two blocks of one launch touch a word, one of them writes it, and not both are atomic.
    RaceBetweenBlocks,
    /// A barrier or a warp-wide instruction that not every thread it names has reached.
    DivergentBarrier,
    /// More instructions than [`Options::budget`](super::Options::budget): a loop without end.
    Budget,
    /// An integer division by zero, whose result no device defines.
    DivisionByZero,
    /// The program executed `trap`.
    Trap,
    /// A free of an address that is not the start of a live allocation.
    InvalidFree,
    /// A launch that no device accepts: an unknown entry, a block or shared memory too large,
    /// parameters of the wrong size.
    InvalidLaunch,
}

impl FaultKind {
    /// Whether a launch stops here: a device too would raise an error or never finish.
    pub fn is_fatal(self) -> bool {
        !matches!(
            self,
            Self::UninitialisedMemory
                | Self::UninitialisedRegister
                | Self::RaceInBlock
                | Self::RaceBetweenBlocks
                | Self::DivisionByZero
        )
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfBounds => "access out of bounds",
            Self::Misaligned => "misaligned access",
            Self::UseAfterFree => "use after free",
            Self::UninitialisedMemory => "read of uninitialised memory",
            Self::UninitialisedRegister => "read of an uninitialised register",
            Self::ReadOnly => "write to read-only memory",
            Self::RaceInBlock => "race between threads of a block",
            Self::RaceBetweenBlocks => "race between blocks",
            Self::DivergentBarrier => "barrier not met by all",
            Self::Budget => "instruction budget exhausted",
            Self::DivisionByZero => "division by zero",
            Self::Trap => "trap",
            Self::InvalidFree => "invalid free",
            Self::InvalidLaunch => "invalid launch",
        })
    }
}

/// The thread and the instruction at which a fault was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub kernel: String,
    pub block: [u32; 3],
    pub thread: [u32; 3],
    /// Line of the PTX text, from 1.
    pub line: u32,
    /// The instruction as it stands in the PTX text.
    pub instruction: String,
}

/// One broken rule. A fault that repeats at the same instruction is counted, not repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// `None` for what the host did: copies, frees, launches.
    pub site: Option<Box<Site>>,
    /// The address of the access, in the space of the instruction.
    pub address: Option<u64>,
    /// What was touched, how large the access was, and who else was there.
    pub detail: String,
    /// How often this kind was found at this instruction during the launch.
    pub count: u64,
}

impl Fault {
    /// A fault of the host.
    pub fn host(kind: FaultKind, address: Option<u64>, detail: impl Into<String>) -> Self {
        Self {
            kind,
            site: None,
            address,
            detail: detail.into(),
            count: 1,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(address) = self.address {
            write!(f, " at {address:#x}")?;
        }
        write!(f, ": {}", self.detail)?;
        if let Some(site) = &self.site {
            let [bx, by, bz] = site.block;
            let [tx, ty, tz] = site.thread;
            write!(
                f,
                " [{} block ({bx},{by},{bz}) thread ({tx},{ty},{tz}), PTX line {}: {}]",
                site.kernel, site.line, site.instruction
            )?;
        }
        if self.count > 1 {
            write!(f, " ({} times)", self.count)?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
