//! Loads, stores and atomics, with all that is checked about them.

use crate::machine::block::Environment;
use crate::machine::decode::Instruction;
use crate::machine::execute::convert::extended;
use crate::machine::lanes::{lanes, Lanes, Registers};
use crate::machine::log::Stop;
use crate::machine::memory::{Allocation, FULL};
use crate::machine::races::{Conflict, Touch};
use crate::machine::warp::Warp;
use crate::machine::FaultKind;
use crate::ptx::operation::{Access, AtomicOp, Integer, Scalar, Width};
use crate::ptx::{window, Space};

/// Memory as words with a record of which bytes are initialised.
pub trait Bytes {
    fn load(&self, word: usize) -> u32;
    /// Replaces the bits of a word that are set in `bits`.
    fn store(&mut self, word: usize, value: u32, bits: u32);
    fn initialised(&self, word: usize) -> u8;
    fn initialise(&mut self, word: usize, bytes: u8);
}

impl Bytes for &Allocation {
    #[inline(always)]
    fn load(&self, word: usize) -> u32 {
        Allocation::load(self, word)
    }

    #[inline(always)]
    fn store(&mut self, word: usize, value: u32, bits: u32) {
        if bits == u32::MAX {
            Allocation::store(self, word, value);
        } else {
            self.store_part(word, value, bits);
        }
    }

    #[inline(always)]
    fn initialised(&self, word: usize) -> u8 {
        Allocation::initialised(self, word)
    }

    #[inline(always)]
    fn initialise(&mut self, word: usize, bytes: u8) {
        Allocation::initialise(self, word, bytes);
    }
}

/// The element at a byte offset, a multiple of its size.
#[inline(always)]
fn element(memory: &impl Bytes, offset: usize, scalar: Scalar) -> u64 {
    let word = offset / 4;
    match scalar.bytes() {
        8 => u64::from(memory.load(word)) | u64::from(memory.load(word + 1)) << 32,
        4 => u64::from(memory.load(word)),
        _ => u64::from(memory.load(word) >> (8 * (offset % 4))),
    }
}

#[inline(always)]
fn set_element(memory: &mut impl Bytes, offset: usize, scalar: Scalar, value: u64) {
    let word = offset / 4;
    match scalar.bytes() {
        8 => {
            memory.store(word, value as u32, u32::MAX);
            memory.store(word + 1, (value >> 32) as u32, u32::MAX);
            memory.initialise(word, FULL);
            memory.initialise(word + 1, FULL);
        }
        4 => {
            memory.store(word, value as u32, u32::MAX);
            memory.initialise(word, FULL);
        }
        bytes => {
            let shift = 8 * (offset % 4);
            let bits = ((1_u32 << (8 * bytes)) - 1) << shift;
            memory.store(word, (value as u32) << shift, bits);
            memory.initialise(word, ((1_u8 << bytes) - 1) << (offset % 4));
        }
    }
}

/// Whether all bytes of an access have been written.
#[inline(always)]
fn is_initialised(memory: &impl Bytes, offset: usize, bytes: usize) -> bool {
    if bytes >= 4 {
        (offset / 4..(offset + bytes) / 4).all(|word| memory.initialised(word) == FULL)
    } else {
        let wanted = ((1_u8 << bytes) - 1) << (offset % 4);
        memory.initialised(offset / 4) & wanted == wanted
    }
}

/// What an instruction does with memory.
#[derive(Clone, Copy)]
enum Kind {
    Load,
    Store,
    Atomic(AtomicOp, Integer),
}

/// An access of one instruction, with its checks.
struct Plan<'a> {
    instruction: &'a Instruction,
    access: Access,
    kind: Kind,
    bytes: u32,
    touch: Touch,
    check_initialised: bool,
}

pub fn load(
    warp: &mut Warp,
    env: &mut Environment<'_>,
    instruction: &Instruction,
    mask: u32,
    access: Access,
) -> Result<(), Stop> {
    run(warp, env, instruction, mask, access, Kind::Load)
}

pub fn store(
    warp: &mut Warp,
    env: &mut Environment<'_>,
    instruction: &Instruction,
    mask: u32,
    access: Access,
) -> Result<(), Stop> {
    run(warp, env, instruction, mask, access, Kind::Store)
}

pub fn atomic(
    warp: &mut Warp,
    env: &mut Environment<'_>,
    instruction: &Instruction,
    mask: u32,
    (space, op, integer): (Space, AtomicOp, Integer),
) -> Result<(), Stop> {
    let access = Access {
        space,
        scalar: match integer.width() {
            Width::W64 => Scalar::U64,
            _ => Scalar::U32,
        },
        count: 1,
        strong: true,
    };
    run(
        warp,
        env,
        instruction,
        mask,
        access,
        Kind::Atomic(op, integer),
    )
}

fn run(
    warp: &mut Warp,
    env: &mut Environment<'_>,
    instruction: &Instruction,
    mask: u32,
    access: Access,
    kind: Kind,
) -> Result<(), Stop> {
    let addresses = addresses(&warp.registers, instruction);
    let plan = Plan {
        instruction,
        access,
        kind,
        bytes: access.bytes(),
        touch: Touch {
            write: !matches!(kind, Kind::Load),
            atomic: access.strong,
        },
        check_initialised: env.grid.options.uninitialised_memory && !matches!(kind, Kind::Store),
    };
    let mut rest = mask;
    while rest != 0 {
        let (space, group, start) = same_space(access.space, &addresses, rest);
        match space {
            Space::Shared => shared(warp, env, &plan, &addresses, group, start)?,
            Space::Local => local(warp, env, &plan, &addresses, group, start)?,
            Space::Param => param(warp, env, &plan, &addresses, group, start)?,
            Space::Global | Space::Const | Space::Generic => {
                global(warp, env, &plan, &addresses, group)?;
            }
        }
        rest &= !group;
    }
    Ok(())
}

#[inline(always)]
fn addresses(registers: &Registers, instruction: &Instruction) -> Lanes<u64> {
    let offset = instruction.offset as u64;
    if instruction.narrow_address {
        let base = registers.narrow(instruction.address);
        Lanes(base.0.map(|a| u64::from(a.wrapping_add(offset as u32))))
    } else {
        let base = registers.wide(instruction.address);
        Lanes(base.0.map(|a| a.wrapping_add(offset)))
    }
}

/// The space of the first lane's address, the lanes with addresses in the same, and where it
/// begins among generic addresses.
fn same_space(space: Space, addresses: &Lanes<u64>, mask: u32) -> (Space, u32, u64) {
    if space != Space::Generic {
        return (space, mask, 0);
    }
    let of = |address: u64| match address {
        window::PARAM..window::SHARED => (Space::Param, window::PARAM),
        window::SHARED..window::LOCAL => (Space::Shared, window::SHARED),
        window::LOCAL..window::END => (Space::Local, window::LOCAL),
        _ => (Space::Global, 0),
    };
    let (space, start) = of(addresses.0[mask.trailing_zeros() as usize & 31]);
    let group = lanes(mask)
        .filter(|&lane| of(addresses.0[lane]).0 == space)
        .fold(0, |group, lane| group | 1 << lane);
    (space, group, start)
}

/// Values for a lane's destinations.
#[inline(always)]
fn write_back(warp: &mut Warp, plan: &Plan<'_>, lane: usize, element: usize, value: u64) {
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
fn transfer(warp: &mut Warp, plan: &Plan<'_>, memory: &mut impl Bytes, lane: usize, offset: usize) {
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
fn finish_atomic(warp: &mut Warp, plan: &Plan<'_>, lane: usize, old: u64) {
    if plan.instruction.has_result {
        write_back(warp, plan, lane, 0, old);
    }
}

/// What an atomic leaves in memory.
fn updated(
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

fn global(
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

fn shared(
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

fn local(
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

/// Loads through an address from the parameters of the entry, or of a function.
fn param(
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

fn misaligned(
    warp: &Warp,
    env: &mut Environment<'_>,
    plan: &Plan<'_>,
    lane: usize,
    address: u64,
) -> Result<(), Stop> {
    let kind = FaultKind::Misaligned;
    let bytes = plan.bytes;
    env.fault(warp, lane, plan.instruction, kind, Some(address), || {
        format!("{bytes} bytes at an address that is not a multiple of {bytes}")
    })
}

/// Reports a race, if races of its sort are looked for.
fn race(
    warp: &Warp,
    env: &mut Environment<'_>,
    plan: &Plan<'_>,
    (lane, address): (usize, u64),
    conflict: Conflict,
    place: impl FnOnce() -> String,
) -> Result<(), Stop> {
    let options = env.grid.options;
    let (kind, wanted) = if conflict.between_blocks {
        (FaultKind::RaceBetweenBlocks, options.races_between_blocks)
    } else {
        (FaultKind::RaceInBlock, options.races_in_block)
    };
    if !wanted {
        return Ok(());
    }
    let grid = env.grid;
    env.fault(warp, lane, plan.instruction, kind, Some(address), || {
        let [bx, by, bz] = grid.block_index(conflict.block);
        let [tx, ty, tz] = grid.thread_index(conflict.thread);
        let verb = if conflict.wrote { "written" } else { "read" };
        format!(
            "{}, {verb} also by block ({bx},{by},{bz}) thread ({tx},{ty},{tz})",
            place()
        )
    })
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
