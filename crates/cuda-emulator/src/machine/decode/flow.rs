//! Control flow of a function: where registers live, and where they may be read before they are
//! written. Both by iteration to a fixed point over basic blocks (Aho, Lam, Sethi, Ullman,
//! *Compilers*, section 9.2).
//!
//! The analysis is that of one thread. It holds for a warp as well: a lane's part of a slot is
//! written by that lane alone.

use std::ops::Range;

use crate::ptx::instruction::{Function, Instruction, Operand, Register};
use crate::ptx::operation::Operation;

/// A set of registers.
#[derive(Clone, PartialEq, Eq)]
struct Registers(Vec<u64>);

impl Registers {
    fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn all(count: usize) -> Self {
        Self(vec![u64::MAX; count.div_ceil(64)])
    }

    fn contains(&self, register: Register) -> bool {
        self.0[register as usize / 64] >> (register % 64) & 1 != 0
    }

    fn insert(&mut self, register: Register) {
        self.0[register as usize / 64] |= 1 << (register % 64);
    }

    fn remove(&mut self, register: Register) {
        self.0[register as usize / 64] &= !(1 << (register % 64));
    }

    fn union(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    fn intersect(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    fn iter(&self) -> impl Iterator<Item = Register> + '_ {
        self.0.iter().enumerate().flat_map(|(n, &word)| {
            std::iter::successors((word != 0).then_some(word), |w| {
                let rest = w & (w - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |w| n as Register * 64 + w.trailing_zeros())
        })
    }
}

/// Registers that an instruction reads, its guard among them.
pub(super) fn uses(instruction: &Instruction) -> impl Iterator<Item = Register> + '_ {
    let address = instruction.address.iter().map(|a| &a.base);
    let guard = instruction.guard.iter().map(|g| g.predicate);
    instruction
        .sources
        .iter()
        .map(|s| &s.operand)
        .chain(address)
        .filter_map(|operand| match operand {
            Operand::Register(register) | Operand::Negated(register) => Some(*register),
            _ => None,
        })
        .chain(guard)
}

pub(super) fn definitions(instruction: &Instruction) -> impl Iterator<Item = Register> + '_ {
    instruction.destinations.iter().copied().flatten()
}

/// Whether control may go on to the next instruction.
fn falls_through(instruction: &Instruction) -> bool {
    let leaves = matches!(
        instruction.operation,
        Operation::Branch | Operation::BranchIndexed | Operation::Return | Operation::Exit
    );
    !leaves || instruction.guard.is_some()
}

struct Block {
    range: Range<usize>,
    successors: Vec<usize>,
}

/// Blocks in the order of the text.
fn blocks(function: &Function) -> Vec<Block> {
    let instructions = &function.instructions;
    let mut starts = vec![false; instructions.len() + 1];
    starts[0] = true;
    for (at, instruction) in instructions.iter().enumerate() {
        let ends = !instruction.targets.is_empty() || !falls_through(instruction);
        starts[at + 1] |= ends;
        for &target in &instruction.targets {
            starts[target as usize] = true;
        }
    }
    let leaders: Vec<usize> = (0..instructions.len()).filter(|&at| starts[at]).collect();
    let block_of = |at: usize| leaders.partition_point(|&leader| leader <= at) - 1;
    let ends = leaders.iter().skip(1).copied().chain([instructions.len()]);
    leaders
        .iter()
        .zip(ends)
        .map(|(&start, end)| {
            let last = &instructions[end - 1];
            let mut successors: Vec<usize> = last
                .targets
                .iter()
                .map(|&t| t as usize)
                .chain(falls_through(last).then_some(end))
                .filter(|&at| at < instructions.len())
                .map(block_of)
                .collect();
            successors.sort_unstable();
            successors.dedup();
            Block {
                range: start..end,
                successors,
            }
        })
        .collect()
}

/// The stretch over which a register's slot must not be given to another. Instruction `i` reads
/// at `2 i` and writes at `2 i + 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub first: usize,
    pub last: usize,
}

pub(super) struct Flow {
    /// For each register that is used at all.
    pub lives: Vec<Option<Life>>,
    /// For each instruction, the registers it may read before anything has written them.
    pub doubtful: Vec<(usize, Register)>,
}

pub(super) fn analyse(function: &Function) -> Flow {
    let blocks = blocks(function);
    Flow {
        lives: lives(function, &blocks),
        doubtful: doubtful(function, &blocks),
    }
}

fn lives(function: &Function, blocks: &[Block]) -> Vec<Option<Life>> {
    let count = function.registers.len();
    let instructions = &function.instructions;
    // Backwards through one block: what is live before it, given what is live after.
    let through = |block: &Block, live: &mut Registers| {
        for instruction in instructions[block.range.clone()].iter().rev() {
            if instruction.guard.is_none() {
                definitions(instruction).for_each(|r| live.remove(r));
            } else {
                definitions(instruction).for_each(|r| live.insert(r));
            }
            uses(instruction).for_each(|r| live.insert(r));
        }
    };
    let mut before: Vec<Registers> = vec![Registers::none(count); blocks.len()];
    let after = |block: &Block, before: &[Registers]| {
        let mut live = Registers::none(count);
        for &successor in &block.successors {
            live.union(&before[successor]);
        }
        live
    };
    loop {
        let mut changed = false;
        for (number, block) in blocks.iter().enumerate().rev() {
            let mut live = after(block, &before);
            through(block, &mut live);
            changed |= live != before[number];
            before[number] = live;
        }
        if !changed {
            break;
        }
    }
    let mut lives: Vec<Option<Life>> = vec![None; count];
    let mut extend = |register: Register, at: usize| {
        let life = lives[register as usize].get_or_insert(Life {
            first: at,
            last: at,
        });
        life.first = life.first.min(at);
        life.last = life.last.max(at);
    };
    for (number, block) in blocks.iter().enumerate() {
        let first = 2 * block.range.start;
        before[number].iter().for_each(|r| extend(r, first));
        let live = after(block, &before);
        live.iter().for_each(|r| extend(r, 2 * block.range.end));
        for at in block.range.clone() {
            let instruction = &instructions[at];
            definitions(instruction).for_each(|r| extend(r, 2 * at + 1));
            uses(instruction).for_each(|r| extend(r, 2 * at));
        }
    }
    lives
}

fn doubtful(function: &Function, blocks: &[Block]) -> Vec<(usize, Register)> {
    let count = function.registers.len();
    let instructions = &function.instructions;
    let mut predecessors = vec![Vec::new(); blocks.len()];
    for (number, block) in blocks.iter().enumerate() {
        for &successor in &block.successors {
            predecessors[successor].push(number);
        }
    }
    // Written on every path to the end of a block; a block not reached yet holds nothing back.
    let mut written: Vec<Registers> = vec![Registers::all(count); blocks.len()];
    let start = |number: usize, written: &[Registers]| {
        if number == 0 {
            return Registers::none(count);
        }
        let mut set = Registers::all(count);
        for &predecessor in &predecessors[number] {
            set.intersect(&written[predecessor]);
        }
        set
    };
    loop {
        let mut changed = false;
        for (number, block) in blocks.iter().enumerate() {
            let mut set = start(number, &written);
            for instruction in &instructions[block.range.clone()] {
                if instruction.guard.is_none() {
                    definitions(instruction).for_each(|r| set.insert(r));
                }
            }
            changed |= set != written[number];
            written[number] = set;
        }
        if !changed {
            break;
        }
    }
    let mut doubtful = Vec::new();
    for (number, block) in blocks.iter().enumerate() {
        let mut set = start(number, &written);
        for at in block.range.clone() {
            let instruction = &instructions[at];
            for register in uses(instruction) {
                if !set.contains(register) {
                    doubtful.push((at, register));
                }
            }
            if instruction.guard.is_none() {
                definitions(instruction).for_each(|r| set.insert(r));
            }
        }
    }
    doubtful.sort_unstable();
    doubtful.dedup();
    doubtful
}
