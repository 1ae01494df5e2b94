//! Proofs with the long form and with the drop-in, and how both fail.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{self, keygen_pk2, ProvingKey},
    poly::kzg::{
        commitment::{KZGCommitmentScheme, ParamsKZG},
        multiopen::{ProverGWC, ProverSHPLONK},
    },
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{CpuEngine, Error, ResidentKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::circuit::{Fault, Numbers, Shape, K};

pub fn srs(k: u32, secret: u64) -> ParamsKZG<Bn256> {
    ParamsKZG::setup(k, ChaCha20Rng::seed_from_u64(secret))
}

pub fn key(shape: Shape) -> ProvingKey<G1Affine> {
    let circuit = Numbers {
        shape,
        ..Numbers::default()
    };
    keygen_pk2(&srs(K, 0), &circuit, false).unwrap()
}

pub type Instances<'a> = &'a [&'a [&'a [Fr]]];

/// The proofs of a resident key and of the drop-in, or how both fail.
pub fn prove(
    key_shape: Shape,
    circuits: &[Numbers],
    instances: Instances,
) -> Result<[Vec<u8>; 2], Box<Failure>> {
    let params = srs(K, 0);
    let pk = key(key_shape);
    let engine = CpuEngine::new();
    let resident = ResidentKey::load(&engine, &params, &pk).unwrap();
    let rng = || ChaCha20Rng::seed_from_u64(1);
    let mut resident_proof = Blake2bWrite::init(Vec::new());
    let library = halo2_offload::prove::<ProverSHPLONK<'_, Bn256>, Challenge255<G1Affine>, _, _, _>(
        &engine,
        &resident,
        circuits,
        instances,
        rng(),
        &mut resident_proof,
    );
    let mut transcript = Blake2bWrite::init(Vec::new());
    let drop_in = halo2_offload::create_proof::<
        KZGCommitmentScheme<Bn256>,
        ProverGWC<'_, Bn256>,
        Challenge255<G1Affine>,
        _,
        _,
        _,
    >(&params, &pk, circuits, instances, rng(), &mut transcript);
    match (library, drop_in) {
        (Ok(()), Ok(())) => Ok([resident_proof, transcript].map(TranscriptWriterBuffer::finalize)),
        (library, drop_in) => Err(Box::new(Failure {
            library: library.unwrap_err(),
            drop_in: drop_in.unwrap_err(),
        })),
    }
}

/// The library's error and the drop-in's for the same input.
#[derive(Debug)]
pub struct Failure {
    pub library: Error,
    pub drop_in: plonk::Error,
}

impl Failure {
    /// Of a proof with the key of a circuit of this shape.
    pub fn of(key_shape: Shape, circuits: &[Numbers], instances: Instances) -> Self {
        *prove(key_shape, circuits, instances).expect_err("bad input")
    }

    /// With a good key and good instances.
    pub fn of_fault(fault: Fault) -> Self {
        let circuit = Numbers {
            fault,
            ..Numbers::default()
        };
        Self::of(Shape::default(), &[circuit], &[&[&[]]])
    }

    /// Checks that the message has these parts.
    #[track_caller]
    pub fn says(&self, parts: &[&str]) -> &Self {
        says(&self.library, parts);
        self
    }

    /// Checks that the drop-in's error carries the whole message, having no variant of its own.
    #[track_caller]
    pub fn drop_in_says_the_same(&self) {
        assert!(matches!(self.drop_in, plonk::Error::Transcript(_)));
        says(&self.drop_in, &[&self.library.to_string()]);
    }
}

#[track_caller]
pub fn says(error: &impl ToString, parts: &[&str]) {
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}
