//! What a multiplication costs through these packages, beside the same multiplication called directly.
//!
//! `through` is the call that a client makes with canonical scalars and points on the host, conversions
//! included; `direct` the engine's, on values in the engine's form. Both run on the CPU.

use std::borrow::Cow;

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};
use ff::Field;
use group::{Curve, Group};
use halo2_offload_engine::{cpu::CpuMsm, MsmAccel};
use halo2curves::bn256::{Fr, G1Affine, G1};
use icicle_bn254::curve::{G1Affine as IcicleAffine, G1Projective, ScalarField};
use icicle_core::msm::{msm, MSMConfig};
use icicle_cuda_runtime::{
    memory::HostSlice,
    offload::{select, Selection},
};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};

fn limbs(bytes: [u8; 32]) -> [u32; 8] {
    std::array::from_fn(|i| u32::from_le_bytes([0, 1, 2, 3].map(|j| bytes[4 * i + j])))
}

fn multiplications(criterion: &mut Criterion) {
    select(Selection::Cpu);
    let mut rng = ChaCha20Rng::seed_from_u64(0);
    let mut group = criterion.benchmark_group("icicle msm");
    group.sample_size(20);
    for k in [16, 18] {
        let n = 1 << k;
        let scalars: Vec<Fr> = (0..n).map(|_| Fr::random(&mut rng)).collect();
        let mut point = G1::random(&mut rng);
        let step = G1::random(&mut rng);
        let projective: Vec<G1> = (0..n)
            .map(|_| {
                point += step;
                point
            })
            .collect();
        let mut points = vec![G1Affine::default(); n];
        G1::batch_normalize(&projective, &mut points);

        let icicle_scalars: Vec<ScalarField> = scalars
            .iter()
            .map(|scalar| limbs(scalar.to_bytes()).into())
            .collect();
        let icicle_points: Vec<IcicleAffine> = points
            .iter()
            .map(|point| {
                IcicleAffine::from_limbs(limbs(point.x.to_bytes()), limbs(point.y.to_bytes()))
            })
            .collect();
        let bases = MsmAccel::<G1Affine>::load(&CpuMsm, Cow::Borrowed(&points[..]))
            .expect("bases are borrowed");
        group.bench_function(BenchmarkId::new("direct", k), |bencher| {
            bencher.iter(|| CpuMsm.msm(&bases, &[&scalars[..]]));
        });
        group.bench_function(BenchmarkId::new("through", k), |bencher| {
            let mut results = [G1Projective::zero()];
            bencher.iter(|| {
                msm(
                    HostSlice::from_slice(&icicle_scalars),
                    HostSlice::from_slice(&icicle_points),
                    &MSMConfig::default(),
                    HostSlice::from_mut_slice(&mut results),
                )
            });
        });
    }
    group.finish();
}

criterion_group!(benches, multiplications);
criterion_main!(benches);
