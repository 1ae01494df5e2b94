//! SRS and key: of another size, another secret, another circuit.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, G1Affine},
    poly::kzg::{commitment::KZGCommitmentScheme, multiopen::ProverSHPLONK},
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{CpuEngine, ResidentKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::{
    circuit::{good, of_shape, Shape, K},
    failure::{key, prove, says, srs, Failure},
};

#[test]
fn an_srs_of_another_size_is_refused() {
    let pk = key(Shape::default());
    for k in [K - 1, K + 1] {
        let params = srs(k, 0);
        let error = ResidentKey::load(&CpuEngine::new(), &params, &pk)
            .err()
            .unwrap();
        let parts = [format!("SRS is for k = {k}"), format!("key for k = {K}")];
        says(&error, &[&parts[0], &parts[1], "downsize"]);

        let drop_in = halo2_offload::create_proof::<
            KZGCommitmentScheme<Bn256>,
            ProverSHPLONK<'_, Bn256>,
            Challenge255<G1Affine>,
            _,
            Blake2bWrite<_, _, _>,
            _,
        >(
            &params,
            &pk,
            &[good()],
            &[&[&[]]],
            ChaCha20Rng::seed_from_u64(1),
            &mut Blake2bWrite::init(Vec::new()),
        );
        says(&drop_in.unwrap_err(), &[&error.to_string()]);
    }
}

#[test]
fn an_srs_with_another_secret_is_refused() {
    let pk = key(Shape::default());
    let error = ResidentKey::load(&CpuEngine::new(), &srs(K, 1), &pk)
        .err()
        .unwrap();
    says(&error, &["another SRS", "fixed column 1"]);
}

#[test]
fn the_key_of_another_circuit_is_refused() {
    let other = |change: fn(&mut Shape)| {
        let mut shape = Shape::default();
        change(&mut shape);
        Failure::of(shape, &[good()], &[&[&[]]])
    };
    let failures = [
        (
            other(|shape| shape.advice = 3),
            "the key has 3 advice columns, the circuit has 2 advice columns",
        ),
        (
            other(|shape| shape.second_phase = true),
            "the key has 3 advice columns, the circuit has 2 advice columns",
        ),
        (
            other(|shape| shape.instance = 2),
            "the key has 2 instance columns, the circuit has 1 instance column",
        ),
    ];
    for (failure, what) in failures {
        failure
            .says(&["another circuit", what])
            .drop_in_says_the_same();
    }

    let mut phased = of_shape(Shape {
        second_phase: true,
        ..Shape::default()
    });
    phased.shape.advice = 1;
    let failure = Failure::of(Shape::default(), &[phased], &[&[&[]]]);
    failure.says(&["the key has advice column 1 in phase 0, the circuit in phase 1"]);
}

/// What a circuit says of its constraints is not asked for: the key has them, as with the stock prover.
#[test]
fn a_key_may_have_constraints_that_the_circuit_does_not_configure() {
    for change in [
        (|shape| shape.gates = 2) as fn(&mut Shape),
        |shape| shape.lookups = 2,
        |shape| shape.permuted = 2,
    ] {
        let mut shape = Shape::default();
        change(&mut shape);
        let of_key = prove(shape, &[of_shape(shape)], &[&[&[]]]).unwrap();
        let of_another = prove(shape, &[good()], &[&[&[]]]).unwrap();
        assert!(of_key == of_another);
    }
}

/// 16 rows ahead is the same row, so that the column would be opened twice at one point.
#[test]
fn rotations_that_meet_are_refused() {
    let shape = Shape {
        rotation: 1 << K,
        ..Shape::default()
    };
    let failure = Failure::of(shape, &[of_shape(shape)], &[&[&[]]]);
    failure
        .says(&["two rotations", "same row modulo 2^4", "larger k"])
        .drop_in_says_the_same();
}
