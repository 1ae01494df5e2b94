//! Multi-scalar multiplication: the CPU beside CUDA, on columns of every shape.
//!
//! Ids are `msm/<where>/<shape>/<k>`. `cpu`: this machine's threads. `cuda`: bases and scalars on the
//! device, from the first launch until the sums are on the host (wall time: the host finishes the
//! sums). `cuda-host`: the same with scalars in pageable host memory, as the `msm` rung has them.
//! `MSM_K=20,22` chooses sizes, `MSM_CPU=0` leaves the CPU out, criterion's filter the rest.

mod common;

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use ff::Field;
use group::{Curve, Group};
use halo2_offload_cuda::msm::CudaMsm;
use halo2_offload_engine::{cpu::msm::msm, CpuKernels};
use halo2curves::bn256::{Fr, G1Affine, G1};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// 2^k points, each a fixed step from the one before.
fn bases(n: usize, rng: &mut ChaCha20Rng) -> Vec<G1Affine> {
    // By differences of third order: of first order many sums and differences of points are equal, as those
    // of an SRS are not.
    let third = G1::random(&mut *rng);
    let [mut second, mut first, mut next] = [(); 3].map(|()| G1::random(&mut *rng));
    let mut bases = vec![G1Affine::default(); n];
    // In parts: projective points take one and a half times the memory of the result.
    for part in bases.chunks_mut(1 << 16) {
        let points: Vec<G1> = part
            .iter()
            .map(|_| {
                second += third;
                first += second;
                next += first;
                next
            })
            .collect();
        G1::batch_normalize(&points, part);
    }
    bases
}

fn columns(n: usize, rng: &mut ChaCha20Rng) -> Vec<(&'static str, Vec<Fr>)> {
    let equal = Fr::random(&mut *rng);
    let mut column = |scalar: &dyn Fn(&mut ChaCha20Rng) -> Fr| -> Vec<Fr> {
        (0..n).map(|_| scalar(&mut *rng)).collect()
    };
    let sparse = |rng: &mut ChaCha20Rng| match rng.gen_ratio(1, 50) {
        true => Fr::random(rng),
        false => Fr::ZERO,
    };
    vec![
        ("uniform", column(&|rng| Fr::random(rng))),
        ("bits", column(&|rng| Fr::from(rng.gen::<bool>()))),
        (
            "small",
            column(&|rng| Fr::from(u64::from(rng.gen::<u16>()))),
        ),
        ("sparse", column(&sparse)),
        ("equal", vec![equal; n]),
    ]
}

fn bench(criterion: &mut Criterion) {
    let cpu = std::env::var("MSM_CPU").map_or(true, |value| value != "0");
    let cuda = common::device().map(|context| {
        let msm = CudaMsm::new(context.clone()).expect("its kernels load");
        (context, msm)
    });
    for k in common::sizes("MSM_K", &[10, 12, 14, 16, 18]) {
        let mut rng = ChaCha20Rng::seed_from_u64(0);
        let n = 1 << k;
        let bases = bases(n, &mut rng);
        let loaded = cuda
            .as_ref()
            .map(|(_, msm)| msm.load_bases(&bases).expect("the bases fit"));
        for (shape, scalars) in columns(n, &mut rng) {
            let mut group = common::group(criterion, "msm");
            group.throughput(Throughput::Elements(n as u64));
            if cpu {
                group.bench_function(BenchmarkId::new(format!("cpu/{shape}"), k), |b| {
                    b.iter(|| msm(CpuKernels::default(), &scalars, &bases));
                });
            }
            if let (Some((context, cuda)), Some(bases)) = (&cuda, &loaded) {
                let mut column = context.allocate::<Fr>("scalars", n).expect("they fit");
                let uploaded = context.upload(column.all_mut(), &scalars);
                drop(uploaded.expect("they are copied"));
                context.synchronize().expect("they are copied");
                group.bench_function(BenchmarkId::new(format!("cuda/{shape}"), k), |b| {
                    b.iter(|| {
                        let begun = cuda.begin_device(bases, &[column.all()]);
                        begun
                            .and_then(|pending| pending.wait())
                            .expect("it computes")
                    });
                });
                group.bench_function(BenchmarkId::new(format!("cuda-host/{shape}"), k), |b| {
                    b.iter(|| {
                        let begun = cuda.begin(bases, &[&scalars]);
                        begun
                            .and_then(|pending| pending.wait())
                            .expect("it computes")
                    });
                });
            }
            group.finish();
        }
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
