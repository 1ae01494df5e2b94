//! From a program of the engine to steps for a thread, with the places of their values.
//!
//! The engine's program names a register for each result. On the device a value that only the next step
//! reads has no place at all: that step takes the result as it is. The others share slots, by the steps
//! between which they are alive; a thread should have few, because their memory decides how many rows a
//! multiprocessor works on at a time.
//!
//! Steps are made to be run with their operands read ahead, while the step before computes. So a step
//! takes what the step before made as the result, never from a slot; and a slot that a step reads may
//! be the one that it writes.

use halo2_offload_engine::program::{Operand, Operation, Program, Query};

use crate::{
    field::{DeviceField, ScalarField},
    work::Work,
};

/// Wide multiplications of a product, of a square, and of a row's point.
const PRODUCT: u64 = ScalarField::MULTIPLICATION;
const SQUARE: u64 = ScalarField::SQUARING;
const POINT: u64 = 2 * PRODUCT;

/// A program as a thread runs it.
#[derive(Clone, Debug)]
pub(in crate::plonk) struct Lowered {
    pub(in crate::plonk) steps: Vec<Step>,
    /// The first entries of the table of columns. After them comes the accumulator, where the program
    /// reads it, and then the outputs.
    pub(in crate::plonk) queries: Vec<Query>,
    pub(in crate::plonk) reads_accumulator: bool,
    /// Slots of a row.
    pub(in crate::plonk) slots: u32,
    /// Where the row's point is before the first step.
    pub(in crate::plonk) point_slot: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plonk) enum Step {
    /// Makes a result, and keeps it in a slot where later steps read it there.
    Compute {
        operation: Operation,
        a: Place,
        /// `None` where the operation takes one operand.
        b: Option<Place>,
        keep: Option<u32>,
    },
    /// Writes a value to an entry of the table. The result stays what it is.
    Output { entry: u32, from: Place },
}

/// Where a step finds an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plonk) enum Place {
    /// The result of the last step that made one.
    Result,
    Slot(u32),
    /// The same at all rows.
    Uniform(u32),
    /// An entry of the table, at the row and its rotation.
    Entry(u32),
}

impl Step {
    /// The operands, in their order.
    pub(in crate::plonk) fn operands(&self) -> [Option<Place>; 2] {
        match *self {
            Self::Compute { a, b, .. } => [Some(a), b],
            Self::Output { from, .. } => [Some(from), None],
        }
    }

    /// What a row takes for it; a column counts as often as it is read.
    fn work(&self) -> Work {
        const BYTES: u64 = size_of::<ScalarField>() as u64;
        let columns = self
            .operands()
            .into_iter()
            .filter(|place| matches!(place, Some(Place::Entry(_))));
        Work {
            multiplications: match self {
                Self::Compute { operation, .. } => match operation {
                    Operation::Mul => PRODUCT,
                    Operation::Square => SQUARE,
                    _ => 0,
                },
                Self::Output { .. } => 0,
            },
            bytes_read: columns.count() as u64 * BYTES,
            bytes_written: match self {
                Self::Compute { .. } => 0,
                Self::Output { .. } => BYTES,
            },
        }
    }
}

impl Lowered {
    pub(in crate::plonk) fn new(program: &Program<ScalarField>) -> Self {
        let unplaced = unplaced(program);
        let mut places = Places::new(program.steps().len(), &unplaced);
        let steps = unplaced
            .iter()
            .enumerate()
            .map(|(index, step)| {
                let [a, b] = step
                    .operands
                    .map(|value| value.map(|value| places.locate(index, value)));
                match step.action {
                    Action::Compute(operation) => Step::Compute {
                        operation,
                        a: a.unwrap_or(Place::Result),
                        b,
                        keep: places.keep(index),
                    },
                    Action::Output(entry) => Step::Output {
                        entry,
                        from: a.unwrap_or(Place::Result),
                    },
                }
            })
            .collect();
        Self {
            steps,
            queries: program.queries().to_vec(),
            reads_accumulator: program.reads_accumulator(),
            slots: places.slots,
            point_slot: program.reads_point().then_some(0),
        }
    }

    /// What a row takes, by the kernels' contracts.
    pub(in crate::plonk) fn work_of_row(&self) -> Work {
        let point = Work {
            multiplications: self.point_slot.map_or(0, |_| POINT),
            ..Work::default()
        };
        let steps = self.steps.iter().map(Step::work);
        steps.fold(point, |sum, work| sum + work)
    }
}

/// A value that a step computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// What a step made.
    Step(usize),
    Point,
    Uniform(u32),
    Entry(u32),
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Compute(Operation),
    /// To this entry of the table.
    Output(u32),
}

/// A step whose values have no places yet.
struct Unplaced {
    action: Action,
    operands: [Option<Value>; 2],
}

/// The program's steps, and those that write the outputs: the last output first, since the first one is
/// where the accumulator is.
fn unplaced(program: &Program<ScalarField>) -> Vec<Unplaced> {
    let accumulator = program.queries().len() as u32;
    let first_output = accumulator + u32::from(program.reads_accumulator());
    // The step that wrote each register last.
    let mut writer = vec![0; program.registers()];
    let value = |operand: Operand, writer: &[usize]| match operand {
        Operand::Register(register) => Value::Step(writer[register as usize]),
        Operand::Point => Value::Point,
        Operand::Uniform(index) => Value::Uniform(index),
        Operand::Query(index) => Value::Entry(index),
        Operand::Accumulator => Value::Entry(accumulator),
    };
    let mut steps = Vec::with_capacity(program.steps().len() + program.outputs().len());
    for (index, step) in program.steps().iter().enumerate() {
        let a = value(step.a, &writer);
        let b = (!step.operation.is_unary()).then(|| value(step.b, &writer));
        writer[step.to as usize] = index;
        steps.push(Unplaced {
            action: Action::Compute(step.operation),
            operands: [Some(a), b],
        });
    }
    let outputs = program.outputs().iter().enumerate().rev();
    steps.extend(outputs.map(|(index, operand)| Unplaced {
        action: Action::Output(first_output + index as u32),
        operands: [Some(value(*operand, &writer)), None],
    }));
    steps
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
    fn new(computing: usize, steps: &[Unplaced]) -> Self {
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

    /// Where a step finds a value; what is read for the last time gives up its slot.
    fn locate(&mut self, index: usize, value: Value) -> Place {
        match value {
            Value::Uniform(uniform) => Place::Uniform(uniform),
            Value::Entry(entry) => Place::Entry(entry),
            Value::Point => self.read(index, self.point_last_read, 0),
            Value::Step(made) if self.is_result(index, made) => Place::Result,
            Value::Step(made) => self.read(index, self.last_read[made], self.slot[made]),
        }
    }

    fn read(&mut self, index: usize, last: Option<usize>, slot: u32) -> Place {
        // Both operands of a step may be the same value.
        if last == Some(index) && !self.free.contains(&slot) {
            self.free.push(slot);
        }
        Place::Slot(slot)
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
    use crate::field::ScalarField;
    use halo2_offload_engine::program::{Operation, ProgramBuilder};

    use super::{Lowered, Place, Step};
    use crate::work::Work;

    #[test]
    fn a_chain_takes_no_slot() {
        let mut builder = ProgramBuilder::<ScalarField>::new();
        let y = builder.scalar(0);
        let mut sum = builder.accumulator();
        for input in 0..100 {
            let query = builder.query(input, 1);
            sum = builder.mul_add(sum, y, query);
        }
        let lowered = Lowered::new(&builder.compile(&[sum]));
        assert_eq!((lowered.slots, lowered.point_slot), (0, None));
        assert_eq!(lowered.steps.len(), 200 + 1);
        // The accumulator comes after 100 queries; y is the one uniform.
        let first = Step::Compute {
            operation: Operation::Mul,
            a: Place::Uniform(0),
            b: Some(Place::Entry(100)),
            keep: None,
        };
        assert_eq!(lowered.steps[0], first);
        assert_eq!(
            lowered.steps[1].operands(),
            [Some(Place::Entry(0)), Some(Place::Result)]
        );
        let last = Step::Output {
            entry: 101,
            from: Place::Result,
        };
        assert_eq!(lowered.steps[200], last);
        let work = Work {
            multiplications: 100 * 120,
            bytes_read: 101 * 32,
            bytes_written: 32,
        };
        assert_eq!(lowered.work_of_row(), work);
    }

    #[test]
    fn slots_are_used_again() {
        let mut builder = ProgramBuilder::<ScalarField>::new();
        let mut sum = builder.point();
        for input in 0..50 {
            let (a, b) = (builder.query(input, 0), builder.query(input, 1));
            let (difference, product) = (builder.sub(a, b), builder.mul(a, b));
            let both = builder.add(difference, product);
            sum = builder.mul_add(sum, a, both);
        }
        let lowered = Lowered::new(&builder.compile(&[sum]));
        assert_eq!(lowered.point_slot, Some(0));
        // The sum, the difference, and both together.
        assert_eq!(lowered.slots, 2);
        assert!(lowered.steps.iter().any(|step| step
            .operands()
            .into_iter()
            .any(|place| matches!(place, Some(Place::Slot(_))))));
    }
}
