//! Expression programs against the CPU's interpreter: each operation with each kind of operand, values
//! in slots and in registers, rotations over both ends, in both forms that a program's code has.

use std::sync::Arc;

use ff::{Field, PrimeField};
use halo2_offload_engine::program::{interpret::Interpreter, NodeId, Program, ProgramBuilder};
use rand_chacha::rand_core::RngCore;

use super::{difference, values, Difference, Failure, Suite};
use crate::{
    buffer::{DeviceBuffer, DeviceSliceMut},
    context::Context,
    field::ScalarField,
    plonk::{evaluate::ProgramCode, CudaPrograms, RowPoints},
};

const INTERPRETED: &str = "evaluate_interpreted";
const SPECIALISED: &str = "evaluate_specialised";
/// The operations, each with the form that it asks for.
pub(super) const FORMS: [(&str, ProgramCode); 2] = [
    (INTERPRETED, ProgramCode::Interpreted),
    (SPECIALISED, ProgramCode::Specialised),
];

const INPUTS: u32 = 5;
const SCALARS: u32 = 3;

pub(super) fn check(
    suite: &mut Suite<'_>,
    context: &Arc<Context>,
    operation: &str,
    programs: &CudaPrograms,
) {
    let mut rng = values::generator(suite.options.seed);
    let cases = cases(&mut rng);
    for k in suite.sizes(&[1, 5, 7, 9], &[1, 5, 7, 9, 12, 18]) {
        let run = Run::new(k, &mut rng);
        for (name, program) in &cases {
            suite.check(operation, format!("{name} over 2^{k} rows"), || {
                run.compare(context, programs, program)
            });
        }
    }
}

fn cases(rng: &mut impl RngCore) -> Vec<(String, Program<ScalarField>)> {
    let mut cases = vec![
        ("every operation".to_owned(), every_operation()),
        ("a chain of products".to_owned(), chain(100)),
        ("many values at a time".to_owned(), alive_at_once(24)),
    ];
    cases.extend((0..4).map(|i| {
        let steps = [10, 40, 80, 160][i];
        let program = random(rng, steps, 1 + i % 2);
        (format!("a random program of {steps} steps"), program)
    }));
    cases
}

/// Each operation on rows of columns, on uniforms, on points and on results.
fn every_operation() -> Program<ScalarField> {
    let mut builder = ProgramBuilder::new();
    let leaves = [
        builder.query(0, 0),
        builder.query(1, 1),
        builder.query(2, -1),
        builder.query(3, i32::MAX),
        builder.query(4, i32::MIN),
        builder.constant(-ScalarField::ONE.double()),
        builder.scalar(0),
        builder.scalar(SCALARS - 1),
        builder.point(),
        builder.accumulator(),
    ];
    let mut sum = builder.accumulator();
    for a in leaves {
        for b in [leaves[1], leaves[6], leaves[8]] {
            let made = [
                builder.add(a, b),
                builder.sub(a, b),
                builder.mul(a, b),
                builder.mul(a, a),
                builder.add(b, b),
                builder.negate(b),
            ];
            for value in made {
                sum = builder.mul_add(sum, a, value);
            }
        }
    }
    let other = builder.sub(sum, leaves[0]);
    builder.compile(&[sum, other])
}

/// Each step reads what the step before made.
fn chain(steps: usize) -> Program<ScalarField> {
    let mut builder = ProgramBuilder::new();
    let (mut product, factor) = (builder.query(0, 0), builder.query(1, 1));
    for _ in 0..steps {
        product = builder.mul(product, factor);
    }
    builder.compile(&[product])
}

/// So many values that all are read after the last of them was made.
fn alive_at_once(count: usize) -> Program<ScalarField> {
    let mut builder = ProgramBuilder::new();
    let (a, b) = (builder.query(0, 0), builder.query(1, 1));
    let mut last = builder.mul(a, b);
    let values: Vec<NodeId> = (0..count)
        .map(|_| {
            last = builder.mul_add(last, a, b);
            last
        })
        .collect();
    let product = values.into_iter().fold(builder.point(), |product, value| {
        builder.mul(product, value)
    });
    builder.compile(&[product])
}

fn below(rng: &mut impl RngCore, count: usize) -> usize {
    rng.next_u32() as usize % count
}

fn leaf(builder: &mut ProgramBuilder<ScalarField>, rng: &mut impl RngCore) -> NodeId {
    match below(rng, 10) {
        0 => builder.constant(ScalarField::from(rng.next_u64() % 4)),
        1 => builder.constant(-ScalarField::ONE),
        2 => builder.scalar(rng.next_u32() % SCALARS),
        3 => builder.point(),
        4 => builder.accumulator(),
        _ => builder.query(rng.next_u32() % INPUTS, below(rng, 7) as i32 - 3),
    }
}

/// Operations on what there is so far: the last value often, so that chains form, and older ones, so
/// that values stay alive.
fn random(rng: &mut impl RngCore, steps: usize, outputs: usize) -> Program<ScalarField> {
    let mut builder = ProgramBuilder::new();
    let mut values = vec![leaf(&mut builder, rng)];
    for _ in 0..steps {
        let mut operand = |builder: &mut ProgramBuilder<ScalarField>| match below(rng, 4) {
            0 => leaf(builder, rng),
            1 => values[values.len() - 1],
            _ => values[below(rng, values.len())],
        };
        let (a, b) = (operand(&mut builder), operand(&mut builder));
        let made = match below(rng, 6) {
            0 => builder.add(a, b),
            1 => builder.sub(a, b),
            2 => builder.mul(a, a),
            3 => builder.add(a, a),
            4 => builder.negate(a),
            _ => builder.mul(a, b),
        };
        values.push(made);
    }
    let ids: Vec<NodeId> = values.iter().rev().take(outputs).copied().collect();
    builder.compile(&ids)
}

/// What programs are given.
struct Run {
    rows: RowPoints,
    inputs: Vec<Vec<ScalarField>>,
    scalars: Vec<ScalarField>,
    accumulator: Vec<ScalarField>,
}

impl Run {
    /// Over a coset of the domain of 2^k rows.
    fn new(k: u32, rng: &mut impl RngCore) -> Self {
        let n = 1 << k;
        let inputs = (0..INPUTS).map(|_| values::pairs(n, rng).0).collect();
        Self {
            inputs,
            accumulator: values::pairs(n, rng).1,
            scalars: (0..SCALARS)
                .map(|_| ScalarField::random(&mut *rng))
                .collect(),
            rows: RowPoints {
                n,
                omega: (k..ScalarField::S)
                    .fold(ScalarField::ROOT_OF_UNITY, |root, _| root.square()),
                shift: ScalarField::random(&mut *rng),
            },
        }
    }

    fn compare(
        &self,
        context: &Arc<Context>,
        programs: &CudaPrograms,
        program: &Program<ScalarField>,
    ) -> Result<Option<Difference>, Failure> {
        let n = self.rows.n;
        let inputs: Vec<DeviceBuffer<ScalarField>> = self
            .inputs
            .iter()
            .map(|input| context.allocate_from("selftest column", input))
            .collect::<Result<_, _>>()?;
        let inputs: Vec<_> = inputs.iter().map(DeviceBuffer::all).collect();
        // The first output is where the accumulator was.
        let mut outputs = vec![context.allocate_from("selftest accumulator", &self.accumulator)?];
        for _ in 1..program.outputs().len() {
            outputs.push(context.allocate("selftest output", n)?);
        }
        let mut slices: Vec<DeviceSliceMut<'_, ScalarField>> =
            outputs.iter_mut().map(DeviceBuffer::all_mut).collect();
        let loaded = programs.load(program)?;
        programs.run(&loaded, self.rows, &inputs, &self.scalars, &mut slices)?;
        for (index, (expected, output)) in self.on_cpu(program).iter().zip(&outputs).enumerate() {
            let actual = context.begin_download(output.all())?.wait()?;
            if let Some(found) = difference(expected, &actual) {
                return Ok(Some(Difference {
                    place: format!("output {index}, {}", found.place),
                    ..found
                }));
            }
        }
        Ok(None)
    }

    fn on_cpu(&self, program: &Program<ScalarField>) -> Vec<Vec<ScalarField>> {
        let inputs: Vec<&[ScalarField]> = self.inputs.iter().map(Vec::as_slice).collect();
        let RowPoints { n, omega, shift } = self.rows;
        let interpreter = Interpreter::new(program, &inputs, &self.scalars, n, omega, shift);
        interpreter.outputs(&self.accumulator)
    }
}
