//! Integers, bits and predicates.

use super::super::operation::{
    Binary, Comparison, Integer, Logic, Operation, Part, Permute, Unary, Width,
};
use super::modifiers::Modifiers;
use super::{Binder, Result};

pub(super) fn bind(
    base: &str,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Option<Operation>> {
    if let Some(binary) = binary(base) {
        return bind_binary(binary, modifiers, binder).map(Some);
    }
    if let Some(unary) = unary(base) {
        return bind_unary(unary, modifiers, binder).map(Some);
    }
    Ok(Some(match base {
        "mul" => match half(modifiers) {
            Half::Wide => {
                let integer = narrow(modifiers)?;
                binder.write(double(integer))?;
                read(binder, integer.width(), 2)?;
                Operation::MulWide(integer)
            }
            Half::Part(part) => {
                let integer = modifiers.integer()?;
                binder.write(integer.width())?;
                read(binder, integer.width(), 2)?;
                Operation::Binary(
                    match part {
                        Part::Low => Binary::MulLo,
                        Part::High => Binary::MulHi,
                    },
                    integer,
                )
            }
        },
        "mad" => match half(modifiers) {
            Half::Wide => {
                let integer = narrow(modifiers)?;
                binder.write(double(integer))?;
                read(binder, integer.width(), 2)?;
                read(binder, double(integer), 1)?;
                Operation::MadWide(integer)
            }
            Half::Part(part) => {
                let integer = modifiers.integer()?;
                binder.write(integer.width())?;
                read(binder, integer.width(), 3)?;
                Operation::Mad(part, integer)
            }
        },
        "sad" => {
            let integer = modifiers.integer()?;
            binder.write(integer.width())?;
            read(binder, integer.width(), 3)?;
            Operation::Sad(integer)
        }
        "lop3" => {
            modifiers.one("a type", |part| (part == "b32").then_some(()))?;
            binder.write(Width::W32)?;
            read(binder, Width::W32, 4)?;
            Operation::Lop3
        }
        "prmt" => {
            modifiers.one("a type", |part| (part == "b32").then_some(()))?;
            let permute = modifiers.accept_one(|part| {
                Some(match part {
                    "f4e" => Permute::Forward4,
                    "b4e" => Permute::Backward4,
                    "rc8" => Permute::Replicate8,
                    "ecl" => Permute::EdgeClampLeft,
                    "ecr" => Permute::EdgeClampRight,
                    "rc16" => Permute::Replicate16,
                    _ => return None,
                })
            });
            binder.write(Width::W32)?;
            read(binder, Width::W32, 3)?;
            Operation::Prmt(permute.unwrap_or(Permute::Generic))
        }
        "shf" => {
            let left = modifiers.one("a direction", |part| match part {
                "l" => Some(true),
                "r" => Some(false),
                _ => None,
            })?;
            let wrap = modifiers.one("`wrap` or `clamp`", |part| match part {
                "wrap" => Some(true),
                "clamp" => Some(false),
                _ => None,
            })?;
            modifiers.one("a type", |part| (part == "b32").then_some(()))?;
            binder.write(Width::W32)?;
            read(binder, Width::W32, 3)?;
            Operation::FunnelShift { left, wrap }
        }
        "bfe" => {
            let integer = wide_enough(modifiers)?;
            binder.write(integer.width())?;
            read(binder, integer.width(), 1)?;
            read(binder, Width::W32, 2)?;
            Operation::BitFieldExtract(integer)
        }
        "bfi" => {
            let integer = wide_enough(modifiers)?;
            binder.write(integer.width())?;
            read(binder, integer.width(), 2)?;
            read(binder, Width::W32, 2)?;
            Operation::BitFieldInsert(integer)
        }
        "setp" => {
            let comparison = modifiers.one("a comparison", integer_comparison)?;
            let logic = modifiers.accept_one(logic);
            let integer = modifiers.integer()?;
            binder.write_pair(Width::Predicate, Width::Predicate)?;
            read(binder, integer.width(), 2)?;
            if logic.is_some() {
                binder.read_predicate()?;
            }
            // `lo`, `ls`, `hi`, `hs` compare unsigned whatever the type.
            let (comparison, unsigned) = comparison;
            let integer = if unsigned {
                as_unsigned(integer)
            } else {
                integer
            };
            Operation::Compare(comparison, integer, logic)
        }
        _ => return Ok(None),
    }))
}

fn binary(base: &str) -> Option<Binary> {
    Some(match base {
        "add" => Binary::Add,
        "sub" => Binary::Sub,
        "div" => Binary::Div,
        "rem" => Binary::Rem,
        "min" => Binary::Min,
        "max" => Binary::Max,
        "and" => Binary::And,
        "or" => Binary::Or,
        "xor" => Binary::Xor,
        "shl" => Binary::Shl,
        "shr" => Binary::Shr,
        _ => return None,
    })
}

fn unary(base: &str) -> Option<Unary> {
    Some(match base {
        "not" => Unary::Not,
        "cnot" => Unary::LogicalNot,
        "neg" => Unary::Neg,
        "abs" => Unary::Abs,
        "brev" => Unary::Brev,
        "popc" => Unary::Popc,
        "clz" => Unary::Clz,
        "bfind" => Unary::FindBit,
        _ => return None,
    })
}

fn bind_binary(
    binary: Binary,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Operation> {
    if modifiers.accept("pred") {
        let logic = match binary {
            Binary::And => Logic::And,
            Binary::Or => Logic::Or,
            Binary::Xor => Logic::Xor,
            _ => return Err("predicates have no arithmetic".to_owned()),
        };
        binder.write(Width::Predicate)?;
        binder.read_predicate()?;
        binder.read_predicate()?;
        return Ok(Operation::PredicateLogic(logic));
    }
    let integer = modifiers.integer()?;
    binder.write(integer.width())?;
    read(binder, integer.width(), 1)?;
    // The amount of a shift has 32 bits whatever is shifted.
    let second = match binary {
        Binary::Shl | Binary::Shr => Width::W32,
        _ => integer.width(),
    };
    read(binder, second, 1)?;
    Ok(Operation::Binary(binary, integer))
}

fn bind_unary(
    unary: Unary,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Operation> {
    if unary == Unary::Not && modifiers.accept("pred") {
        binder.write(Width::Predicate)?;
        binder.read_predicate()?;
        return Ok(Operation::PredicateNot);
    }
    let integer = modifiers.integer()?;
    let counts = matches!(unary, Unary::Popc | Unary::Clz | Unary::FindBit);
    binder.write(if counts { Width::W32 } else { integer.width() })?;
    read(binder, integer.width(), 1)?;
    Ok(Operation::Unary(unary, integer))
}

pub(super) fn read(binder: &mut Binder<'_, '_>, width: Width, count: usize) -> Result<()> {
    (0..count).try_for_each(|_| binder.read(width))
}

enum Half {
    Part(Part),
    Wide,
}

/// `lo`, `hi` or `wide`; without any it is `lo`, as for 16-bit types.
fn half(modifiers: &mut Modifiers<'_>) -> Half {
    modifiers
        .accept_one(|part| match part {
            "lo" => Some(Half::Part(Part::Low)),
            "hi" => Some(Half::Part(Part::High)),
            "wide" => Some(Half::Wide),
            _ => None,
        })
        .unwrap_or(Half::Part(Part::Low))
}

fn narrow(modifiers: &mut Modifiers<'_>) -> Result<Integer> {
    let integer = modifiers.integer()?;
    match integer.width() {
        Width::W64 => Err("no product is wider than 64 bits".to_owned()),
        _ => Ok(integer),
    }
}

fn wide_enough(modifiers: &mut Modifiers<'_>) -> Result<Integer> {
    let integer = modifiers.integer()?;
    match integer.width() {
        Width::W16 => Err("bit fields have 32 or 64 bits".to_owned()),
        _ => Ok(integer),
    }
}

fn double(integer: Integer) -> Width {
    match integer.width() {
        Width::W16 => Width::W32,
        _ => Width::W64,
    }
}

fn as_unsigned(integer: Integer) -> Integer {
    match integer.width() {
        Width::W16 => Integer::U16,
        Width::W64 => Integer::U64,
        _ => Integer::U32,
    }
}

/// The comparison, and whether its name makes it unsigned.
fn integer_comparison(part: &str) -> Option<(Comparison, bool)> {
    Some(match part {
        "eq" => (Comparison::Eq, false),
        "ne" => (Comparison::Ne, false),
        "lt" => (Comparison::Lt, false),
        "le" => (Comparison::Le, false),
        "gt" => (Comparison::Gt, false),
        "ge" => (Comparison::Ge, false),
        "lo" => (Comparison::Lt, true),
        "ls" => (Comparison::Le, true),
        "hi" => (Comparison::Gt, true),
        "hs" => (Comparison::Ge, true),
        _ => return None,
    })
}

pub(super) fn logic(part: &str) -> Option<Logic> {
    Some(match part {
        "and" => Logic::And,
        "or" => Logic::Or,
        "xor" => Logic::Xor,
        _ => return None,
    })
}
