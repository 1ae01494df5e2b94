//! Modules loaded into a device.

use std::collections::HashMap;
use std::sync::Arc;

use super::decode::{decode, Code};
use super::{Fault, LoadError, Memory, Symbol};
use crate::ptx::{Entry, Module, Space};

/// A module loaded into the memory of a device: its variables placed, its entries decoded.
#[derive(Debug)]
pub struct Program {
    module: Arc<Module>,
    /// Address of each variable of the module.
    addresses: Vec<u64>,
    code: HashMap<String, Code>,
}

impl Program {
    /// Places the variables of `module` in `memory` and decodes every entry.
    pub fn load(module: Arc<Module>, memory: &Memory) -> Result<Self, LoadError> {
        let mut program = Self {
            module,
            addresses: Vec::new(),
            code: HashMap::new(),
        };
        match program.fill(memory) {
            Ok(()) => Ok(program),
            Err(error) => {
                // Nothing else has these addresses yet: they are live.
                let _ = program.unload(memory);
                Err(error)
            }
        }
    }

    fn fill(&mut self, memory: &Memory) -> Result<(), LoadError> {
        let module = &self.module;
        for variable in &module.variables {
            let read_only = variable.space == Space::Const;
            // What has no initial value is zero.
            let mut initial = variable.initial.clone();
            initial.resize(variable.bytes as usize, 0);
            let name = &variable.name;
            let address = memory.allocate_as(variable.bytes, name, read_only, &initial)?;
            self.addresses.push(address);
        }
        for entry in &module.entries {
            let code = decode(module, entry, &self.addresses).map_err(|error| {
                let found = &module.functions[error.function].instructions;
                let instruction = found.get(error.instruction);
                LoadError::Program {
                    line: instruction.map_or(0, |i| i.line),
                    text: instruction.map_or_else(String::new, |i| module.instruction_text(i)),
                    detail: error.detail,
                }
            })?;
            self.code.insert(entry.name.clone(), code);
        }
        Ok(())
    }

    /// Frees the variables.
    pub fn unload(self, memory: &Memory) -> Result<(), Fault> {
        self.addresses
            .iter()
            .try_for_each(|&address| memory.free(address))
    }

    pub fn module(&self) -> &Module {
        &self.module
    }

    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.module.entry(name)
    }

    /// A `.global` or `.const` variable by name.
    pub fn symbol(&self, name: &str) -> Option<Symbol> {
        let mut variables = self.module.variables.iter().zip(&self.addresses);
        variables
            .find(|(variable, _)| variable.name == name)
            .map(|(variable, &address)| Symbol {
                address,
                bytes: variable.bytes,
            })
    }

    pub(super) fn code(&self, entry: &str) -> Option<(&Entry, &Code)> {
        Some((self.module.entry(entry)?, self.code.get(entry)?))
    }

    /// Line and text of an instruction.
    pub(super) fn origin(&self, code: &Code, origin: u32) -> (u32, String) {
        let found = code.origins.get(origin as usize).and_then(|origin| {
            let function = self.module.functions.get(origin.function as usize)?;
            function.instructions.get(origin.instruction as usize)
        });
        found.map_or_else(
            || (0, String::new()),
            |i| (i.line, self.module.instruction_text(i)),
        )
    }
}
