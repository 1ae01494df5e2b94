//! The blocks of a program's launches.

use crate::{error::CudaError, field::ScalarField, kernel::Function};

/// Threads that a block may have, the most first: the kernel's bound, down to a warp.
const THREADS: [u32; 4] = [256, 128, 64, 32];

/// Bytes of a slot: a field element.
const SLOT_BYTES: u64 = size_of::<ScalarField>() as u64;

/// The threads of a block, and its dynamic shared memory: for so many slots of each thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) slots: u32,
    pub(super) threads: u32,
    pub(super) shared_bytes: u32,
}

impl Shape {
    /// The shape with which a multiprocessor works on the most rows at a time; among those, that of the
    /// largest blocks.
    pub(super) fn new(function: &Function, slots: u32) -> Result<Self, CudaError> {
        let available_bytes = function.shared_limit();
        let bytes = |threads: u32| u64::from(slots) * SLOT_BYTES * u64::from(threads);
        let mut best = None;
        for threads in THREADS {
            if bytes(threads) > u64::from(available_bytes) {
                continue;
            }
            let shared_bytes = bytes(threads) as u32;
            let rows = threads * function.blocks_per_multiprocessor(threads, shared_bytes)?;
            if rows > best.map_or(0, |(most, _)| most) {
                best = Some((
                    rows,
                    Self {
                        slots,
                        threads,
                        shared_bytes,
                    },
                ));
            }
        }
        let [.., fewest] = THREADS;
        best.map(|(_, shape)| shape)
            .ok_or_else(|| CudaError::ProgramTooLarge {
                values: slots,
                rows: fewest,
                needed_bytes: bytes(fewest),
                available_bytes,
            })
    }
}
