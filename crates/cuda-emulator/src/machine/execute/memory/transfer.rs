//! The elements of one lane, moved between its registers and memory. Its address has been checked.

use super::bytes::{element, set_element, Bytes};
use super::{Kind, Plan};
use crate::machine::execute::convert::extended;
use crate::machine::lanes::Registers;
use crate::machine::warp::Warp;
use crate::ptx::operation::{AtomicOp, Integer, Width};

/// Values for a lane's destinations.
#[inline(always)]
pub(super) fn write_back(
    warp: &mut Warp,
    plan: &Plan<'_>,
    lane: usize,
    element: usize,
    value: u64,
) {
    let slot = usize::from(plan.instruction.destinations[element]);
    let value = extended(value, plan.access.scalar);
    match plan.instruction.width {
        Width::W64 => warp.registers.wide[slot].0[lane] = value,
        Width::W16 => warp.registers.narrow[slot].0[lane] = value as u32 & 0xffff,
        _ => warp.registers.narrow[slot].0[lane] = value as u32,
    }
}

#[inline(always)]
fn operand(registers: &Registers, plan: &Plan<'_>, lane: usize, source: usize) -> u64 {
    let slot = plan.instruction.sources[source];
    match plan.instruction.width {
        Width::W64 => registers.wide(slot).0[lane],
        _ => u64::from(registers.narrow(slot).0[lane]),
    }
}

/// Moves the elements of one lane; its address has been checked.
#[inline(always)]
pub(super) fn transfer(
    warp: &mut Warp,
    plan: &Plan<'_>,
    memory: &mut impl Bytes,
    lane: usize,
    offset: usize,
) {
    let size = plan.access.scalar.bytes() as usize;
    for n in 0..usize::from(plan.access.count) {
        let offset = offset + n * size;
        match plan.kind {
            Kind::Load => {
                let value = element(memory, offset, plan.access.scalar);
                write_back(warp, plan, lane, n, value);
            }
            Kind::Store => {
                let value = operand(&warp.registers, plan, lane, n);
                set_element(memory, offset, plan.access.scalar, value);
            }
            Kind::Atomic(op, integer) => {
                let old = element(memory, offset, plan.access.scalar);
                let new = updated(&warp.registers, plan, lane, op, integer, old);
                set_element(memory, offset, plan.access.scalar, new);
                finish_atomic(warp, plan, lane, old);
            }
        }
    }
}

/// A reduction has no destination.
pub(super) fn finish_atomic(warp: &mut Warp, plan: &Plan<'_>, lane: usize, old: u64) {
    if plan.instruction.has_result {
        write_back(warp, plan, lane, 0, old);
    }
}

/// What an atomic leaves in memory.
pub(super) fn updated(
    registers: &Registers,
    plan: &Plan<'_>,
    lane: usize,
    op: AtomicOp,
    integer: Integer,
    old: u64,
) -> u64 {
    let value = operand(registers, plan, lane, 0);
    let signed = |v: u64| match integer {
        Integer::S32 => i64::from(v as u32 as i32),
        _ => v as i64,
    };
    let is_signed = matches!(integer, Integer::S32 | Integer::S64);
    match op {
        AtomicOp::Add => old.wrapping_add(value),
        AtomicOp::Min if is_signed => signed(old).min(signed(value)) as u64,
        AtomicOp::Max if is_signed => signed(old).max(signed(value)) as u64,
        AtomicOp::Min => old.min(value),
        AtomicOp::Max => old.max(value),
        AtomicOp::Inc if old >= value => 0,
        AtomicOp::Inc => old + 1,
        AtomicOp::Dec if old == 0 || old > value => value,
        AtomicOp::Dec => old - 1,
        AtomicOp::And => old & value,
        AtomicOp::Or => old | value,
        AtomicOp::Xor => old ^ value,
        AtomicOp::Exchange => value,
        AtomicOp::CompareExchange if old == value => operand(registers, plan, lane, 1),
        AtomicOp::CompareExchange => old,
    }
}
