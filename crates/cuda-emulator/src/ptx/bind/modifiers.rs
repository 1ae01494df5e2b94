//! The parts of an opcode: `mad.lo.cc.u32` is `mad` with `lo`, `cc`, `u32`.

use super::super::operation::{Float, Integer, Scalar, Width};
use super::Result;

pub(super) struct Modifiers<'a> {
    parts: Vec<&'a str>,
    at: usize,
}

impl<'a> Modifiers<'a> {
    pub fn new(opcode: &'a str) -> Self {
        Self {
            parts: opcode.split('.').collect(),
            at: 0,
        }
    }

    pub fn base(&mut self) -> &'a str {
        self.at = 1;
        self.parts.first().copied().unwrap_or("")
    }

    fn rest(&self) -> &[&'a str] {
        self.parts.get(self.at..).unwrap_or(&[])
    }

    pub fn contains(&self, part: &str) -> bool {
        self.rest().contains(&part)
    }

    /// Whether the last part, the type of arithmetic, is a float's.
    pub fn is_float(&self) -> bool {
        let arithmetic = matches!(
            self.parts.first(),
            Some(
                &("add"
                    | "sub"
                    | "mul"
                    | "div"
                    | "min"
                    | "max"
                    | "fma"
                    | "mad"
                    | "neg"
                    | "abs"
                    | "sqrt"
                    | "setp")
            )
        );
        arithmetic && matches!(self.parts.last(), Some(&("f32" | "f64")))
    }

    /// Takes the next part if it is `part`.
    pub fn accept(&mut self, part: &str) -> bool {
        let found = self.rest().first() == Some(&part);
        self.at += usize::from(found);
        found
    }

    /// Takes the next part if `known` gives it a meaning.
    pub fn accept_one<T>(&mut self, known: impl Fn(&str) -> Option<T>) -> Option<T> {
        let found = known(self.rest().first()?)?;
        self.at += 1;
        Some(found)
    }

    /// Takes the next part, which must have a meaning.
    pub fn one<T>(&mut self, what: &str, known: impl Fn(&str) -> Option<T>) -> Result<T> {
        let next = self.rest().first().copied();
        self.accept_one(known).ok_or_else(|| match next {
            Some(part) => format!("`.{part}` is not {what}"),
            None => format!("{what} is missing"),
        })
    }

    /// A type of integers, 16 to 64 bits wide. Untyped bits count as unsigned.
    pub fn integer(&mut self) -> Result<Integer> {
        self.one("an integer type", |part| {
            Some(match part {
                "u16" | "b16" => Integer::U16,
                "s16" => Integer::S16,
                "u32" | "b32" => Integer::U32,
                "s32" => Integer::S32,
                "u64" | "b64" => Integer::U64,
                "s64" => Integer::S64,
                _ => return None,
            })
        })
    }

    pub fn float(&mut self) -> Result<Float> {
        self.one("a float type", |part| match part {
            "f32" => Some(Float::F32),
            "f64" => Some(Float::F64),
            _ => None,
        })
    }

    pub fn scalar(&mut self) -> Result<Scalar> {
        self.one("a type", |part| {
            Some(match part {
                "u8" | "b8" => Scalar::U8,
                "s8" => Scalar::S8,
                "u16" | "b16" => Scalar::U16,
                "s16" => Scalar::S16,
                "u32" | "b32" => Scalar::U32,
                "s32" => Scalar::S32,
                "u64" | "b64" => Scalar::U64,
                "s64" => Scalar::S64,
                "f32" => Scalar::F32,
                "f64" => Scalar::F64,
                _ => return None,
            })
        })
    }

    /// A type of which only the width matters.
    pub fn width(&mut self) -> Result<Width> {
        self.one("a type", |part| {
            Some(match part {
                "pred" => Width::Predicate,
                "b16" | "u16" | "s16" => Width::W16,
                "b32" | "u32" | "s32" | "f32" => Width::W32,
                "b64" | "u64" | "s64" | "f64" => Width::W64,
                _ => return None,
            })
        })
    }

    pub fn end(&self) -> Result<()> {
        match self.rest().first() {
            None => Ok(()),
            Some(part) => Err(format!("the modifier `.{part}` is not known here")),
        }
    }
}
