//! Floating point: IEEE 754 as the host has it, and the directed roundings from the exact error of
//! the rounded result.

use crate::machine::decode::Instruction;
use crate::machine::lanes::{lanes, Lanes, Registers, LANES};
use crate::ptx::operation::{Float, FloatBinary, FloatUnary, Rounding};

pub fn binary(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    binary: FloatBinary,
    float: Float,
    rounding: Rounding,
) {
    let [a, b, ..] = instruction.sources;
    match float {
        Float::F32 => {
            let (a, b) = (registers.narrow(a), registers.narrow(b));
            let mut value = Lanes([0; LANES]);
            for lane in lanes(mask) {
                let (a, b) = (f32::from_bits(a.0[lane]), f32::from_bits(b.0[lane]));
                value.0[lane] = single(binary, a, b, rounding).to_bits();
            }
            registers.set_narrow(instruction.destinations[0], mask, &value);
        }
        Float::F64 => {
            let (a, b) = (registers.wide(a), registers.wide(b));
            let mut value = Lanes([0; LANES]);
            for lane in lanes(mask) {
                let (a, b) = (f64::from_bits(a.0[lane]), f64::from_bits(b.0[lane]));
                value.0[lane] = double(binary, a, b, rounding).to_bits();
            }
            registers.set_wide(instruction.destinations[0], mask, &value);
        }
    }
}

pub fn fused(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    float: Float,
    rounding: Rounding,
) {
    let [a, b, c, _] = instruction.sources;
    match float {
        Float::F32 => {
            let [a, b, c] = [a, b, c].map(|s| registers.narrow(s));
            let mut value = Lanes([0; LANES]);
            for lane in lanes(mask) {
                let [a, b, c] = [a, b, c].map(|r| f64::from(f32::from_bits(r.0[lane])));
                // The product of two singles is exact as a double.
                value.0[lane] = to_single(a * b, c, rounding).to_bits();
            }
            registers.set_narrow(instruction.destinations[0], mask, &value);
        }
        Float::F64 => {
            let [a, b, c] = [a, b, c].map(|s| registers.wide(s));
            let mut value = Lanes([0; LANES]);
            for lane in lanes(mask) {
                let [a, b, c] = [a, b, c].map(|r| f64::from_bits(r.0[lane]));
                value.0[lane] = fused_double(a, b, c, rounding).to_bits();
            }
            registers.set_wide(instruction.destinations[0], mask, &value);
        }
    }
}

pub fn unary(
    registers: &mut Registers,
    instruction: &Instruction,
    mask: u32,
    unary: FloatUnary,
    float: Float,
) {
    let [a, ..] = instruction.sources;
    match float {
        Float::F32 => {
            let value = registers.narrow(a).0.map(|a| match unary {
                FloatUnary::Neg => a ^ (1 << 31),
                FloatUnary::Abs => a & !(1 << 31),
                FloatUnary::Sqrt => f32::from_bits(a).sqrt().to_bits(),
            });
            registers.set_narrow(instruction.destinations[0], mask, &Lanes(value));
        }
        Float::F64 => {
            let value = registers.wide(a).0.map(|a| match unary {
                FloatUnary::Neg => a ^ (1 << 63),
                FloatUnary::Abs => a & !(1 << 63),
                FloatUnary::Sqrt => f64::from_bits(a).sqrt().to_bits(),
            });
            registers.set_wide(instruction.destinations[0], mask, &Lanes(value));
        }
    }
}

fn single(binary: FloatBinary, a: f32, b: f32, rounding: Rounding) -> f32 {
    let (x, y) = (f64::from(a), f64::from(b));
    match binary {
        FloatBinary::Add => to_single(x, y, rounding),
        FloatBinary::Sub => to_single(x, -y, rounding),
        FloatBinary::Mul => to_single(x * y, -0.0, rounding),
        FloatBinary::Div => a / b,
        FloatBinary::Min => a.min(b),
        FloatBinary::Max => a.max(b),
    }
}

/// The exact sum of two doubles, rounded once to a single.
fn to_single(a: f64, b: f64, rounding: Rounding) -> f32 {
    let sum = a + b;
    if !sum.is_finite() {
        return sum as f32;
    }
    // Rounded to odd, the sum keeps which side of a single it lies on: it has more than two bits
    // to spare (Boldo and Melquiond, *Emulation of FMA*, IEEE Trans. Computers 2008).
    let error = sum_error(a, b, sum);
    let odd = if error != 0.0 && sum.to_bits() & 1 == 0 {
        let away = (error > 0.0) == (sum > 0.0);
        f64::from_bits(if away {
            sum.to_bits() + 1
        } else {
            sum.to_bits() - 1
        })
    } else {
        sum
    };
    let near = odd as f32;
    let error = odd - f64::from(near);
    adjust32(near, error, rounding)
}

fn double(binary: FloatBinary, a: f64, b: f64, rounding: Rounding) -> f64 {
    match binary {
        FloatBinary::Add => {
            let sum = a + b;
            adjust64(sum, sum_error(a, b, sum), rounding)
        }
        FloatBinary::Sub => double(FloatBinary::Add, a, -b, rounding),
        FloatBinary::Mul => {
            let product = a * b;
            adjust64(product, a.mul_add(b, -product), rounding)
        }
        FloatBinary::Div => a / b,
        FloatBinary::Min => a.min(b),
        FloatBinary::Max => a.max(b),
    }
}

fn fused_double(a: f64, b: f64, c: f64, rounding: Rounding) -> f64 {
    let near = a.mul_add(b, c);
    if rounding == Rounding::Nearest || !near.is_finite() {
        return near;
    }
    // a b + c - near, of which only the sign matters: the parts of the product are exact, and
    // summing them largest first leaves the sign right (Boldo and Muller, *Exact and approximated
    // error of the FMA*, IEEE Trans. Computers 2011).
    let high = a * b;
    let low = a.mul_add(b, -high);
    let sum = high + c;
    let rest = sum_error(high, c, sum);
    let error = (sum - near) + (rest + low);
    adjust64(near, error, rounding)
}

/// `a + b - sum`, exactly (Knuth, *The Art of Computer Programming*, volume 2, 4.2.2).
fn sum_error(a: f64, b: f64, sum: f64) -> f64 {
    let part = sum - a;
    (a - (sum - part)) + (b - part)
}

/// Whether rounding leads away from the nearest: down (-1), up (1) or not at all.
fn direction(value: f64, error: f64, rounding: Rounding) -> i32 {
    match rounding {
        Rounding::Nearest => 0,
        Rounding::Down => -i32::from(error < 0.0),
        Rounding::Up => i32::from(error > 0.0),
        Rounding::Zero if value > 0.0 => -i32::from(error < 0.0),
        Rounding::Zero => i32::from(error > 0.0),
    }
}

fn adjust32(near: f32, error: f64, rounding: Rounding) -> f32 {
    let direction = direction(f64::from(near), error, rounding);
    // Away from zero the bits count up, towards zero down.
    let step = if near > 0.0 { direction } else { -direction };
    match (near == 0.0, direction) {
        (_, 0) => near,
        (true, 1) => f32::from_bits(1),
        (true, _) => -f32::from_bits(1),
        (false, _) => f32::from_bits(near.to_bits().wrapping_add_signed(step)),
    }
}

fn adjust64(near: f64, error: f64, rounding: Rounding) -> f64 {
    let direction = direction(near, error, rounding);
    let step = i64::from(if near > 0.0 { direction } else { -direction });
    match (near == 0.0, direction) {
        (_, 0) => near,
        (true, 1) => f64::from_bits(1),
        (true, _) => -f64::from_bits(1),
        (false, _) => f64::from_bits(near.to_bits().wrapping_add_signed(step)),
    }
}
