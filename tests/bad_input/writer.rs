//! Transcripts that cannot be written.

use halo2_axiom::{
    halo2curves::bn256::Bn256,
    plonk,
    poly::kzg::{commitment::KZGCommitmentScheme, multiopen::ProverSHPLONK},
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::io;

use crate::{
    circuit::{good, Shape, K},
    failure::{key, says, srs},
};

/// Takes some bytes, then none.
struct FullDisk(usize);

impl io::Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or_else(|| io::Error::other("disk full"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_fails_is_an_error_wherever_it_does() {
    let params = srs(K, 0);
    let pk = key(Shape::default());
    for capacity in (0..).step_by(32) {
        let mut transcript = Blake2bWrite::<_, _, Challenge255<_>>::init(FullDisk(capacity));
        let result = halo2_offload::create_proof::<
            KZGCommitmentScheme<Bn256>,
            ProverSHPLONK<'_, Bn256>,
            _,
            _,
            _,
            _,
        >(
            &params,
            &pk,
            &[good()],
            &[&[&[]]],
            ChaCha20Rng::seed_from_u64(1),
            &mut transcript,
        );
        match result {
            Ok(()) => break,
            Err(error) => {
                assert!(matches!(error, plonk::Error::Transcript(_)));
                says(&error, &["disk full"]);
            }
        }
    }
}
