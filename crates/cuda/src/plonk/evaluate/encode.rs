//! From a program of the engine to the steps that `kernels/plonk/evaluate.cu` runs.
//!
//! The engine's program names a register for each result. The kernel has slots in shared memory, of
//! which a program should take few: they decide how many rows a multiprocessor works on at a time. So
//! results that only the next step reads get none: that step takes the result as it is. The others
//! share slots by the steps between which they are alive.
//!
//! What the kernel asks for: a step's operands are read while the step before it computes. So a step
//! takes what the step before made as the result, never from a slot; and a slot that a step reads may
//! be the one that it writes.

use halo2_offload_engine::program::{Operand, Operation, Program, Query};
use halo2curves::bn256::Fr;

use crate::work::Work;

/// `operation | kind of a << 8 | kind of b << 16 | KEEP`, the slot or output written, the index of a,
/// the index of b: `Step` of `evaluate.cu`.
pub(super) type EncodedStep = [u32; 4];

/// `Operation` of `evaluate.cu`; the last two write an operand to an output, and end the program.
const ADD: u32 = 0;
const SUB: u32 = 1;
const MUL: u32 = 2;
const SQUARE: u32 = 3;
const DOUBLE: u32 = 4;
const NEGATE: u32 = 5;
const OUTPUT: u32 = 6;
const END: u32 = 7;
/// `Kind` of `evaluate.cu`.
const RESULT: u32 = 0;
const SLOT: u32 = 1;
const UNIFORM: u32 = 2;
const QUERY: u32 = 3;
/// The step's result is kept in a slot.
const KEEP: u32 = 1 << 24;

/// A program as the kernel runs it.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    pub(super) steps: Vec<EncodedStep>,
    /// The queries among the entries of the table; after them comes the accumulator, where the program
    /// reads it, and then the outputs.
    pub(super) queries: Vec<Query>,
    pub(super) reads_accumulator: bool,
    /// Slots of a row.
    pub(super) slots: u32,
    /// Where the row's point is put before the first step.
    pub(super) point_slot: Option<u32>,
}

/// Wide multiplications of a product, of a square, and of a row's point.
const PRODUCT: u64 = 120;
const SQUARING: u64 = 92;
const POINT: u64 = 2 * PRODUCT;

/// What a step computes with: values by the number of the step that made them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Step(usize),
    Point,
    Uniform(u32),
    /// An entry of the table.
    Entry(u32),
}

/// A step before its values have places.
struct Step {
    operation: u32,
    operands: [Option<Value>; 2],
    /// The output written, where it is one that writes.
    output: Option<u32>,
}

impl Encoded {
    pub(super) fn new<F>(program: &Program<F>) -> Self {
        let steps = steps(program);
        let mut places = Places::new(program.steps().len(), &steps);
        let mut encoded = Vec::with_capacity(steps.len() + 2);
        for (index, step) in steps.iter().enumerate() {
            let operands = step.operands.map(|operand| places.locate(index, operand));
            let kept = match step.output {
                None => places.keep(index),
                Some(_) => None,
            };
            let [(kind_a, a), (kind_b, b)] = operands;
            encoded.push([
                step.operation | kind_a << 8 | kind_b << 16 | if kept.is_some() { KEEP } else { 0 },
                step.output.or(kept).unwrap_or(0),
                a,
                b,
            ]);
        }
        // The kernel reads two steps ahead.
        encoded.extend([[END, 0, 0, 0]; 2]);
        Self {
            steps: encoded,
            queries: program.queries().to_vec(),
            reads_accumulator: program.reads_accumulator(),
            slots: places.slots,
            point_slot: program.reads_point().then_some(0),
        }
    }
}

impl Encoded {
    /// What a row takes, by the kernel's contract: each query counts as often as steps read it.
    pub(super) fn work_of_row(&self) -> Work {
        const BYTES: u64 = size_of::<Fr>() as u64;
        let of_step = |&[what, ..]: &EncodedStep| Work {
            multiplications: match what & 0xff {
                MUL => PRODUCT,
                SQUARE => SQUARING,
                _ => 0,
            },
            bytes_read: [8, 16]
                .into_iter()
                .map(|place| u64::from(what >> place & 0xff == QUERY) * BYTES)
                .sum(),
            bytes_written: u64::from(what & 0xff == OUTPUT) * BYTES,
        };
        let point = Work {
            multiplications: self.point_slot.map_or(0, |_| POINT),
            ..Work::default()
        };
        self.steps
            .iter()
            .map(of_step)
            .fold(point, |sum, work| sum + work)
    }
}

/// The program's steps, and those that write the outputs: the last output first, since the first one is
/// where the accumulator is.
fn steps<F>(program: &Program<F>) -> Vec<Step> {
    let entries = program.queries().len() as u32;
    let first_output = entries + u32::from(program.reads_accumulator());
    let mut made = vec![0; program.registers()];
    let value = |operand: Operand, made: &[usize]| match operand {
        Operand::Register(register) => Value::Step(made[register as usize]),
        Operand::Point => Value::Point,
        Operand::Uniform(index) => Value::Uniform(index),
        Operand::Query(index) => Value::Entry(index),
        Operand::Accumulator => Value::Entry(entries),
    };
    let mut steps = Vec::with_capacity(program.steps().len() + program.outputs().len());
    for (index, step) in program.steps().iter().enumerate() {
        let a = value(step.a, &made);
        let b = (!step.operation.is_unary()).then(|| value(step.b, &made));
        made[step.to as usize] = index;
        steps.push(Step {
            operation: code(step.operation),
            operands: [Some(a), b],
            output: None,
        });
    }
    let outputs = program.outputs().iter().enumerate().rev();
    steps.extend(outputs.map(|(index, operand)| Step {
        operation: OUTPUT,
        operands: [Some(value(*operand, &made)), None],
        output: Some(first_output + index as u32),
    }));
    steps
}

fn code(operation: Operation) -> u32 {
    match operation {
        Operation::Add => ADD,
        Operation::Sub => SUB,
        Operation::Mul => MUL,
        Operation::Square => SQUARE,
        Operation::Double => DOUBLE,
        Operation::Negate => NEGATE,
    }
}

/// Which slots the values are in, step by step.
struct Places {
    /// The steps that compute; those after them write outputs, and leave the result as it is.
    computing: usize,
    /// For each step, the last step that reads its result from a slot.
    last_read: Vec<Option<usize>>,
    point_last_read: Option<usize>,
    slot: Vec<u32>,
    free: Vec<u32>,
    slots: u32,
}

impl Places {
    fn new(computing: usize, steps: &[Step]) -> Self {
        let mut places = Self {
            computing,
            last_read: vec![None; computing],
            point_last_read: None,
            slot: vec![0; computing],
            free: Vec::new(),
            slots: 0,
        };
        for (index, step) in steps.iter().enumerate() {
            for operand in step.operands.into_iter().flatten() {
                match operand {
                    Value::Point => places.point_last_read = Some(index),
                    Value::Step(made) if !places.is_result(index, made) => {
                        places.last_read[made] = Some(index);
                    }
                    Value::Step(_) | Value::Uniform(_) | Value::Entry(_) => {}
                }
            }
        }
        places.slots = u32::from(places.point_last_read.is_some());
        places
    }

    /// Whether what step `made` made is the result that step `index` finds.
    fn is_result(&self, index: usize, made: usize) -> bool {
        made + 1 == index.min(self.computing)
    }

    /// Kind and index of an operand of a step; what is read for the last time gives up its slot.
    fn locate(&mut self, index: usize, operand: Option<Value>) -> (u32, u32) {
        match operand {
            None => (RESULT, 0),
            Some(Value::Uniform(uniform)) => (UNIFORM, uniform),
            Some(Value::Entry(entry)) => (QUERY, entry),
            Some(Value::Point) => {
                self.read(index, self.point_last_read, 0);
                (SLOT, 0)
            }
            Some(Value::Step(made)) if self.is_result(index, made) => (RESULT, 0),
            Some(Value::Step(made)) => {
                self.read(index, self.last_read[made], self.slot[made]);
                (SLOT, self.slot[made])
            }
        }
    }

    fn read(&mut self, index: usize, last: Option<usize>, slot: u32) {
        // Both operands of a step may be the same value.
        if last == Some(index) && !self.free.contains(&slot) {
            self.free.push(slot);
        }
    }

    /// The slot that the step's result is kept in, if later steps read it there.
    fn keep(&mut self, index: usize) -> Option<u32> {
        self.last_read[index]?;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots += 1;
            self.slots - 1
        });
        self.slot[index] = slot;
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use halo2_offload_engine::program::ProgramBuilder;
    use halo2curves::bn256::Fr;

    use super::{Encoded, KEEP, MUL, OUTPUT, QUERY, RESULT, SLOT, UNIFORM};
    use crate::work::Work;

    #[test]
    fn a_chain_takes_no_slot() {
        let mut builder = ProgramBuilder::<Fr>::new();
        let y = builder.scalar(0);
        let mut sum = builder.accumulator();
        for input in 0..100 {
            let query = builder.query(input, 1);
            sum = builder.mul_add(sum, y, query);
        }
        let encoded = Encoded::new(&builder.compile(&[sum]));
        assert_eq!((encoded.slots, encoded.point_slot), (0, None));
        assert_eq!(encoded.steps.len(), 200 + 1 + 2);
        // The accumulator comes after 100 queries; y is the one uniform.
        assert_eq!(encoded.steps[0][0], MUL | UNIFORM << 8 | QUERY << 16);
        assert_eq!(encoded.steps[0][2..], [0, 100]);
        assert_eq!(encoded.steps[1][0] >> 8, QUERY | RESULT << 8);
        assert!(encoded.steps.iter().all(|step| step[0] & KEEP == 0));
        assert_eq!(encoded.steps[200], [OUTPUT, 101, 0, 0]);
        let work = Work {
            multiplications: 100 * 120,
            bytes_read: 101 * 32,
            bytes_written: 32,
        };
        assert_eq!(encoded.work_of_row(), work);
    }

    #[test]
    fn slots_are_used_again() {
        let mut builder = ProgramBuilder::<Fr>::new();
        let mut sum = builder.point();
        for input in 0..50 {
            let (a, b) = (builder.query(input, 0), builder.query(input, 1));
            let (difference, product) = (builder.sub(a, b), builder.mul(a, b));
            let both = builder.add(difference, product);
            sum = builder.mul_add(sum, a, both);
        }
        let encoded = Encoded::new(&builder.compile(&[sum]));
        assert_eq!(encoded.point_slot, Some(0));
        // The sum, the difference and its sum with the product.
        assert!(encoded.slots <= 3, "{} slots", encoded.slots);
        let reads = |step: &[u32; 4]| step[0] >> 8 & 0xff == SLOT || step[0] >> 16 & 0xff == SLOT;
        assert!(encoded.steps.iter().any(reads));
    }
}
