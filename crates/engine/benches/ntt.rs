//! `cargo bench -p halo2-offload-engine --bench ntt`, on as many threads as `RAYON_NUM_THREADS`
//! says.

use std::time::Duration;

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use ff::{Field, PrimeField};
use halo2_offload_engine::cpu::ntt::NttDomain;
use halo2curves::bn256::Fr;
use halo2curves::fft::best_fft;
use rand_chacha::rand_core::SeedableRng;
use rand_chacha::ChaCha20Rng;

const SIZES: [u32; 4] = [14, 16, 18, 20];
const BATCH: usize = 8;

fn random(n: usize) -> Vec<Fr> {
    let mut rng = ChaCha20Rng::seed_from_u64(n as u64);
    (0..n).map(|_| Fr::random(&mut rng)).collect()
}

fn ntt(c: &mut Criterion) {
    let mut group = c.benchmark_group("ntt");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    for k in SIZES {
        let domain = NttDomain::<Fr>::new(k);
        let mut values = random(domain.n());
        group.throughput(Throughput::Elements(domain.n() as u64));
        group.bench_function(BenchmarkId::new("forward", k), |b| {
            b.iter(|| domain.forward(&mut values))
        });
        group.bench_function(BenchmarkId::new("inverse", k), |b| {
            b.iter(|| domain.inverse(&mut values))
        });
        let shift = Fr::MULTIPLICATIVE_GENERATOR;
        let coefficients = values.clone();
        group.bench_function(BenchmarkId::new("coset_forward", k), |b| {
            b.iter(|| domain.coset_forward(&coefficients, shift, &mut values))
        });
        group.bench_function(BenchmarkId::new("coset_inverse", k), |b| {
            b.iter(|| domain.coset_inverse(&mut values, shift))
        });

        group.throughput(Throughput::Elements((BATCH * domain.n()) as u64));
        let mut columns = vec![values; BATCH];
        group.bench_function(BenchmarkId::new("batch8", k), |b| {
            b.iter(|| {
                let mut columns: Vec<_> = columns.iter_mut().map(Vec::as_mut_slice).collect();
                domain.forward_batch(&mut columns)
            })
        });
        group.bench_function(BenchmarkId::new("coset_batch8", k), |b| {
            b.iter(|| {
                let mut jobs: Vec<_> = columns
                    .iter_mut()
                    .map(|out| (coefficients.as_slice(), out.as_mut_slice()))
                    .collect();
                domain.coset_forward_batch(&mut jobs, shift)
            })
        });
    }
    group.finish();
}

/// The transform that halo2curves ships, beside ours.
fn halo2curves(c: &mut Criterion) {
    let mut group = c.benchmark_group("ntt_halo2curves");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    for k in SIZES {
        let omega = NttDomain::<Fr>::new(k).omega();
        let mut values = random(1 << k);
        group.throughput(Throughput::Elements(1 << k));
        group.bench_function(BenchmarkId::new("forward", k), |b| {
            b.iter(|| best_fft(&mut values, omega, k))
        });
    }
    group.finish();
}

criterion_group!(benches, ntt, halo2curves);
criterion_main!(benches);
