//! Half a KZG SRS: its points in one basis, in an engine's memory, with the basis in the type.

use ref_cast::RefCast;
use std::marker::PhantomData;

use crate::basis::CommitBasis;

/// The points that columns in the basis `B` are committed with, in the memory `P` of an engine:
/// \[s^i\]G for coefficients, \[l_i(s)\]G for values on H.
#[derive(Clone, Debug, RefCast)]
#[repr(transparent)]
pub struct Srs<P, B> {
    points: P,
    basis: PhantomData<B>,
}

impl<P, B: CommitBasis> Srs<P, B> {
    /// For engines: claims that `points` are those of the basis `B`.
    pub fn from_points(points: P) -> Self {
        Self {
            points,
            basis: PhantomData,
        }
    }

    /// For engines made of other engines: an SRS of the points that one of them keeps.
    pub fn from_points_ref(points: &P) -> &Self {
        Self::ref_cast(points)
    }

    /// For engines: where the points are.
    pub fn points(&self) -> &P {
        &self.points
    }

    /// For engines: takes the points.
    pub fn into_points(self) -> P {
        self.points
    }
}
