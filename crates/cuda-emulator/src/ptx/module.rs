//! What a PTX text declares.

use std::sync::Arc;

use thiserror::Error;

use super::instruction::{Function, Instruction};

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

impl ParseError {
    pub(super) fn new(line: u32, text: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            line,
            text: text.into(),
            detail: detail.into(),
        }
    }
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

/// A `.shared` variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SharedVariable {
    pub name: String,
    pub bytes: u32,
    pub align: u32,
    /// Its size is the launch's dynamic shared memory.
    pub dynamic: bool,
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
    /// Its body: an index into the module's functions.
    pub(crate) function: usize,
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
    pub(crate) shared: Vec<SharedVariable>,
    pub(crate) functions: Vec<Function>,
    pub(super) text: Arc<str>,
}

impl Module {
    /// Reads a PTX text. The first statement that is not understood is the error.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        super::parse::parse(text)
    }

    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.name == name)
    }

    pub(crate) fn function(&self, name: &str) -> Option<usize> {
        self.functions.iter().position(|f| f.name == name)
    }

    /// An instruction as it is written, blanks brought together.
    pub(crate) fn instruction_text(&self, instruction: &Instruction) -> String {
        let range = instruction.span.start as usize..instruction.span.end as usize;
        let text = self.text.get(range).unwrap_or("");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The functions that a function calls, itself first, each once.
    pub(crate) fn reachable(&self, function: usize) -> Vec<usize> {
        let mut found = vec![function];
        let mut next = 0;
        while let Some(&at) = found.get(next) {
            let calls = self.functions[at].instructions.iter();
            for call in calls.filter_map(|i| i.call.as_ref()) {
                if let Some(callee) = self.function(&call.callee) {
                    if !found.contains(&callee) {
                        found.push(callee);
                    }
                }
            }
            next += 1;
        }
        found
    }
}
