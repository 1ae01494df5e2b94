//! Instructions of the text turned into those of the machine.

mod operands;
mod parameters;

use super::allocate::allocate;
use super::constants::Pool;
use super::flow::{analyse, Flow};
use super::{
    Action, Code, DecodeError, Instruction, Origin, SharedLayout, Slot, ALWAYS, SPARE_PREDICATE,
};
use crate::ptx::instruction::{self as ptx, Function, Operand, Place};
use crate::ptx::operation::{Operation, Width};
use crate::ptx::{Entry, Module, Space};
use operands::slot;

/// A function with its places in the memories of a warp.
struct Part<'a> {
    function: &'a Function,
    number: usize,
    flow: Flow,
    slots: Vec<usize>,
    /// Watched registers by their number.
    watched: Vec<Option<u32>>,
    frame: u32,
    local: u32,
    /// Where its instructions begin, once they are lowered.
    start: u32,
}

struct Lowering<'a> {
    module: &'a Module,
    addresses: &'a [u64],
    shared: SharedLayout,
    narrow: Pool,
    wide: Pool,
    /// First slots of spare registers and constants.
    ends: [usize; 3],
    instructions: Vec<Instruction>,
    targets: Vec<u32>,
    origins: Vec<Origin>,
    /// Calls and the functions they go to.
    calls: Vec<(usize, String)>,
}

type Result<T> = std::result::Result<T, String>;

pub(super) fn lower(
    module: &Module,
    entry: &Entry,
    addresses: &[u64],
) -> std::result::Result<Code, DecodeError> {
    let error = |function: usize, instruction: usize, detail: String| DecodeError {
        function,
        instruction,
        detail,
    };
    let whole = |detail: &str| error(entry.function, 0, detail.to_owned());
    let reachable = module.reachable(entry.function);
    if recurses(module, &reachable) {
        return Err(whole("recursion is not known"));
    }
    let mut parts = Vec::new();
    let mut watched = Vec::new();
    let mut ends = [usize::from(SPARE_PREDICATE) + 1, 0, 0];
    let (mut frame, mut local) = (0, 0);
    for &number in &reachable {
        let part = place(&module.functions[number], number, &mut ends, &mut watched);
        let function = part.function;
        parts.push(Part {
            frame,
            local,
            ..part
        });
        frame += function.frame_bytes.next_multiple_of(16);
        local += function.local_bytes.next_multiple_of(16);
    }
    let shared = reachable.iter().flat_map(|&f| &module.functions[f].shared);
    let mut lowering = Lowering {
        module,
        addresses,
        shared: SharedLayout::new(module, shared.copied().collect()),
        narrow: Pool::default(),
        wide: Pool::default(),
        ends,
        instructions: Vec::new(),
        targets: Vec::new(),
        origins: Vec::new(),
        calls: Vec::new(),
    };
    for number in 0..parts.len() {
        parts[number].start = lowering.instructions.len() as u32;
        let is_entry = number == 0;
        let places: Vec<(&str, &Function, u32)> = parts
            .iter()
            .map(|p| (p.function.name.as_str(), p.function, p.frame))
            .collect();
        lowering
            .function(&parts[number], is_entry, &places)
            .map_err(|(at, detail)| error(parts[number].number, at, detail))?;
    }
    for (at, callee) in std::mem::take(&mut lowering.calls) {
        let callee = parts.iter().find(|p| p.function.name == callee);
        let start = callee.map_or(0, |p| p.start);
        lowering.instructions[at].target = start;
    }
    let too_many = || whole("more registers than the machine has");
    let narrow_constants = lowering.narrow.slots(ends[1] + 1).ok_or_else(too_many)?;
    let wide_constants = lowering.wide.slots(ends[2] + 1).ok_or_else(too_many)?;
    if ends[0] > usize::from(Slot::MAX) {
        return Err(too_many());
    }
    Ok(Code {
        instructions: lowering.instructions,
        targets: lowering.targets,
        origins: lowering.origins,
        watched,
        predicates: ends[0],
        narrow: ends[1] + 1 + narrow_constants.len(),
        wide: ends[2] + 1 + wide_constants.len(),
        narrow_constants,
        wide_constants,
        frame_words: frame.div_ceil(4) as usize,
        local_bytes: local,
        shared: lowering.shared,
    })
}

/// Whether a function can come to call itself.
fn recurses(module: &Module, reachable: &[usize]) -> bool {
    reachable.iter().any(|&function| {
        let calls = module.functions[function].instructions.iter();
        calls
            .filter_map(|i| module.function(&i.call.as_ref()?.callee))
            .any(|callee| module.reachable(callee).contains(&function))
    })
}

/// Gives a function its slots, after those given already.
fn place<'a>(
    function: &'a Function,
    number: usize,
    ends: &mut [usize; 3],
    names: &mut Vec<String>,
) -> Part<'a> {
    let flow = analyse(function);
    let (slots, after) = allocate(&function.registers, &flow.lives, *ends);
    *ends = after;
    let mut watched = vec![None; function.registers.len()];
    for &(_, register) in &flow.doubtful {
        watched[register as usize].get_or_insert_with(|| {
            names.push(function.registers[register as usize].name.clone());
            names.len() as u32 - 1
        });
    }
    Part {
        function,
        number,
        flow,
        slots,
        watched,
        frame: 0,
        local: 0,
        start: 0,
    }
}

impl Lowering<'_> {
    fn function(
        &mut self,
        part: &Part<'_>,
        is_entry: bool,
        places: &[(&str, &Function, u32)],
    ) -> std::result::Result<(), (usize, String)> {
        let mut starts = Vec::with_capacity(part.function.instructions.len() + 1);
        let first = self.instructions.len();
        let mut doubtful = part.flow.doubtful.iter().peekable();
        for (at, instruction) in part.function.instructions.iter().enumerate() {
            starts.push(self.instructions.len() as u32);
            self.origins.push(Origin {
                function: part.number as u32,
                instruction: at as u32,
            });
            while let Some(&(_, register)) = doubtful.next_if(|(i, _)| *i == at) {
                if let Some(watched) = part.watched[register as usize] {
                    self.emit(part, instruction, Action::CheckRegister(watched))
                        .map_err(|e| (at, e))?;
                }
            }
            for &register in instruction.destinations.iter().flatten() {
                if let Some(watched) = part.watched[register as usize] {
                    self.emit(part, instruction, Action::MarkRegister(watched))
                        .map_err(|e| (at, e))?;
                }
            }
            self.instruction(part, instruction, is_entry, places)
                .map_err(|e| (at, e))?;
        }
        // What runs off the end of a body returns.
        starts.push(self.instructions.len() as u32);
        let last = part.function.instructions.len();
        self.origins.push(Origin {
            function: part.number as u32,
            instruction: last.saturating_sub(1) as u32,
        });
        self.instructions.push(Instruction {
            origin: self.origins.len() as u32 - 1,
            ..Instruction::new(Action::Ptx(if is_entry {
                Operation::Exit
            } else {
                Operation::Return
            }))
        });
        for instruction in &mut self.instructions[first..] {
            match instruction.action {
                Action::Ptx(Operation::Branch) => {
                    instruction.target = starts[instruction.target as usize];
                }
                Action::Ptx(Operation::BranchIndexed) => {
                    let from = instruction.target as usize;
                    for target in &mut self.targets[from..from + instruction.offset as usize] {
                        *target = starts[*target as usize];
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn instruction(
        &mut self,
        part: &Part<'_>,
        instruction: &ptx::Instruction,
        is_entry: bool,
        places: &[(&str, &Function, u32)],
    ) -> Result<()> {
        match instruction.operation {
            Operation::Load(access) if access.space == Space::Param => {
                let address = instruction.address.as_ref();
                match address.map(|a| (a.base, a.offset)) {
                    Some((Operand::Address(Place::Param(start), more), offset)) => {
                        return self.param(part, instruction, access, start, more + offset);
                    }
                    Some(_) => {
                        self.emit(part, instruction, Action::Ptx(instruction.operation))?;
                    }
                    None => return Err("an address is missing".to_owned()),
                }
            }
            Operation::Return if is_entry => {
                self.emit(part, instruction, Action::Ptx(Operation::Exit))?;
            }
            Operation::FrameLoad {
                scalar,
                count,
                offset,
            } => {
                let offset = offset + part.frame;
                let operation = Operation::FrameLoad {
                    scalar,
                    count,
                    offset,
                };
                self.emit(part, instruction, Action::Ptx(operation))?;
            }
            Operation::FrameStore {
                scalar,
                count,
                offset,
            } => {
                let offset = offset + part.frame;
                let operation = Operation::FrameStore {
                    scalar,
                    count,
                    offset,
                };
                self.emit(part, instruction, Action::Ptx(operation))?;
            }
            Operation::Call => self.call(part, instruction, places)?,
            Operation::Hint => {}
            operation => {
                self.emit(part, instruction, Action::Ptx(operation))?;
            }
        }
        Ok(())
    }

    /// An instruction with its guard and its place, without operands.
    fn base(
        &self,
        part: &Part<'_>,
        instruction: &ptx::Instruction,
        action: Action,
    ) -> Result<Instruction> {
        let mut lowered = Instruction::new(action);
        lowered.origin = self.origins.len() as u32 - 1;
        if let Some(guard) = instruction.guard {
            lowered.guard = slot(part.slots[guard.predicate as usize])?;
            lowered.guard_negated = guard.negated;
        }
        Ok(lowered)
    }

    /// Appends an instruction, with operands if it is one of PTX; where it stands.
    fn emit(
        &mut self,
        part: &Part<'_>,
        instruction: &ptx::Instruction,
        action: Action,
    ) -> Result<usize> {
        let mut lowered = self.base(part, instruction, action)?;
        if let Action::Ptx(operation) = action {
            self.operands(part, instruction, operation, &mut lowered)?;
        }
        self.instructions.push(lowered);
        Ok(self.instructions.len() - 1)
    }
}

impl Instruction {
    fn new(action: Action) -> Self {
        Self {
            action,
            guard: ALWAYS,
            guard_negated: false,
            negated: 0,
            width: Width::W32,
            narrow_address: false,
            destinations: [0; 4],
            sources: [0; 4],
            address: 0,
            offset: 0,
            target: 0,
            has_second: false,
            has_result: false,
            origin: 0,
        }
    }
}
