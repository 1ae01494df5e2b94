//! Accesses to global, shared and local memory: bounds, alignment, initialisation and races are checked lane by lane.

use super::bytes::is_initialised;
use super::faults::{misaligned, race};
use super::transfer::{finish_atomic, transfer, updated};
use super::{Kind, Plan};
use crate::machine::block::Environment;
use crate::machine::lanes::{lanes, Lanes};
use crate::machine::log::Stop;
use crate::machine::memory::{Allocation, FULL};
use crate::machine::warp::Warp;
use crate::machine::FaultKind;

pub(super) fn global(
    warp: &mut Warp,
    env: &mut Environment<'_>,
    plan: &Plan<'_>,
    addresses: &Lanes<u64>,
    group: u32,
) -> Result<(), Stop> {
    let table = std::sync::Arc::clone(&env.grid.table);
    let bytes = u64::from(plan.bytes);
    let mut found: Option<&Allocation> = None;
    for lane in lanes(group) {
        let address = addresses.0[lane];
        let same = found.filter(|a| {
            let offset = address.wrapping_sub(a.address);
            offset < a.bytes && bytes <= a.bytes - offset && !a.is_freed()
        });
        let mut allocation = match same {
            Some(allocation) => allocation,
            None => match table.locate(address, bytes) {
                Ok(allocation) => &**allocation,
                Err((kind, detail)) => {
                    return env.fault(warp, lane, plan.instruction, kind, Some(address), || detail);
                }
            },
        };
        found = Some(allocation);
        if address % bytes != 0 {
            return misaligned(warp, env, plan, lane, address);
        }
        let offset = (address - allocation.address) as usize;
        if allocation.read_only && plan.touch.write {
            let kind = FaultKind::ReadOnly;
            return env.fault(warp, lane, plan.instruction, kind, Some(address), || {
                format!("{bytes} bytes of `{}`, which is constant", allocation.label)
            });
        }
        if plan.check_initialised && !is_initialised(&allocation, offset, plan.bytes as usize) {
            let kind = FaultKind::UninitialisedMemory;
            env.fault(warp, lane, plan.instruction, kind, Some(address), || {
                format!("{bytes} bytes at byte {offset} of `{}`", allocation.label)
            })?;
        }
        if env.watches_global() && !allocation.read_only {
            let actor = env.global_actor(warp.number);
            let length = plan.bytes as usize;
            let conflict =
                allocation
                    .shadow()
                    .touch(offset, length, &actor, lane as u32, plan.touch);
            if let Some(conflict) = conflict {
                race(warp, env, plan, (lane, address), conflict, || {
                    format!("{bytes} bytes at byte {offset} of `{}`", allocation.label)
                })?;
            }
        }
        // An access of 64 bits that others race with by right is whole.
        let word = offset / 4;
        match plan.kind {
            Kind::Atomic(op, integer) if plan.bytes == 8 => {
                let change = |old| updated(&warp.registers, plan, lane, op, integer, old);
                let old = allocation.update_wide(word, change);
                allocation.initialise(word, FULL);
                allocation.initialise(word + 1, FULL);
                finish_atomic(warp, plan, lane, old);
            }
            Kind::Atomic(op, integer) => {
                let change = |old| {
                    let old = u64::from(old);
                    updated(&warp.registers, plan, lane, op, integer, old) as u32
                };
                let old = allocation.update(word, change);
                allocation.initialise(word, FULL);
                finish_atomic(warp, plan, lane, u64::from(old));
            }
            _ if plan.touch.atomic && plan.bytes >= 8 => {
                let _whole = allocation.lock_wide();
                let mut memory = allocation;
                transfer(warp, plan, &mut memory, lane, offset);
            }
            _ => transfer(warp, plan, &mut allocation, lane, offset),
        }
    }
    Ok(())
}

pub(super) fn shared(
    warp: &mut Warp,
    env: &mut Environment<'_>,
    plan: &Plan<'_>,
    addresses: &Lanes<u64>,
    group: u32,
    start: u64,
) -> Result<(), Stop> {
    let bytes = plan.bytes;
    for lane in lanes(group) {
        let address = addresses.0[lane].wrapping_sub(start);
        if !env.shared.holds(address, bytes) {
            let detail = env.shared.describe(address, bytes);
            let kind = FaultKind::OutOfBounds;
            return env.fault(warp, lane, plan.instruction, kind, Some(address), || detail);
        }
        if address % u64::from(bytes) != 0 {
            return misaligned(warp, env, plan, lane, address);
        }
        let offset = address as usize;
        if plan.check_initialised && !is_initialised(env.shared, offset, bytes as usize) {
            let detail = env.shared.describe(address, bytes);
            let kind = FaultKind::UninitialisedMemory;
            env.fault(warp, lane, plan.instruction, kind, Some(address), || detail)?;
        }
        if env.grid.options.races_in_block {
            let turn = env.shared.turn;
            let actor = env
                .clocks
                .actor(warp.number as usize, turn, env.block, false);
            let length = bytes as usize;
            let touch = plan.touch;
            let conflict = env
                .shared
                .shadow
                .touch(offset, length, &actor, lane as u32, touch);
            if let Some(conflict) = conflict {
                let detail = env.shared.describe(address, bytes);
                race(warp, env, plan, (lane, address), conflict, || detail)?;
            }
        }
        transfer(warp, plan, env.shared, lane, offset);
    }
    Ok(())
}

pub(super) fn local(
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
        let size = warp.local.bytes();
        if address.saturating_add(bytes) > size {
            let kind = FaultKind::OutOfBounds;
            return env.fault(warp, lane, plan.instruction, kind, Some(address), || {
                format!("{bytes} bytes at byte {address} of local memory ({size} bytes)")
            });
        }
        if address % bytes != 0 {
            return misaligned(warp, env, plan, lane, address);
        }
        let offset = address as usize;
        // Taken out for the time of the access, as it is part of the warp.
        let mut memory = std::mem::take(&mut warp.local);
        let written = is_initialised(&memory.of(lane), offset, plan.bytes as usize);
        transfer(warp, plan, &mut memory.of(lane), lane, offset);
        warp.local = memory;
        if plan.check_initialised && !written {
            let kind = FaultKind::UninitialisedMemory;
            env.fault(warp, lane, plan.instruction, kind, Some(address), || {
                format!("{bytes} bytes at byte {offset} of local memory")
            })?;
        }
    }
    Ok(())
}
