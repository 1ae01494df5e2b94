//! The steps of a program as `kernels/plonk/evaluate.cu` reads them.

// The step's result is kept in a slot.
use halo2_offload_kernels::signatures::plonk_evaluate::KEEP;

use halo2_offload_engine::program::Operation;

use super::lower::{Place, Step};

/// `operation | kind of a << 8 | kind of b << 16 | KEEP`, the slot or entry written, the index of a,
/// the index of b: `Step` of `evaluate.cu`.
pub(super) type EncodedStep = [u32; 4];

/// `Operation` of `evaluate.cu`: where a value is written to an output, and the end.
const OUTPUT: u32 = 6;
const END: u32 = 7;

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
        Operation::Add => 0,
        Operation::Sub => 1,
        Operation::Mul => 2,
        Operation::Square => 3,
        Operation::Double => 4,
        Operation::Negate => 5,
    }
}

/// `Kind` of `evaluate.cu`.
fn kind_and_index(place: Place) -> (u32, u32) {
    match place {
        Place::Result => (0, 0),
        Place::Slot(slot) => (1, slot),
        Place::Uniform(index) => (2, index),
        Place::Entry(index) => (3, index),
    }
}
