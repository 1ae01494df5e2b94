//! Memory as words, whatever keeps them, and the elements in it.

use crate::machine::memory::{Allocation, FULL};
use crate::ptx::operation::Scalar;

/// Memory as words with a record of which bytes are initialised.
pub trait Bytes {
    fn load(&self, word: usize) -> u32;
    /// Replaces the bits of a word that are set in `bits`.
    fn store(&mut self, word: usize, value: u32, bits: u32);
    fn initialised(&self, word: usize) -> u8;
    fn initialise(&mut self, word: usize, bytes: u8);
}

impl Bytes for &Allocation {
    #[inline(always)]
    fn load(&self, word: usize) -> u32 {
        Allocation::load(self, word)
    }

    #[inline(always)]
    fn store(&mut self, word: usize, value: u32, bits: u32) {
        if bits == u32::MAX {
            Allocation::store(self, word, value);
        } else {
            self.store_part(word, value, bits);
        }
    }

    #[inline(always)]
    fn initialised(&self, word: usize) -> u8 {
        Allocation::initialised(self, word)
    }

    #[inline(always)]
    fn initialise(&mut self, word: usize, bytes: u8) {
        Allocation::initialise(self, word, bytes);
    }
}

/// The element at a byte offset, a multiple of its size.
#[inline(always)]
pub(super) fn element(memory: &impl Bytes, offset: usize, scalar: Scalar) -> u64 {
    let word = offset / 4;
    match scalar.bytes() {
        8 => u64::from(memory.load(word)) | u64::from(memory.load(word + 1)) << 32,
        4 => u64::from(memory.load(word)),
        _ => u64::from(memory.load(word) >> (8 * (offset % 4))),
    }
}

#[inline(always)]
pub(super) fn set_element(memory: &mut impl Bytes, offset: usize, scalar: Scalar, value: u64) {
    let word = offset / 4;
    match scalar.bytes() {
        8 => {
            memory.store(word, value as u32, u32::MAX);
            memory.store(word + 1, (value >> 32) as u32, u32::MAX);
            memory.initialise(word, FULL);
            memory.initialise(word + 1, FULL);
        }
        4 => {
            memory.store(word, value as u32, u32::MAX);
            memory.initialise(word, FULL);
        }
        bytes => {
            let shift = 8 * (offset % 4);
            let bits = ((1_u32 << (8 * bytes)) - 1) << shift;
            memory.store(word, (value as u32) << shift, bits);
            memory.initialise(word, ((1_u8 << bytes) - 1) << (offset % 4));
        }
    }
}

/// Whether all bytes of an access have been written.
#[inline(always)]
pub(super) fn is_initialised(memory: &impl Bytes, offset: usize, bytes: usize) -> bool {
    if bytes >= 4 {
        (offset / 4..(offset + bytes) / 4).all(|word| memory.initialised(word) == FULL)
    } else {
        let wanted = ((1_u8 << bytes) - 1) << (offset % 4);
        memory.initialised(offset / 4) & wanted == wanted
    }
}
