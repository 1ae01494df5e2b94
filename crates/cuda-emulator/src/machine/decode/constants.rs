//! Operands that are known before a warp begins.

use std::collections::HashMap;

use super::Slot;
use crate::ptx::instruction::Special;
use crate::ptx::operation::Scalar;

/// A value that fills a slot when a block begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::machine) enum Constant {
    Value(u64),
    Special(Special),
    /// The entry's parameter at an offset: bytes, whether signed.
    Param {
        offset: u32,
        bytes: u32,
        signed: bool,
    },
}

impl Constant {
    pub fn param(offset: u32, scalar: Scalar) -> Self {
        Self::Param {
            offset,
            bytes: scalar.bytes(),
            signed: scalar.is_signed(),
        }
    }
}

/// Constants in the order in which they were first met.
#[derive(Default)]
pub(super) struct Pool {
    order: Vec<Constant>,
    numbers: HashMap<Constant, usize>,
}

impl Pool {
    /// The constant's number.
    pub fn number(&mut self, constant: Constant) -> usize {
        *self.numbers.entry(constant).or_insert_with(|| {
            self.order.push(constant);
            self.order.len() - 1
        })
    }

    /// Slots for all constants, from `first`; `None` where there are too many.
    pub fn slots(&self, first: usize) -> Option<Vec<(Slot, Constant)>> {
        let constants = self.order.iter().enumerate();
        constants
            .map(|(n, &c)| Some((Slot::try_from(first + n).ok()?, c)))
            .collect()
    }
}
