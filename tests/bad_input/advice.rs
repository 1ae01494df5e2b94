//! Witnesses that are given as columns.

use ff::Field;
use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk,
    poly::kzg::{
        commitment::KZGCommitmentScheme,
        multiopen::{ProverGWC, ProverSHPLONK},
    },
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{CpuEngine, ResidentKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::{
    circuit::{good, Shape, K, TABLE, USABLE_ROWS},
    failure::{key, prove, says, srs},
};

/// The drop-in's message for advice columns, which is the long form's.
fn refused_advice(shape: Shape, advice: Vec<Vec<Fr>>) -> String {
    let params = srs(K, 0);
    let pk = key(shape);
    let engine = CpuEngine::new();
    let resident = ResidentKey::load(&engine, &params, &pk).unwrap();
    let rng = || ChaCha20Rng::seed_from_u64(1);
    let library =
        halo2_offload::prove_from_advice::<ProverSHPLONK<'_, Bn256>, Challenge255<G1Affine>, _, _>(
            &engine,
            &resident,
            &[&[]],
            advice.clone(),
            rng(),
            &mut Blake2bWrite::init(Vec::new()),
        )
        .unwrap_err();
    let drop_in = halo2_offload::create_proof_from_advice::<
        KZGCommitmentScheme<Bn256>,
        ProverGWC<'_, Bn256>,
        Challenge255<G1Affine>,
        _,
        _,
    >(
        &params,
        &pk,
        &[&[]],
        advice,
        rng(),
        &mut Blake2bWrite::init(Vec::new()),
    )
    .unwrap_err();
    assert!(matches!(drop_in, plonk::Error::Transcript(_)));
    says(&drop_in, &[&library.to_string()]);
    drop_in.to_string()
}

#[test]
fn advice_that_is_not_the_key_s_is_refused() {
    let shape = Shape::default();
    let column = || vec![Fr::ZERO; 1 << K];
    for columns in [0, 1, 3] {
        let message = refused_advice(shape, vec![column(); columns]);
        let count = format!("{columns} advice columns were given, the key has 2");
        says(&message, &[&count, "one vector of 2^k values for each"]);
    }
    for length in [0, USABLE_ROWS, (1 << K) - 1, (1 << K) + 1] {
        let message = refused_advice(shape, vec![column(), vec![Fr::ZERO; length]]);
        let length = format!("advice column 1 has {length} values");
        says(
            &message,
            &[&length, "2^4 = 16", "the last 6 may hold anything"],
        );
    }
    let phased = Shape {
        second_phase: true,
        ..shape
    };
    let message = refused_advice(phased, vec![column(); 3]);
    says(
        &message,
        &["has 2 phases", "Give the circuit (`create_proof`)"],
    );
}

/// Small numbers in the column that is looked up, and nothing in the other one.
#[test]
fn advice_that_is_the_key_s_is_proven() {
    let params = srs(K, 0);
    let pk = key(Shape::default());
    let mut numbers: Vec<Fr> = (0..1 << K).map(|row| Fr::from(row % TABLE)).collect();
    numbers[USABLE_ROWS..].fill(-Fr::ONE);
    let mut transcript = Blake2bWrite::init(Vec::new());
    halo2_offload::create_proof_from_advice::<
        KZGCommitmentScheme<Bn256>,
        ProverGWC<'_, Bn256>,
        Challenge255<G1Affine>,
        _,
        _,
    >(
        &params,
        &pk,
        &[&[]],
        vec![numbers, vec![Fr::ZERO; 1 << K]],
        ChaCha20Rng::seed_from_u64(1),
        &mut transcript,
    )
    .unwrap();
    let [_, of_circuit] = prove(Shape::default(), &[good()], &[&[&[]]]).unwrap();
    assert!(transcript.finalize() == of_circuit);
}
