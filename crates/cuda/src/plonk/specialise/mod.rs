//! Code specialised to a circuit: the text of a kernel that runs one program.
//!
//! The interpreter takes some 90 instructions a step to find out what to do and with what, where a
//! product takes 230. Here all of that is known, and what is left of it are the reads of the operands:
//! the steps of the program, one after the other, as PTX.
//!
//! **Calls, not copies, of the arithmetic.** Copied to each of some hundred steps, products fill
//! megabytes of code, far more than the instruction caches hold, through which every warp runs once; and
//! the compiler, given one block of tens of thousands of instructions, takes forty times as long, and
//! moves loads ahead until it runs out of registers. As functions (`kernels/plonk/arithmetic.cu`, whose text the
//! kernel's is put behind) they are there once: what is left of a step is some 16 instructions, among
//! them the call and the moves of operands to the function's registers. What ptxas 13.0 makes for sm_90
//! of 100 gates `sum <- sum y + (a b - c)`, with ten values to choose a and b from:
//!
//! | | instructions | registers | spilled bytes | processor time to compile |
//! |---|---|---|---|---|
//! | calls, slots in shared memory | 6,832 | 78 | 0 | 0.9 s |
//! | calls, 8 slots in registers | 6,808 | 133 | 0 | 0.7 s |
//! | calls, all values in registers | 7,872 | 130 | 0 | 0.5 s |
//! | copies, all values in registers | 53,920 | 255 | 856 | 22 s |
//!
//! Counted for a row of the first, of 394 steps with 193 products: 6,270 instructions outside of the
//! functions, 16 a step, and with what the functions execute 59,000. The interpreter executes about
//! 86,000. Both have the same 23,000 wide multiplications. To compile four times the steps takes nine
//! times as long. (Counted in the machine code; nothing here was timed on a device.)
//!
//! **Values.** They are where the interpreter has them, in slots of shared memory, by the same rules,
//! but for a few slots that are registers ([`slots_in_registers`]): both together hold more rows of a
//! program with many values than either.
//!
//! The table of columns, the uniforms, the powers of omega and the bytes moved are the interpreter's, as
//! is the order of operations: the same results, the same work.

mod emit;

pub(in crate::plonk) use emit::{text, ENTRY};

/// The module whose functions the code calls.
pub(in crate::plonk) const ARITHMETIC: &str = "plonk_arithmetic";

/// 32-bit registers of a multiprocessor, on all devices since Volta.
const REGISTERS: u32 = 1 << 16;
/// Registers of a thread besides those that are slots: the operands and the result of a product, its
/// sums, and the operands read ahead.
const WORKING_REGISTERS: u32 = 80;
/// Registers of a slot.
const SLOT_REGISTERS: u32 = 8;
/// Bytes of a slot in shared memory.
const SLOT_BYTES: u32 = 32;
/// Slots that fit the 255 registers of a thread beside the working ones, with some to spare.
const MOST_IN_REGISTERS: u32 = 16;

/// How many of a program's slots are registers: as few as let a multiprocessor work on the most rows
/// at a time, with so many bytes of shared memory.
pub(in crate::plonk) fn slots_in_registers(slots: u32, shared_bytes: u32) -> u32 {
    let warps = |in_registers: u32| {
        let by_registers = REGISTERS / (WORKING_REGISTERS + SLOT_REGISTERS * in_registers);
        let bytes = (slots - in_registers) * SLOT_BYTES;
        let by_shared = shared_bytes.checked_div(bytes).unwrap_or(u32::MAX);
        by_registers.min(by_shared) / 32
    };
    // Of equals the last is taken, which is to be the one with the fewest registers.
    let counts = 0..=slots.min(MOST_IN_REGISTERS);
    counts.rev().max_by_key(|&count| warps(count)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::slots_in_registers;

    #[test]
    fn registers_take_what_shared_memory_does_not_hold() {
        let on_h100 = |slots| slots_in_registers(slots, 227 << 10);
        assert_eq!([0, 4, 9].map(on_h100), [0, 0, 0]);
        assert!(on_h100(20) > 4);
        // Two warps either way; then one, or two with the fewest registers that make room for them.
        assert_eq!([100, 120].map(on_h100), [0, 7]);
        // Less shared memory, more registers.
        assert!(slots_in_registers(9, 99 << 10) > 0);
    }
}
