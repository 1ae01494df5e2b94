//! How two results are compared, and how a difference is named.

use crate::{
    basis::Basis,
    column::Column,
    engine::{Engine, EngineColumn, Storage},
    error::EngineError,
};

use super::Pair;

/// A column of two engines.
pub(super) type Both<A, B, Bs> = Column<Pair<<A as Storage>::Memory, <B as Storage>::Memory>, Bs>;

/// One operation on two engines.
pub struct Comparison<'e, A, B> {
    operation: &'static str,
    pub(super) left: &'e A,
    pub(super) right: &'e B,
}

impl<'e, A: Engine, B: Engine<Curve = A::Curve>> Comparison<'e, A, B> {
    pub(super) fn new(operation: &'static str, left: &'e A, right: &'e B) -> Self {
        Self {
            operation,
            left,
            right,
        }
    }

    fn mismatch(&self, place: String) -> EngineError {
        EngineError::Mismatch {
            operation: self.operation,
            left: self.left.name(),
            right: self.right.name(),
            place,
        }
    }

    /// Both results, the error of both, or the mismatch that only one of them is an error.
    pub(super) fn both<L, R>(
        &self,
        left: Result<L, EngineError>,
        right: Result<R, EngineError>,
    ) -> Result<(L, R), EngineError> {
        let alone = |side, error| self.mismatch(format!("an error of the {side} alone ({error})"));
        match (left, right) {
            (Ok(left), Ok(right)) => Ok((left, right)),
            (Err(error), Err(_)) => Err(error),
            (Err(error), Ok(_)) => Err(alone("first", error)),
            (Ok(_), Err(error)) => Err(alone("second", error)),
        }
    }

    /// Compares two lists, whose items are called `item`.
    pub(super) fn values<T: PartialEq>(
        &self,
        item: &str,
        left: &[T],
        right: &[T],
    ) -> Result<(), EngineError> {
        if let Some(index) = left.iter().zip(right).position(|(l, r)| l != r) {
            return Err(self.mismatch(format!("{item} {index}")));
        }
        self.counts(item, left.len(), right.len())
    }

    /// Compares the lengths of two lists, whose items are called `item`.
    pub(super) fn counts(&self, item: &str, left: usize, right: usize) -> Result<(), EngineError> {
        if left == right {
            return Ok(());
        }
        let end = left.min(right);
        Err(self.mismatch(format!("{item} {end}, which one of them does not have")))
    }

    /// Makes one column of two, if they are equal; their rows are called `row`.
    pub(super) fn column<Bs: Basis>(
        &self,
        row: &str,
        left: EngineColumn<A, Bs>,
        right: EngineColumn<B, Bs>,
    ) -> Result<Both<A, B, Bs>, EngineError> {
        let values = self.both(self.left.download(&left), self.right.download(&right))?;
        self.values(row, &values.0, &values.1)?;
        let memory = Pair(left.into_memory(), right.into_memory());
        Ok(Column::from_memory(memory))
    }
}
