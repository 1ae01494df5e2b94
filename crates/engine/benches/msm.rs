//! Multi-scalar multiplication on columns of every shape, with every set of CPU kernels that this machine
//! can run, beside halo2curves' own.
//!
//! Ids are `msm_<kernels>/<shape>/<k>` and `msm_stock/<shape>/<k>`, for `2^k` rows; those of a shape are
//! measured one after the other. `MSM_K=12,18` chooses sizes, criterion's filter the rest;
//! `RAYON_NUM_THREADS` the threads. `benches/peers` has other libraries' beside them.

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use ff::Field;
use group::{Curve, Group};
use halo2_offload_engine::CpuKernels;
use halo2curves::{
    bn256::{Fr, G1Affine, G1},
    msm::msm_best,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::time::Duration;

/// Rows at a column's end that halo2 fills with random scalars.
const BLINDING_ROWS: usize = 6;

fn sizes() -> Vec<u32> {
    match std::env::var("MSM_K") {
        Ok(sizes) => sizes
            .split(',')
            .map(|k| k.trim().parse().expect("MSM_K is a list of numbers"))
            .collect(),
        Err(_) => vec![12, 14, 16, 18],
    }
}

/// By differences of third order, much cheaper than random points. Of first order they would be no SRS's
/// points: many of their sums and differences are equal, and equal points are added the slow way.
fn bases(n: usize, rng: &mut ChaCha20Rng) -> Vec<G1Affine> {
    let third = G1::random(&mut *rng);
    let [mut second, mut first, mut next] = [(); 3].map(|()| G1::random(&mut *rng));
    let points: Vec<G1> = (0..n)
        .map(|_| {
            second += third;
            first += second;
            next += first;
            next
        })
        .collect();
    let mut bases = vec![G1Affine::default(); n];
    G1::batch_normalize(&points, &mut bases);
    bases
}

fn columns(n: usize, rng: &mut ChaCha20Rng) -> Vec<(&'static str, Vec<Fr>)> {
    let equal = Fr::random(&mut *rng);
    let table: Vec<Fr> = (0..256).map(|_| Fr::random(&mut *rng)).collect();
    let mut column = |scalar: &dyn Fn(&mut ChaCha20Rng) -> Fr| -> Vec<Fr> {
        (0..n).map(|_| scalar(&mut *rng)).collect()
    };
    let uniform = column(&|rng| Fr::random(rng));
    let bits = column(&|rng| Fr::from(rng.gen::<bool>()));
    let signed = column(&|rng| Fr::from(u64::from(rng.gen::<u8>())) - Fr::from(128));
    // Limbs of an emulated field.
    let bits88 = column(&|rng| {
        let high = Fr::from(u64::from(rng.gen::<u32>() >> 8)) * Fr::from(2).pow_vartime([64]);
        high + Fr::from(rng.gen::<u64>())
    });
    let small = column(&|rng| Fr::from(u64::from(rng.gen::<u16>())));
    let sparse = column(&|rng| {
        if rng.gen_ratio(1, 50) {
            Fr::random(rng)
        } else {
            Fr::ZERO
        }
    });
    let lookup = column(&|rng| table[rng.gen_range(0..table.len())]);
    let blinded = |column: &[Fr]| {
        let values = n.saturating_sub(BLINDING_ROWS);
        [&column[..values], &uniform[values..]].concat()
    };
    let (halo2, halo2_bits) = (blinded(&small), blinded(&bits));
    vec![
        ("uniform", uniform),
        ("zero", vec![Fr::ZERO; n]),
        ("bits", bits),
        ("signed8", signed),
        ("bits88", bits88),
        ("small", small),
        ("sparse", sparse),
        ("equal", vec![equal; n]),
        ("lookup", lookup),
        ("halo2", halo2),
        ("halo2_bits", halo2_bits),
    ]
}

fn bench(criterion: &mut Criterion) {
    let mut rng = ChaCha20Rng::seed_from_u64(0);
    for k in sizes() {
        let n = 1 << k;
        let bases = bases(n, &mut rng);
        for (shape, scalars) in columns(n, &mut rng) {
            let mut time = |whose: &str, multiply: &dyn Fn() -> G1| {
                let mut group = criterion.benchmark_group(format!("msm_{whose}"));
                group
                    .sample_size(10)
                    .warm_up_time(Duration::from_millis(200))
                    .measurement_time(Duration::from_secs(1))
                    .throughput(Throughput::Elements(n as u64))
                    .bench_function(BenchmarkId::new(shape, k), |b| b.iter(multiply));
                group.finish();
            };
            for kernels in CpuKernels::available() {
                time(kernels.name(), &|| {
                    let sums = kernels.multiply(&bases, &[&scalars]);
                    sums.expect("there are enough bases")[0]
                });
            }
            time("stock", &|| msm_best(&scalars, &bases));
        }
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
