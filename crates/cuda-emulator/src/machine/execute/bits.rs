//! Logic of three operands, permutations of bytes, funnel shifts and bit fields.

use crate::machine::decode::Instruction;
use crate::machine::lanes::{map3, Lanes, Registers, LANES};
use crate::ptx::operation::{Integer, Permute};

/// Bit `i` of the result is entry `a_i b_i c_i` of the table.
#[inline(always)]
pub fn lop3(registers: &mut Registers, instruction: &Instruction, mask: u32) {
    let [a, b, c, table] = instruction.sources.map(|s| *registers.narrow(s));
    let mut value = Lanes([0; LANES]);
    for lane in 0..LANES {
        let (a, b, c, table) = (a.0[lane], b.0[lane], c.0[lane], table.0[lane]);
        let mut out = 0;
        for entry in 0..8_u32 {
            let chosen = (table >> entry & 1).wrapping_neg();
            let bit = |n: u32, v: u32| if entry >> n & 1 != 0 { v } else { !v };
            out |= chosen & bit(2, a) & bit(1, b) & bit(0, c);
        }
        value.0[lane] = out;
    }
    registers.set_narrow(instruction.destinations[0], mask, &value);
}

pub fn prmt(registers: &mut Registers, instruction: &Instruction, mask: u32, permute: Permute) {
    let [a, b, c, _] = instruction.sources.map(|s| *registers.narrow(s));
    let value = map3(&a, &b, &c, |a, b, c| permuted(permute, a, b, c));
    registers.set_narrow(instruction.destinations[0], mask, &value);
}

/// Four of the eight bytes of `b:a`; the bits of `c` say which, by the mode.
fn permuted(permute: Permute, a: u32, b: u32, c: u32) -> u32 {
    let bytes = u64::from(b) << 32 | u64::from(a);
    let byte = |n: u32| (bytes >> (8 * (n & 7))) as u32 & 0xff;
    let pick = |choose: &dyn Fn(u32) -> u32| {
        (0..4).fold(0, |out, position| {
            out | byte(choose(position)) << (8 * position)
        })
    };
    let start = c & 3;
    match permute {
        Permute::Generic => (0..4).fold(0, |out, position| {
            let selector = c >> (4 * position) & 0xf;
            let value = byte(selector);
            // The highest bit of a selector replicates the byte's sign.
            let value = if selector & 8 != 0 {
                (value >> 7) * 0xff
            } else {
                value
            };
            out | value << (8 * position)
        }),
        Permute::Forward4 => pick(&|position| start + position),
        Permute::Backward4 => pick(&|position| start.wrapping_sub(position)),
        Permute::Replicate8 => pick(&|_| start),
        Permute::EdgeClampLeft => pick(&|position| position.max(start)),
        Permute::EdgeClampRight => pick(&|position| position.min(start)),
        Permute::Replicate16 => pick(&|position| (start & 1) * 2 + (position & 1)),
    }
}

/// Shifts `b:a` by `c` and keeps the high word (left) or the low word (right).
#[inline(always)]
pub fn funnel_shift(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    left: bool,
    wrap: bool,
) {
    let [a, b, c, _] = instruction.sources;
    let (a, b, c) = (
        registers.narrow(a),
        registers.narrow(b),
        registers.narrow(c),
    );
    let value = map3(a, b, c, |a, b, c| {
        let both = u64::from(b) << 32 | u64::from(a);
        let amount = if wrap { c & 31 } else { c.min(32) };
        if left {
            ((both << amount) >> 32) as u32
        } else {
            (both >> amount) as u32
        }
    });
    registers.set_narrow(instruction.destinations[0], mask, &value);
}

/// Bits `start..start + length` of the value; for signed types extended by the field's top bit,
/// beyond the value's own end by its sign.
fn extracted(value: u64, bits: u32, signed: bool, start: u32, length: u32) -> u64 {
    let (start, length) = (start & 0xff, length & 0xff);
    if length == 0 {
        return 0;
    }
    let sign = signed && {
        let top = (start + length - 1).min(bits - 1);
        value >> top & 1 != 0
    };
    let field = value.checked_shr(start).unwrap_or(0);
    let width = length.min(bits.saturating_sub(start));
    let kept = if width >= 64 {
        u64::MAX
    } else {
        (1 << width) - 1
    };
    (field & kept) | if sign { !kept } else { 0 }
}

pub fn extract(registers: &mut Registers, instruction: &Instruction, mask: u32, integer: Integer) {
    let [value, start, length, _] = instruction.sources;
    let (start, length) = (registers.narrow(start), registers.narrow(length));
    let signed = matches!(integer, Integer::S32 | Integer::S64);
    match integer {
        Integer::U64 | Integer::S64 => {
            let value = map3(registers.wide(value), start, length, |v, s, l| {
                extracted(v, 64, signed, s, l)
            });
            registers.set_wide(instruction.destinations[0], mask, &value);
        }
        _ => {
            let value = map3(registers.narrow(value), start, length, |v, s, l| {
                extracted(u64::from(v), 32, signed, s, l) as u32
            });
            registers.set_narrow(instruction.destinations[0], mask, &value);
        }
    }
}

/// `b` with its bits `start..start + length` replaced by the low ones of `a`.
fn inserted(a: u64, b: u64, bits: u32, start: u32, length: u32) -> u64 {
    let (start, length) = (start & 0xff, length & 0xff);
    if start >= bits || length == 0 {
        return b;
    }
    let width = length.min(bits - start);
    let ones = if width >= 64 {
        u64::MAX
    } else {
        (1 << width) - 1
    };
    let field = ones << start;
    (b & !field) | (a << start & field)
}

pub fn insert(registers: &mut Registers, instruction: &Instruction, mask: u32, integer: Integer) {
    let [a, b, start, length] = instruction.sources;
    let (start, length) = (registers.narrow(start), registers.narrow(length));
    let destination = instruction.destinations[0];
    match integer {
        Integer::U64 | Integer::S64 => {
            let (a, b) = (registers.wide(a), registers.wide(b));
            let mut value = Lanes([0; LANES]);
            for lane in 0..LANES {
                value.0[lane] = inserted(a.0[lane], b.0[lane], 64, start.0[lane], length.0[lane]);
            }
            registers.set_wide(destination, mask, &value);
        }
        _ => {
            let (a, b) = (registers.narrow(a), registers.narrow(b));
            let mut value = Lanes([0; LANES]);
            for lane in 0..LANES {
                let (a, b) = (u64::from(a.0[lane]), u64::from(b.0[lane]));
                value.0[lane] = inserted(a, b, 32, start.0[lane], length.0[lane]) as u32;
            }
            registers.set_narrow(destination, mask, &value);
        }
    }
}
