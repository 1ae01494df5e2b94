//! Loads, stores and atomics.

use super::super::operation::{Access, AtomicOp, Integer, Operation, Scalar};
use super::super::Space;
use super::modifiers::Modifiers;
use super::{Binder, Result};

pub(super) fn bind(
    base: &str,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Option<Operation>> {
    Ok(Some(match base {
        "ld" | "ldu" => bind_load(modifiers, binder)?,
        "st" => bind_store(modifiers, binder)?,
        "atom" | "red" => bind_atomic(base, modifiers, binder)?,
        "prefetch" | "prefetchu" => {
            modifiers.accept_one(space);
            modifiers.one("a cache level", |part| {
                matches!(part, "L1" | "L2").then_some(())
            })?;
            binder.address()?;
            // A hint touches nothing, whatever its address.
            binder.address = None;
            Operation::Hint
        }
        _ => return Ok(None),
    }))
}

pub(super) fn space(part: &str) -> Option<Space> {
    Some(match part {
        "global" => Space::Global,
        "const" => Space::Const,
        "shared" | "shared::cta" => Space::Shared,
        "local" => Space::Local,
        "param" | "param::entry" | "param::func" => Space::Param,
        _ => return None,
    })
}

fn scope(part: &str) -> Option<()> {
    matches!(part, "cta" | "gpu" | "sys" | "cluster").then_some(())
}

/// How an access is cached changes nothing that a program may rely on.
fn cache(modifiers: &mut Modifiers<'_>) {
    let known = |part: &str| {
        let hint = matches!(
            part,
            "ca" | "cg"
                | "cs"
                | "lu"
                | "cv"
                | "wb"
                | "wt"
                | "nc"
                | "L1::evict_normal"
                | "L1::evict_unchanged"
                | "L1::evict_first"
                | "L1::evict_last"
                | "L1::no_allocate"
                | "L2::64B"
                | "L2::128B"
                | "L2::256B"
        );
        hint.then_some(())
    };
    while modifiers.accept_one(known).is_some() {}
}

/// `.relaxed.gpu` and the like; whether the access is a strong one.
fn ordering(modifiers: &mut Modifiers<'_>, known: &[&str]) -> bool {
    let ordering = modifiers.accept_one(|part| match part {
        "volatile" => Some(true),
        "weak" => Some(false),
        _ => known.contains(&part).then_some(true),
    });
    modifiers.accept_one(scope);
    ordering.unwrap_or(false)
}

fn shape(modifiers: &mut Modifiers<'_>, strong: bool, space: Space) -> Result<Access> {
    let count = modifiers.accept_one(|part| match part {
        "v2" => Some(2),
        "v4" => Some(4),
        _ => None,
    });
    let access = Access {
        space,
        scalar: modifiers.scalar()?,
        count: count.unwrap_or(1),
        strong,
    };
    if access.bytes() > 16 {
        return Err("an access has at most 16 bytes".to_owned());
    }
    Ok(access)
}

fn bind_load(modifiers: &mut Modifiers<'_>, binder: &mut Binder<'_, '_>) -> Result<Operation> {
    let strong = ordering(modifiers, &["relaxed", "acquire"]);
    let space = modifiers.accept_one(space).unwrap_or(Space::Generic);
    cache(modifiers);
    let access = shape(modifiers, strong, space)?;
    for element in binder.elements(access.count)? {
        binder.write_at_least(&element, access.scalar.bytes())?;
    }
    if space == Space::Param {
        if let Some(place) = binder.frame_address() {
            return Ok(Operation::FrameLoad {
                scalar: access.scalar,
                count: access.count,
                offset: frame_offset(place, access)?,
            });
        }
    }
    binder.address()?;
    Ok(Operation::Load(access))
}

fn bind_store(modifiers: &mut Modifiers<'_>, binder: &mut Binder<'_, '_>) -> Result<Operation> {
    let strong = ordering(modifiers, &["relaxed", "release"]);
    let space = modifiers.accept_one(space).unwrap_or(Space::Generic);
    cache(modifiers);
    let access = shape(modifiers, strong, space)?;
    let frame = match space {
        Space::Param => Some(
            binder
                .frame_address()
                .ok_or("only a call's parameters can be stored to")?,
        ),
        _ => {
            binder.address()?;
            None
        }
    };
    for element in binder.elements(access.count)? {
        binder.read_at_least(element, access.scalar.bytes())?;
    }
    Ok(match frame {
        Some(place) => Operation::FrameStore {
            scalar: access.scalar,
            count: access.count,
            offset: frame_offset(place, access)?,
        },
        None => Operation::Store(access),
    })
}

fn frame_offset(place: (std::ops::Range<u32>, i64), access: Access) -> Result<u32> {
    let (range, offset) = place;
    let start = i64::from(range.start) + offset;
    if offset < 0 || start + i64::from(access.bytes()) > i64::from(range.end) {
        return Err("an access beyond the parameter".to_owned());
    }
    if start % i64::from(access.scalar.bytes()) != 0 {
        return Err("a misaligned access to a parameter".to_owned());
    }
    u32::try_from(start).map_err(|e| e.to_string())
}

fn bind_atomic(
    base: &str,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Operation> {
    ordering(modifiers, &["relaxed", "acquire", "release", "acq_rel"]);
    let space = modifiers.accept_one(space).unwrap_or(Space::Generic);
    // The scope stands before or after the space, by the version of PTX.
    modifiers.accept_one(scope);
    let op = modifiers.one("an atomic operation", atomic)?;
    let integer = match modifiers.scalar()? {
        Scalar::U32 => Integer::U32,
        Scalar::S32 => Integer::S32,
        Scalar::U64 => Integer::U64,
        Scalar::S64 => Integer::S64,
        _ => return Err("atomics of this type are not known".to_owned()),
    };
    if !matches!(space, Space::Generic | Space::Global | Space::Shared) {
        return Err("atomics are for global and shared memory".to_owned());
    }
    if base == "atom" {
        binder.write(integer.width())?;
    }
    binder.address()?;
    binder.read(integer.width())?;
    if op == AtomicOp::CompareExchange {
        binder.read(integer.width())?;
    }
    let increment = matches!(op, AtomicOp::Inc | AtomicOp::Dec);
    if increment && integer != Integer::U32 {
        return Err("`inc` and `dec` are for `u32`".to_owned());
    }
    if base == "red" && matches!(op, AtomicOp::Exchange | AtomicOp::CompareExchange) {
        return Err("a reduction has no exchange".to_owned());
    }
    Ok(Operation::Atomic { space, op, integer })
}

pub(super) fn atomic(part: &str) -> Option<AtomicOp> {
    Some(match part {
        "add" => AtomicOp::Add,
        "min" => AtomicOp::Min,
        "max" => AtomicOp::Max,
        "inc" => AtomicOp::Inc,
        "dec" => AtomicOp::Dec,
        "and" => AtomicOp::And,
        "or" => AtomicOp::Or,
        "xor" => AtomicOp::Xor,
        "exch" => AtomicOp::Exchange,
        "cas" => AtomicOp::CompareExchange,
        _ => return None,
    })
}
