//! Proofs in a child of a process that has proven, as Python's multiprocessing makes them. Alone in its
//! process, because what a process has used is the process's.
#![cfg(unix)]

use halo2_axiom::{
    halo2curves::bn256::{Bn256, G1Affine},
    plonk::keygen_pk2,
    poly::kzg::{
        commitment::{KZGCommitmentScheme, ParamsKZG},
        multiopen::ProverSHPLONK,
    },
    transcript::{Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{create_proof, engine::suite::in_child, prove_many, CpuEngine, ResidentKey};
use numbers::{key, proof, Number, Shplonk, Transcript};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

#[allow(dead_code)] // these witnesses are all good
mod numbers;

type Scheme = KZGCommitmentScheme<Bn256>;

const SECONDS: u32 = 120;

/// All of it, as a child does that is the first to work.
fn prove_all() -> String {
    let engine = CpuEngine::new();
    let key = key(&engine);
    format!("{:?}", proof(&engine, &key, 3, 1))
}

fn is_told(what: &str, work: impl FnOnce() -> String) {
    let error = in_child(SECONDS, work);
    assert!(error.contains("used before fork()"), "{what}: {error}");
    assert!(error.contains("spawn"), "{what}: {error}");
}

#[test]
fn a_child_proves_unless_its_parent_has() {
    let first = in_child(SECONDS, prove_all);
    assert_eq!(prove_all(), first);

    let engine = CpuEngine::new();
    let resident = key(&engine);
    let params = ParamsKZG::<Bn256>::setup(4, ChaCha20Rng::seed_from_u64(0));
    let pk = keygen_pk2(&params, &Number::unknown(), false).expect("a key");
    is_told("the drop-in", || {
        let mut transcript = Transcript::init(Vec::new());
        let made = create_proof::<Scheme, ProverSHPLONK<'_, Bn256>, Challenge255<_>, _, _, _>(
            &params,
            &pk,
            &[Number::new(3)],
            &[&[]],
            ChaCha20Rng::seed_from_u64(1),
            &mut transcript,
        );
        format!("{:?}", made.map(|()| transcript.finalize()))
    });
    is_told("a key", || {
        let loaded = ResidentKey::load(&CpuEngine::new(), &params, &pk);
        loaded.map_or_else(|error| error.to_string(), |_| "loaded".to_owned())
    });
    is_told("many proofs", || {
        let jobs = (0..3).map(|index| Number::new(index).job(index));
        prove_many::<Shplonk, Challenge255<G1Affine>, _, _, _, _, _>(
            &engine,
            &resident,
            jobs,
            1,
            |proofs| match proofs.next() {
                Some(Err(error)) => format!("{error}: {}", error.source),
                other => format!("{}", other.is_some()),
            },
        )
    });
    assert_eq!(prove_all(), first, "the parent proves on");
}
