//! The operands of an instruction: slots of registers, and of constants.

use super::{Lowering, Part, Result};
use crate::machine::decode::allocate::File;
use crate::machine::decode::constants::Constant;
use crate::machine::decode::{Instruction, Slot, ALWAYS, SPARE_PREDICATE};
use crate::ptx::instruction::{self as ptx, Operand, Place, Source};
use crate::ptx::operation::{Operation, Width};
use crate::ptx::window;

impl Lowering<'_> {
    pub(super) fn operands(
        &mut self,
        part: &Part<'_>,
        instruction: &ptx::Instruction,
        operation: Operation,
        lowered: &mut Instruction,
    ) -> Result<()> {
        let element = |destination: &Option<ptx::Register>| {
            destination.map(|r| part.function.registers[r as usize].width)
        };
        lowered.width = match operation {
            Operation::Load(_) | Operation::FrameLoad { .. } => {
                let mut widths = instruction.destinations.iter().filter_map(element);
                let first = widths.next().unwrap_or(Width::W32);
                if widths.any(|w| w != first) {
                    return Err("the elements of a vector differ in width".to_owned());
                }
                first
            }
            Operation::Store(_) | Operation::FrameStore { .. } => {
                let mut widths = instruction.sources.iter().map(|s| s.width);
                let first = widths.next().unwrap_or(Width::W32);
                if widths.any(|w| w != first) {
                    return Err("the elements of a vector differ in width".to_owned());
                }
                first
            }
            _ => instruction.sources.first().map_or(Width::W32, |s| s.width),
        };
        lowered.has_second = matches!(instruction.destinations.get(1), Some(Some(_)));
        lowered.has_result = matches!(instruction.destinations.first(), Some(Some(_)));
        let spare = match instruction.destinations.iter().find_map(element) {
            Some(width) => width,
            None => spare_width(operation),
        };
        for (n, destination) in instruction.destinations.iter().enumerate() {
            lowered.destinations[n] = match destination {
                Some(register) => slot(part.slots[*register as usize])?,
                // The second destination of a shuffle or match is a predicate.
                None if n == 1 && second_is_predicate(operation) => SPARE_PREDICATE,
                None => match File::of(spare) {
                    File::Predicate => SPARE_PREDICATE,
                    File::Narrow => slot(self.ends[1])?,
                    File::Wide => slot(self.ends[2])?,
                },
            };
        }
        if instruction.destinations.len() == 1 && second_is_predicate(operation) {
            lowered.destinations[1] = SPARE_PREDICATE;
        }
        for (n, source) in instruction.sources.iter().enumerate() {
            let (found, negated) = self.source(part, *source)?;
            lowered.sources[n] = found;
            lowered.negated |= u8::from(negated) << n;
        }
        if let Some(address) = &instruction.address {
            let width = if address.narrow {
                Width::W32
            } else {
                Width::W64
            };
            let base = Source {
                operand: address.base,
                width,
            };
            lowered.address = self.source(part, base)?.0;
            lowered.narrow_address = address.narrow;
            lowered.offset = address.offset;
        }
        match operation {
            Operation::Branch => lowered.target = instruction.targets[0],
            Operation::BranchIndexed => {
                lowered.target = self.targets.len() as u32;
                lowered.offset = instruction.targets.len() as i64;
                self.targets.extend_from_slice(&instruction.targets);
            }
            _ => {}
        }
        Ok(())
    }

    /// The slot of a source, and whether it is a negated predicate.
    fn source(&mut self, part: &Part<'_>, source: Source) -> Result<(Slot, bool)> {
        let value = match source.operand {
            Operand::Register(register) => {
                return Ok((slot(part.slots[register as usize])?, false))
            }
            Operand::Negated(register) => return Ok((slot(part.slots[register as usize])?, true)),
            Operand::Special(special) => Constant::Special(special),
            Operand::Constant(value) => Constant::Value(match source.width {
                Width::Predicate => return Ok((ALWAYS, value == 0)),
                Width::W16 => value & 0xffff,
                Width::W32 => value & 0xffff_ffff,
                Width::W64 => value,
            }),
            Operand::Address(place, offset) => {
                let start = match place {
                    Place::Variable(variable) => {
                        let address = self.addresses.get(variable as usize);
                        *address.ok_or("a variable that was not placed")?
                    }
                    Place::Shared(variable) => self.shared.offset(variable),
                    Place::Local(offset) => u64::from(part.local + offset),
                    Place::Param(offset) => u64::from(offset),
                    Place::Frame(offset) => window::FRAME + u64::from(part.frame + offset),
                };
                Constant::Value(start.wrapping_add_signed(offset))
            }
        };
        let slot = match File::of(source.width) {
            File::Wide => self.wide_constant(value)?,
            _ => self.narrow_constant(value)?,
        };
        Ok((slot, false))
    }

    pub(super) fn narrow_constant(&mut self, constant: Constant) -> Result<Slot> {
        slot(self.ends[1] + 1 + self.narrow.number(constant))
    }

    pub(super) fn wide_constant(&mut self, constant: Constant) -> Result<Slot> {
        slot(self.ends[2] + 1 + self.wide.number(constant))
    }
}

/// The number of a slot, if the machine has so many.
pub(super) fn slot(slot: usize) -> Result<Slot> {
    Slot::try_from(slot).map_err(|_| "more registers than the machine has".to_owned())
}

fn second_is_predicate(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::Shuffle(_)
            | Operation::MatchAll(_)
            | Operation::Compare(..)
            | Operation::FloatCompare(..)
    )
}

/// Width of a destination that is `_`, where no other tells.
fn spare_width(operation: Operation) -> Width {
    match operation {
        Operation::Atomic { integer, .. } => integer.width(),
        Operation::Unpack { part, .. } => part,
        Operation::Compare(..) | Operation::FloatCompare(..) => Width::Predicate,
        _ => Width::W32,
    }
}
