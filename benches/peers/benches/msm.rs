//! Multi-scalar multiplication on BN254's G1: ours with every set of CPU kernels that this machine can run,
//! the stock prover's, halo2curves' and arkworks'. Ids are `msm_<whose>/<scalars>/<k>`. That all agree is
//! checked before anything is timed.

use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::{BigInteger, PrimeField as _};
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use ff::PrimeField;
use group::Curve;
use halo2_offload_engine::{
    halo2curves::{bn256::G1, msm::msm_best as stock},
    CpuKernels,
};
use halo2_offload_peers::{sizes, Points, Scalars};
use halo2curves::msm::msm_best as pse_msm;
use std::time::Duration;

fn ours(kernels: CpuKernels, scalars: &Scalars, points: &Points) -> G1 {
    let sums = kernels.multiply(&points.axiom, &[&scalars.axiom]);
    sums.expect("there are enough points")[0]
}

fn arkworks(scalars: &Scalars, points: &Points) -> ark_bn254::G1Projective {
    VariableBaseMSM::msm_unchecked(&points.ark, &scalars.ark)
}

/// All make the same sum.
fn check(scalars: &Scalars, points: &Points) {
    let expected = stock(&scalars.axiom, &points.axiom).to_affine();
    let expected = [expected.x.to_repr(), expected.y.to_repr()];
    for kernels in CpuKernels::available() {
        let sum = ours(kernels, scalars, points).to_affine();
        assert_eq!([sum.x.to_repr(), sum.y.to_repr()], expected, "{kernels}");
    }
    let sum = pse_msm(&scalars.pse, &points.pse).to_affine();
    let sum = [sum.x.to_repr(), sum.y.to_repr()].map(|repr| repr.as_ref().to_vec());
    assert_eq!(sum, expected.map(Vec::from), "halo2curves");
    let sum = arkworks(scalars, points).into_affine();
    let sum = [sum.x, sum.y].map(|c| c.into_bigint().to_bytes_le());
    assert_eq!(sum, expected.map(Vec::from), "arkworks");
}

fn bench(criterion: &mut Criterion) {
    let mut time = |whose: &str, id: BenchmarkId, n: usize, multiply: &dyn Fn()| {
        let mut group = criterion.benchmark_group(format!("msm_{whose}"));
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_secs(2))
            .throughput(Throughput::Elements(n as u64))
            .bench_function(id, |b| b.iter(multiply));
        group.finish();
    };
    for k in sizes("MSM_K", &[16, 18, 20]) {
        let n = 1 << k;
        let points = Points::new(n);
        let columns = [
            ("uniform", Scalars::uniform(n)),
            ("signed8", Scalars::signed8(n)),
            ("bits88", Scalars::bits88(n)),
        ];
        for (name, scalars) in &columns {
            check(scalars, &points);
            let id = || BenchmarkId::new(*name, k);
            for kernels in CpuKernels::available() {
                time(kernels.name(), id(), n, &|| {
                    std::hint::black_box(ours(kernels, scalars, &points));
                });
            }
            time("stock", id(), n, &|| {
                std::hint::black_box(stock(&scalars.axiom, &points.axiom));
            });
            time("halo2curves", id(), n, &|| {
                std::hint::black_box(pse_msm(&scalars.pse, &points.pse));
            });
            time("arkworks", id(), n, &|| {
                let _ = std::hint::black_box(arkworks(scalars, &points));
            });
        }
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
