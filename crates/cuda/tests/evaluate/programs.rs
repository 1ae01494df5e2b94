//! Programs of every operation and every kind of operand.

use ff::Field;
use halo2_offload_cuda::{plonk::evaluate::CudaPrograms, Context};
use halo2_offload_engine::program::{NodeId, Operation, ProgramBuilder};
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, SeedableRng};

use crate::{failures::alive_at_once, with_both_codes, Run};

const INPUTS: usize = 3;

fn check(k: u32, case: &str, build: impl Fn(&mut ProgramBuilder<Fr>) -> Vec<NodeId>) {
    with_both_codes(|context, programs| on(context, programs, k, case, &build));
}

fn on(
    context: &Context,
    programs: &CudaPrograms,
    k: u32,
    case: &str,
    build: impl Fn(&mut ProgramBuilder<Fr>) -> Vec<NodeId>,
) {
    let mut builder = ProgramBuilder::new();
    let outputs = build(&mut builder);
    let program = builder.compile(&outputs);
    let inputs = program.inputs().max(INPUTS);
    let run = Run::random(&mut StdRng::seed_from_u64(4), k, inputs, program.scalars());
    run.check(context, programs, &program, case);
}

/// One step of each operation, on each two kinds of operand that it can have.
#[test]
fn every_operation_takes_every_operand() {
    let operand = |builder: &mut ProgramBuilder<Fr>, kind: usize| match kind {
        0 => builder.constant(Fr::from(12345)),
        1 => builder.scalar(0),
        2 => builder.query(1, 2),
        3 => builder.point(),
        4 => builder.accumulator(),
        _ => {
            let (a, b) = (builder.query(0, 0), builder.query(2, -1));
            builder.mul(a, b)
        }
    };
    with_both_codes(|context, programs| {
        for (a, b) in (0..6).flat_map(|a| (0..6).map(move |b| (a, b))) {
            let case = format!("operands {a} and {b}");
            on(context, programs, 4, &case, |builder| {
                let (x, y) = (operand(builder, a), operand(builder, b));
                let both = [builder.add(x, y), builder.sub(x, y), builder.mul(x, y)];
                let one = [builder.mul(x, x), builder.add(x, x), builder.negate(x)];
                let mut sum = builder.query(0, 1);
                for value in both.into_iter().chain(one) {
                    let product = builder.mul(sum, value);
                    sum = builder.add(product, value);
                }
                vec![sum]
            });
        }
    });
}

#[test]
fn every_operation_is_a_step() {
    let mut builder = ProgramBuilder::<Fr>::new();
    let (a, b) = (builder.query(0, 0), builder.query(1, 0));
    let (sum, difference) = (builder.add(a, b), builder.sub(a, b));
    let (square, twice) = (builder.mul(sum, sum), builder.add(difference, difference));
    let product = builder.mul(square, twice);
    let negated = builder.negate(product);
    let steps = builder.compile(&[negated]).steps().to_vec();
    let operations: Vec<Operation> = steps.iter().map(|step| step.operation).collect();
    use Operation::{Add, Double, Mul, Negate, Square, Sub};
    assert_eq!(operations, [Add, Sub, Square, Double, Mul, Negate]);
    check(5, "every operation", |builder| {
        let (a, b) = (builder.query(0, 0), builder.query(1, 0));
        let (sum, difference) = (builder.add(a, b), builder.sub(a, b));
        let (square, twice) = (builder.mul(sum, sum), builder.add(difference, difference));
        let product = builder.mul(square, twice);
        vec![builder.negate(product)]
    });
}

/// Builds one expression.
type Build = fn(&mut ProgramBuilder<Fr>) -> NodeId;

#[test]
fn outputs_without_steps() {
    let cases: [(&str, Build); 6] = [
        ("a constant", |b| b.constant(Fr::from(7))),
        ("zero", |b| b.constant(Fr::ZERO)),
        ("a scalar", |b| b.scalar(1)),
        ("a column", |b| b.query(1, -1)),
        ("the point", |b| b.point()),
        ("the accumulator", |b| b.accumulator()),
    ];
    with_both_codes(|context, programs| {
        for (name, build) in cases {
            on(context, programs, 3, name, |builder| vec![build(builder)]);
            // Beside one that is computed, and twice.
            on(context, programs, 3, name, |builder| {
                let (a, b) = (builder.query(0, 0), build(builder));
                vec![builder.mul(a, b), b]
            });
            on(context, programs, 3, name, |builder| {
                vec![build(builder); 2]
            });
        }
    });
}

/// The first output is written where the accumulator is, which the second one reads.
#[test]
fn the_accumulator_is_read_before_it_is_written() {
    check(9, "two outputs of the accumulator", |builder| {
        let (accumulator, a) = (builder.accumulator(), builder.query(0, 0));
        let product = builder.mul(accumulator, a);
        vec![builder.add(product, a), accumulator]
    });
}

#[test]
fn rotations_wrap() {
    let rotations = [0, 1, -1, 7, -8, 255, -256, 4097, i32::MAX, i32::MIN];
    for k in [1, 3, 9] {
        check(k, "rotations", |builder| {
            let y = builder.scalar(0);
            let mut sum = builder.accumulator();
            for rotation in rotations {
                for input in 0..INPUTS as u32 {
                    let query = builder.query(input, rotation);
                    sum = builder.mul_add(sum, y, query);
                }
            }
            vec![sum]
        });
    }
}

#[test]
fn hundreds_of_columns() {
    check(5, "hundreds of columns", |builder| {
        let mut sums = [builder.scalar(0), builder.scalar(1)];
        for input in 0..400 {
            let query = builder.query(input, input as i32 % 5 - 2);
            let scalar = builder.scalar(input % 90);
            let which = input as usize % 2;
            sums[which] = builder.mul_add(sums[which], scalar, query);
        }
        sums.to_vec()
    });
}

/// As many values as the device has room for in blocks of each size.
#[test]
fn many_values_at_a_time() {
    with_both_codes(|context, programs| {
        let mut threads = Vec::new();
        for alive in [4, 40, 100, 180] {
            let mut builder = ProgramBuilder::new();
            let output = alive_at_once(&mut builder, alive);
            let program = builder.compile(&[output]);
            let loaded = programs.load(&program).expect("it fits");
            let in_registers = if loaded.is_specialised() { 16 } else { 0 };
            assert!(loaded.slots() as usize <= alive + 1);
            assert!(loaded.slots() as usize + in_registers >= alive - 1);
            threads.push(loaded.threads());
            let run = Run::random(&mut StdRng::seed_from_u64(5), 7, INPUTS, 0);
            run.check(context, programs, &program, &format!("{alive} values"));
        }
        // What few values leave to the registers, and what many leave to one warp.
        assert_eq!((threads[0], threads[3]), (256, 32), "{threads:?}");
    });
}
