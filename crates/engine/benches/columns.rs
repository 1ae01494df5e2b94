//! `cargo bench -p halo2-offload-engine --bench columns`, on as many threads as `RAYON_NUM_THREADS` says:
//! products, polynomials and lookups, with all kernels that this CPU can run.

use std::time::Duration;

use criterion::{
    criterion_group, criterion_main, measurement::WallTime, BenchmarkGroup, BenchmarkId, Criterion,
    Throughput,
};
use ff::{Field, PrimeField};
use halo2_offload_engine::{
    cpu::{
        kernels::{LookupKernels, PolynomialKernels, ProductKernels, RowKernels},
        Buffer, CpuEngine, CpuKernels,
    },
    program::{Program, ProgramBuilder},
    Columns, Fractions, Label, Products, Transforms,
};
use halo2curves::bn256::{Fr, G1Affine};
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha20Rng,
};

const K: u32 = 16;
const ROWS: usize = 1 << K;
/// Terms of a linear combination, factors of combined rotations.
const TERMS: usize = 20;
const ROTATIONS: usize = 6;

fn random(seed: u64) -> Vec<Fr> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..ROWS).map(|_| Fr::random(&mut rng)).collect()
}

fn group<'c>(c: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = c.benchmark_group(name);
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .throughput(Throughput::Elements(ROWS as u64));
    group
}

fn compare(c: &mut Criterion, name: &str, mut run: impl FnMut(CpuKernels)) {
    let mut group = group(c, name);
    for kernels in CpuKernels::available() {
        group.bench_function(BenchmarkId::from_parameter(kernels), |b| {
            b.iter(|| run(kernels))
        });
    }
    group.finish();
}

/// The fractions of a permutation argument over two columns.
fn permutation() -> Program<Fr> {
    let mut builder = ProgramBuilder::new();
    let [beta, gamma] = [0, 1].map(|scalar| builder.scalar(scalar));
    let one = builder.constant(Fr::ONE);
    let delta = builder.constant(Fr::MULTIPLICATIVE_GENERATOR);
    let mut outputs = [one; 2];
    let mut scale = beta;
    for column in 0..2 {
        let [value, sigma] = [column, column + 2].map(|column| builder.query(column, 0));
        let point = builder.point();
        let value = builder.add(value, gamma);
        let products = [builder.mul(scale, point), builder.mul(beta, sigma)];
        for (output, product) in outputs.iter_mut().zip(products) {
            let factor = builder.add(value, product);
            *output = builder.mul(*output, factor);
        }
        scale = builder.mul(scale, delta);
    }
    builder.compile(&outputs)
}

fn products(c: &mut Criterion) {
    let mut values = Buffer::from(random(1));
    compare(c, "batch_invert", |kernels| {
        kernels.batch_invert(&mut values)
    });

    let program = permutation();
    let scalars = [Fr::from(3), Fr::from(5)].map(|scalar| scalar.invert().unwrap());
    let blinding = [Fr::ONE; 5];
    let mut group = group(c, "grand_product");
    for kernels in CpuKernels::available() {
        let engine = CpuEngine::<G1Affine>::with_kernels(kernels);
        let domain = engine.domain(K).expect("a domain");
        let columns = [0, 1, 2, 3].map(|seed| {
            let label = Label::brief("values", seed);
            engine
                .upload(label, ROWS, || random(seed as u64))
                .expect("a column")
        });
        let inputs: Vec<_> = columns.iter().collect();
        group.bench_function(BenchmarkId::from_parameter(kernels), |b| {
            b.iter(|| {
                let fractions = Fractions {
                    program: &program,
                    inputs: inputs.clone(),
                    scalars: &scalars,
                    after: None,
                    usable_rows: ROWS - 1 - blinding.len(),
                    blinding: &blinding,
                };
                engine.grand_product(&domain, fractions).expect("products")
            })
        });
    }
    group.finish();
}

fn polynomials(c: &mut Criterion) {
    let columns: Vec<_> = (0..TERMS as u64).map(|i| Buffer::from(random(i))).collect();
    let x = Fr::from(7).invert().unwrap();
    compare(c, "horner", |kernels| {
        kernels.horner(&[(&columns[0], x)]);
    });
    let mut sum = Buffer::from(random(1));
    let factors = random(2);
    let terms: Vec<_> = factors.into_iter().zip(&columns).collect();
    compare(c, "accumulate", |kernels| {
        kernels.accumulate(&mut sum, &terms)
    });
    compare(c, "kate_division", |kernels| {
        kernels.kate_division(&mut sum, x)
    });
}

fn rows(c: &mut Criterion) {
    let mut values = Buffer::from(random(1));
    let omega = Fr::ROOT_OF_UNITY.pow([1 << (Fr::S - K)]);
    compare(c, "extend_l0", |kernels| {
        kernels.extend_l0(omega, Fr::from(7), &mut values)
    });
    let factors = &random(2)[..ROTATIONS];
    compare(c, "combine_rotations", |kernels| {
        kernels.combine_rotations(&mut values, factors)
    });
}

fn lookups(c: &mut Criterion) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let table = random(1);
    let small: Vec<Fr> = (0..ROWS as u64).map(Fr::from).collect();
    for (name, table) in [("permute_lookup", table), ("permute_lookup_small", small)] {
        let input = (0..ROWS).map(|_| table[rng.next_u32() as usize % ROWS]);
        let input = Buffer::from(input.collect::<Vec<_>>());
        let table = Buffer::from(table);
        compare(c, name, |kernels| {
            kernels
                .permute_lookup(&input, &table, ROWS, &[], &[])
                .expect("a permutation");
        });
    }
}

criterion_group!(benches, products, polynomials, rows, lookups);
criterion_main!(benches);
