//! What a PTX text declares.

use thiserror::Error;

/// A text that is not PTX, or an instruction that the machine does not have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("PTX line {line}: {detail}: {text}")]
pub struct ParseError {
    /// Line of the text, from 1.
    pub line: u32,
    /// The statement.
    pub text: String,
    pub detail: String,
}

/// State spaces of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    Generic,
    Global,
    Const,
    Shared,
    Local,
    Param,
}

/// A parameter of an entry; its place in the parameter block of a launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    pub name: String,
    pub bytes: u32,
    pub align: u32,
    pub offset: u32,
}

/// A variable of module scope, `.global` or `.const`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub space: Space,
    pub bytes: u64,
    pub align: u32,
    /// Initial bytes; those beyond its end are zero.
    pub initial: Vec<u8>,
}

/// A kernel that can be launched.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: String,
    pub params: Vec<Param>,
    /// Static shared memory of the entry and the functions it calls, in bytes.
    pub shared_bytes: u32,
    /// Local memory of a thread, in bytes.
    pub local_bytes: u32,
    /// `.maxntid`, or `.reqntid`: the most threads of a block.
    pub max_threads: Option<u32>,
    /// `.reqntid`: the one block shape that may be launched.
    pub required_block: Option<[u32; 3]>,
}

impl Entry {
    /// Size of the parameter block.
    pub fn param_bytes(&self) -> u32 {
        self.params.last().map_or(0, |p| p.offset + p.bytes)
    }
}

/// A PTX text, parsed.
#[derive(Clone, Debug)]
pub struct Module {
    /// `.version`
    pub version: (u32, u32),
    /// `.target`
    pub target: String,
    pub entries: Vec<Entry>,
    /// Variables of module scope in global and constant memory.
    pub variables: Vec<Variable>,
}

impl Module {
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let _ = text;
        todo!()
    }

    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.name == name)
    }
}
