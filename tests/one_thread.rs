//! `prove_many` on the only thread that rayon has, which synthesis needs, too. Alone in its process,
//! because rayon's global pool is the process's.

use halo2_axiom::{
    halo2curves::bn256::G1Affine,
    transcript::{Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{prove_many, CpuEngine};
use numbers::{key, proof, Number, Shplonk, TABLE};
use rayon::ThreadPoolBuilder;
use std::{sync::mpsc::channel, time::Duration};

#[allow(dead_code)] // these witnesses are all good
mod numbers;

#[test]
fn a_thread_that_waits_for_a_witness_works_for_it() {
    let pool = ThreadPoolBuilder::new().num_threads(1);
    pool.build_global().unwrap();
    let (sender, proofs) = channel();
    rayon::spawn(move || {
        let engine = CpuEngine::new();
        let key = key(&engine);
        let job = |index| {
            let number = Number::calling(index % TABLE, || rayon::join(|| (), || ()).0);
            number.job(index)
        };
        let proofs: Vec<_> = prove_many::<Shplonk, Challenge255<G1Affine>, _, _, _, _, _>(
            &engine,
            &key,
            (0..).map(job),
            2,
            |proofs| {
                proofs
                    .take(3)
                    .map(|proof| proof.unwrap().finalize())
                    .collect()
            },
        );
        let alone = [0, 1, 2].map(|index| proof(&engine, &key, index, index));
        let _ = sender.send(proofs == alone);
    });
    let proven = proofs.recv_timeout(Duration::from_secs(300));
    assert!(proven.expect("the proofs hang"), "they are other proofs");
}
