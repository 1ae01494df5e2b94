//! Runs a [`Program`] on the host, block by block of rows.

use ff::Field;

use super::{Operand, Operation, Program};

/// Rows of a block. A register is 32 bytes a row: at 128 rows, 40 registers and the columns they
/// are made from stay in a 1 MiB L2 and the working ones in L1, while a step's decoding is spread
/// over 128 field operations.
pub const BLOCK_ROWS: usize = 128;

/// A program bound to its inputs.
#[derive(Debug)]
pub struct Interpreter<'a, F> {
    program: &'a Program<F>,
    inputs: &'a [&'a [F]],
    uniforms: Vec<F>,
    n: usize,
    omega: F,
    shift: F,
}

/// The registers and scratch blocks of one thread.
#[derive(Debug)]
pub struct Registers<F> {
    blocks: Vec<Vec<F>>,
    points: Vec<F>,
    /// Copies of queries that wrap around the end of a column, one an operand.
    wrapped: [Vec<F>; 2],
}

/// The registers and scratch blocks of a thread that runs `program`, in bytes.
pub(crate) fn registers_bytes<F>(program: &Program<F>) -> usize {
    // The points and both wrapped queries; and the block that a kernel copies results through.
    (program.registers + 4) * BLOCK_ROWS * size_of::<F>()
}

enum Value<'a, F> {
    Uniform(F),
    Rows(&'a [F]),
}

impl<'a, F: Field> Interpreter<'a, F> {
    /// Binds a program to columns of n values each and to scalars, and computes what is uniform.
    /// The caller has checked that there are as many as the program reads.
    pub fn new(
        program: &'a Program<F>,
        inputs: &'a [&'a [F]],
        scalars: &[F],
        n: usize,
        omega: F,
        shift: F,
    ) -> Self {
        Self {
            program,
            inputs,
            uniforms: program.uniforms(scalars),
            n,
            omega,
            shift,
        }
    }

    /// Registers for a thread.
    pub fn registers(&self) -> Registers<F> {
        let block = || vec![F::ZERO; BLOCK_ROWS];
        Registers {
            blocks: (0..self.program.registers).map(|_| block()).collect(),
            points: block(),
            wrapped: [block(), block()],
        }
    }

    /// Runs the steps for `rows` rows from `start` on, at most [`BLOCK_ROWS`] of them.
    pub fn run(
        &self,
        registers: &mut Registers<F>,
        start: usize,
        rows: usize,
        accumulator: Option<&[F]>,
    ) {
        debug_assert!(rows <= BLOCK_ROWS);
        let Registers {
            blocks,
            points,
            wrapped: [wrapped_a, wrapped_b],
        } = registers;
        if self.program.reads_point() {
            let mut point = self.shift * self.omega.pow_vartime([start as u64]);
            for value in &mut points[..rows] {
                *value = point;
                point *= self.omega;
            }
        }
        for step in &self.program.steps {
            let mut to = std::mem::take(&mut blocks[step.to as usize]);
            let a = self.value(step.a, blocks, points, wrapped_a, start, rows, accumulator);
            if step.operation.is_unary() {
                apply_unary(step.operation, &mut to[..rows], a);
            } else {
                let b = self.value(step.b, blocks, points, wrapped_b, start, rows, accumulator);
                apply(step.operation, &mut to[..rows], a, b);
            }
            blocks[step.to as usize] = to;
        }
    }

    /// All outputs on all rows: what other ways to run a program are compared with. `accumulator` has a value for each
    /// row.
    pub fn outputs(&self, accumulator: &[F]) -> Vec<Vec<F>> {
        let mut registers = self.registers();
        let mut outputs = vec![vec![F::ZERO; self.n]; self.program.outputs.len()];
        for start in (0..self.n).step_by(BLOCK_ROWS) {
            let rows = BLOCK_ROWS.min(self.n - start);
            let accumulator = Some(&accumulator[start..start + rows]);
            self.run(&mut registers, start, rows, accumulator);
            for (index, output) in outputs.iter_mut().enumerate() {
                let to = &mut output[start..start + rows];
                self.output(&mut registers, index, start, accumulator, to);
            }
        }
        outputs
    }

    /// Copies output `index` of the rows just run to `to`.
    pub fn output(
        &self,
        registers: &mut Registers<F>,
        index: usize,
        start: usize,
        accumulator: Option<&[F]>,
        to: &mut [F],
    ) {
        let Registers {
            blocks,
            points,
            wrapped: [wrapped, _],
        } = registers;
        let operand = self.program.outputs[index];
        match self.value(
            operand,
            blocks,
            points,
            wrapped,
            start,
            to.len(),
            accumulator,
        ) {
            Value::Uniform(value) => to.fill(value),
            Value::Rows(rows) => to.copy_from_slice(rows),
        }
    }

    #[allow(clippy::too_many_arguments)] // the parts of `Registers`, borrowed one by one
    fn value<'v>(
        &'v self,
        operand: Operand,
        blocks: &'v [Vec<F>],
        points: &'v [F],
        wrapped: &'v mut [F],
        start: usize,
        rows: usize,
        accumulator: Option<&'v [F]>,
    ) -> Value<'v, F> {
        match operand {
            Operand::Uniform(index) => Value::Uniform(self.uniforms[index as usize]),
            Operand::Register(index) => Value::Rows(&blocks[index as usize][..rows]),
            Operand::Point => Value::Rows(&points[..rows]),
            Operand::Accumulator => {
                Value::Rows(accumulator.expect("the engine checked that there is one"))
            }
            Operand::Query(index) => {
                let query = self.program.queries[index as usize];
                let column = self.inputs[query.input as usize];
                let first = (start as i64 + i64::from(query.rotation)).rem_euclid(self.n as i64);
                let first = first as usize;
                if first + rows <= self.n {
                    return Value::Rows(&column[first..first + rows]);
                }
                let (head, tail) = wrapped[..rows].split_at_mut(self.n - first);
                head.copy_from_slice(&column[first..]);
                tail.copy_from_slice(&column[..tail.len()]);
                Value::Rows(&wrapped[..rows])
            }
        }
    }
}

fn apply_unary<F: Field>(operation: Operation, to: &mut [F], a: Value<'_, F>) {
    let Value::Rows(a) = a else {
        unreachable!("operations on uniforms are hoisted")
    };
    let rows = to.iter_mut().zip(a);
    match operation {
        Operation::Square => rows.for_each(|(to, a)| *to = a.square()),
        Operation::Double => rows.for_each(|(to, a)| *to = a.double()),
        Operation::Negate => rows.for_each(|(to, a)| *to = -*a),
        Operation::Add | Operation::Sub | Operation::Mul => unreachable!("two operands"),
    }
}

fn apply<F: Field>(operation: Operation, to: &mut [F], a: Value<'_, F>, b: Value<'_, F>) {
    match operation {
        Operation::Add => zip(to, a, b, |a, b| a + b),
        Operation::Sub => zip(to, a, b, |a, b| a - b),
        Operation::Mul => zip(to, a, b, |a, b| a * b),
        Operation::Square | Operation::Double | Operation::Negate => unreachable!("one operand"),
    }
}

fn zip<F: Field>(to: &mut [F], a: Value<'_, F>, b: Value<'_, F>, f: impl Fn(F, F) -> F) {
    match (a, b) {
        (Value::Rows(a), Value::Rows(b)) => {
            for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
                *to = f(*a, *b);
            }
        }
        (Value::Rows(a), Value::Uniform(b)) => {
            for (to, a) in to.iter_mut().zip(a) {
                *to = f(*a, b);
            }
        }
        (Value::Uniform(a), Value::Rows(b)) => {
            for (to, b) in to.iter_mut().zip(b) {
                *to = f(a, *b);
            }
        }
        (Value::Uniform(_), Value::Uniform(_)) => {
            unreachable!("operations on uniforms are hoisted")
        }
    }
}
