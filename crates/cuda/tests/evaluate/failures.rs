//! What is refused, and what a run does not do.

use ff::Field;
use halo2_offload_cuda::{
    plonk::evaluate::{CudaPrograms, ProgramCode},
    CudaError, DeviceBuffer, Options, Work,
};
use halo2_offload_engine::{
    program::{NodeId, Program, ProgramBuilder},
    EngineError,
};
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, SeedableRng};

use crate::{machine, open, Run};

/// An expression with so many values alive at once.
pub(crate) fn alive_at_once(builder: &mut ProgramBuilder<Fr>, count: usize) -> NodeId {
    let (a, b) = (builder.query(0, 0), builder.query(1, 1));
    let mut values = vec![builder.mul(a, b)];
    for _ in 1..count {
        let last = values[values.len() - 1];
        values.push(builder.mul_add(last, a, b));
    }
    let mut product = builder.point();
    for value in values {
        product = builder.mul(product, value);
    }
    product
}

fn sum_of_two() -> Program<Fr> {
    let mut builder = ProgramBuilder::new();
    let (a, b, y) = (builder.query(0, 0), builder.query(1, 1), builder.scalar(0));
    let product = builder.mul(a, y);
    let sum = builder.add(product, b);
    builder.compile(&[sum])
}

#[test]
fn too_many_values_are_an_error_with_the_numbers() {
    let emulator = machine();
    let context = open(Options::default().with_programs(ProgramCode::Interpreted));
    let programs = CudaPrograms::new(context.clone()).expect("the kernel loads");
    let mut builder = ProgramBuilder::new();
    let output = alive_at_once(&mut builder, 300);
    let error = programs
        .load(&builder.compile(&[output]))
        .expect_err("no device has so much");
    let CudaError::ProgramTooLarge {
        values,
        rows: 32,
        needed_bytes,
        available_bytes,
    } = error
    else {
        panic!("{error}");
    };
    assert!((299..=301).contains(&values));
    assert_eq!(needed_bytes, u64::from(values) * 1024);
    assert_eq!(
        available_bytes,
        context.device().shared_bytes_per_block_opt_in
    );
    drop((programs, context));
    emulator.assert_clean();
}

#[test]
fn wrong_lengths_are_errors() {
    const N: usize = 8;
    let emulator = machine();
    let context = open(Options::default());
    let programs = CudaPrograms::new(context.clone()).expect("the kernel loads");
    let program = programs.load(&sum_of_two()).expect("it loads");
    let rows = Run::random(&mut StdRng::seed_from_u64(1), N.ilog2(), 0, 0).rows;
    let buffer =
        |n: usize| -> DeviceBuffer<Fr> { context.allocate_zeroed("zeros", n).expect("memory") };
    let (a, b, short) = (buffer(N), buffer(N), buffer(N / 2));
    let (mut output, mut long) = (buffer(N), buffer(2 * N));
    let one = [Fr::ONE];
    let run =
        |inputs: &[&DeviceBuffer<Fr>], scalars: &[Fr], outputs: &mut [&mut DeviceBuffer<Fr>]| {
            let inputs: Vec<_> = inputs.iter().map(|input| input.all()).collect();
            let mut outputs: Vec<_> = outputs.iter_mut().map(|output| output.all_mut()).collect();
            programs.run(&program, rows, &inputs, scalars, &mut outputs)
        };
    let length =
        |result: Result<(), EngineError>| matches!(result, Err(EngineError::Length { .. }));
    assert!(
        length(run(&[&a], &one, &mut [&mut output])),
        "a column is missing"
    );
    assert!(
        length(run(&[&a, &short], &one, &mut [&mut output])),
        "a column is short"
    );
    assert!(
        length(run(&[&a, &b], &[], &mut [&mut output])),
        "a scalar is missing"
    );
    assert!(length(run(&[&a, &b], &one, &mut [])), "there is no output");
    assert!(
        length(run(&[&a, &b], &one, &mut [&mut output, &mut long])),
        "there are two"
    );
    assert!(
        length(run(&[&a, &b], &one, &mut [&mut long])),
        "the output is long"
    );
    assert!(
        run(&[&a, &b, &a], &[Fr::ONE; 3], &mut [&mut output]).is_ok(),
        "more is well"
    );
    drop((a, b, short, output, long, program, programs, context));
    emulator.assert_clean();
}

#[test]
fn columns_of_another_context_are_refused() {
    let emulator = machine();
    let (context, other) = (open(Options::default()), open(Options::default()));
    let programs = CudaPrograms::new(context.clone()).expect("the kernel loads");
    let program = programs.load(&sum_of_two()).expect("it loads");
    let run = Run::random(&mut StdRng::seed_from_u64(2), 3, 0, 0);
    let own: DeviceBuffer<Fr> = context.allocate_zeroed("own", 8).expect("memory");
    let foreign: DeviceBuffer<Fr> = other.allocate_zeroed("foreign", 8).expect("memory");
    let mut output: DeviceBuffer<Fr> = context.allocate("output", 8).expect("memory");
    let error = programs
        .run(
            &program,
            run.rows,
            &[own.all(), foreign.all()],
            &[Fr::ONE],
            &mut [output.all_mut()],
        )
        .expect_err("it is not this context's");
    assert!(error.to_string().contains("another context"), "{error}");
    drop((own, foreign, output, program, programs, context, other));
    emulator.assert_clean();
}

#[test]
fn a_program_is_loaded_once_and_a_run_waits_for_nothing() {
    let emulator = machine();
    let context = open(Options::default());
    let programs = CudaPrograms::new(context.clone()).expect("the kernel loads");
    let program = sum_of_two();
    let loaded = programs.load(&program).expect("it loads");
    let again = programs.load(&program.clone()).expect("it is there");
    assert!(std::sync::Arc::ptr_eq(&loaded, &again));
    let run = Run::random(&mut StdRng::seed_from_u64(3), 6, 2, 1);
    let columns: Vec<DeviceBuffer<Fr>> = (run.inputs.iter())
        .map(|column| context.allocate_from("column", column).expect("memory"))
        .collect();
    let inputs: Vec<_> = columns.iter().map(DeviceBuffer::all).collect();
    let mut output: DeviceBuffer<Fr> = context.allocate("output", run.rows.n).expect("memory");
    let before = context.counters().expect("it counts");
    let worked = context.work();
    for _ in 0..3 {
        programs
            .run(
                &loaded,
                run.rows,
                &inputs,
                &run.scalars,
                &mut [output.all_mut()],
            )
            .expect("it runs");
    }
    let done = context.counters().expect("it counts") - before;
    assert_eq!((done.launches, done.synchronisations), (3, 0));
    let of_a_row = Work {
        multiplications: 120,
        bytes_read: 64,
        bytes_written: 32,
    };
    assert_eq!(context.work_since(&worked)["evaluate"], of_a_row * 3 * 64);
    let mut values = vec![Fr::ZERO; run.rows.n];
    context
        .download(output.all(), &mut values)
        .expect("it copies");
    assert_eq!(values, run.on_cpu(&program)[0]);
    drop(inputs);
    drop((columns, output, loaded, again, programs, context));
    emulator.assert_clean();
}
