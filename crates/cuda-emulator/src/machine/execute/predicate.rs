//! Comparisons, selections and logic of predicates.

use crate::machine::decode::Instruction;
use crate::machine::lanes::{map3, test2, Lanes, Registers, LANES};
use crate::ptx::operation::{Comparison, Float, FloatComparison, Integer, Logic, Width};

#[inline(always)]
pub fn joined(logic: Logic, a: u32, b: u32) -> u32 {
    match logic {
        Logic::And => a & b,
        Logic::Or => a | b,
        Logic::Xor => a ^ b,
    }
}

/// Writes a comparison's result, and its negation if there is a second destination.
#[inline(always)]
fn write(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    result: u32,
    logic: Option<Logic>,
) {
    let (first, second) = match logic {
        None => (result, !result),
        Some(logic) => {
            let other = registers.predicate(instruction, 2);
            (joined(logic, result, other), joined(logic, !result, other))
        }
    };
    registers.set_predicate(instruction.destinations[0], mask, first);
    if instruction.has_second {
        registers.set_predicate(instruction.destinations[1], mask, second);
    }
}

#[inline(always)]
fn ordered<T: Copy + PartialOrd>(comparison: Comparison, a: &Lanes<T>, b: &Lanes<T>) -> u32 {
    match comparison {
        Comparison::Eq => test2(a, b, |a, b| a == b),
        Comparison::Lt => test2(a, b, |a, b| a < b),
        Comparison::Le => test2(a, b, |a, b| a <= b),
        Comparison::Gt => test2(a, b, |a, b| a > b),
        Comparison::Ge => test2(a, b, |a, b| a >= b),
        _ => test2(a, b, |a, b| a != b),
    }
}

#[inline(always)]
pub fn compare(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    comparison: Comparison,
    integer: Integer,
    logic: Option<Logic>,
) {
    let [a, b, ..] = instruction.sources;
    let result = match integer {
        Integer::U64 => ordered(comparison, registers.wide(a), registers.wide(b)),
        Integer::S64 => {
            let signed = |slot| registers.wide(slot).0.map(|v| v as i64);
            ordered(comparison, &Lanes(signed(a)), &Lanes(signed(b)))
        }
        Integer::U16 | Integer::U32 => {
            ordered(comparison, registers.narrow(a), registers.narrow(b))
        }
        Integer::S32 => {
            let signed = |slot| registers.narrow(slot).0.map(|v| v as i32);
            ordered(comparison, &Lanes(signed(a)), &Lanes(signed(b)))
        }
        Integer::S16 => {
            let signed = |slot| registers.narrow(slot).0.map(|v| v as u16 as i16);
            ordered(comparison, &Lanes(signed(a)), &Lanes(signed(b)))
        }
    };
    write(registers, instruction, mask, result, logic);
}

pub fn float_compare(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    comparison: Comparison,
    float: Float,
    logic: Option<Logic>,
) {
    let [a, b, ..] = instruction.sources;
    let result = match float {
        Float::F32 => {
            let float = |slot| Lanes(registers.narrow(slot).0.map(f32::from_bits));
            floats(comparison, &float(a), &float(b))
        }
        Float::F64 => {
            let float = |slot| Lanes(registers.wide(slot).0.map(f64::from_bits));
            floats(comparison, &float(a), &float(b))
        }
    };
    write(registers, instruction, mask, result, logic);
}

fn floats<T: Copy + PartialOrd>(comparison: Comparison, a: &Lanes<T>, b: &Lanes<T>) -> u32 {
    let nan = test2(a, b, |a, b| a.partial_cmp(&b).is_none());
    match comparison {
        Comparison::Num => !nan,
        Comparison::Nan => nan,
        // NaN is equal to nothing, and still not `ne`.
        Comparison::Ne => !nan & test2(a, b, |a, b| a != b),
        Comparison::Unordered(comparison) => {
            let comparison = match comparison {
                FloatComparison::Eq => Comparison::Eq,
                FloatComparison::Ne => Comparison::Ne,
                FloatComparison::Lt => Comparison::Lt,
                FloatComparison::Le => Comparison::Le,
                FloatComparison::Gt => Comparison::Gt,
                FloatComparison::Ge => Comparison::Ge,
            };
            nan | ordered(comparison, a, b)
        }
        comparison => ordered(comparison, a, b),
    }
}

pub fn logic(registers: &mut Registers, instruction: &Instruction, mask: u32, logic: Logic) {
    let a = registers.predicate(instruction, 0);
    let b = registers.predicate(instruction, 1);
    registers.set_predicate(instruction.destinations[0], mask, joined(logic, a, b));
}

/// Moves a predicate, or its negation.
pub fn copy(registers: &mut Registers, instruction: &Instruction, mask: u32, negate: bool) {
    let a = registers.predicate(instruction, 0);
    let value = if negate { !a } else { a };
    registers.set_predicate(instruction.destinations[0], mask, value);
}

#[inline(always)]
pub fn select(registers: &mut Registers, instruction: &Instruction, mask: u32, width: Width) {
    let [a, b, ..] = instruction.sources;
    let choice = registers.predicate(instruction, 2);
    let destination = instruction.destinations[0];
    if width == Width::W64 {
        let value = chosen(registers.wide(a), registers.wide(b), choice);
        registers.set_wide(destination, mask, &value);
    } else {
        let value = chosen(registers.narrow(a), registers.narrow(b), choice);
        registers.set_narrow(destination, mask, &value);
    }
}

#[inline(always)]
fn chosen<T: Copy>(a: &Lanes<T>, b: &Lanes<T>, choice: u32) -> Lanes<T> {
    let mut out = *b;
    for lane in 0..LANES {
        if choice >> lane & 1 != 0 {
            out.0[lane] = a.0[lane];
        }
    }
    out
}

pub fn select_sign(registers: &mut Registers, instruction: &Instruction, mask: u32, width: Width) {
    let [a, b, c, _] = instruction.sources;
    let destination = instruction.destinations[0];
    let c = registers.narrow(c);
    if width == Width::W64 {
        let value = map3(registers.wide(a), registers.wide(b), c, |a, b, c| {
            if c as i32 >= 0 {
                a
            } else {
                b
            }
        });
        registers.set_wide(destination, mask, &value);
    } else {
        let value = map3(registers.narrow(a), registers.narrow(b), c, |a, b, c| {
            if c as i32 >= 0 {
                a
            } else {
                b
            }
        });
        registers.set_narrow(destination, mask, &value);
    }
}
