//! Copies between host and device as columns make them: from pageable memory through our page-locked
//! buffers. What the bus could do is among the ceilings (`--bench ceilings`).
//!
//! Ids are `transfer/<direction>/<k>` for 2^k field elements, wall time until the copy is done.
//! `TRANSFER_K=16,22` chooses sizes.

mod common;

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use halo2curves::bn256::Fr;

fn bench(criterion: &mut Criterion) {
    let Some(context) = common::device() else {
        return;
    };
    for k in common::sizes("TRANSFER_K", &[10, 14, 18, 20, 22]) {
        let n = 1usize << k;
        let mut values = vec![Fr::from(7); n];
        let mut column = context.allocate::<Fr>("column", n).expect("it fits");
        let mut group = common::group(criterion, "transfer");
        group.throughput(Throughput::Bytes(32 << k));
        group.bench_function(BenchmarkId::new("upload", k), |b| {
            b.iter(|| {
                let uploaded = context.upload(column.all_mut(), &values);
                drop(uploaded.expect("it is copied"));
                context.synchronize().expect("it is copied");
            });
        });
        group.bench_function(BenchmarkId::new("download", k), |b| {
            b.iter(|| {
                let downloaded = context.download(column.all(), &mut values);
                downloaded.expect("it is copied");
            });
        });
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
