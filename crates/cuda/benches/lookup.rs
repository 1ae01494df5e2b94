//! The permutation of a lookup's inputs and table: the CPU beside CUDA.
//!
//! Ids are `lookup/<where>/<values>/<k>`. `cpu`: this machine's threads, columns of their own made
//! each time. `cuda`: device time between events, columns on the device. `range`: inputs and table
//! below 2^16, as of a range check. `random`: inputs picked from random values, as of a table of
//! tuples. `LOOKUP_K=20,22` chooses sizes, `LOOKUP_CPU=0` leaves the CPU out, criterion's filter the
//! rest.

mod common;

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use ff::Field;
use halo2_offload_cuda::{plonk::lookup::CudaLookups, Context, StreamRole};
use halo2_offload_engine::{BorrowHost, CpuEngine, Lookups};
use halo2curves::bn256::{Fr, G1Affine};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::{sync::Arc, time::Duration};

/// Inputs and a table of 2^k rows.
struct Columns {
    values: &'static str,
    input: Vec<Fr>,
    table: Vec<Fr>,
}

fn columns(k: u32) -> [Columns; 2] {
    let n = 1usize << k;
    let mut rng = ChaCha20Rng::seed_from_u64(u64::from(k));
    let range: Vec<Fr> = (0..n as u64).map(|i| Fr::from(i % (1 << 16))).collect();
    let random: Vec<Fr> = (0..n).map(|_| Fr::random(&mut rng)).collect();
    [("range", range), ("random", random)].map(|(values, table)| Columns {
        values,
        input: (0..n).map(|_| table[rng.gen_range(0..n)]).collect(),
        table,
    })
}

fn bench(criterion: &mut Criterion) {
    let cpu = std::env::var("LOOKUP_CPU").map_or(true, |value| value != "0");
    let cuda = common::device().map(|context| {
        let lookups = CudaLookups::new(context.clone()).expect("its kernels load");
        (context, lookups)
    });
    for k in common::sizes("LOOKUP_K", &[12, 16, 18, 20]) {
        for columns in columns(k) {
            if cpu {
                on_the_cpu(criterion, &columns, k);
            }
            if let Some((context, lookups)) = &cuda {
                on_the_device(criterion, context, lookups, &columns, k);
            }
        }
    }
}

fn on_the_cpu(criterion: &mut Criterion, columns: &Columns, k: u32) {
    let mut group = common::group(criterion, "lookup");
    let engine = CpuEngine::<G1Affine>::new();
    let (input, table) = (engine.borrow(&columns.input), engine.borrow(&columns.table));
    group.throughput(Throughput::Elements(1 << k));
    group.bench_function(
        BenchmarkId::new(format!("cpu/{}", columns.values), k),
        |b| {
            b.iter(|| {
                let permuted = engine.permute_lookup(&input, &table, 1 << k, &[], &[]);
                permuted.map(|_| ()).expect("all inputs are in the table");
            });
        },
    );
    group.finish();
}

fn on_the_device(
    criterion: &mut Criterion,
    context: &Arc<Context>,
    lookups: &CudaLookups,
    columns: &Columns,
    k: u32,
) {
    let mut group = common::group(criterion, "lookup");
    let [input, table, mut permuted_input, mut permuted_table] = [
        &columns.input,
        &columns.table,
        &columns.input,
        &columns.table,
    ]
    .map(|values| {
        context
            .allocate_from("column", values)
            .expect("the columns fit")
    });
    group.throughput(Throughput::Elements(1 << k));
    group.bench_function(
        BenchmarkId::new(format!("cuda/{}", columns.values), k),
        |b| {
            b.iter_custom(|rounds| {
                // Kept, as one that is dropped is waited for.
                let mut verdicts = Vec::new();
                let device_ns = context.device_time(StreamRole::Compute, || {
                    for _ in 0..rounds {
                        verdicts.push(lookups.permute(
                            input.all(),
                            table.all(),
                            1 << k,
                            permuted_input.all_mut(),
                            permuted_table.all_mut(),
                        )?);
                    }
                    Ok(())
                });
                Duration::from_nanos(device_ns.expect("it computes"))
            });
        },
    );
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
