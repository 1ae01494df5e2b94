//! Operations on columns: the CPU engine beside CUDA.
//!
//! Ids are `poly/<where>/<operation>/<k>`. `cpu`: the engine's, by this machine's threads. `cuda`: device
//! time between events, columns on the device. `horner` is eight queries and the wait for their
//! values, `accumulate` eight terms. `POLY_K=20,22` chooses sizes, `POLY_CPU=0`
//! leaves the CPU out, criterion's filter the rest.

mod common;

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use ff::{Field, PrimeField};
use halo2_offload_cuda::{
    poly::{CudaPoly, First},
    Context, CudaError, DeviceBuffer, StreamRole,
};
use halo2_offload_engine::{Coeff, Columns, CpuEngine, EngineColumn, Label, Polynomials, Products};
use halo2curves::bn256::{Fr, G1Affine};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::{hint::black_box, sync::Arc, time::Duration};

type Cpu = CpuEngine<'static, G1Affine>;

/// Queries of an evaluation, terms of a combination.
const BATCH: usize = 8;
/// Rows without a product at the end of a column, as blinding leaves them.
const BLINDING_ROWS: usize = 6;

fn random(n: usize) -> Vec<Fr> {
    let mut rng = ChaCha20Rng::seed_from_u64(n as u64);
    (0..n).map(|_| Fr::random(&mut rng)).collect()
}

fn bench(criterion: &mut Criterion) {
    let cpu = std::env::var("POLY_CPU").map_or(true, |value| value != "0");
    let cuda = common::device().map(|context| {
        let poly = CudaPoly::new(context.clone()).expect("its kernels load");
        (context, poly)
    });
    for k in common::sizes("POLY_K", &[10, 14, 18, 20]) {
        if cpu {
            on_the_cpu(criterion, k);
        }
        if let Some((context, poly)) = &cuda {
            on_the_device(criterion, context, poly, k);
        }
    }
}

fn on_the_cpu(criterion: &mut Criterion, k: u32) {
    let mut group = common::group(criterion, "poly");
    group.throughput(Throughput::Elements(1 << k));
    let engine = Cpu::new();
    let column = || -> EngineColumn<Cpu, Coeff> {
        let label = Label::brief("column", 0);
        let uploaded = engine.upload(label, 1 << k, || random(1 << k));
        uploaded.expect("the host has room")
    };
    let point = Fr::MULTIPLICATIVE_GENERATOR;
    let other = column();
    // An operation takes a column and gives it back.
    let mut in_place = |name: &str, operation: &dyn Fn(EngineColumn<Cpu, Coeff>) -> _| {
        let mut turn = Some(column());
        group.bench_function(BenchmarkId::new(format!("cpu/{name}"), k), |b| {
            b.iter(|| {
                let before = turn.take().expect("the last turn gave it back");
                let after: Result<_, _> = operation(before);
                turn = Some(after.expect("it computes"));
            });
        });
    };
    in_place("batch_invert", &|column| engine.batch_invert(column));
    in_place("kate_division", &|column| {
        engine.kate_division(column, &[point])
    });
    in_place("accumulate", &|column| {
        engine.accumulate(column, &vec![(point, &other); BATCH])
    });
    group.bench_function(BenchmarkId::new("cpu/horner", k), |b| {
        b.iter(|| black_box(engine.horner(&vec![(&other, point); BATCH])));
    });
    group.finish();
}

fn on_the_device(criterion: &mut Criterion, context: &Arc<Context>, poly: &CudaPoly, k: u32) {
    let n = 1usize << k;
    let omega = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
    let point = Fr::MULTIPLICATIVE_GENERATOR;
    let column = || {
        let uploaded = context.allocate_from("column", &random(n));
        uploaded.expect("it fits")
    };
    let other = column();
    type Run<'r> = &'r dyn Fn(&mut [DeviceBuffer<Fr>; 2]) -> Result<(), CudaError>;
    let operations: [(&str, Run<'_>); 6] = [
        ("batch_invert", &|[a, _]| poly.batch_invert(a.all_mut())),
        ("horner", &|[a, _]| {
            // The values are waited for when they are dropped.
            drop(poly.begin_horner(&[(a.all(), point); BATCH])?);
            Ok(())
        }),
        ("accumulate", &|[a, _]| {
            poly.accumulate(a.all_mut(), &[(point, other.all()); BATCH])
        }),
        ("kate_division", &|[a, _]| {
            poly.kate_division(a.all_mut(), point)
        }),
        ("l0", &|[a, _]| poly.l0(omega, point, a.all_mut())),
        ("grand_product", &|[a, b]| {
            let usable_rows = n - BLINDING_ROWS;
            poly.grand_product(First::One, a.all_mut(), b.all_mut(), usable_rows)
        }),
    ];
    let mut group = common::group(criterion, "poly");
    group.throughput(Throughput::Elements(1 << k));
    for (name, run) in operations {
        let mut columns = [column(), column()];
        group.bench_function(BenchmarkId::new(format!("cuda/{name}"), k), |b| {
            b.iter_custom(|rounds| {
                let device_ns = context.device_time(StreamRole::Compute, || {
                    (0..rounds).try_for_each(|_| run(&mut columns))
                });
                Duration::from_nanos(device_ns.expect("it computes"))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
