//! Number-theoretic transforms: the CPU beside CUDA.
//!
//! Ids are `ntt/<where>/<transform>/<k>`. `cpu`: this machine's threads. `cuda`: device time between
//! events, columns on the device, in place. `cuda-host`: wall time from host memory back to it, as the
//! `msm+ntt` rung has it. `batch` is eight columns. `NTT_K=20,22` chooses sizes, `NTT_CPU=0` leaves
//! the CPU out, criterion's filter the rest.

mod common;

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use ff::{Field, PrimeField};
use halo2_offload_cuda::{
    ntt::{ColumnsMut, CudaNtt, Transform},
    Context, StreamRole,
};
use halo2_offload_engine::{cpu::ntt::NttDomain, NttAccel};
use halo2curves::bn256::Fr;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::{sync::Arc, time::Duration};

const BATCH: usize = 8;

fn random(n: usize) -> Vec<Fr> {
    let mut rng = ChaCha20Rng::seed_from_u64(n as u64);
    (0..n).map(|_| Fr::random(&mut rng)).collect()
}

fn bench(criterion: &mut Criterion) {
    let cpu = std::env::var("NTT_CPU").map_or(true, |value| value != "0");
    let cuda = common::device().map(|context| {
        let ntt = CudaNtt::new(context.clone()).expect("its kernels load");
        (context, ntt)
    });
    for k in common::sizes("NTT_K", &[10, 12, 14, 16, 18, 20]) {
        if cpu {
            on_the_cpu(criterion, k);
        }
        if let Some((context, ntt)) = &cuda {
            on_the_device(criterion, context, ntt, k);
            from_the_host(criterion, ntt, k);
        }
    }
}

fn on_the_cpu(criterion: &mut Criterion, k: u32) {
    let mut group = common::group(criterion, "ntt");
    let domain = NttDomain::<Fr>::new(k);
    let mut values = random(1 << k);
    let shift = Fr::MULTIPLICATIVE_GENERATOR;
    group.throughput(Throughput::Elements(1 << k));
    group.bench_function(BenchmarkId::new("cpu/forward", k), |b| {
        b.iter(|| domain.forward(&mut values));
    });
    group.bench_function(BenchmarkId::new("cpu/inverse", k), |b| {
        b.iter(|| domain.inverse(&mut values));
    });
    let coefficients = values.clone();
    group.bench_function(BenchmarkId::new("cpu/coset_forward", k), |b| {
        b.iter(|| domain.coset_forward(&coefficients, shift, &mut values));
    });
    group.finish();
}

fn on_the_device(criterion: &mut Criterion, context: &Arc<Context>, ntt: &CudaNtt, k: u32) {
    let shift = Fr::MULTIPLICATIVE_GENERATOR;
    let tables = ntt.make_tables(k).expect("the tables fit");
    let n = 1usize << k;
    for (name, transform, count) in [
        ("forward", Transform::Forward, 1),
        ("inverse", Transform::Inverse, 1),
        ("coset_forward", Transform::CosetForward { shift }, 1),
        ("coset_inverse", Transform::CosetInverse { shift }, 1),
        ("batch", Transform::Forward, BATCH),
    ] {
        let mut group = common::group(criterion, "ntt");
        group.throughput(Throughput::Elements((count * n) as u64));
        let prepared = ntt.prepare(&tables, transform).expect("the powers fit");
        let mut columns = context
            .allocate_zeroed::<Fr>("columns", count * n)
            .expect("the columns fit");
        let workspace_len = count * prepared.plan().workspace_len();
        let mut workspace = context
            .allocate::<Fr>("workspace", workspace_len)
            .expect("the workspace fits");
        let values = random(n);
        for column in 0..count {
            let range = columns.range_mut(column * n..(column + 1) * n);
            let uploaded = range.and_then(|to| context.upload(to, &values));
            drop(uploaded.expect("they are copied"));
        }
        group.bench_function(BenchmarkId::new(format!("cuda/{name}"), k), |b| {
            b.iter_custom(|rounds| {
                let device_ns = context.device_time(StreamRole::Compute, || {
                    (0..rounds).try_for_each(|_| {
                        let to = ColumnsMut {
                            values: columns.all_mut(),
                            stride: n,
                        };
                        ntt.run(&prepared, count, None, to, workspace.all_mut())
                    })
                });
                Duration::from_nanos(device_ns.expect("it computes"))
            });
        });
        group.finish();
    }
}

fn from_the_host(criterion: &mut Criterion, ntt: &CudaNtt, k: u32) {
    let mut group = common::group(criterion, "ntt");
    let (_, tables) = ntt.tables(k).expect("the tables fit");
    let mut columns = vec![random(1 << k); BATCH];
    for (name, count) in [("forward", 1), ("batch", BATCH)] {
        group.throughput(Throughput::Elements((count << k) as u64));
        group.bench_function(BenchmarkId::new(format!("cuda-host/{name}"), k), |b| {
            b.iter(|| {
                let batch = columns[..count].iter_mut();
                let mut batch: Vec<&mut [Fr]> = batch.map(Vec::as_mut_slice).collect();
                ntt.forward(&tables, &mut batch).expect("it computes");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
