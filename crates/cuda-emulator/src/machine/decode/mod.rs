//! From virtual registers to code that is ready to run.
//!
//! An entry and the functions it calls become one array of instructions. Virtual registers share
//! slots of the register file as their lives allow, so that the registers of a warp stay in the
//! cache; numbers, special registers and kernel parameters get slots of their own, filled when a
//! block begins, so that every operand is a slot.

mod allocate;
mod constants;
mod flow;
mod lower;

use std::collections::HashMap;

use crate::ptx::operation::{Operation, Width};
use crate::ptx::{Entry, Module};

pub(super) use constants::Constant;

/// A place in a register file: one for predicates, one for up to 32 bits, one for 64.
pub(super) type Slot = u16;

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Ptx(Operation),
    /// Reports the active lanes that have not written the watched register of this number.
    CheckRegister(u32),
    /// Notes that the active lanes have written the watched register of this number.
    MarkRegister(u32),
    /// Copies whole words of the frame: a call's arguments or results.
    CopyFrame {
        to: u32,
        from: u32,
        words: u32,
    },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Instruction {
    pub action: Action,
    /// Slot of the predicate that must hold, or not hold if negated.
    pub guard: Slot,
    pub guard_negated: bool,
    /// Bit `i`: predicate source `i` is negated.
    pub negated: u8,
    /// Width of the elements of a load or store, of the source of a conversion.
    pub width: Width,
    /// Whether the address is a register of 32 bits.
    pub narrow_address: bool,
    pub destinations: [Slot; 4],
    pub sources: [Slot; 4],
    pub address: Slot,
    pub offset: i64,
    /// Where a branch or call goes; for an indexed branch the first of its targets in
    /// [`Code::targets`], their number in `offset`.
    pub target: u32,
    /// Whether there is a second destination, for instructions that may have one.
    pub has_second: bool,
    /// Whether an instruction has a first destination: a reduction has none, an atomic gets the old value.
    pub has_result: bool,
    /// The instruction of the text: an index into [`Code::origins`].
    pub origin: u32,
}

/// An instruction of the text.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub function: u32,
    pub instruction: u32,
}

/// An entry with all it calls, ready to run.
#[derive(Debug)]
pub(super) struct Code {
    pub instructions: Vec<Instruction>,
    pub targets: Vec<u32>,
    pub origins: Vec<Origin>,
    /// Names of registers that may be read before they are written.
    pub watched: Vec<String>,
    /// Sizes of the register files.
    pub predicates: usize,
    pub narrow: usize,
    pub wide: usize,
    /// Slots that are filled when a block begins.
    pub narrow_constants: Vec<(Slot, Constant)>,
    pub wide_constants: Vec<(Slot, Constant)>,
    pub frame_words: usize,
    pub local_bytes: u32,
    pub shared: SharedLayout,
}

/// Slot of the predicate that always holds.
pub(super) const ALWAYS: Slot = 0;
/// A predicate slot nobody reads.
const SPARE_PREDICATE: Slot = 1;

/// Where the shared variables of an entry lie. Between them are red zones.
#[derive(Debug, Default)]
pub(super) struct SharedLayout {
    /// Start, size and name of each variable.
    pub variables: Vec<(u32, u32, String)>,
    /// Where dynamic shared memory begins.
    pub dynamic: u32,
    offsets: HashMap<u32, u32>,
}

/// Bytes between shared variables that no access may touch.
const RED_ZONE: u32 = 64;

impl SharedLayout {
    fn new(module: &Module, mut variables: Vec<u32>) -> Self {
        variables.sort_unstable();
        variables.dedup();
        let mut layout = Self::default();
        let mut end = 0_u32;
        for &variable in &variables {
            let declared = &module.shared[variable as usize];
            if declared.dynamic {
                continue;
            }
            let start = end.next_multiple_of(declared.align.max(4));
            end = start + declared.bytes + RED_ZONE;
            layout.offsets.insert(variable, start);
            let name = declared.name.clone();
            layout.variables.push((start, declared.bytes, name));
        }
        // Every dynamic variable is the same memory, aligned for any access.
        layout.dynamic = end.next_multiple_of(256);
        for &variable in &variables {
            if module.shared[variable as usize].dynamic {
                layout.offsets.insert(variable, layout.dynamic);
            }
        }
        layout
    }

    fn offset(&self, variable: u32) -> u64 {
        self.offsets.get(&variable).copied().map_or(0, u64::from)
    }
}

/// What is wrong with a program: the function, its instruction, and why.
#[derive(Debug)]
pub(super) struct DecodeError {
    pub function: usize,
    pub instruction: usize,
    pub detail: String,
}

/// Decodes an entry, with the addresses at which the module's variables were placed.
pub(super) fn decode(
    module: &Module,
    entry: &Entry,
    addresses: &[u64],
) -> Result<Code, DecodeError> {
    lower::lower(module, entry, addresses)
}
