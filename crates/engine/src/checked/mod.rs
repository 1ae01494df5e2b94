//! Two engines that compute everything side by side, and must agree.

use crate::engine::{Engine, EngineDomain, Storage};

mod agree;
mod compare;
mod halves;
mod join;
#[cfg(test)]
mod tests;

pub(crate) use agree::Agree;
use compare::Comparison;
pub(crate) use halves::Halves;
pub use halves::Pair;
pub(crate) use join::{begun, Join};

/// Runs every operation on two engines and compares what they make of it: points, scalars and
/// whole columns. The first difference is [`EngineError::Mismatch`](crate::EngineError::Mismatch), which names the operation and
/// the row or value. Where one engine fails and the other does not, that is a mismatch too; where
/// both fail, the first one's error is the error.
///
/// It follows from the definitions of the operations (`#[operations]`): nothing is done here by
/// default, both engines are asked, and of what they plan the fewer columns are what both have room
/// for.
///
/// It is for tests and for finding out where a device goes wrong, not for proving: besides the work
/// and the memory of both engines, every column that an operation makes is downloaded from both and
/// read once more on the host, one column at a time.
#[derive(Clone, Copy, Debug)]
pub struct Checked<A, B> {
    left: A,
    right: B,
}

impl<A, B> Checked<A, B> {
    /// Runs `left`, checked by `right`.
    pub fn new(left: A, right: B) -> Self {
        Self { left, right }
    }

    pub(crate) fn left(&self) -> &A {
        &self.left
    }

    pub(crate) fn right(&self) -> &B {
        &self.right
    }
}

impl<A: Engine, B: Engine<Curve = A::Curve>> Checked<A, B> {
    pub(crate) fn compare(&self, operation: &'static str) -> Comparison<'_, A, B> {
        Comparison::new(operation, &self.left, &self.right)
    }
}

impl<A: Engine, B: Engine<Curve = A::Curve>> Storage for Checked<A, B> {
    type Curve = A::Curve;
    type Memory = Pair<A::Memory, B::Memory>;
    type Tables = Pair<EngineDomain<A>, EngineDomain<B>>;
    type Points = Pair<A::Points, B::Points>;
    type Commitments = Pair<A::Commitments, B::Commitments>;
}
