//! PTX text read into modules: entries, functions and variables, every instruction resolved.
//!
//! Reference: NVIDIA, *Parallel Thread Execution ISA*, version 8.0.

mod bind;
mod cursor;
mod function;
pub(crate) mod instruction;
mod lexer;
mod module;
mod operand;
pub(crate) mod operation;
mod parse;
mod scope;
mod variable;

pub use module::{Entry, Module, Param, ParseError, Space, Variable};

/// Where parameters, shared and local memory begin among generic addresses. Below lies nothing,
/// so that a null pointer is found; global memory lies above all of them.
pub(crate) mod window {
    pub const PARAM: u64 = 1 << 23;
    /// Among addresses of parameters, where those of functions begin.
    pub const FRAME: u64 = 1 << 20;
    pub const SHARED: u64 = 1 << 24;
    pub const LOCAL: u64 = 1 << 25;
    pub const END: u64 = 1 << 26;
}
