//! `cargo bench -p halo2-offload-engine --bench ntt`, on as many threads as `RAYON_NUM_THREADS`
//! says: the kernels that this CPU can run, beside the transform that halo2curves ships.

use std::time::Duration;

use criterion::{
    criterion_group, criterion_main, measurement::WallTime, BenchmarkGroup, BenchmarkId, Criterion,
    Throughput,
};
use ff::{Field, PrimeField};
use halo2_offload_engine::{CpuKernels, NttAccel};
use halo2curves::bn256::Fr;
use halo2curves::fft::best_fft;
use rand_chacha::rand_core::SeedableRng;
use rand_chacha::ChaCha20Rng;

const SIZES: [u32; 5] = [14, 16, 18, 20, 22];

/// Columns of a batch, and up to which size.
const BATCH: usize = 8;
const MAX_BATCH: u32 = 20;

fn random(n: usize) -> Vec<Fr> {
    let mut rng = ChaCha20Rng::seed_from_u64(n as u64);
    (0..n).map(|_| Fr::random(&mut rng)).collect()
}

fn group<'c>(c: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = c.benchmark_group(name);
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    group
}

fn ntt(c: &mut Criterion) {
    for k in SIZES {
        for kernels in CpuKernels::available() {
            transforms(c, kernels, k);
        }
        stock(c, k);
    }
}

fn transforms(c: &mut Criterion, kernels: CpuKernels, k: u32) {
    let (_, tables) = NttAccel::<Fr>::tables(&kernels, k).expect("the field has this domain");
    let shift = Fr::MULTIPLICATIVE_GENERATOR;
    let mut values = random(1 << k);
    let coefficients = values.clone();
    let mut group = group(c, &format!("ntt_{kernels}"));
    group.throughput(Throughput::Elements(1 << k));
    group.bench_function(BenchmarkId::new("forward", k), |b| {
        b.iter(|| kernels.forward(&tables, &mut [&mut values]))
    });
    group.bench_function(BenchmarkId::new("inverse", k), |b| {
        b.iter(|| kernels.inverse(&tables, &mut [&mut values]))
    });
    group.bench_function(BenchmarkId::new("coset_forward", k), |b| {
        b.iter(|| kernels.coset_forward(&tables, &mut [(&coefficients, &mut values)], shift))
    });
    group.bench_function(BenchmarkId::new("coset_forward_in_place", k), |b| {
        b.iter(|| kernels.coset_forward_in_place(&tables, &mut [&mut values], shift))
    });
    group.bench_function(BenchmarkId::new("coset_inverse", k), |b| {
        b.iter(|| kernels.coset_inverse(&tables, &mut [&mut values], shift))
    });
    if k > MAX_BATCH {
        return;
    }

    group.throughput(Throughput::Elements((BATCH as u64) << k));
    let mut columns = vec![values; BATCH];
    group.bench_function(BenchmarkId::new("batch8", k), |b| {
        b.iter(|| {
            let mut columns: Vec<_> = columns.iter_mut().map(Vec::as_mut_slice).collect();
            kernels.forward(&tables, &mut columns)
        })
    });
    group.bench_function(BenchmarkId::new("coset_batch8", k), |b| {
        b.iter(|| {
            let mut jobs: Vec<_> = columns
                .iter_mut()
                .map(|out| (coefficients.as_slice(), out.as_mut_slice()))
                .collect();
            kernels.coset_forward(&tables, &mut jobs, shift)
        })
    });
}

/// The transform that halo2curves ships, beside ours.
fn stock(c: &mut Criterion, k: u32) {
    let (omega, _) = CpuKernels::Portable
        .tables(k)
        .expect("the field has this domain");
    let mut values: Vec<Fr> = random(1 << k);
    let mut group = group(c, "ntt_halo2curves");
    group.throughput(Throughput::Elements(1 << k));
    group.bench_function(BenchmarkId::new("forward", k), |b| {
        b.iter(|| best_fft(&mut values, omega, k))
    });
}

criterion_group!(benches, ntt);
criterion_main!(benches);
