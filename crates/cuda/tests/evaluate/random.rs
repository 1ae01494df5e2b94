//! Random programs over random columns.

use ff::Field;
use halo2_offload_engine::program::{NodeId, Program, ProgramBuilder};
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, Rng, SeedableRng};

use crate::{with_both_codes, Run};

const INPUTS: usize = 5;
const SCALARS: usize = 3;

fn leaf(builder: &mut ProgramBuilder<Fr>, rng: &mut StdRng) -> NodeId {
    match rng.gen_range(0..10) {
        0 => builder.constant(Fr::from(rng.gen_range(0..4))),
        1 => builder.constant(-Fr::ONE),
        2 => builder.scalar(rng.gen_range(0..SCALARS as u32)),
        3 => builder.point(),
        4 => builder.accumulator(),
        5 => builder.query(rng.gen_range(0..INPUTS as u32), rng.gen()),
        _ => builder.query(rng.gen_range(0..INPUTS as u32), rng.gen_range(-3..4)),
    }
}

/// Operations on what there is so far: the last value often, so that chains form, and older ones, so
/// that values stay alive.
fn random_program(rng: &mut StdRng, steps: usize, outputs: usize) -> Program<Fr> {
    let mut builder = ProgramBuilder::new();
    let mut values = vec![leaf(&mut builder, rng)];
    for _ in 0..steps {
        let mut operand = |builder: &mut ProgramBuilder<Fr>| match rng.gen_range(0..4) {
            0 => leaf(builder, rng),
            1 => values[values.len() - 1],
            _ => values[rng.gen_range(0..values.len())],
        };
        let (a, b) = (operand(&mut builder), operand(&mut builder));
        values.push(match rng.gen_range(0..7) {
            0 => builder.add(a, b),
            1 => builder.sub(a, b),
            2 => builder.mul(a, a),
            3 => builder.add(a, a),
            4 => builder.negate(a),
            _ => builder.mul(a, b),
        });
    }
    let mut ids = vec![values[values.len() - 1]];
    ids.extend((1..outputs).map(|_| values[rng.gen_range(0..values.len())]));
    builder.compile(&ids)
}

#[test]
fn random_programs_give_what_the_cpu_gives() {
    with_both_codes(|context, programs| {
        let mut rng = StdRng::seed_from_u64(0x0e7a1);
        for round in 0..60 {
            let (k, steps) = (rng.gen_range(1..9), rng.gen_range(0..80));
            let program = random_program(&mut rng, steps, 1 + round % 2);
            let run = Run::random(&mut rng, k, INPUTS, SCALARS);
            let steps = program.steps().len();
            let case = format!("round {round}, 2^{k} rows, {steps} steps");
            run.check(context, programs, &program, &case);
        }
    });
}

#[test]
fn every_size_gives_what_the_cpu_gives() {
    with_both_codes(|context, programs| {
        let mut rng = StdRng::seed_from_u64(0x512e);
        let program = random_program(&mut rng, 40, 2);
        for k in 1..=11 {
            let run = Run::random(&mut rng, k, INPUTS, SCALARS);
            run.check(context, programs, &program, &format!("2^{k} rows"));
        }
    });
}
