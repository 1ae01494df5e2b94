//! Carry chains: additions, subtractions and multiply-adds that read or write the carry flag.

use super::integer::{high_s32, high_s64, high_u32, high_u64};
use crate::machine::decode::Instruction;
use crate::machine::lanes::{map2, Lanes, Registers, LANES};
use crate::ptx::operation::{Extended, Integer, Part};

/// One instruction of a chain; `input` and `output` say whether the flag is read and written.
#[inline(always)]
pub fn extended(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    what: Extended,
    integer: Integer,
    (input, output): (bool, bool),
) {
    match integer {
        Integer::U64 | Integer::S64 => {
            let signed = integer == Integer::S64;
            chain64(
                registers,
                instruction,
                mask,
                (what, signed),
                (input, output),
            );
        }
        _ => {
            let signed = integer == Integer::S32;
            chain32(
                registers,
                instruction,
                mask,
                (what, signed),
                (input, output),
            );
        }
    }
}

#[inline(always)]
fn chain32(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    (what, signed): (Extended, bool),
    (input, output): (bool, bool),
) {
    let [a, b, c, _] = instruction.sources;
    let (a, b) = (registers.narrow(a), registers.narrow(b));
    let add = u32::overflowing_add;
    let sub = u32::overflowing_sub;
    let (value, carry) = match (what, signed) {
        (Extended::Add, _) => sum(a, b, &registers.carry, input, add),
        (Extended::Sub, _) => sum(a, b, &registers.carry, input, sub),
        (Extended::Mad(part), signed) => {
            let product = match (part, signed) {
                (Part::Low, _) => map2(a, b, u32::wrapping_mul),
                (Part::High, false) => map2(a, b, high_u32),
                (Part::High, true) => map2(a, b, high_s32),
            };
            sum(&product, registers.narrow(c), &registers.carry, input, add)
        }
    };
    registers.set_narrow(instruction.destinations[0], mask, &value);
    if output {
        registers.set_carry(mask, &carry);
    }
}

#[inline(always)]
fn chain64(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    (what, signed): (Extended, bool),
    (input, output): (bool, bool),
) {
    let [a, b, c, _] = instruction.sources;
    let (a, b) = (registers.wide(a), registers.wide(b));
    let add = u64::overflowing_add;
    let sub = u64::overflowing_sub;
    let (value, carry) = match (what, signed) {
        (Extended::Add, _) => sum(a, b, &registers.carry, input, add),
        (Extended::Sub, _) => sum(a, b, &registers.carry, input, sub),
        (Extended::Mad(part), signed) => {
            let product = match (part, signed) {
                (Part::Low, _) => map2(a, b, u64::wrapping_mul),
                (Part::High, false) => map2(a, b, high_u64),
                (Part::High, true) => map2(a, b, high_s64),
            };
            sum(&product, registers.wide(c), &registers.carry, input, add)
        }
    };
    registers.set_wide(instruction.destinations[0], mask, &value);
    if output {
        registers.set_carry(mask, &carry);
    }
}

/// Adds (or subtracts) `b` and, with `input`, the carry; the result, and the carry out.
#[inline(always)]
fn sum<T: Copy + Default + From<u32>>(
    a: &Lanes<T>,
    b: &Lanes<T>,
    carry: &Lanes<u32>,
    input: bool,
    step: impl Fn(T, T) -> (T, bool) + Copy,
) -> (Lanes<T>, Lanes<u32>) {
    let mut value = Lanes([T::default(); LANES]);
    let mut out = Lanes([0; LANES]);
    // Two loops without a decision in them.
    if input {
        for lane in 0..LANES {
            let (partial, first) = step(a.0[lane], b.0[lane]);
            let (whole, second) = step(partial, T::from(carry.0[lane]));
            value.0[lane] = whole;
            out.0[lane] = u32::from(first | second);
        }
    } else {
        for lane in 0..LANES {
            let (whole, carry) = step(a.0[lane], b.0[lane]);
            value.0[lane] = whole;
            out.0[lane] = u32::from(carry);
        }
    }
    (value, out)
}
