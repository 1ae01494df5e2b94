//! Loads, stores and atomics, with all that is checked about them.

mod bytes;
mod faults;
mod params;
mod spaces;
mod transfer;

pub use bytes::Bytes;
pub use params::frame;

use crate::machine::block::Environment;
use crate::machine::decode::Instruction;
use crate::machine::lanes::{lanes, Lanes, Registers};
use crate::machine::log::Stop;
use crate::machine::races::Touch;
use crate::machine::warp::Warp;
use crate::ptx::operation::{Access, AtomicOp, Integer, Scalar, Width};
use crate::ptx::{window, Space};
use params::param;
use spaces::{global, local, shared};

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
