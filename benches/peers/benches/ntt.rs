//! The forward transform over BN254's scalar field, in place: ours with every set of CPU kernels that this
//! machine can run, the stock prover's, halo2curves' and arkworks'. Ids are `ntt_<whose>/<transform>/<k>`,
//! where the transform is `forward`, or `coset`, which multiplies by powers first; the two halo2curves have
//! none of the latter. That all agree is checked before anything is timed.

use ark_bn254::Fr as ArkFr;
use ark_ff::FftField;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use ff::PrimeField;
use halo2_offload_engine::{
    halo2curves::{bn256::Fr, fft::best_fft as stock},
    CpuKernels, NttAccel,
};
use halo2_offload_peers::{sizes, Scalars};
use halo2curves::{bn256::Fr as PseFr, fft::best_fft as pse_fft};
use std::time::Duration;

fn forward(kernels: CpuKernels, tables: &<CpuKernels as NttAccel<Fr>>::Tables, values: &mut [Fr]) {
    let transformed = kernels.forward(tables, &mut [values]);
    transformed.expect("the tables are of this size");
}

fn bench(criterion: &mut Criterion) {
    let mut time = |whose: &str, id: BenchmarkId, n: usize, transform: &mut dyn FnMut()| {
        let mut group = criterion.benchmark_group(format!("ntt_{whose}"));
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(2))
            .throughput(Throughput::Elements(n as u64))
            .bench_function(id, |b| b.iter(&mut *transform));
        group.finish();
    };
    for k in sizes("NTT_K", &[14, 16, 18, 20]) {
        let n = 1 << k;
        let id = |transform: &str| BenchmarkId::new(transform, k);
        let Scalars {
            axiom: coefficients,
            mut pse,
            mut ark,
        } = Scalars::uniform(n);
        let (omega, _) = CpuKernels::Portable.tables(k).expect("a domain");
        let mut expected = coefficients.clone();
        stock(&mut expected, omega, k);

        for kernels in CpuKernels::available() {
            let (_, tables) = kernels.tables(k).expect("a domain");
            let mut values = coefficients.clone();
            forward(kernels, &tables, &mut values);
            assert_eq!(values, expected, "{kernels}");
            time(kernels.name(), id("forward"), n, &mut || {
                forward(kernels, &tables, &mut values)
            });
            let shift = Fr::MULTIPLICATIVE_GENERATOR;
            time(kernels.name(), id("coset"), n, &mut || {
                let mut columns = [(&coefficients[..], &mut values[..])];
                let transformed = kernels.coset_forward(&tables, &mut columns, shift);
                transformed.expect("the tables are of this size");
            });
        }

        let mut values = coefficients.clone();
        time("stock", id("forward"), n, &mut || {
            stock(&mut values, omega, k)
        });

        let bytes = omega.to_repr();
        let omega = Option::from(PseFr::from_repr(bytes.into()));
        let omega: PseFr = omega.expect("canonical bytes are an element's");
        pse_fft(&mut pse, omega, k);
        let same = |(theirs, ours): (&PseFr, &Fr)| theirs.to_repr().as_ref() == ours.to_repr();
        assert!(pse.iter().zip(&expected).all(same), "halo2curves");
        time("halo2curves", id("forward"), n, &mut || {
            pse_fft(&mut pse, omega, k)
        });

        // arkworks has another root of unity, so that its values are in another order.
        let domain = Radix2EvaluationDomain::<ArkFr>::new(n).expect("a domain");
        let coset = domain.get_coset(ArkFr::GENERATOR).expect("a coset");
        let second = ark.iter().rev();
        let second = second.fold(ArkFr::from(0), |sum, c| sum * domain.group_gen + c);
        domain.fft_in_place(&mut ark);
        assert_eq!(ark[1], second, "arkworks");
        time("arkworks", id("forward"), n, &mut || {
            domain.fft_in_place(&mut ark)
        });
        time("arkworks", id("coset"), n, &mut || {
            coset.fft_in_place(&mut ark)
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
