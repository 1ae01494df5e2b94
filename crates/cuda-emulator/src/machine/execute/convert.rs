//! Moves, packing and conversions.

use crate::machine::decode::Instruction;
use crate::machine::lanes::{lanes, map1, Lanes, Registers, LANES};
use crate::ptx::operation::{Rounding, Scalar, Width};

#[inline(always)]
pub fn copy(registers: &mut Registers, instruction: &Instruction, mask: u32, width: Width) {
    let [source, ..] = instruction.sources;
    let destination = instruction.destinations[0];
    if width == Width::W64 {
        let value = *registers.wide(source);
        registers.set_wide(destination, mask, &value);
    } else {
        let value = *registers.narrow(source);
        registers.set_narrow(destination, mask, &value);
    }
}

/// Parts, lowest first, into one register.
pub fn pack(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    part: Width,
    whole: Width,
) {
    let bits = 8 * part.bytes();
    let mut value = Lanes([0_u64; LANES]);
    for position in (0..whole.bytes() / part.bytes()).rev() {
        let source = registers.narrow(instruction.sources[position as usize]);
        for lane in 0..LANES {
            value.0[lane] = value.0[lane] << bits | u64::from(source.0[lane]);
        }
    }
    if whole == Width::W64 {
        registers.set_wide(instruction.destinations[0], mask, &value);
    } else {
        let value = map1(&value, |v| v as u32);
        registers.set_narrow(instruction.destinations[0], mask, &value);
    }
}

pub fn unpack(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    part: Width,
    whole: Width,
) {
    let [source, ..] = instruction.sources;
    let value = if whole == Width::W64 {
        *registers.wide(source)
    } else {
        map1(registers.narrow(source), u64::from)
    };
    let bits = 8 * part.bytes();
    let kept = (1_u64 << bits) - 1;
    for position in 0..whole.bytes() / part.bytes() {
        let taken = map1(&value, |v| (v >> (bits * position) & kept) as u32);
        registers.set_narrow(instruction.destinations[position as usize], mask, &taken);
    }
}

/// A value of a type in the low bits of 64, extended by the type's sign.
#[inline(always)]
pub fn extended(value: u64, scalar: Scalar) -> u64 {
    match scalar {
        Scalar::U8 => u64::from(value as u8),
        Scalar::S8 => value as u8 as i8 as u64,
        Scalar::U16 => u64::from(value as u16),
        Scalar::S16 => value as u16 as i16 as u64,
        Scalar::U32 | Scalar::F32 => u64::from(value as u32),
        Scalar::S32 => value as u32 as i32 as u64,
        Scalar::U64 | Scalar::S64 | Scalar::F64 => value,
    }
}

/// Puts 64 bits into a register of any width.
#[inline(always)]
fn put(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    width: Width,
    value: &Lanes<u64>,
) {
    let destination = instruction.destinations[0];
    match width {
        Width::W64 => registers.set_wide(destination, mask, value),
        Width::W16 => {
            let value = map1(value, |v| v as u32 & 0xffff);
            registers.set_narrow(destination, mask, &value);
        }
        _ => {
            let value = map1(value, |v| v as u32);
            registers.set_narrow(destination, mask, &value);
        }
    }
}

#[inline(always)]
pub fn convert(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    (to, from): (Scalar, Scalar),
    (rounding, saturate): (Rounding, bool),
    width: Width,
) {
    let [source, ..] = instruction.sources;
    let value = if instruction.width == Width::W64 {
        *registers.wide(source)
    } else {
        map1(registers.narrow(source), u64::from)
    };
    let float = |scalar| matches!(scalar, Scalar::F32 | Scalar::F64);
    let value = match (to, from) {
        _ if float(to) || float(from) || saturate => {
            let mut out = Lanes([0; LANES]);
            for lane in lanes(mask) {
                out.0[lane] = converted(value.0[lane], to, from, rounding, saturate);
            }
            out
        }
        (_, Scalar::U64 | Scalar::S64) => narrowed(&value, to),
        (_, Scalar::U32) => narrowed(&map1(&value, |v| extended(v, Scalar::U32)), to),
        (_, Scalar::S32) => narrowed(&map1(&value, |v| extended(v, Scalar::S32)), to),
        (to, from) => map1(&value, |v| extended(extended(v, from), to)),
    };
    put(registers, instruction, mask, width, &value);
}

#[inline(always)]
fn narrowed(value: &Lanes<u64>, to: Scalar) -> Lanes<u64> {
    match to {
        Scalar::U64 | Scalar::S64 => *value,
        Scalar::U32 => map1(value, |v| extended(v, Scalar::U32)),
        to => map1(value, |v| extended(v, to)),
    }
}

/// The bounds of an integer type.
fn bounds(scalar: Scalar) -> (i128, i128) {
    let bits = 8 * scalar.bytes();
    if scalar.is_signed() {
        (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    } else {
        (0, (1 << bits) - 1)
    }
}

/// One value converted, the uncommon ways: to and from floats, and with saturation.
fn converted(value: u64, to: Scalar, from: Scalar, rounding: Rounding, saturate: bool) -> u64 {
    let integer = || {
        let extended = extended(value, from);
        if from.is_signed() {
            i128::from(extended as i64)
        } else {
            i128::from(extended)
        }
    };
    match (to, from) {
        (Scalar::F32, Scalar::F32) => integral(value, rounding, from),
        (Scalar::F64, Scalar::F64) => integral(value, rounding, from),
        (Scalar::F64, Scalar::F32) => f64::from(f32::from_bits(value as u32)).to_bits(),
        (Scalar::F32, Scalar::F64) => u64::from((f64::from_bits(value) as f32).to_bits()),
        // An integer of 64 bits has no more than 64, so one rounding leads to the float.
        (Scalar::F32, _) => u64::from((integer() as f32).to_bits()),
        (Scalar::F64, _) => (integer() as f64).to_bits(),
        (to, Scalar::F32 | Scalar::F64) => {
            let float = match from {
                Scalar::F32 => f64::from(f32::from_bits(value as u32)),
                _ => f64::from_bits(value),
            };
            let rounded = round(float, rounding);
            let (least, most) = bounds(to);
            // NaN becomes zero; what is out of range, the nearest bound.
            (rounded as i128).clamp(least, most) as u64
        }
        (to, _) if saturate => {
            let (least, most) = bounds(to);
            integer().clamp(least, most) as u64
        }
        (to, from) => extended(extended(value, from), to),
    }
}

fn round(value: f64, rounding: Rounding) -> f64 {
    match rounding {
        Rounding::Nearest => value.round_ties_even(),
        Rounding::Zero => value.trunc(),
        Rounding::Down => value.floor(),
        Rounding::Up => value.ceil(),
    }
}

/// A float rounded to an integral one.
fn integral(value: u64, rounding: Rounding, scalar: Scalar) -> u64 {
    match scalar {
        Scalar::F32 => {
            let rounded = round(f64::from(f32::from_bits(value as u32)), rounding);
            u64::from((rounded as f32).to_bits())
        }
        _ => round(f64::from_bits(value), rounding).to_bits(),
    }
}
