//! How two results are compared, and how a difference is named.

use crate::{
    basis::Basis,
    engine::{Engine, EngineColumn, Scalar},
    error::EngineError,
};

use super::{together, Both};

/// Columns that an operation makes together.
type Batch<E, Bs> = Vec<EngineColumn<E, Bs>>;

/// One operation on two engines.
pub(super) struct Comparison<'e, A, B> {
    operation: &'static str,
    left: &'e A,
    right: &'e B,
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
        if left.len() != right.len() {
            let end = left.len().min(right.len());
            return Err(self.mismatch(format!("{item} {end}, which one of them does not have")));
        }
        Ok(())
    }

    /// Compares two columns, whose rows are called `row`, and gives their values.
    pub(super) fn download<Bs: Basis>(
        &self,
        row: &str,
        left: &EngineColumn<A, Bs>,
        right: &EngineColumn<B, Bs>,
    ) -> Result<Vec<Scalar<A>>, EngineError> {
        let (left, right) = self.both(self.left.download(left), self.right.download(right))?;
        self.values(row, &left, &right)?;
        Ok(left)
    }

    /// Makes one column of two, if they are equal.
    pub(super) fn named_column<Bs: Basis>(
        &self,
        row: &str,
        left: EngineColumn<A, Bs>,
        right: EngineColumn<B, Bs>,
    ) -> Result<Both<A, B, Bs>, EngineError> {
        self.download(row, &left, &right)?;
        Ok(together::<A, B, Bs>((left, right)))
    }

    /// The column that is an operation's only result.
    pub(super) fn column<Bs: Basis>(
        &self,
        (left, right): (EngineColumn<A, Bs>, EngineColumn<B, Bs>),
    ) -> Result<Both<A, B, Bs>, EngineError> {
        self.named_column("row", left, right)
    }

    /// A batch of columns.
    pub(super) fn columns<Bs: Basis>(
        &self,
        (left, right): (Batch<A, Bs>, Batch<B, Bs>),
    ) -> Result<Vec<Both<A, B, Bs>>, EngineError> {
        let counts = [left.len(), right.len()].map(|count| vec![(); count]);
        self.values("column", &counts[0], &counts[1])?;
        let pairs = left.into_iter().zip(right).enumerate();
        pairs
            .map(|(index, (left, right))| {
                self.named_column(&format!("column {index}, row"), left, right)
            })
            .collect()
    }
}
