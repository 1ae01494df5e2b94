//! What the stand-in saw.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Calls;

/// All that happened since the stand-in was installed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What is wrong in the program under test, in the order found.
    pub faults: Vec<Fault>,
    /// How many faults were found beyond those listed.
    pub faults_dropped: u64,
    /// What is alive now, and what was alive when its context was destroyed.
    pub leaks: Vec<Leak>,
    /// How often each entry point was called.
    pub calls: BTreeMap<String, u64>,
    /// Kernels run to their end or to a fault.
    pub launches: u64,
    /// Instructions interpreted, counted per warp, of launches without a fault.
    pub instructions: u64,
    /// The same for each kernel by itself.
    pub kernels: BTreeMap<String, KernelReport>,
    /// Bytes copied.
    pub copied: CopiedBytes,
    /// By ordinal.
    pub devices: Vec<DeviceReport>,
}

impl Report {
    /// How many calls of a set there were.
    pub fn count(&self, calls: &Calls) -> u64 {
        let of_the_set = self.calls.iter().filter(|(name, _)| calls.contains(name));
        of_the_set.map(|(_, count)| count).sum()
    }
}

/// One kernel's launches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelReport {
    /// How often it was launched and ran.
    pub launches: u64,
    /// Instructions interpreted, counted per warp, of launches without a fault.
    pub instructions: u64,
}

/// Bytes copied, by direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiedBytes {
    /// Bytes from host to device.
    pub host_to_device: u64,
    /// Bytes from device to host.
    pub device_to_host: u64,
    /// Bytes between device addresses.
    pub device_to_device: u64,
}

/// One device's memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// Bytes allocated now.
    pub allocated_bytes: u64,
    /// The most that was allocated at once, in bytes.
    pub peak_bytes: u64,
}

/// One thing that is wrong in the program under test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What kind of wrong.
    pub kind: FaultKind,
    /// The call or the kernel in which it was found.
    pub operation: String,
    /// Where in a kernel, for what a kernel did.
    pub site: Option<Site>,
    /// The address concerned.
    pub address: Option<u64>,
    /// The whole story in a sentence or two.
    pub message: String,
}

/// A place in a running kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The entry point.
    pub kernel: String,
    /// Block index in the grid.
    pub block: [u32; 3],
    /// Thread index in the block.
    pub thread: [u32; 3],
    /// Line of the module's PTX text, from 1.
    pub line: u32,
    /// That line.
    pub instruction: String,
}

/// The kinds of fault, those of kernels first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FaultKind {
    /// A kernel touched memory that is no allocation's.
    OutOfBounds,
    /// A kernel touched memory that was freed.
    UseAfterFree,
    /// A kernel's access is not a multiple of its size.
    Misaligned,
    /// Memory was read, or copied to the host, that nothing wrote.
    UninitialisedRead,
    /// A kernel wrote to constant memory or to its parameters.
    ReadOnly,
    /// Two threads of a block touched a word, one of them writing, with no barrier between.
    RaceInBlock,
    /// Two blocks of a launch touched a word, one of them writing, and not both atomically.
    RaceBetweenBlocks,
    /// Not all threads of a block met at a barrier.
    Barrier,
    /// A kernel did not come to an end.
    EndlessLoop,
    /// A kernel divided by zero.
    DivisionByZero,
    /// A kernel stopped itself.
    Trap,
    /// A launch that no device accepts.
    InvalidLaunch,
    /// PTX text that the interpreter cannot read.
    InvalidProgram,
    /// Memory was used on two streams with no order between them.
    StreamRace,
    /// Memory was used on one stream after, or unordered with, its freeing on another.
    UseAfterFreeAcrossStreams,
    /// Memory was freed twice.
    DoubleFree,
    /// What was freed was never allocated.
    InvalidFree,
    /// A copy or fill reaches beyond its allocation.
    CopyOutOfRange,
    /// The host changed pinned memory while a copy from it was pending.
    PinnedChanged,
    /// Pinned memory was given back while a copy of it was pending.
    PinnedFreedInUse,
    /// A module was unloaded while a kernel of its was pending.
    ModuleUnloadedInUse,
    /// A handle was used that names nothing, or something destroyed.
    InvalidHandle,
    /// The stand-in itself failed.
    Internal,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:?} in {}: {}",
            self.kind, self.operation, self.message
        )?;
        if let Some(address) = self.address {
            write!(out, " (address {address:#x})")?;
        }
        if let Some(site) = &self.site {
            write!(
                out,
                "\n  at {} block {:?} thread {:?}, PTX line {}: {}",
                site.kernel, site.block, site.thread, site.line, site.instruction
            )?;
        }
        Ok(())
    }
}

/// Something that was made and not given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// What it is.
    pub kind: LeakKind,
    /// Its address or handle.
    pub handle: u64,
    /// Bytes, for memory.
    pub bytes: u64,
    /// Whether it went down with its context, rather than being alive now.
    pub lost_with_context: bool,
}

/// What can leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeakKind {
    /// An allocation of device memory.
    DeviceMemory,
    /// Pinned or registered host memory.
    HostMemory,
    /// A stream.
    Stream,
    /// An event.
    Event,
    /// A loaded module.
    Module,
    /// A linker.
    Linker,
    /// A memory pool.
    Pool,
    /// A context, or a reference to a device's primary one.
    Context,
}

impl fmt::Display for Leak {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} {:#x}", self.kind, self.handle)?;
        if self.bytes > 0 {
            write!(out, " of {} bytes", self.bytes)?;
        }
        if self.lost_with_context {
            write!(out, ", lost with its context")?;
        }
        Ok(())
    }
}
