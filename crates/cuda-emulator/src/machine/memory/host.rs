//! Copies and fills of the host.

use std::ops::Range;

use super::{Allocation, Memory, FULL};
use crate::machine::Fault;

/// Bytes that a fill or a copy within a device takes at a time, so that any size takes little memory,
/// which stays in the cache: whole patterns of a memset.
const PART: u64 = 1 << 16;

/// A range of bytes, as the words that hold it.
struct Parts {
    /// Bytes before the first whole word: at most three, all of one word.
    head: usize,
    /// The whole words.
    words: Range<usize>,
    /// Where the bytes after the last whole word begin: at most three, all of one word.
    tail: u64,
}

impl Parts {
    fn of(offset: u64, bytes: usize) -> Self {
        let head = (offset.wrapping_neg() % 4).min(bytes as u64);
        let first = (offset + head) / 4;
        let words = (bytes as u64 - head) / 4;
        Self {
            head: head as usize,
            words: first as usize..(first + words) as usize,
            tail: offset + head + words * 4,
        }
    }

    /// Bytes of the whole words.
    fn whole(&self) -> usize {
        self.words.len() * 4
    }
}

/// Bits for `count` bytes of a word from `first` on.
fn byte_mask(first: usize, count: usize) -> u8 {
    (FULL << first) & (FULL >> (4 - first - count))
}

/// The same with all bits of each byte.
fn bit_mask(first: usize, count: usize) -> u32 {
    let ones = u32::MAX;
    (ones << (8 * first)) & (ones >> (8 * (4 - first - count)))
}

impl Allocation {
    fn read_bytes(&self, offset: u64, bytes: &mut [u8]) {
        let parts = Parts::of(offset, bytes.len());
        let (head, rest) = bytes.split_at_mut(parts.head);
        let (whole, tail) = rest.split_at_mut(parts.whole());
        self.read_part(offset, head);
        self.load_words(parts.words, whole);
        self.read_part(parts.tail, tail);
    }

    /// Reads bytes of one word.
    fn read_part(&self, offset: u64, bytes: &mut [u8]) {
        if bytes.is_empty() {
            return;
        }
        let (word, first) = ((offset / 4) as usize, (offset % 4) as usize);
        bytes.copy_from_slice(&self.load(word).to_le_bytes()[first..first + bytes.len()]);
    }

    pub(super) fn write_bytes(&self, offset: u64, bytes: &[u8]) {
        if bytes.len() as u64 == self.bytes && self.bytes > 0 {
            self.initialise_all();
        }
        let parts = Parts::of(offset, bytes.len());
        let (head, rest) = bytes.split_at(parts.head);
        let (whole, tail) = rest.split_at(parts.whole());
        self.write_part(offset, head);
        self.store_words(parts.words.clone(), whole);
        self.initialise_words(parts.words);
        self.write_part(parts.tail, tail);
    }

    /// Writes bytes of one word.
    fn write_part(&self, offset: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let (word, first) = ((offset / 4) as usize, (offset % 4) as usize);
        let mut value = [0; 4];
        value[first..first + bytes.len()].copy_from_slice(bytes);
        let mask = bit_mask(first, bytes.len());
        self.store_part(word, u32::from_le_bytes(value), mask);
        self.initialise(word, byte_mask(first, bytes.len()));
    }

    /// Copies from another allocation, or within this one, through a buffer; whether all that was
    /// copied is initialised.
    fn copy_part(&self, offset: u64, from: &Self, from_offset: u64, buffer: &mut [u8]) -> bool {
        let bytes = buffer.len() as u64;
        from.read_bytes(from_offset, buffer);
        let missing: Vec<u64> = match from.first_uninitialised(from_offset, bytes) {
            None => Vec::new(),
            Some(first) => (first - from_offset..bytes)
                .filter(|byte| !from.is_initialised(from_offset + byte))
                .collect(),
        };
        self.write_bytes(offset, buffer);
        for byte in &missing {
            let at = offset + byte;
            self.uninitialise((at / 4) as usize, 1 << (at % 4));
        }
        missing.is_empty()
    }

    fn is_initialised(&self, offset: u64) -> bool {
        self.initialised((offset / 4) as usize) & (1 << (offset % 4)) != 0
    }

    /// The first byte of a range that nothing has written.
    fn first_uninitialised(&self, offset: u64, bytes: u64) -> Option<u64> {
        let end = offset + bytes;
        let last_word = end.div_ceil(4) as usize;
        let mut from = offset;
        while from < end {
            let word = self.first_incomplete((from / 4) as usize..last_word)? as u64;
            // What the word lacks may lie outside the range, if it is the first word or the last.
            let stop = end.min(word * 4 + 4);
            let missing = (from.max(word * 4)..stop).find(|&byte| !self.is_initialised(byte));
            if missing.is_some() {
                return missing;
            }
            from = stop;
        }
        None
    }
}

impl Memory {
    /// Copies from the device. Uninitialised bytes are copied as they are:
    /// [`first_uninitialised`](Self::first_uninitialised) finds them.
    pub fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Fault> {
        self.at(address, bytes.len() as u64, |allocation, offset| {
            allocation.read_bytes(offset, bytes);
        })
    }

    /// Copies to the device.
    pub fn write(&self, address: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.at(address, bytes.len() as u64, |allocation, offset| {
            allocation.write_bytes(offset, bytes);
        })
    }

    /// Writes `pattern` (1, 2 or 4 bytes in a memset) `count` times in a row.
    pub fn fill(&self, address: u64, pattern: &[u8], count: u64) -> Result<(), Fault> {
        let bytes = count.saturating_mul(pattern.len() as u64);
        self.at(address, bytes, |allocation, offset| {
            let repeats = PART as usize / pattern.len().max(1);
            let chunk = pattern.repeat(repeats.min(count as usize));
            let mut done = 0;
            while done < bytes {
                let length = (bytes - done).min(chunk.len() as u64);
                allocation.write_bytes(offset + done, &chunk[..length as usize]);
                done += length;
            }
            if bytes == allocation.bytes {
                allocation.initialise_all();
            }
        })
    }

    /// Copies within the device; the ranges may overlap. What is uninitialised stays so.
    pub fn copy(&self, destination: u64, source: u64, bytes: u64) -> Result<(), Fault> {
        self.at(source, bytes, |from, from_offset| {
            self.at(destination, bytes, |to, offset| {
                // Where the ranges overlap, a part is copied before another part's copy overwrites it.
                let backwards = destination > source;
                let mut buffer = vec![0; bytes.min(PART) as usize];
                let parts = bytes.div_ceil(PART);
                let mut complete = true;
                for turn in 0..parts {
                    let part = if backwards { parts - 1 - turn } else { turn };
                    let start = part * PART;
                    let copied = &mut buffer[..(bytes - start).min(PART) as usize];
                    complete &= to.copy_part(offset + start, from, from_offset + start, copied);
                }
                if complete && bytes == to.bytes {
                    to.initialise_all();
                }
            })
        })?
    }

    /// The first address of a range that nothing has written.
    pub fn first_uninitialised(&self, address: u64, bytes: u64) -> Result<Option<u64>, Fault> {
        self.at(address, bytes, |allocation, offset| {
            let found = allocation.first_uninitialised(offset, bytes);
            found.map(|byte| address + (byte - offset))
        })
    }

    /// Does something with the allocation that holds a range, and the range's offset in it.
    fn at<T>(
        &self,
        address: u64,
        bytes: u64,
        action: impl FnOnce(&Allocation, u64) -> T,
    ) -> Result<T, Fault> {
        let table = self.table();
        match table.locate(address, bytes) {
            Ok(allocation) => Ok(action(allocation, address - allocation.address)),
            Err((kind, detail)) => Err(Fault::host(kind, Some(address), detail)),
        }
    }
}
