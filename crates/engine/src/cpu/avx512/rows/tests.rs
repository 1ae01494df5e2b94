//! Row by row: the lanes against the portable kernels.

use ff::Field;
use halo2curves::{bn256::Fr, pasta::Fp};
use rand::{rngs::StdRng, Rng, SeedableRng};

use crate::{
    cpu::{
        avx512::detected_in_tests,
        kernels::{Portable, RowKernels},
        Buffer, CpuKernels,
    },
    engine::ScalarField,
    program::{NodeId, Program, ProgramBuilder},
};

const INPUTS: u32 = 4;
const SCALARS: u32 = 3;

/// Elements at the edges, and random ones.
fn column<F: Field>(rng: &mut StdRng, n: usize) -> Vec<F> {
    let element = |_| match rng.gen_range(0..8) {
        0 => F::ZERO,
        1 => F::ONE,
        2 => -F::ONE,
        _ => F::random(&mut *rng),
    };
    (0..n).map(element).collect()
}

/// A program of so many operations on what there is already.
fn random_program<F: ScalarField>(rng: &mut StdRng, operations: usize, reach: i32) -> Program<F> {
    let mut builder = ProgramBuilder::new();
    let mut nodes: Vec<NodeId> = vec![
        builder.accumulator(),
        builder.point(),
        builder.constant(F::from(7)),
        builder.constant(-F::ONE),
    ];
    nodes.extend((0..SCALARS).map(|scalar| builder.scalar(scalar)));
    for input in 0..INPUTS {
        nodes.push(builder.query(input, 0));
        nodes.push(builder.query(input, rng.gen_range(-reach..=reach)));
    }
    // Of some kinds of operation there are many in one program, few in another.
    let weights: [u32; 6] = std::array::from_fn(|_| rng.gen_range(1..10));
    // What is last, or anything.
    let recent = rng.gen_range(1..4);
    for _ in 0..operations {
        let mut pick = |nodes: &[NodeId]| match rng.gen_ratio(1, recent) {
            true => nodes[nodes.len() - 1],
            false => nodes[rng.gen_range(0..nodes.len())],
        };
        let (a, b) = (pick(&nodes), pick(&nodes));
        let mut choice = rng.gen_range(0..weights.iter().sum());
        let kind = weights.iter().position(|weight| {
            let this = choice < *weight;
            choice = choice.saturating_sub(*weight);
            this
        });
        nodes.push(match kind {
            Some(0) => builder.add(a, b),
            Some(1) => builder.sub(a, b),
            Some(2) => builder.mul(a, b),
            Some(3) => builder.mul(a, a),
            Some(4) => builder.add(a, a),
            _ => builder.negate(a),
        });
    }
    builder.compile(&nodes[nodes.len() - 1..])
}

fn is_evaluated_alike<F: ScalarField>(rng: &mut StdRng, program: &Program<F>, n: usize) {
    let columns: Vec<Buffer<'_, F>> = (0..INPUTS).map(|_| Buffer::from(column(rng, n))).collect();
    let columns: Vec<_> = columns.iter().collect();
    let scalars = column(rng, SCALARS as usize);
    let (omega, shift) = (F::random(&mut *rng), F::random(&mut *rng));
    let before: Vec<F> = column(rng, n);
    let run = |kernels: &dyn RowKernels<F>| {
        let mut values = Buffer::from(before.clone());
        kernels.evaluate(program, &columns, &scalars, omega, shift, &mut values);
        values.values().to_vec()
    };
    let (expected, actual) = (run(&Portable), run(&CpuKernels::Avx512));
    for (row, (expected, actual)) in expected.iter().zip(&actual).enumerate() {
        assert_eq!(actual, expected, "row {row} of {n}: {:?}", program.steps());
    }
}

#[test]
fn programs_are_evaluated_alike() {
    if !detected_in_tests() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(3);
    for round in 0..1500 {
        let n = match round % 3 {
            0 => rng.gen_range(1..40),
            1 => rng.gen_range(1..300),
            _ => 64,
        };
        let operations = rng.gen_range(0..100);
        let program = random_program::<Fr>(&mut rng, operations, (n + 3) as i32);
        is_evaluated_alike(&mut rng, &program, n);
    }
    for n in [1024, 1025, 4096, 5003] {
        let program = random_program::<Fr>(&mut rng, 60, 50);
        is_evaluated_alike(&mut rng, &program, n);
    }
    let program = random_program::<Fp>(&mut rng, 60, 50);
    is_evaluated_alike(&mut rng, &program, 256);
}

/// Sums and chains that go beyond what a register and an instruction hold.
#[test]
fn long_sums_are_evaluated_alike() {
    if !detected_in_tests() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(4);
    for count in [1, 5, 6, 20, 100] {
        for kind in 0..7 {
            let mut builder = ProgramBuilder::<Fr>::new();
            let mut sum = builder.constant(Fr::ZERO);
            for i in 0..count {
                let a = builder.query(i % INPUTS, (i / INPUTS) as i32);
                let b = builder.query((i + 1) % INPUTS, -(i as i32));
                let y = builder.scalar(i % SCALARS);
                let ab = match i % 2 {
                    0 => builder.mul(a, b),
                    _ => builder.mul(a, y),
                };
                sum = match kind {
                    0 => builder.add(sum, a),
                    1 => builder.sub(sum, a),
                    2 => builder.add(sum, ab),
                    3 => builder.sub(sum, ab),
                    4 => builder.mul_add(sum, y, ab),
                    5 => {
                        let sum = builder.sub(ab, sum);
                        builder.sub(sum, b)
                    }
                    _ => {
                        let sum = builder.add(sum, sum);
                        builder.sub(sum, y)
                    }
                };
            }
            let squared = builder.mul(sum, sum);
            for output in [sum, squared] {
                is_evaluated_alike(&mut rng, &builder.compile(&[output]), 64);
            }
        }
    }
}

/// What no step computes.
#[test]
fn operands_are_outputs() {
    if !detected_in_tests() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(5);
    let mut builder = ProgramBuilder::<Fr>::new();
    let scalar = builder.scalar(1);
    let outputs = [
        builder.accumulator(),
        builder.point(),
        scalar,
        builder.mul(scalar, scalar),
        builder.query(1, 0),
        builder.query(2, -3),
        builder.query(3, 130),
    ];
    for output in outputs {
        for n in [1, 2, 7, 8, 9, 128, 300] {
            is_evaluated_alike(&mut rng, &builder.compile(&[output]), n);
        }
    }
}

#[test]
fn rotations_are_combined_alike() {
    if !detected_in_tests() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(8);
    for n in (1..40).chain([255, 4096, 4097, 3 * 4096 + 5]) {
        for count in [0, 1, 2, 7, 40, 200]
            .into_iter()
            .filter(|count| *count <= n)
        {
            let values: Vec<Fr> = column(&mut rng, n);
            let factors: Vec<Fr> = column(&mut rng, count);
            let [mut expected, mut actual] = [values.clone(), values].map(Buffer::from);
            Portable.combine_rotations(&mut expected, &factors);
            CpuKernels::Avx512.combine_rotations(&mut actual, &factors);
            assert!(
                expected.values() == actual.values(),
                "{n} rows, {count} factors"
            );
        }
    }
}
