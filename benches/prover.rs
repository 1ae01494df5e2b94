//! Whole proofs, key loaded: halo2-axiom's prover beside ours.
//!
//! `PROVER_WORKLOADS` and `PROVER_K` choose what is proven (`plonk,lookup` and 14 by default). Ids
//! are `prover/<workload>/<k>/<rung>`; `4-alone` and `4-ahead` are four proofs on the CPU by `prove`,
//! and by `prove_many` with one witness ahead. Peak memory is measured by `halo2-offload measure`, which
//! gives every rung a process of its own.

use criterion::{criterion_group, criterion_main, BatchSize, BenchmarkId, Criterion, SamplingMode};
use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{self, keygen_pk, keygen_vk},
    poly::kzg::{
        commitment::{KZGCommitmentScheme, ParamsKZG},
        multiopen::ProverSHPLONK,
    },
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{prove, prove_many, CpuEngine, Job, ResidentKey};
use halo2_offload_workloads::{visit, Visitor, Workload};
use rand::{rngs::StdRng, SeedableRng};
use std::env;

type Transcript = Blake2bWrite<Vec<u8>, G1Affine, Challenge255<G1Affine>>;
type Shplonk<'a> = ProverSHPLONK<'a, Bn256>;

/// How many proofs `prove_many` makes.
const MANY: u64 = 4;

struct Compare<'a> {
    criterion: &'a mut Criterion,
    name: &'a str,
    k: u32,
}

impl Visitor for Compare<'_> {
    type Output = ();

    fn visit<W: Workload>(self, workload: W) {
        let params = ParamsKZG::<Bn256>::setup(self.k, StdRng::seed_from_u64(0));
        let circuit = workload.keygen_circuit();
        let vk = keygen_vk(&params, &circuit).expect("the workload has a key");
        let pk = keygen_pk(&params, vk, &circuit).expect("the workload has a key");
        let engine = CpuEngine::new();
        let key = ResidentKey::load(&engine, &params, &pk).expect("a key that was just made");
        let instances = workload.instances();
        let instances: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();

        let mut group = self
            .criterion
            .benchmark_group(format!("prover/{}", self.name));
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        group.bench_function(BenchmarkId::new(self.k.to_string(), "stock"), |bencher| {
            bencher.iter_batched(
                || workload.circuit(),
                |circuit| {
                    let mut transcript = Transcript::init(Vec::new());
                    plonk::create_proof::<KZGCommitmentScheme<Bn256>, Shplonk<'_>, _, _, _, _>(
                        &params,
                        &pk,
                        &[circuit],
                        &[&instances],
                        StdRng::seed_from_u64(1),
                        &mut transcript,
                    )
                    .expect("the witness satisfies the circuit");
                    transcript.finalize()
                },
                BatchSize::PerIteration,
            );
        });
        let alone = |circuit: W::Circuit, seed| {
            let mut transcript = Transcript::init(Vec::new());
            prove::<Shplonk<'_>, Challenge255<G1Affine>, _, _, _>(
                &engine,
                &key,
                &[circuit],
                &[&instances],
                StdRng::seed_from_u64(seed),
                &mut transcript,
            )
            .expect("the witness satisfies the circuit");
            transcript.finalize()
        };
        group.bench_function(BenchmarkId::new(self.k.to_string(), "cpu"), |bencher| {
            bencher.iter_batched(
                || workload.circuit(),
                |circuit| alone(circuit, 1),
                BatchSize::PerIteration,
            );
        });
        // Making the circuits is part of both.
        group.bench_function(BenchmarkId::new(self.k.to_string(), "4-alone"), |bencher| {
            bencher.iter(|| -> Vec<_> {
                let seeds = 0..MANY;
                seeds.map(|seed| alone(workload.circuit(), seed)).collect()
            });
        });
        let job = |seed| Job {
            circuits: vec![workload.circuit()],
            instances: vec![workload.instances()],
            rng: StdRng::seed_from_u64(seed),
            transcript: Transcript::init(Vec::new()),
        };
        group.bench_function(BenchmarkId::new(self.k.to_string(), "4-ahead"), |bencher| {
            bencher.iter(|| -> Vec<_> {
                prove_many::<Shplonk<'_>, Challenge255<G1Affine>, _, _, _, _, _>(
                    &engine,
                    &key,
                    (0..MANY).map(job),
                    1,
                    |proofs| {
                        let proofs = proofs.map(|proof| proof.expect("a satisfied circuit"));
                        proofs.map(TranscriptWriterBuffer::finalize).collect()
                    },
                )
            });
        });
        group.finish();
    }
}

fn prover(criterion: &mut Criterion) {
    let workloads = env::var("PROVER_WORKLOADS").unwrap_or_else(|_| "plonk,lookup".into());
    let k = env::var("PROVER_K").map_or(14, |k| k.parse().expect("PROVER_K is a number"));
    for name in workloads.split(',') {
        let compare = Compare {
            criterion: &mut *criterion,
            name,
            k,
        };
        visit(name, k, 1, compare).expect("PROVER_WORKLOADS are workloads that exist at this k");
    }
}

criterion_group!(benches, prover);
criterion_main!(benches);
