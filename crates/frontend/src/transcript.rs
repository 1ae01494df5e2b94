//! halo2-axiom's transcripts and multi-opening provers, as the prover wants them.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    poly::kzg::multiopen::{ProverGWC, ProverSHPLONK},
    transcript::{EncodedChallenge, TranscriptWrite},
};
use halo2_offload_prover::{Multiopen, Transcript};
use std::{io, marker::PhantomData};

/// The types by which halo2-axiom's callers choose a multi-opening argument.
pub trait MultiopenScheme {
    /// The argument.
    const MULTIOPEN: Multiopen;
}

impl MultiopenScheme for ProverSHPLONK<'_, Bn256> {
    const MULTIOPEN: Multiopen = Multiopen::Shplonk;
}

impl MultiopenScheme for ProverGWC<'_, Bn256> {
    const MULTIOPEN: Multiopen = Multiopen::Gwc;
}

/// A transcript of halo2-axiom's whose challenges are encoded as `Ch`: every `TranscriptWrite` is one.
pub trait StockTranscript<Ch> {
    /// The transcript as the prover wants it.
    fn for_prover(&mut self) -> impl Transcript<G1Affine>;
}

impl<Ch, T> StockTranscript<Ch> for T
where
    Ch: EncodedChallenge<G1Affine>,
    T: TranscriptWrite<G1Affine, Ch>,
{
    fn for_prover(&mut self) -> impl Transcript<G1Affine> {
        TranscriptAdapter::<T, Ch>::new(self)
    }
}

/// A [`StockTranscript`] that the prover writes to.
#[derive(Debug)]
pub struct TranscriptAdapter<'a, T, Ch> {
    transcript: &'a mut T,
    challenge: PhantomData<Ch>,
}

impl<'a, T, Ch> TranscriptAdapter<'a, T, Ch> {
    /// Writes to `transcript`.
    pub fn new(transcript: &'a mut T) -> Self {
        Self {
            transcript,
            challenge: PhantomData,
        }
    }
}

impl<T, Ch> Transcript<G1Affine> for TranscriptAdapter<'_, T, Ch>
where
    T: TranscriptWrite<G1Affine, Ch>,
    Ch: EncodedChallenge<G1Affine>,
{
    fn common_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.transcript.common_scalar(scalar)
    }

    fn write_point(&mut self, point: G1Affine) -> io::Result<()> {
        self.transcript.write_point(point)
    }

    fn write_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.transcript.write_scalar(scalar)
    }

    fn squeeze(&mut self) -> Fr {
        *self.transcript.squeeze_challenge_scalar::<()>()
    }
}
