//! What two engines make of an operation, compared and put together.

use crate::{
    basis::{Basis, CommitBasis},
    engine::{Domain, Engine, EngineColumn, EngineDomain, EnginePermuted, EngineSrs, Permuted},
    error::EngineError,
    srs::Srs,
};

use super::{compare::Both, Comparison, Pair};

/// What an engine returned, or why it did not.
type Returned<T> = Result<T, EngineError>;

/// What an operation of the engine `A` returns, where `B` returns `Other`.
pub trait Join<A, B, Other>: Sized {
    /// Both in one.
    type Joined;

    /// Both in one, if they are equal; the error of both; or the mismatch.
    fn join(
        check: &Comparison<'_, A, B>,
        left: Returned<Self>,
        right: Returned<Other>,
    ) -> Returned<Self::Joined>;
}

/// Commitments that both began: there is nothing to compare before they are finished.
pub fn begun<A: Engine, B: Engine<Curve = A::Curve>, L, R>(
    check: &Comparison<'_, A, B>,
    left: Returned<L>,
    right: Returned<R>,
) -> Returned<Pair<L, R>> {
    let (left, right) = check.both(left, right)?;
    Ok(Pair(left, right))
}

impl<A: Engine, B: Engine<Curve = A::Curve>> Join<A, B, ()> for () {
    type Joined = ();

    fn join(check: &Comparison<'_, A, B>, left: Returned<()>, right: Returned<()>) -> Returned<()> {
        check.both(left, right).map(|_| ())
    }
}

/// Points and scalars.
impl<A: Engine, B: Engine<Curve = A::Curve>, T: PartialEq> Join<A, B, Vec<T>> for Vec<T> {
    type Joined = Self;

    fn join(
        check: &Comparison<'_, A, B>,
        left: Returned<Self>,
        right: Returned<Self>,
    ) -> Returned<Self> {
        let (left, right) = check.both(left, right)?;
        check.values("value", &left, &right)?;
        Ok(left)
    }
}

impl<A, B, Bs> Join<A, B, EngineColumn<B, Bs>> for EngineColumn<A, Bs>
where
    A: Engine,
    B: Engine<Curve = A::Curve>,
    Bs: Basis,
{
    type Joined = Both<A, B, Bs>;

    fn join(
        check: &Comparison<'_, A, B>,
        left: Returned<Self>,
        right: Returned<EngineColumn<B, Bs>>,
    ) -> Returned<Self::Joined> {
        let (left, right) = check.both(left, right)?;
        check.column("row", left, right)
    }
}

impl<A, B, Bs> Join<A, B, Vec<EngineColumn<B, Bs>>> for Vec<EngineColumn<A, Bs>>
where
    A: Engine,
    B: Engine<Curve = A::Curve>,
    Bs: Basis,
{
    type Joined = Vec<Both<A, B, Bs>>;

    fn join(
        check: &Comparison<'_, A, B>,
        left: Returned<Self>,
        right: Returned<Vec<EngineColumn<B, Bs>>>,
    ) -> Returned<Self::Joined> {
        let (left, right) = check.both(left, right)?;
        check.counts("column", left.len(), right.len())?;
        let pairs = left.into_iter().zip(right).enumerate();
        pairs
            .map(|(index, (left, right))| {
                check.column(&format!("column {index}, row"), left, right)
            })
            .collect()
    }
}

/// A' and S', once neither engine has anything against them: each may leave its verdict to
/// `check_permuted`.
impl<A: Engine, B: Engine<Curve = A::Curve>> Join<A, B, EnginePermuted<B>> for EnginePermuted<A> {
    type Joined = Permuted<Pair<A::Memory, B::Memory>>;

    fn join(
        check: &Comparison<'_, A, B>,
        left: Returned<Self>,
        right: Returned<EnginePermuted<B>>,
    ) -> Returned<Self::Joined> {
        let left = left.and_then(|left| {
            check.left.check_permuted(&left.input)?;
            Ok(left)
        });
        let right = right.and_then(|right| {
            check.right.check_permuted(&right.input)?;
            Ok(right)
        });
        let (left, right) = check.both(left, right)?;
        Ok(Permuted {
            input: check.column("A', row", left.input, right.input)?,
            table: check.column("S', row", left.table, right.table)?,
        })
    }
}

/// Points stay where they are: what they are shows in commitments.
impl<A, B, Bs> Join<A, B, EngineSrs<B, Bs>> for EngineSrs<A, Bs>
where
    A: Engine,
    B: Engine<Curve = A::Curve>,
    Bs: CommitBasis,
{
    type Joined = Srs<Pair<A::Points, B::Points>, Bs>;

    fn join(
        check: &Comparison<'_, A, B>,
        left: Returned<Self>,
        right: Returned<EngineSrs<B, Bs>>,
    ) -> Returned<Self::Joined> {
        let (left, right) = check.both(left, right)?;
        let points = Pair(left.into_points(), right.into_points());
        Ok(Srs::from_points(points))
    }
}

impl<A: Engine, B: Engine<Curve = A::Curve>> Join<A, B, EngineDomain<B>> for EngineDomain<A> {
    type Joined = Domain<crate::engine::Scalar<A>, Pair<EngineDomain<A>, EngineDomain<B>>>;

    fn join(
        check: &Comparison<'_, A, B>,
        left: Returned<Self>,
        right: Returned<EngineDomain<B>>,
    ) -> Returned<Self::Joined> {
        let (left, right) = check.both(left, right)?;
        check.values("omega", &[left.omega], &[right.omega])?;
        Ok(Domain {
            k: left.k,
            omega: left.omega,
            tables: Pair(left, right),
        })
    }
}
