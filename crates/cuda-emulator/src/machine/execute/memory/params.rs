//! Accesses to parameters: of the entry, and of functions, which are in the warp's frame.

use super::faults::misaligned;
use super::transfer::write_back;
use super::Plan;
use crate::machine::block::Environment;
use crate::machine::decode::Instruction;
use crate::machine::execute::convert::extended;
use crate::machine::lanes::{lanes, Lanes};
use crate::machine::log::Stop;
use crate::machine::warp::Warp;
use crate::machine::FaultKind;
use crate::ptx::operation::{Scalar, Width};
use crate::ptx::window;

/// Loads through an address from the parameters of the entry, or of a function.
pub(super) fn param(
    warp: &mut Warp,
    env: &mut Environment<'_>,
    plan: &Plan<'_>,
    addresses: &Lanes<u64>,
    group: u32,
    start: u64,
) -> Result<(), Stop> {
    let bytes = u64::from(plan.bytes);
    for lane in lanes(group) {
        let address = addresses.0[lane].wrapping_sub(start);
        let in_frame = address >= window::FRAME;
        let (address, size) = if in_frame {
            (address - window::FRAME, 4 * warp.frame.len() as u64)
        } else {
            (address, env.grid.params.len() as u64)
        };
        let kind = if address.saturating_add(bytes) > size {
            Some(FaultKind::OutOfBounds)
        } else if plan.touch.write {
            Some(FaultKind::ReadOnly)
        } else {
            None
        };
        if let Some(kind) = kind {
            return env.fault(warp, lane, plan.instruction, kind, Some(address), || {
                format!("{bytes} bytes at byte {address} of the parameters ({size} bytes)")
            });
        }
        if address % bytes != 0 {
            return misaligned(warp, env, plan, lane, address);
        }
        let scalar = plan.access.scalar;
        for n in 0..usize::from(plan.access.count) {
            let offset = address as u32 + n as u32 * scalar.bytes();
            let value = if in_frame {
                frame_value(warp, lane, offset as usize, scalar)
            } else {
                env.grid.param(offset, scalar.bytes(), false)
            };
            write_back(warp, plan, lane, n, value);
        }
    }
    Ok(())
}

/// The bytes of a frame from an offset on, at least as many as the type has.
fn frame_value(warp: &Warp, lane: usize, offset: usize, scalar: Scalar) -> u64 {
    let low = u64::from(warp.frame[offset / 4].0[lane] >> (8 * (offset % 4)));
    match scalar.bytes() {
        8 => low | u64::from(warp.frame[offset / 4 + 1].0[lane]) << 32,
        _ => low,
    }
}

/// Accesses through parameters of functions: words of the warp's frame, at a fixed place.
pub fn frame(
    warp: &mut Warp,
    instruction: &Instruction,
    mask: u32,
    (scalar, count, offset): (Scalar, u8, u32),
    store: bool,
) {
    for n in 0..usize::from(count) {
        let offset = offset as usize + n * scalar.bytes() as usize;
        let (word, shift) = (offset / 4, 8 * (offset % 4));
        for lane in lanes(mask) {
            if store {
                let slot = instruction.sources[n];
                let value = match instruction.width {
                    Width::W64 => warp.registers.wide(slot).0[lane],
                    _ => u64::from(warp.registers.narrow(slot).0[lane]),
                };
                match scalar.bytes() {
                    8 => {
                        warp.frame[word].0[lane] = value as u32;
                        warp.frame[word + 1].0[lane] = (value >> 32) as u32;
                    }
                    4 => warp.frame[word].0[lane] = value as u32,
                    bytes => {
                        let bits = ((1_u32 << (8 * bytes)) - 1) << shift;
                        let old = &mut warp.frame[word].0[lane];
                        *old = (*old & !bits) | ((value as u32) << shift & bits);
                    }
                }
            } else {
                let value = extended(frame_value(warp, lane, offset, scalar), scalar);
                let slot = usize::from(instruction.destinations[n]);
                match instruction.width {
                    Width::W64 => warp.registers.wide[slot].0[lane] = value,
                    Width::W16 => warp.registers.narrow[slot].0[lane] = value as u32 & 0xffff,
                    _ => warp.registers.narrow[slot].0[lane] = value as u32,
                }
            }
        }
    }
}
