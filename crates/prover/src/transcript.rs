//! The transcript that a proof is written into.

use halo2_offload_engine::halo2curves::CurveAffine;
use std::io;

/// Fiat-Shamir: what the prover needs of a transcript.
pub trait Transcript<C: CurveAffine> {
    /// Absorbs a scalar that the verifier knows.
    fn common_scalar(&mut self, scalar: C::ScalarExt) -> io::Result<()>;
    /// Absorbs a point and writes it into the proof.
    fn write_point(&mut self, point: C) -> io::Result<()>;
    /// Absorbs a scalar and writes it into the proof.
    fn write_scalar(&mut self, scalar: C::ScalarExt) -> io::Result<()>;
    /// The next challenge.
    fn squeeze(&mut self) -> C::ScalarExt;
}

impl<C: CurveAffine, T: Transcript<C> + ?Sized> Transcript<C> for &mut T {
    fn common_scalar(&mut self, scalar: C::ScalarExt) -> io::Result<()> {
        (**self).common_scalar(scalar)
    }

    fn write_point(&mut self, point: C) -> io::Result<()> {
        (**self).write_point(point)
    }

    fn write_scalar(&mut self, scalar: C::ScalarExt) -> io::Result<()> {
        (**self).write_scalar(scalar)
    }

    fn squeeze(&mut self) -> C::ScalarExt {
        (**self).squeeze()
    }
}
