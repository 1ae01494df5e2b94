//! `cargo bench -p halo2-offload-engine --bench rows`, on as many threads as `RAYON_NUM_THREADS` says:
//! expression programs, with all kernels that this CPU can run.

use std::time::Duration;

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use ff::{Field, PrimeField};
use halo2_offload_engine::{
    cpu::{kernels::RowKernels, Buffer, CpuKernels},
    program::{NodeId, Program, ProgramBuilder},
};
use halo2curves::bn256::Fr;
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};

const ROWS: usize = 1 << 16;
const ADVICE: u32 = 8;
const SCALARS: usize = 4;

/// A quotient's segment: gates, a permutation argument, a lookup argument.
fn quotient() -> Program<Fr> {
    let mut builder = ProgramBuilder::new();
    let b = &mut builder;
    let [y, beta, gamma, theta] = [0, 1, 2, 3].map(|scalar| b.scalar(scalar));
    let one = b.constant(Fr::ONE);
    let mut sum = b.accumulator();
    // q (a + b c - d), of a column at four rotations, and q a + q' b + q'' a b + q''' - c.
    for column in 0..ADVICE / 2 {
        let [x0, x1, x2, x3] = [0, 1, 2, 3].map(|rotation| b.query(column, rotation));
        let q = b.query(ADVICE + column, 0);
        let product = b.mul(x1, x2);
        let value = b.add(x0, product);
        let value = b.sub(value, x3);
        let gate = b.mul(q, value);
        sum = b.mul_add(sum, y, gate);
    }
    let [a, c, d] = [4, 5, 6].map(|column| b.query(column, 0));
    let selectors = [0, 1, 2, 3].map(|column| b.query(ADVICE + 4 + column, 0));
    let linear = [b.mul(selectors[0], a), b.mul(selectors[1], c)];
    let product = b.mul(a, c);
    let product = b.mul(selectors[2], product);
    let mut gate = b.add(linear[0], linear[1]);
    gate = b.add(gate, product);
    gate = b.add(gate, selectors[3]);
    gate = b.sub(gate, d);
    sum = b.mul_add(sum, y, gate);
    // z(omega X) prod (v + beta s + gamma) - z prod (v + beta delta^i X + gamma).
    let [z, z_next] = [0, 1].map(|rotation| b.query(16, rotation));
    let [l0, active] = [17, 18].map(|column| b.query(column, 0));
    let point = b.point();
    let mut delta = beta;
    let delta_constant = b.constant(Fr::MULTIPLICATIVE_GENERATOR);
    let (mut left, mut right) = (z_next, z);
    for column in 0..ADVICE {
        let value = b.query(column, 0);
        let shifted = b.add(value, gamma);
        let sigma = b.query(19 + column, 0);
        let sigma = b.mul(beta, sigma);
        let factor = b.add(shifted, sigma);
        left = b.mul(left, factor);
        let identity = b.mul(delta, point);
        let factor = b.add(shifted, identity);
        right = b.mul(right, factor);
        delta = b.mul(delta, delta_constant);
    }
    let steps = b.sub(left, right);
    let steps = b.mul(steps, active);
    let start = b.sub(one, z);
    let start = b.mul(l0, start);
    sum = b.mul_add(sum, y, start);
    sum = b.mul_add(sum, y, steps);
    // A lookup of two columns in two.
    let [z, z_next] = [0, 1].map(|rotation| b.query(27, rotation));
    let [input, input_before] = [0, -1].map(|rotation| b.query(28, rotation));
    let table = b.query(29, 0);
    let compressed =
        |b: &mut ProgramBuilder<Fr>, columns: [NodeId; 2]| b.mul_add(columns[0], theta, columns[1]);
    let inputs = compressed(b, [a, c]);
    let tables = compressed(b, [selectors[0], selectors[1]]);
    let factors = [
        (inputs, beta),
        (tables, gamma),
        (input, beta),
        (table, gamma),
    ];
    let factors = factors.map(|(value, challenge)| b.add(value, challenge));
    let right = b.mul(factors[0], factors[1]);
    let right = b.mul(z, right);
    let left = b.mul(factors[2], factors[3]);
    let left = b.mul(z_next, left);
    let steps = b.sub(left, right);
    let steps = b.mul(steps, active);
    let differences = [b.sub(input, table), b.sub(input, input_before)];
    let start = b.sub(one, z);
    let start = b.mul(l0, start);
    let first = b.mul(l0, differences[0]);
    let others = b.mul(differences[0], differences[1]);
    let others = b.mul(others, active);
    for constraint in [start, steps, first, others] {
        sum = b.mul_add(sum, y, constraint);
    }
    builder.compile(&[sum])
}

/// What a lookup argument compresses: sum_i theta^i column_i.
fn compression() -> Program<Fr> {
    let mut builder = ProgramBuilder::new();
    let theta = builder.scalar(0);
    let mut sum = builder.query(0, 0);
    for column in 1..4 {
        let column = builder.query(column, 0);
        sum = builder.mul_add(sum, theta, column);
    }
    builder.compile(&[sum])
}

fn programs(c: &mut Criterion) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for (name, program) in [("quotient", quotient()), ("compression", compression())] {
        println!(
            "{name}: {} queries, {} steps, {} multiplications",
            program.queries().len(),
            program.steps().len(),
            program.multiplications()
        );
        let mut column =
            |_| Buffer::from((0..ROWS).map(|_| Fr::random(&mut rng)).collect::<Vec<_>>());
        let columns: Vec<Buffer<'_, Fr>> = (0..program.inputs()).map(&mut column).collect();
        let columns: Vec<_> = columns.iter().collect();
        let mut values = column(0);
        let scalars: Vec<Fr> = (0..SCALARS as u64)
            .map(|i| Fr::from(i + 3).invert().unwrap())
            .collect();
        let omega = Fr::ROOT_OF_UNITY;
        let mut group = c.benchmark_group(name);
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(2))
            .throughput(Throughput::Elements(ROWS as u64));
        for kernels in CpuKernels::available() {
            group.bench_function(BenchmarkId::from_parameter(kernels), |b| {
                b.iter(|| {
                    kernels.evaluate(
                        &program,
                        &columns,
                        &scalars,
                        omega,
                        Fr::from(5),
                        &mut values,
                    )
                })
            });
        }
        group.finish();
    }
}

criterion_group!(benches, programs);
criterion_main!(benches);
