//! Moves, selections and conversions.

use super::super::instruction::{Operand, Source};
use super::super::operand::Written;
use super::super::operation::{Binary, Integer, Operation, Rounding, Scalar, Width};
use super::super::Space;
use super::float;
use super::memory::space;
use super::modifiers::Modifiers;
use super::{Binder, Result};
use crate::ptx::window;

pub(super) fn bind(
    base: &str,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Option<Operation>> {
    Ok(Some(match base {
        "mov" => bind_move(modifiers, binder)?,
        "selp" => {
            let width = modifiers.width()?;
            binder.write(width)?;
            binder.read(width)?;
            binder.read(width)?;
            binder.read_predicate()?;
            Operation::Select(width)
        }
        "slct" => {
            let width = modifiers.width()?;
            modifiers.one("`s32`", |part| (part == "s32").then_some(()))?;
            binder.write(width)?;
            binder.read(width)?;
            binder.read(width)?;
            binder.read(Width::W32)?;
            Operation::SelectSign(width)
        }
        "cvt" => bind_convert(modifiers, binder)?,
        "cvta" => bind_address(modifiers, binder)?,
        _ => return Ok(None),
    }))
}

fn bind_move(modifiers: &mut Modifiers<'_>, binder: &mut Binder<'_, '_>) -> Result<Operation> {
    let width = modifiers.width()?;
    let vector = |written: &Written<'_>| matches!(written, Written::Vector(_));
    let [first, second] = binder.operands.as_slice() else {
        return Err("a move has two operands".to_owned());
    };
    match (vector(first), vector(second)) {
        (true, true) => Err("a move of a vector to a vector".to_owned()),
        (true, false) => {
            let Written::Vector(parts) = binder.next()? else {
                return Err("a vector expected".to_owned());
            };
            let part = part_width(width, parts.len())?;
            for part_of in parts {
                match part_of {
                    Written::Name("_") => binder.destinations.push(None),
                    Written::Name(name) => {
                        let register = binder.register(name, part)?;
                        binder.destinations.push(Some(register));
                    }
                    _ => return Err("a register expected".to_owned()),
                }
            }
            binder.read(width)?;
            Ok(Operation::Unpack { part, whole: width })
        }
        (false, true) => {
            binder.write(width)?;
            let Written::Vector(parts) = binder.next()? else {
                return Err("a vector expected".to_owned());
            };
            let part = part_width(width, parts.len())?;
            for written in parts {
                let operand = binder.source(written, part)?;
                binder.sources.push(Source {
                    operand,
                    width: part,
                });
            }
            Ok(Operation::Pack { part, whole: width })
        }
        (false, false) => {
            let clock = match second {
                Written::Name("%clock" | "%clock_hi" | "%globaltimer_lo") => Some(Width::W32),
                Written::Name("%clock64" | "%globaltimer") => Some(Width::W64),
                _ => None,
            };
            binder.write(width)?;
            if let Some(clock) = clock {
                binder.next()?;
                return match clock == width {
                    true => Ok(Operation::Clock(width)),
                    false => Err("the clock has another width".to_owned()),
                };
            }
            match width {
                Width::Predicate => binder.read_predicate()?,
                _ => binder.read(width)?,
            }
            Ok(Operation::Move(width))
        }
    }
}

fn part_width(whole: Width, parts: usize) -> Result<Width> {
    match (whole, parts) {
        (Width::W64, 2) => Ok(Width::W32),
        (Width::W64, 4) | (Width::W32, 2) => Ok(Width::W16),
        _ => Err("a vector of this many parts does not fill the register".to_owned()),
    }
}

fn bind_convert(modifiers: &mut Modifiers<'_>, binder: &mut Binder<'_, '_>) -> Result<Operation> {
    // `rni`, `rzi`: to an integral value, nearest or towards zero.
    let rounding = modifiers.accept_one(|part| match part {
        "rni" => Some(Rounding::Nearest),
        "rzi" => Some(Rounding::Zero),
        "rmi" => Some(Rounding::Down),
        "rpi" => Some(Rounding::Up),
        _ => float::rounding(part),
    });
    let saturate = modifiers.accept("sat");
    let to = modifiers.scalar()?;
    let from = modifiers.scalar()?;
    let float = |scalar| matches!(scalar, Scalar::F32 | Scalar::F64);
    if saturate && (float(to) || float(from)) {
        return Err("saturation of floats is not known".to_owned());
    }
    if float(to) && !matches!(rounding, None | Some(Rounding::Nearest)) {
        return Err("only rounding to nearest is known here".to_owned());
    }
    let written = binder.next()?;
    let width = binder.write_at_least(&written, to.bytes())?;
    let source = binder.next()?;
    binder.read_at_least(source, from.bytes())?;
    Ok(Operation::Convert {
        to,
        from,
        rounding: rounding.unwrap_or(Rounding::Nearest),
        saturate,
        width,
    })
}

/// `cvta`: between an address of a space and a generic one, a distance apart.
fn bind_address(modifiers: &mut Modifiers<'_>, binder: &mut Binder<'_, '_>) -> Result<Operation> {
    let to = modifiers.accept("to");
    let space = modifiers.one("a space", space)?;
    let width = modifiers.width()?;
    if width != Width::W64 {
        return Err("addresses have 64 bits".to_owned());
    }
    binder.write(width)?;
    binder.read(width)?;
    let window = match space {
        Space::Shared => window::SHARED,
        Space::Local => window::LOCAL,
        // Their addresses are generic ones already.
        Space::Global | Space::Const => return Ok(Operation::Move(width)),
        Space::Param => window::PARAM,
        Space::Generic => return Err("a space expected".to_owned()),
    };
    let distance = if to { window.wrapping_neg() } else { window };
    binder.sources.push(Source {
        operand: Operand::Constant(distance),
        width,
    });
    Ok(Operation::Binary(Binary::Add, Integer::U64))
}
