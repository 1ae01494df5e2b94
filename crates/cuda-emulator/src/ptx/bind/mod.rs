//! From an opcode and written operands to an instruction of the machine.
//!
//! An opcode, modifier or operand that is not known is an error: nothing is passed over.

mod arithmetic;
mod carry;
mod control;
mod convert;
mod float;
mod memory;
mod modifiers;
mod warp;

use super::instruction::{Address, Call, Operand, Register, Source};
use super::operand::Written;
use super::operation::{Operation, Width};
use super::scope::{Name, Scopes};
use modifiers::Modifiers;

/// An instruction without its place.
pub(super) struct Bound<'a> {
    pub operation: Operation,
    pub destinations: Vec<Option<Register>>,
    pub sources: Vec<Source>,
    pub address: Option<Address>,
    pub labels: Vec<&'a str>,
    pub call: Option<Box<Call>>,
}

/// Takes operands from left to right, checking each.
pub(super) struct Binder<'s, 'a> {
    scopes: &'s Scopes<'a>,
    operands: std::vec::IntoIter<Written<'a>>,
    destinations: Vec<Option<Register>>,
    sources: Vec<Source>,
    address: Option<Address>,
    labels: Vec<&'a str>,
    call: Option<Box<Call>>,
}

type Result<T> = std::result::Result<T, String>;

/// Binds the statement `opcode operands;`.
pub(super) fn bind<'a>(
    opcode: &'a str,
    operands: Vec<Written<'a>>,
    scopes: &Scopes<'a>,
) -> Result<Bound<'a>> {
    let mut modifiers = Modifiers::new(opcode);
    let mut binder = Binder {
        scopes,
        operands: operands.into_iter(),
        destinations: Vec::new(),
        sources: Vec::new(),
        address: None,
        labels: Vec::new(),
        call: None,
    };
    let base = modifiers.base();
    let (m, b) = (&mut modifiers, &mut binder);
    let operation = match base {
        "addc" | "subc" | "madc" => carry::bind(base, m, b),
        "add" | "sub" | "mad" if m.contains("cc") => carry::bind(base, m, b),
        _ if m.is_float() => float::bind(base, m, b),
        "cvt" | "cvta" | "mov" | "selp" | "slct" => convert::bind(base, m, b),
        "ld" | "ldu" | "st" | "atom" | "red" | "prefetch" | "prefetchu" => memory::bind(base, m, b),
        "bra" | "brx" | "call" | "ret" | "exit" | "trap" | "bar" | "barrier" | "membar"
        | "fence" | "nanosleep" => control::bind(base, m, b),
        "shfl" | "vote" | "match" | "activemask" | "redux" => warp::bind(base, m, b),
        _ => arithmetic::bind(base, m, b),
    }?
    .ok_or_else(|| format!("the machine has no instruction `{base}`"))?;
    modifiers.end()?;
    if binder.operands.next().is_some() {
        return Err("too many operands".to_owned());
    }
    Ok(Bound {
        operation,
        destinations: binder.destinations,
        sources: binder.sources,
        address: binder.address,
        labels: binder.labels,
        call: binder.call,
    })
}

impl<'a> Binder<'_, 'a> {
    fn next(&mut self) -> Result<Written<'a>> {
        self.operands
            .next()
            .ok_or_else(|| "an operand is missing".to_owned())
    }

    fn is_empty(&self) -> bool {
        self.operands.as_slice().is_empty()
    }

    fn register(&self, name: &str, width: Width) -> Result<Register> {
        let register = self.scopes.register(name)?;
        let found = self.scopes.width(register);
        if found == width {
            Ok(register)
        } else {
            Err(format!("`{name}` is {found:?}, not {width:?}"))
        }
    }

    /// A destination register, or `_`.
    fn write(&mut self, width: Width) -> Result<()> {
        let destination = match self.next()? {
            Written::Name("_") => None,
            Written::Name(name) => Some(self.register(name, width)?),
            _ => return Err("a register expected".to_owned()),
        };
        self.destinations.push(destination);
        Ok(())
    }

    /// A destination of one register, or of two as in `p|q`.
    fn write_pair(&mut self, first: Width, second: Width) -> Result<bool> {
        match self.next()? {
            Written::Pair(a, b) => {
                for (name, width) in [(a, first), (b, second)] {
                    let destination = match name {
                        "_" => None,
                        name => Some(self.register(name, width)?),
                    };
                    self.destinations.push(destination);
                }
                Ok(true)
            }
            Written::Name(name) => {
                let register = self.register(name, first)?;
                self.destinations.push(Some(register));
                Ok(false)
            }
            _ => Err("a register expected".to_owned()),
        }
    }

    /// A destination at least as wide as `bytes`; its width.
    fn write_at_least(&mut self, written: &Written<'a>, bytes: u32) -> Result<Width> {
        match written {
            Written::Name("_") => {
                self.destinations.push(None);
                Ok(Width::W32)
            }
            Written::Name(name) => {
                let register = self.scopes.register(name)?;
                let width = self.scopes.width(register);
                if width == Width::Predicate || width.bytes() < bytes {
                    return Err(format!("`{name}` is too narrow"));
                }
                self.destinations.push(Some(register));
                Ok(width)
            }
            _ => Err("a register expected".to_owned()),
        }
    }

    /// A source: register, number, special register or address of a variable.
    fn source(&self, written: Written<'a>, width: Width) -> Result<Operand> {
        match written {
            Written::Name(name) => {
                let operand = self.scopes.operand(name, 0)?;
                match operand {
                    Operand::Register(_) => Ok(Operand::Register(self.register(name, width)?)),
                    Operand::Address(..) if width.bytes() < 4 => {
                        Err(format!("`{name}` is an address"))
                    }
                    _ => Ok(operand),
                }
            }
            Written::Sum(name, offset) => self.scopes.operand(name, offset),
            Written::Integer(value) => Ok(Operand::Constant(value)),
            Written::Float(value) if width == Width::W32 => {
                Ok(Operand::Constant(u64::from((value as f32).to_bits())))
            }
            Written::Float(value) if width == Width::W64 => Ok(Operand::Constant(value.to_bits())),
            _ => Err("a register or a number expected".to_owned()),
        }
    }

    fn read(&mut self, width: Width) -> Result<()> {
        let written = self.next()?;
        let operand = self.source(written, width)?;
        self.sources.push(Source { operand, width });
        Ok(())
    }

    /// A source register at least as wide as `bytes`, or a number; its width.
    fn read_at_least(&mut self, written: Written<'a>, bytes: u32) -> Result<Width> {
        let fallback = if bytes == 8 { Width::W64 } else { Width::W32 };
        let width = match &written {
            Written::Name(name) => match self.scopes.operand(name, 0)? {
                Operand::Register(register) => self.scopes.width(register),
                _ => fallback,
            },
            _ => fallback,
        };
        if width == Width::Predicate || width.bytes() < bytes {
            return Err("an operand is too narrow".to_owned());
        }
        let operand = self.source(written, width)?;
        self.sources.push(Source { operand, width });
        Ok(width)
    }

    /// A predicate, or its negation, or 0 or 1.
    fn read_predicate(&mut self) -> Result<()> {
        let operand = match self.next()? {
            Written::Name(name) => Operand::Register(self.register(name, Width::Predicate)?),
            Written::Not(name) => Operand::Negated(self.register(name, Width::Predicate)?),
            Written::Integer(value) => Operand::Constant(u64::from(value != 0)),
            _ => return Err("a predicate expected".to_owned()),
        };
        self.sources.push(Source {
            operand,
            width: Width::Predicate,
        });
        Ok(())
    }

    /// The elements of a vector, or the one operand.
    fn elements(&mut self, count: u8) -> Result<Vec<Written<'a>>> {
        match self.next()? {
            Written::Vector(elements) if elements.len() == usize::from(count) => Ok(elements),
            Written::Vector(_) => Err(format!("a vector of {count} expected")),
            single if count == 1 => Ok(vec![single]),
            _ => Err(format!("a vector of {count} expected")),
        }
    }

    /// `[base+offset]`, in any space but the frame.
    fn address(&mut self) -> Result<()> {
        let Written::Address(base, offset) = self.next()? else {
            return Err("an address expected".to_owned());
        };
        self.address = Some(self.address_of(*base, offset)?);
        Ok(())
    }

    fn address_of(&self, base: Written<'a>, offset: i64) -> Result<Address> {
        let base = match base {
            Written::Name(name) => self.scopes.operand(name, 0)?,
            Written::Integer(value) => Operand::Constant(value),
            _ => return Err("an address expected".to_owned()),
        };
        let narrow = match base {
            Operand::Register(register) => match self.scopes.width(register) {
                Width::W32 => true,
                Width::W64 => false,
                _ => return Err("an address has 32 or 64 bits".to_owned()),
            },
            Operand::Constant(_) | Operand::Address(..) => false,
            _ => return Err("an address expected".to_owned()),
        };
        Ok(Address {
            base,
            narrow,
            offset,
        })
    }

    /// The parameter of the frame that `[name+offset]` names, if that is what comes next.
    fn frame_address(&mut self) -> Option<(std::ops::Range<u32>, i64)> {
        let Some(Written::Address(base, offset)) = self.operands.as_slice().first() else {
            return None;
        };
        let (Written::Name(name), offset) = (base.as_ref(), *offset) else {
            return None;
        };
        let Some(Name::Frame(range)) = self.scopes.find(name) else {
            return None;
        };
        self.operands.next();
        Some((range, offset))
    }

    fn label(&mut self) -> Result<()> {
        match self.next()? {
            Written::Name(name) => {
                self.labels.push(name);
                Ok(())
            }
            _ => Err("a label expected".to_owned()),
        }
    }
}
