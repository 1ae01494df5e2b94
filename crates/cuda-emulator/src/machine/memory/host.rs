//! Copies and fills of the host.

use super::{Allocation, Memory, FULL};
use crate::machine::Fault;

/// The words that a range of bytes touches, and which bytes of each: whole words but for the
/// ends.
fn words(offset: u64, bytes: u64) -> impl Iterator<Item = (usize, usize, usize)> {
    let end = offset + bytes;
    (offset / 4..end.div_ceil(4)).map(move |word| {
        let first = offset.max(word * 4) - word * 4;
        let last = end.min(word * 4 + 4) - word * 4;
        (word as usize, first as usize, last as usize)
    })
}

/// Bits for the bytes `first..last` of a word.
fn byte_mask(first: usize, last: usize) -> u8 {
    (FULL << first) & (FULL >> (4 - last))
}

/// The same with all bits of each byte.
fn bit_mask(first: usize, last: usize) -> u32 {
    let ones = u32::MAX;
    (ones << (8 * first)) & (ones >> (8 * (4 - last)))
}

impl Allocation {
    fn read_bytes(&self, offset: u64, bytes: &mut [u8]) {
        let mut rest = bytes;
        for (word, first, last) in words(offset, rest.len() as u64) {
            let (part, after) = rest.split_at_mut(last - first);
            part.copy_from_slice(&self.load(word).to_le_bytes()[first..last]);
            rest = after;
        }
    }

    pub(super) fn write_bytes(&self, offset: u64, bytes: &[u8]) {
        if bytes.len() as u64 == self.bytes && self.bytes > 0 {
            self.initialise_all();
        }
        let mut rest = bytes;
        for (word, first, last) in words(offset, bytes.len() as u64) {
            let (part, after) = rest.split_at(last - first);
            let mut value = [0; 4];
            value[first..last].copy_from_slice(part);
            let value = u32::from_le_bytes(value);
            if last - first == 4 {
                self.store(word, value);
            } else {
                self.store_part(word, value, bit_mask(first, last));
            }
            self.initialise(word, byte_mask(first, last));
            rest = after;
        }
    }

    fn is_initialised(&self, offset: u64) -> bool {
        self.initialised((offset / 4) as usize) & (1 << (offset % 4)) != 0
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
            // Chunks of whole patterns, so that any size of fill takes little memory.
            let repeats = (1 << 16) / pattern.len().max(1);
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
        let read = |allocation: &Allocation, offset: u64| {
            let mut copied = vec![0; bytes as usize];
            allocation.read_bytes(offset, &mut copied);
            let missing: Vec<u64> = (0..bytes)
                .filter(|&i| !allocation.is_initialised(offset + i))
                .collect();
            (copied, missing)
        };
        let (copied, missing) = self.at(source, bytes, read)?;
        self.at(destination, bytes, |allocation, offset| {
            allocation.write_bytes(offset, &copied);
            for byte in missing {
                let at = offset + byte;
                allocation.uninitialise((at / 4) as usize, 1 << (at % 4));
            }
        })
    }

    /// The first address of a range that nothing has written.
    pub fn first_uninitialised(&self, address: u64, bytes: u64) -> Result<Option<u64>, Fault> {
        self.at(address, bytes, |allocation, offset| {
            (0..bytes)
                .find(|&i| !allocation.is_initialised(offset + i))
                .map(|i| address + i)
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
