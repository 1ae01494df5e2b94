//! Proofs of a size at which the provers can be compared. A line of JSON on stdout for each, once it is
//! verified. The SRS are kept in PARAMS_DIR, as making them takes longer than proving; they are good
//! for tests alone, too.

use std::{env, time::Instant};

use halo2_base::{
    halo2_proofs::{
        halo2curves::bn256::{Bn256, G1Affine},
        plonk::{create_proof, verify_proof},
        poly::{
            commitment::ParamsProver,
            kzg::{
                commitment::KZGCommitmentScheme,
                multiopen::{ProverSHPLONK, VerifierSHPLONK},
                strategy::SingleStrategy,
            },
        },
        transcript::{
            Blake2bRead, Blake2bWrite, Challenge255, TranscriptReadBuffer, TranscriptWriterBuffer,
        },
    },
    utils::fs::gen_srs,
};
use rand::{rngs::StdRng, SeedableRng};
use rustix::time::{clock_gettime, ClockId};
use snark_verifier_sdk::{halo2::gen_snark_shplonk, SHPLONK};

use crate::{aggregation, key::Key, phases::Repacking, verify};

/// The aggregation of one proof of halo2-base's gate and lookup.
pub fn aggregation(k: u32) {
    let (key, circuit) = aggregation::circuits(k);
    // The generator verifies what it proved, too, which takes milliseconds.
    let prove = || gen_snark_shplonk(&key.params, &key.pk, circuit, None::<&str>);
    // With the accumulator, so that the proof inside is verified to the end.
    measure("aggregation", k, prove, |snark| {
        verify::snark::<SHPLONK>(&key, snark)
    });
}

/// A circuit of two phases, written against halo2 itself.
pub fn phases(k: u32) {
    let circuit = Repacking::new(k);
    let Key { params, pk } = Key::with(gen_srs(k), &circuit);
    let prove = || {
        let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(Vec::new());
        create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, Bn256>, _, _, _, _>(
            &params,
            &pk,
            &[circuit],
            &[&[]],
            StdRng::from_entropy(),
            &mut transcript,
        )
        .expect("a proof");
        transcript.finalize()
    };
    measure("two phases", k, prove, |proof| {
        let params = params.verifier_params();
        let mut transcript = Blake2bRead::<_, G1Affine, Challenge255<_>>::init(proof.as_slice());
        verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<'_, Bn256>, _, _, _>(
            params,
            pk.get_vk(),
            SingleStrategy::new(params),
            &[&[]],
            &mut transcript,
        )
        .expect("it verifies");
    });
}

/// Only the proving is measured. The prover is the one that was asked for: who proved is on stderr.
fn measure<T>(what: &str, k: u32, prove: impl FnOnce() -> T, verify: impl FnOnce(&T)) {
    let (start, cpu_before) = (Instant::now(), cpu_ns());
    let proof = prove();
    let (wall, cpu) = (start.elapsed().as_nanos(), cpu_ns() - cpu_before);
    verify(&proof);
    let asked = env::var("HALO2_OFFLOAD_PROVER").unwrap_or_else(|_| "default".to_owned());
    println!(r#"{{"what":"{what}","k":{k},"wall_ns":{wall},"cpu_ns":{cpu},"asked":"{asked}"}}"#);
}

/// Of all threads of the process, user and system together.
fn cpu_ns() -> i64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
