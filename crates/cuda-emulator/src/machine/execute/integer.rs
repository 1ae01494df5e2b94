//! Integer arithmetic of 16, 32 and 64 bits. Values of 16 bits lie in slots of 32, zero-extended.

use crate::machine::decode::Instruction;
use crate::machine::lanes::{lanes, map1, map2, map3, Lanes, Registers};
use crate::ptx::operation::{Binary, Integer, Part, Unary};

/// Lanes whose divisor is zero, the result of which no device defines.
type Undefined = u32;

#[inline(always)]
pub fn binary(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    binary: Binary,
    integer: Integer,
) -> Undefined {
    match integer {
        Integer::U32 | Integer::S32 => binary32(
            registers,
            instruction,
            mask,
            binary,
            integer == Integer::S32,
        ),
        Integer::U64 | Integer::S64 => binary64(
            registers,
            instruction,
            mask,
            binary,
            integer == Integer::S64,
        ),
        Integer::U16 | Integer::S16 => binary16(
            registers,
            instruction,
            mask,
            binary,
            integer == Integer::S16,
        ),
    }
}

#[inline(always)]
fn binary32(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    binary: Binary,
    signed: bool,
) -> Undefined {
    let a = registers.narrow(instruction.sources[0]);
    let b = registers.narrow(instruction.sources[1]);
    let s = |v: u32| v as i32;
    let value = match (binary, signed) {
        (Binary::Add, _) => map2(a, b, u32::wrapping_add),
        (Binary::Sub, _) => map2(a, b, u32::wrapping_sub),
        (Binary::MulLo, _) => map2(a, b, u32::wrapping_mul),
        (Binary::MulHi, false) => map2(a, b, high_u32),
        (Binary::MulHi, true) => map2(a, b, high_s32),
        (Binary::Min, false) => map2(a, b, u32::min),
        (Binary::Min, true) => map2(a, b, |a, b| s(a).min(s(b)) as u32),
        (Binary::Max, false) => map2(a, b, u32::max),
        (Binary::Max, true) => map2(a, b, |a, b| s(a).max(s(b)) as u32),
        (Binary::And, _) => map2(a, b, |a, b| a & b),
        (Binary::Or, _) => map2(a, b, |a, b| a | b),
        (Binary::Xor, _) => map2(a, b, |a, b| a ^ b),
        (Binary::Shl, _) => map2(a, b, |a, n| if n < 32 { a << (n & 31) } else { 0 }),
        (Binary::Shr, false) => map2(a, b, |a, n| if n < 32 { a >> (n & 31) } else { 0 }),
        (Binary::Shr, true) => map2(a, b, |a, n| (s(a) >> n.min(31)) as u32),
        (Binary::Div | Binary::Rem, _) => {
            let (value, undefined) = divide(a, b, mask, |a, b| match (binary, signed) {
                (Binary::Div, false) => a / b,
                (Binary::Div, true) => s(a).wrapping_div(s(b)) as u32,
                (_, false) => a % b,
                (_, true) => s(a).wrapping_rem(s(b)) as u32,
            });
            registers.set_narrow(instruction.destinations[0], mask, &value);
            return undefined;
        }
    };
    registers.set_narrow(instruction.destinations[0], mask, &value);
    0
}

#[inline(always)]
fn binary64(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    binary: Binary,
    signed: bool,
) -> Undefined {
    let a = registers.wide(instruction.sources[0]);
    if matches!(binary, Binary::Shl | Binary::Shr) {
        let n = registers.narrow(instruction.sources[1]);
        let value = match (binary, signed) {
            (Binary::Shl, _) => map2(a, n, |a, n| if n < 64 { a << (n & 63) } else { 0 }),
            (_, false) => map2(a, n, |a, n| if n < 64 { a >> (n & 63) } else { 0 }),
            (_, true) => map2(a, n, |a, n| ((a as i64) >> n.min(63)) as u64),
        };
        registers.set_wide(instruction.destinations[0], mask, &value);
        return 0;
    }
    let b = registers.wide(instruction.sources[1]);
    let s = |v: u64| v as i64;
    let value = match (binary, signed) {
        (Binary::Add, _) => map2(a, b, u64::wrapping_add),
        (Binary::Sub, _) => map2(a, b, u64::wrapping_sub),
        (Binary::MulLo, _) => map2(a, b, u64::wrapping_mul),
        (Binary::MulHi, false) => map2(a, b, high_u64),
        (Binary::MulHi, true) => map2(a, b, high_s64),
        (Binary::Min, false) => map2(a, b, u64::min),
        (Binary::Min, true) => map2(a, b, |a, b| s(a).min(s(b)) as u64),
        (Binary::Max, false) => map2(a, b, u64::max),
        (Binary::Max, true) => map2(a, b, |a, b| s(a).max(s(b)) as u64),
        (Binary::And, _) => map2(a, b, |a, b| a & b),
        (Binary::Or, _) => map2(a, b, |a, b| a | b),
        (Binary::Xor, _) => map2(a, b, |a, b| a ^ b),
        _ => {
            let (value, undefined) = divide(a, b, mask, |a, b| match (binary, signed) {
                (Binary::Div, false) => a / b,
                (Binary::Div, true) => s(a).wrapping_div(s(b)) as u64,
                (_, false) => a % b,
                (_, true) => s(a).wrapping_rem(s(b)) as u64,
            });
            registers.set_wide(instruction.destinations[0], mask, &value);
            return undefined;
        }
    };
    registers.set_wide(instruction.destinations[0], mask, &value);
    0
}

fn binary16(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    binary: Binary,
    signed: bool,
) -> Undefined {
    let a = registers.narrow(instruction.sources[0]);
    let b = registers.narrow(instruction.sources[1]);
    let s = |v: u32| i32::from(v as u16 as i16);
    let low = |v: u32| v & 0xffff;
    let value = match (binary, signed) {
        (Binary::Add, _) => map2(a, b, |a, b| low(a.wrapping_add(b))),
        (Binary::Sub, _) => map2(a, b, |a, b| low(a.wrapping_sub(b))),
        (Binary::MulLo, _) => map2(a, b, |a, b| low(a.wrapping_mul(b))),
        (Binary::MulHi, false) => map2(a, b, |a, b| a.wrapping_mul(b) >> 16),
        (Binary::MulHi, true) => map2(a, b, |a, b| low(((s(a) * s(b)) >> 16) as u32)),
        (Binary::Min, false) => map2(a, b, u32::min),
        (Binary::Min, true) => map2(a, b, |a, b| low(s(a).min(s(b)) as u32)),
        (Binary::Max, false) => map2(a, b, u32::max),
        (Binary::Max, true) => map2(a, b, |a, b| low(s(a).max(s(b)) as u32)),
        (Binary::And, _) => map2(a, b, |a, b| a & b),
        (Binary::Or, _) => map2(a, b, |a, b| a | b),
        (Binary::Xor, _) => map2(a, b, |a, b| a ^ b),
        (Binary::Shl, _) => map2(a, b, |a, n| if n < 16 { low(a << n) } else { 0 }),
        (Binary::Shr, false) => map2(a, b, |a, n| if n < 16 { a >> n } else { 0 }),
        (Binary::Shr, true) => map2(a, b, |a, n| low((s(a) >> n.min(15)) as u32)),
        (Binary::Div | Binary::Rem, _) => {
            let (value, undefined) = divide(a, b, mask, |a, b| match (binary, signed) {
                (Binary::Div, false) => a / b,
                (Binary::Div, true) => low((s(a) / s(b)) as u32),
                (_, false) => a % b,
                (_, true) => low((s(a) % s(b)) as u32),
            });
            registers.set_narrow(instruction.destinations[0], mask, &value);
            return undefined;
        }
    };
    registers.set_narrow(instruction.destinations[0], mask, &value);
    0
}

/// Quotients or remainders where the divisor is not zero; and the lanes where it is.
fn divide<T: Copy + Default + PartialEq>(
    a: &Lanes<T>,
    b: &Lanes<T>,
    mask: u32,
    f: impl Fn(T, T) -> T,
) -> (Lanes<T>, Undefined) {
    let mut out = Lanes::splat(T::default());
    let mut undefined = 0;
    for lane in lanes(mask) {
        if b.0[lane] == T::default() {
            undefined |= 1 << lane;
        } else {
            out.0[lane] = f(a.0[lane], b.0[lane]);
        }
    }
    (out, undefined)
}

#[inline(always)]
pub fn high_u32(a: u32, b: u32) -> u32 {
    ((u64::from(a) * u64::from(b)) >> 32) as u32
}

#[inline(always)]
pub fn high_s32(a: u32, b: u32) -> u32 {
    ((i64::from(a as i32) * i64::from(b as i32)) >> 32) as u32
}

#[inline(always)]
pub fn high_u64(a: u64, b: u64) -> u64 {
    ((u128::from(a) * u128::from(b)) >> 64) as u64
}

#[inline(always)]
pub fn high_s64(a: u64, b: u64) -> u64 {
    ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as u64
}

/// A product of twice the width of its factors.
#[inline(always)]
fn product(registers: &Registers, instruction: &Instruction, integer: Integer) -> Lanes<u64> {
    let a = registers.narrow(instruction.sources[0]);
    let b = registers.narrow(instruction.sources[1]);
    let s = |v: u32| i64::from(v as i32);
    let s16 = |v: u32| i64::from(v as u16 as i16);
    match integer {
        Integer::S16 => map2(a, b, |a, b| (s16(a) * s16(b)) as u64),
        Integer::S32 => map2(a, b, |a, b| (s(a) * s(b)) as u64),
        _ => map2(a, b, |a, b| u64::from(a) * u64::from(b)),
    }
}

#[inline(always)]
pub fn mul_wide(registers: &mut Registers, instruction: &Instruction, mask: u32, integer: Integer) {
    let product = product(registers, instruction, integer);
    match integer {
        Integer::U16 | Integer::S16 => {
            let value = map1(&product, |p| p as u32);
            registers.set_narrow(instruction.destinations[0], mask, &value);
        }
        _ => registers.set_wide(instruction.destinations[0], mask, &product),
    }
}

#[inline(always)]
pub fn mad_wide(registers: &mut Registers, instruction: &Instruction, mask: u32, integer: Integer) {
    let product = product(registers, instruction, integer);
    match integer {
        Integer::U16 | Integer::S16 => {
            let c = registers.narrow(instruction.sources[2]);
            let value = map2(&product, c, |p, c| (p as u32).wrapping_add(c));
            registers.set_narrow(instruction.destinations[0], mask, &value);
        }
        _ => {
            let c = registers.wide(instruction.sources[2]);
            let value = map2(&product, c, u64::wrapping_add);
            registers.set_wide(instruction.destinations[0], mask, &value);
        }
    }
}

#[inline(always)]
pub fn mad(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    part: Part,
    integer: Integer,
) {
    let [a, b, c, _] = instruction.sources;
    let destination = instruction.destinations[0];
    match integer {
        Integer::U64 | Integer::S64 => {
            let (a, b, c) = (registers.wide(a), registers.wide(b), registers.wide(c));
            let value = match (part, integer) {
                (Part::Low, _) => map3(a, b, c, |a, b, c| a.wrapping_mul(b).wrapping_add(c)),
                (Part::High, Integer::S64) => {
                    map3(a, b, c, |a, b, c| high_s64(a, b).wrapping_add(c))
                }
                (Part::High, _) => map3(a, b, c, |a, b, c| high_u64(a, b).wrapping_add(c)),
            };
            registers.set_wide(destination, mask, &value);
        }
        _ => {
            let (a, b, c) = (
                registers.narrow(a),
                registers.narrow(b),
                registers.narrow(c),
            );
            let s16 = |v: u32| i32::from(v as u16 as i16);
            let value = match (part, integer) {
                (Part::Low, Integer::U16 | Integer::S16) => map3(a, b, c, |a, b, c| {
                    a.wrapping_mul(b).wrapping_add(c) & 0xffff
                }),
                (Part::High, Integer::U16) => map3(a, b, c, |a, b, c| {
                    (a.wrapping_mul(b) >> 16).wrapping_add(c) & 0xffff
                }),
                (Part::High, Integer::S16) => map3(a, b, c, |a, b, c| {
                    (((s16(a) * s16(b)) >> 16) as u32).wrapping_add(c) & 0xffff
                }),
                (Part::Low, _) => map3(a, b, c, |a, b, c| a.wrapping_mul(b).wrapping_add(c)),
                (Part::High, Integer::S32) => {
                    map3(a, b, c, |a, b, c| high_s32(a, b).wrapping_add(c))
                }
                (Part::High, _) => map3(a, b, c, |a, b, c| high_u32(a, b).wrapping_add(c)),
            };
            registers.set_narrow(destination, mask, &value);
        }
    }
}

pub fn sad(registers: &mut Registers, instruction: &Instruction, mask: u32, integer: Integer) {
    let [a, b, c, _] = instruction.sources;
    let destination = instruction.destinations[0];
    match integer {
        Integer::U64 | Integer::S64 => {
            let (a, b, c) = (registers.wide(a), registers.wide(b), registers.wide(c));
            let value = map3(a, b, c, |a, b, c| {
                let difference = match integer {
                    Integer::S64 => (a as i64).abs_diff(b as i64),
                    _ => a.abs_diff(b),
                };
                difference.wrapping_add(c)
            });
            registers.set_wide(destination, mask, &value);
        }
        _ => {
            let (a, b, c) = (
                registers.narrow(a),
                registers.narrow(b),
                registers.narrow(c),
            );
            let value = map3(a, b, c, |a, b, c| match integer {
                Integer::S32 => (a as i32).abs_diff(b as i32).wrapping_add(c),
                Integer::S16 => {
                    let difference = (a as u16 as i16).abs_diff(b as u16 as i16);
                    u32::from(difference).wrapping_add(c) & 0xffff
                }
                Integer::U16 => a.abs_diff(b).wrapping_add(c) & 0xffff,
                _ => a.abs_diff(b).wrapping_add(c),
            });
            registers.set_narrow(destination, mask, &value);
        }
    }
}

pub fn unary(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    unary: Unary,
    integer: Integer,
) {
    let destination = instruction.destinations[0];
    if matches!(integer, Integer::U64 | Integer::S64) {
        let a = registers.wide(instruction.sources[0]);
        let value = match unary {
            Unary::Not => map1(a, |a| !a),
            Unary::LogicalNot => map1(a, |a| u64::from(a == 0)),
            Unary::Neg => map1(a, u64::wrapping_neg),
            Unary::Abs => map1(a, |a| (a as i64).wrapping_abs() as u64),
            Unary::Brev => map1(a, u64::reverse_bits),
            Unary::Popc | Unary::Clz | Unary::FindBit => {
                let value = map1(a, |a| match (unary, integer) {
                    (Unary::Popc, _) => a.count_ones(),
                    (Unary::Clz, _) => a.leading_zeros(),
                    (_, Integer::S64) => find_bit(a ^ ((a as i64) >> 63) as u64),
                    _ => find_bit(a),
                });
                registers.set_narrow(destination, mask, &value);
                return;
            }
        };
        registers.set_wide(destination, mask, &value);
        return;
    }
    let a = registers.narrow(instruction.sources[0]);
    let sixteen = matches!(integer, Integer::U16 | Integer::S16);
    let keep = if sixteen { 0xffff } else { u32::MAX };
    let value = match unary {
        Unary::Not => map1(a, |a| !a & keep),
        Unary::LogicalNot => map1(a, |a| u32::from(a == 0)),
        Unary::Neg => map1(a, |a| a.wrapping_neg() & keep),
        Unary::Abs if sixteen => map1(a, |a| u32::from((a as u16 as i16).unsigned_abs())),
        Unary::Abs => map1(a, |a| (a as i32).wrapping_abs() as u32),
        Unary::Brev => map1(a, u32::reverse_bits),
        Unary::Popc => map1(a, u32::count_ones),
        Unary::Clz => map1(a, u32::leading_zeros),
        Unary::FindBit if integer == Integer::S32 => {
            map1(a, |a| find_bit(u64::from(a ^ ((a as i32) >> 31) as u32)))
        }
        Unary::FindBit => map1(a, |a| find_bit(u64::from(a))),
    };
    registers.set_narrow(destination, mask, &value);
}

/// Position of the highest bit, or all ones.
fn find_bit(a: u64) -> u32 {
    a.checked_ilog2().unwrap_or(u32::MAX)
}
