//! Host memory: what callers lend to copies, and what is page-locked.

use std::alloc::{alloc, dealloc, Layout};
use std::collections::BTreeMap;
use std::ops::Range;

use super::history::History;
use super::status::{Outcome, Status};

/// A range of host memory that a caller named in a copy.
///
/// The driver's contract, which is the caller's to keep, is what makes its use sound: the range
/// is readable (writable, for a copy to the host) and stays so until the copy is done: until
/// the call returns for pageable memory, until the stream is known to have come so far for
/// pinned memory. A pinned range is further kept from being freed while a copy is pending
/// ([`super::Driver::free_host`] runs the copy first).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostSpan {
    pub address: u64,
    pub bytes: u64,
}

impl HostSpan {
    pub fn range(self) -> Range<u64> {
        self.address..self.address.saturating_add(self.bytes)
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.address < other.range().end && other.address < self.range().end
    }

    /// The bytes as they are now.
    pub fn read(self) -> Vec<u8> {
        // SAFETY: the contract of `HostSpan`. The bytes are copied out at once, so that the
        // program's own later writes meet no reference of ours.
        unsafe { std::slice::from_raw_parts(self.address as *const u8, self.bytes as usize) }
            .to_vec()
    }

    /// Writes from the beginning of the span; `bytes` is no longer than it.
    pub fn write(self, bytes: &[u8]) {
        let length = bytes.len().min(self.bytes as usize);
        // SAFETY: the contract of `HostSpan`; `bytes` is memory of ours, so it is another.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.address as *mut u8, length);
        }
    }

    /// A digest of the bytes as they are now, to see whether they change.
    pub fn digest(self) -> u64 {
        digest(&self.read())
    }
}

/// A number that any change within eight bytes changes, and other changes all but surely do. Several
/// times as fast as a hash that withstands an adversary: each byte that is uploaded goes through it
/// twice.
fn digest(bytes: &[u8]) -> u64 {
    // An odd number, so that a step loses nothing: the golden ratio's fraction.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |state: u64, word: u64| (state ^ word).wrapping_mul(FACTOR).rotate_left(31);
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    // Four lanes, whose multiplications do not wait for each other.
    let mut lanes = [bytes.len() as u64, 1, 2, 3];
    let mut blocks = bytes.chunks_exact(32);
    for block in &mut blocks {
        for (lane, bytes) in lanes.iter_mut().zip(block.chunks_exact(8)) {
            *lane = step(*lane, word(bytes));
        }
    }
    let rest = blocks.remainder().chunks(8).map(word);
    lanes.into_iter().chain(rest).fold(0, step)
}

/// Page-locked host memory, by address.
#[derive(Default)]
pub struct PinnedMemory {
    ranges: BTreeMap<u64, Pinned>,
}

/// One page-locked range.
pub struct Pinned {
    pub bytes: u64,
    pub context: u64,
    /// Flags of the call that made it.
    pub flags: u32,
    pub history: History,
    /// The memory itself where it is ours (`cuMemHostAlloc`), nothing where it was registered.
    storage: Option<Pages>,
}

impl PinnedMemory {
    /// New page-locked memory. Its content is a pattern, because a device's would be anything.
    pub fn allocate(
        &mut self,
        bytes: u64,
        context: u64,
        flags: u32,
        history: impl FnOnce(Range<u64>) -> History,
    ) -> Outcome<u64> {
        let storage = Pages::new(bytes).ok_or(Status::OUT_OF_MEMORY)?;
        let address = storage.address();
        let pinned = Pinned {
            bytes,
            context,
            flags,
            history: history(address..address + bytes),
            storage: Some(storage),
        };
        self.ranges.insert(address, pinned);
        Ok(address)
    }

    /// Page-locks memory of the caller's.
    pub fn register(
        &mut self,
        span: HostSpan,
        context: u64,
        flags: u32,
        history: History,
    ) -> Outcome {
        let taken = (self.ranges.range(..span.range().end).next_back())
            .is_some_and(|(&address, pinned)| address + pinned.bytes > span.address);
        if taken {
            return Err(Status::HOST_MEMORY_ALREADY_REGISTERED);
        }
        let pinned = Pinned {
            bytes: span.bytes,
            context,
            flags,
            history,
            storage: None,
        };
        self.ranges.insert(span.address, pinned);
        Ok(())
    }

    /// The range that holds an address, and where it begins.
    pub fn find(&self, address: u64) -> Option<(u64, &Pinned)> {
        let (&start, pinned) = self.ranges.range(..=address).next_back()?;
        (address < start + pinned.bytes).then_some((start, pinned))
    }

    /// As [`find`](Self::find).
    pub fn find_mut(&mut self, address: u64) -> Option<(u64, &mut Pinned)> {
        let (&start, pinned) = self.ranges.range_mut(..=address).next_back()?;
        (address < start + pinned.bytes).then_some((start, pinned))
    }

    /// What begins at an address, if it was made by allocation (or by registration).
    pub fn starting_at(&self, address: u64, allocated: bool) -> Option<&Pinned> {
        (self.ranges.get(&address)).filter(|pinned| pinned.storage.is_some() == allocated)
    }

    /// Gives up the range that begins at an address.
    pub fn release(&mut self, address: u64) {
        self.ranges.remove(&address);
    }

    /// All ranges of a context.
    pub fn of_context(&self, context: u64) -> Vec<(u64, u64)> {
        (self.ranges.iter())
            .filter(|(_, pinned)| pinned.context == context)
            .map(|(&address, pinned)| (address, pinned.bytes))
            .collect()
    }
}

/// Whole pages of memory.
struct Pages {
    start: *mut u8,
    layout: Layout,
}

// SAFETY: the memory is reached only through `HostSpan`, under its contract; here the pointer
// is only kept to give the memory back.
unsafe impl Send for Pages {}

impl Pages {
    const SIZE: usize = 4096;
    /// What fresh memory holds.
    const PATTERN: u8 = 0xa5;

    fn new(bytes: u64) -> Option<Self> {
        let bytes = usize::try_from(bytes).ok().filter(|&bytes| bytes > 0)?;
        let layout = Layout::from_size_align(bytes, Self::SIZE).ok()?;
        // SAFETY: the layout's size is not zero.
        let start = unsafe { alloc(layout) };
        if start.is_null() {
            return None;
        }
        // SAFETY: `start` is `layout.size()` fresh bytes.
        unsafe { start.write_bytes(Self::PATTERN, layout.size()) };
        Some(Self { start, layout })
    }

    fn address(&self) -> u64 {
        self.start as u64
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: `start` came from `alloc` with this layout and is given back once.
        unsafe { dealloc(self.start, self.layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn a_digest_tells_changes() {
        for length in [0, 1, 7, 8, 9, 31, 32, 33, 100] {
            let mut bytes: Vec<u8> = (0..length).collect();
            let before = digest(&bytes);
            assert_eq!(before, digest(&bytes.clone()));
            for at in 0..bytes.len() {
                for change in [1, 0x80, 0xff] {
                    bytes[at] ^= change;
                    assert_ne!(digest(&bytes), before, "byte {at} of {length}");
                    bytes[at] ^= change;
                }
            }
            bytes.push(0);
            assert_ne!(digest(&bytes), before, "a zero after {length} bytes");
        }
        let swapped = |a: u8, b: u8| [[a; 8], [b; 8]].concat().repeat(4);
        assert_ne!(digest(&swapped(1, 2)), digest(&swapped(2, 1)));
    }
}
