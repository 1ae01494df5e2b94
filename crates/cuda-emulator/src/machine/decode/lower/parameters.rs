//! Parameters of the entry, and those that calls pass on.

use super::operands::slot;
use super::{Lowering, Part, Result};
use crate::machine::decode::allocate::File;
use crate::machine::decode::constants::Constant;
use crate::machine::decode::Action;
use crate::ptx::instruction::{self as ptx, Function};
use crate::ptx::operation::{Access, Operation};

impl Lowering<'_> {
    /// A load of the entry's parameters from a known place: moves from slots that hold them.
    pub(super) fn param(
        &mut self,
        part: &Part<'_>,
        instruction: &ptx::Instruction,
        access: Access,
        start: u32,
        offset: i64,
    ) -> Result<()> {
        let params = self.module.entries.iter().flat_map(|entry| {
            let ours = self.module.functions[entry.function].name == part.function.name;
            entry.params.iter().filter(move |_| ours)
        });
        let end = params
            .filter(|p| p.offset == start)
            .map(|p| p.bytes)
            .next()
            .unwrap_or(0);
        let bytes = access.scalar.bytes();
        if offset < 0 || offset + i64::from(access.bytes()) > i64::from(end) {
            return Err("an access beyond the parameter".to_owned());
        }
        let destinations = instruction.destinations.iter().enumerate();
        for (element, destination) in destinations {
            let Some(register) = *destination else {
                continue;
            };
            let width = part.function.registers[register as usize].width;
            let place = start + offset as u32 + element as u32 * bytes;
            let constant = Constant::param(place, access.scalar);
            let source = match File::of(width) {
                File::Wide => self.wide_constant(constant)?,
                _ => self.narrow_constant(constant)?,
            };
            let mut lowered = self.base(part, instruction, Action::Ptx(Operation::Move(width)))?;
            lowered.destinations[0] = slot(part.slots[register as usize])?;
            lowered.sources[0] = source;
            self.instructions.push(lowered);
        }
        Ok(())
    }

    pub(super) fn call(
        &mut self,
        part: &Part<'_>,
        instruction: &ptx::Instruction,
        places: &[(&str, &Function, u32)],
    ) -> Result<()> {
        let call = instruction.call.as_ref().ok_or("a call of nothing")?;
        let found = places.iter().find(|(name, ..)| *name == call.callee);
        let &(_, callee, frame) = found.ok_or("a call of an unknown function")?;
        let words = |bytes: &std::ops::Range<u32>| (bytes.end - bytes.start).div_ceil(4);
        for (ours, theirs) in call.arguments.iter().zip(&callee.parameters) {
            let copy = Action::CopyFrame {
                to: (frame + theirs.start) / 4,
                from: (part.frame + ours.start) / 4,
                words: words(ours),
            };
            self.emit(part, instruction, copy)?;
        }
        let at = self.emit(part, instruction, Action::Ptx(Operation::Call))?;
        self.calls.push((at, call.callee.clone()));
        for (ours, theirs) in call.results.iter().zip(&callee.results) {
            let copy = Action::CopyFrame {
                to: (part.frame + ours.start) / 4,
                from: (frame + theirs.start) / 4,
                words: words(ours),
            };
            self.emit(part, instruction, copy)?;
        }
        Ok(())
    }
}
