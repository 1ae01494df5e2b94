//! A transcript over the caller's curve, as the prover wants one over G1.

use halo2_axiom::{
    halo2curves::{
        bn256::{Fr, G1Affine},
        CurveAffine,
    },
    transcript::{EncodedChallenge, TranscriptWrite},
};
use halo2_offload_prover::Transcript;
use std::{io, marker::PhantomData};

use crate::same::{OverCurve, SameCurve};

/// A transcript of the caller's.
pub struct BridgedTranscript<'t, T, C, E> {
    transcript: &'t mut T,
    same: SameCurve<C>,
    challenge: PhantomData<fn() -> E>,
}

impl<'t, T, C, E> BridgedTranscript<'t, T, C, E> {
    pub(crate) fn new(transcript: &'t mut T, same: SameCurve<C>) -> Self {
        Self {
            transcript,
            same,
            challenge: PhantomData,
        }
    }
}

struct OfPoint;
impl OverCurve for OfPoint {
    type Of<C: CurveAffine> = C;
}

struct OfScalar;
impl OverCurve for OfScalar {
    type Of<C: CurveAffine> = C::ScalarExt;
}

impl<T, C, E> Transcript<G1Affine> for BridgedTranscript<'_, T, C, E>
where
    C: CurveAffine,
    E: EncodedChallenge<C>,
    T: TranscriptWrite<C, E>,
{
    fn common_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.transcript
            .common_scalar(self.same.back::<OfScalar>(scalar))
    }

    fn write_point(&mut self, point: G1Affine) -> io::Result<()> {
        self.transcript
            .write_point(self.same.back::<OfPoint>(point))
    }

    fn write_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.transcript
            .write_scalar(self.same.back::<OfScalar>(scalar))
    }

    fn squeeze(&mut self) -> Fr {
        let challenge = self.transcript.squeeze_challenge_scalar::<()>();
        self.same.forth::<OfScalar>(*challenge)
    }
}
