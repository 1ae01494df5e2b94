//! Instructions with their operands, over the virtual registers of a function.

use std::ops::Range;

use super::operation::{Operation, Width};

/// A virtual register: an index into [`Function::registers`].
pub(crate) type Register = u32;

/// `@p` or `@!p`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    pub predicate: Register,
    pub negated: bool,
}

/// Values that the machine provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Special {
    /// `%tid`, by axis.
    Thread(u8),
    /// `%ntid`
    BlockShape(u8),
    /// `%ctaid`
    Block(u8),
    /// `%nctaid`
    GridShape(u8),
    Lane,
    Warp,
    Warps,
    LaneMask(LaneMask),
    DynamicShared,
    /// `%smid` and `%gridid`: any value is right.
    Zero,
    /// `%nsmid`
    One,
}

/// The lanes equal to, before or after a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LaneMask {
    Equal,
    Below,
    UpTo,
    Above,
    From,
}

/// Where a name of the program lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// An index into [`Module::variables`](super::Module::variables).
    Variable(u32),
    /// An index into the module's shared variables.
    Shared(u32),
    /// An offset into the local memory of the function.
    Local(u32),
    /// An offset into the parameters of the entry.
    Param(u32),
    /// An offset into the frame of the function.
    Frame(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Register(Register),
    /// A predicate, negated.
    Negated(Register),
    Constant(u64),
    Special(Special),
    /// The address of a name, and a distance from it.
    Address(Place, i64),
}

/// An operand that is read, and the width it is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub operand: Operand,
    pub width: Width,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub base: Operand,
    /// Whether the base is a register of 32 bits.
    pub narrow: bool,
    pub offset: i64,
}

/// A call: whole parameters of the caller's frame go to the callee's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub callee: String,
    pub arguments: Vec<Range<u32>>,
    pub results: Vec<Range<u32>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Instruction {
    pub operation: Operation,
    pub guard: Option<Guard>,
    /// `None` where PTX has `_`.
    pub destinations: Vec<Option<Register>>,
    pub sources: Vec<Source>,
    pub address: Option<Address>,
    /// Instructions that a branch may go to, as indices.
    pub targets: Vec<u32>,
    pub call: Option<Box<Call>>,
    /// Line of the text, from 1, and the statement's bytes.
    pub line: u32,
    pub span: Range<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct RegisterInfo {
    pub name: String,
    pub width: Width,
}

/// The body of an entry or of a device function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Function {
    pub name: String,
    pub registers: Vec<RegisterInfo>,
    pub instructions: Vec<Instruction>,
    /// Local memory of a thread, in bytes.
    pub local_bytes: u32,
    /// Bytes of the frame: parameters, results, and those of the functions it calls.
    pub frame_bytes: u32,
    /// Parameters and results in the frame. An entry has its parameters elsewhere.
    pub parameters: Vec<Range<u32>>,
    pub results: Vec<Range<u32>>,
    /// Shared variables it names, as indices.
    pub shared: Vec<u32>,
}
