//! PTX text read into modules: entries, functions and variables, every instruction resolved.
//!
//! Reference: NVIDIA, *Parallel Thread Execution ISA*, version 8.0.

mod module;

pub use module::{Entry, Module, Param, ParseError, Space, Variable};
