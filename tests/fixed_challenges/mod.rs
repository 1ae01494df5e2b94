//! A transcript whose challenges do not depend on what is written into it.

use halo2_axiom::{
    halo2curves::bn256::{Fr, G1Affine},
    transcript::{Challenge255, EncodedChallenge, Transcript, TranscriptWrite},
};
use rand::RngCore;
use rand_chacha::ChaCha20Rng;
use std::io;

use crate::zoo::witness_rng;

/// Something that a prover does with its transcript.
#[derive(Debug, PartialEq)]
pub enum Event {
    AbsorbedPoint(G1Affine),
    AbsorbedScalar(Fr),
    WrittenPoint(G1Affine),
    WrittenScalar(Fr),
    Squeezed,
}

impl Event {
    /// Whether it adds to the proof.
    pub fn is_written(&self) -> bool {
        matches!(self, Event::WrittenPoint(_) | Event::WrittenScalar(_))
    }
}

/// Records what is done with it, and squeezes from a stream of its own.
pub struct FixedChallenges {
    pub events: Vec<Event>,
    challenges: ChaCha20Rng,
}

impl FixedChallenges {
    pub fn new() -> Self {
        Self {
            events: Vec::new(),
            challenges: witness_rng(255),
        }
    }
}

impl Transcript<G1Affine, Challenge255<G1Affine>> for FixedChallenges {
    fn squeeze_challenge(&mut self) -> Challenge255<G1Affine> {
        self.events.push(Event::Squeezed);
        let mut bytes = [0; 64];
        self.challenges.fill_bytes(&mut bytes);
        Challenge255::new(&bytes)
    }

    fn common_point(&mut self, point: G1Affine) -> io::Result<()> {
        self.events.push(Event::AbsorbedPoint(point));
        Ok(())
    }

    fn common_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.events.push(Event::AbsorbedScalar(scalar));
        Ok(())
    }
}

impl TranscriptWrite<G1Affine, Challenge255<G1Affine>> for FixedChallenges {
    fn write_point(&mut self, point: G1Affine) -> io::Result<()> {
        self.events.push(Event::WrittenPoint(point));
        Ok(())
    }

    fn write_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.events.push(Event::WrittenScalar(scalar));
        Ok(())
    }
}
