//! What a multiplication costs through these packages, beside the same multiplication called directly.
//!
//! `through` is the call that a client makes with canonical scalars and points on the host, conversions
//! included; `direct` the engine's, on values in the engine's form. Both run on the CPU, with the
//! kernels that are chosen for the process. Between two runs of
//! the one comes a run of the other, which is not timed, so that both meet the same machine.
//! `examples/overhead.rs` compares them pair by pair.

mod inputs;

use std::{
    borrow::Cow,
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};
use halo2_offload_engine::{CpuKernels, MsmAccel};
use halo2curves::bn256::G1Affine;
use icicle_bn254::curve::G1Projective;
use icicle_core::msm::{msm, MSMConfig};
use icicle_cuda_runtime::{
    memory::HostSlice,
    offload::{select, Selection},
};

use inputs::Inputs;

/// The time of so many runs of `timed`, with runs of `other` between.
fn alternating(runs: u64, mut timed: impl FnMut(), mut other: impl FnMut()) -> Duration {
    (0..runs)
        .map(|_| {
            other();
            let start = Instant::now();
            timed();
            start.elapsed()
        })
        .sum()
}

fn multiplications(criterion: &mut Criterion) {
    select(Selection::Cpu);
    let mut group = criterion.benchmark_group("icicle msm");
    group.sample_size(10);
    for k in [16, 18] {
        let inputs = Inputs::new(k, 254);
        let bases =
            MsmAccel::<G1Affine>::load(&CpuKernels::default(), Cow::Borrowed(&inputs.points[..]))
                .expect("bases are borrowed");
        let direct = || {
            black_box(CpuKernels::default().msm(&bases, &[&inputs.scalars[..]]))
                .expect("there are enough bases");
        };
        let through = || {
            let mut results = [G1Projective::zero()];
            msm(
                HostSlice::from_slice(&inputs.icicle_scalars),
                HostSlice::from_slice(&inputs.icicle_points),
                &MSMConfig::default(),
                HostSlice::from_mut_slice(&mut results),
            )
            .expect("the arguments fit");
            black_box(results);
        };
        group.bench_function(BenchmarkId::new("direct", k), |bencher| {
            bencher.iter_custom(|runs| alternating(runs, direct, through));
        });
        group.bench_function(BenchmarkId::new("through", k), |bencher| {
            bencher.iter_custom(|runs| alternating(runs, through, direct));
        });
    }
    group.finish();
}

criterion_group!(benches, multiplications);
criterion_main!(benches);
