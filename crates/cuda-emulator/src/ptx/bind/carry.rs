//! Extended-precision arithmetic: instructions of a carry chain.

use super::super::operation::{Extended, Operation, Part, Width};
use super::arithmetic::read;
use super::modifiers::Modifiers;
use super::{Binder, Result};

pub(super) fn bind(
    base: &str,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Option<Operation>> {
    let (what, carry_in) = match base {
        "add" => (Extended::Add, false),
        "addc" => (Extended::Add, true),
        "sub" => (Extended::Sub, false),
        "subc" => (Extended::Sub, true),
        "mad" | "madc" => {
            let part = modifiers.one("half of a product", |part| match part {
                "lo" => Some(Part::Low),
                "hi" => Some(Part::High),
                _ => None,
            })?;
            (Extended::Mad(part), base == "madc")
        }
        _ => return Ok(None),
    };
    let carry_out = modifiers.accept("cc");
    let integer = modifiers.integer()?;
    if integer.width() == Width::W16 {
        return Err("carry chains have 32 or 64 bits".to_owned());
    }
    binder.write(integer.width())?;
    let sources = match what {
        Extended::Mad(_) => 3,
        _ => 2,
    };
    read(binder, integer.width(), sources)?;
    Ok(Some(Operation::Extended {
        what,
        integer,
        carry_in,
        carry_out,
    }))
}
