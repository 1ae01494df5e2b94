//! The steps of a program as `kernels/plonk/evaluate.cu` reads them.

use halo2_offload_engine::program::Operation;
use halo2_offload_kernels::signatures::plonk_evaluate::{
    ADD, DOUBLE, END, KEEP, MUL, NEGATE, OUTPUT, QUERY, RESULT, SLOT, SQUARE, SUB, UNIFORM,
};

use super::lower::{Place, Step};

/// `operation | kind of a << 8 | kind of b << 16 | KEEP`, the slot or entry written, the index of a,
/// the index of b: `Step` of `evaluate.cu`.
pub(super) type EncodedStep = [u32; 4];

/// The steps, and two ends: the kernel reads two steps ahead.
pub(super) fn encode(steps: &[Step]) -> Vec<EncodedStep> {
    let ends = [[END, 0, 0, 0]; 2];
    steps.iter().map(encode_step).chain(ends).collect()
}

fn encode_step(step: &Step) -> EncodedStep {
    let (what, to) = match *step {
        Step::Compute {
            operation, keep, ..
        } => {
            let kept = keep.map_or(0, |_| KEEP);
            (operation_code(operation) | kept, keep.unwrap_or(0))
        }
        Step::Output { entry, .. } => (OUTPUT, entry),
    };
    let [(kind_a, a), (kind_b, b)] = step
        .operands()
        .map(|place| kind_and_index(place.unwrap_or(Place::Result)));
    [what | kind_a << 8 | kind_b << 16, to, a, b]
}

/// `Operation` of `evaluate.cu`.
fn operation_code(operation: Operation) -> u32 {
    match operation {
        Operation::Add => ADD,
        Operation::Sub => SUB,
        Operation::Mul => MUL,
        Operation::Square => SQUARE,
        Operation::Double => DOUBLE,
        Operation::Negate => NEGATE,
    }
}

/// `Kind` of `evaluate.cu`.
fn kind_and_index(place: Place) -> (u32, u32) {
    match place {
        Place::Result => (RESULT, 0),
        Place::Slot(slot) => (SLOT, slot),
        Place::Uniform(index) => (UNIFORM, index),
        Place::Entry(index) => (QUERY, index),
    }
}
