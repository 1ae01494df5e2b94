//! The local memory of a warp's threads.

use super::execute::memory::Bytes;
use super::lanes::LANES;

#[derive(Default)]
pub(super) struct LocalMemory {
    /// Words per thread.
    length: usize,
    /// The words of the first thread, then those of the second, and so on.
    words: Vec<u32>,
    /// For each word a bit for each initialised byte.
    initialised: Vec<u8>,
}

/// The local memory of one thread.
pub(super) struct Own<'a> {
    words: &'a mut [u32],
    initialised: &'a mut [u8],
}

impl LocalMemory {
    pub fn new(bytes: u32) -> Self {
        let length = bytes.div_ceil(4) as usize;
        Self {
            length,
            words: vec![0; length * LANES],
            initialised: vec![0; length * LANES],
        }
    }

    /// Bytes per thread.
    pub fn bytes(&self) -> u64 {
        self.length as u64 * 4
    }

    pub fn reset(&mut self) {
        self.initialised.fill(0);
    }

    pub fn of(&mut self, lane: usize) -> Own<'_> {
        let range = lane * self.length..(lane + 1) * self.length;
        Own {
            words: &mut self.words[range.clone()],
            initialised: &mut self.initialised[range],
        }
    }
}

impl Bytes for Own<'_> {
    fn load(&self, word: usize) -> u32 {
        self.words[word]
    }

    fn store(&mut self, word: usize, value: u32, bits: u32) {
        let old = &mut self.words[word];
        *old = (*old & !bits) | (value & bits);
    }

    fn initialised(&self, word: usize) -> u8 {
        self.initialised[word]
    }

    fn initialise(&mut self, word: usize, bytes: u8) {
        self.initialised[word] |= bytes;
    }
}
