//! Registers for the values of a plan.

use super::plan::Instruction;
use crate::program::Operand;

/// Puts values, of which there are so many, into registers; what was the number of a value becomes that of
/// its register. Returns how many registers there are.
pub(in crate::cpu::avx512) fn allocate(
    instructions: &mut [Instruction],
    outputs: &mut [Operand],
    values: usize,
) -> usize {
    let mut allocation = Allocation::new(instructions, outputs, values);
    for (index, instruction) in instructions.iter_mut().enumerate() {
        allocation.assign(index, instruction);
    }
    for output in outputs {
        allocation.rename(output);
    }
    allocation.registers
}

/// Which registers hold which values, as far as instructions have been gone through.
struct Allocation {
    /// For each value, the last instruction that reads it; outputs are read at the end.
    last_use: Vec<usize>,
    place: Vec<u32>,
    free: Vec<u32>,
    registers: usize,
}

impl Allocation {
    fn new(instructions: &[Instruction], outputs: &[Operand], values: usize) -> Self {
        let mut last_use = vec![0; values];
        for (index, instruction) in instructions.iter().enumerate() {
            for value in values_read(instruction) {
                last_use[value as usize] = index;
            }
        }
        for output in outputs {
            if let Operand::Register(value) = output {
                last_use[*value as usize] = usize::MAX;
            }
        }
        Self {
            last_use,
            place: vec![0; values],
            free: Vec::new(),
            registers: 0,
        }
    }

    fn assign(&mut self, index: usize, instruction: &mut Instruction) {
        let mut read = values_read(instruction);
        match instruction {
            Instruction::Reduce(value) => *value = self.place[*value as usize],
            Instruction::Load { to, .. } => *to = self.written(*to),
            Instruction::Sum {
                products,
                terms,
                to,
                ..
            } => {
                for term in products.iter_mut().chain(terms) {
                    self.rename(&mut term.a);
                    term.b.iter_mut().for_each(|b| self.rename(b));
                }
                // Taken before those that are read are given back.
                *to = self.written(*to);
            }
        }
        read.sort_unstable();
        read.dedup();
        read.retain(|value| self.last_use[*value as usize] == index);
        self.free
            .extend(read.iter().map(|value| self.place[*value as usize]));
    }

    /// A register for a new value.
    fn written(&mut self, value: u32) -> u32 {
        let register = self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers as u32 - 1
        });
        self.place[value as usize] = register;
        register
    }

    fn rename(&self, operand: &mut Operand) {
        if let Operand::Register(value) = operand {
            *value = self.place[*value as usize];
        }
    }
}

fn values_read(instruction: &Instruction) -> Vec<u32> {
    match instruction {
        Instruction::Load { .. } => Vec::new(),
        Instruction::Reduce(value) => vec![*value],
        Instruction::Sum {
            products, terms, ..
        } => {
            let operands = products.iter().chain(terms);
            let operands = operands.flat_map(|term| [Some(term.a), term.b]).flatten();
            let values = operands.filter_map(|operand| match operand {
                Operand::Register(value) => Some(value),
                _ => None,
            });
            values.collect()
        }
    }
}
