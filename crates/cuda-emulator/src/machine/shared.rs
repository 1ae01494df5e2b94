//! The shared memory of a block.

use super::decode::SharedLayout;
use super::execute::memory::Bytes;
use super::races::{Shadow, LAST_LAUNCH};

pub(super) struct SharedMemory {
    words: Vec<u32>,
    /// For each word a bit for each initialised byte, and above these one for each byte that
    /// belongs to a variable.
    state: Vec<u8>,
    /// The state before a block begins.
    fresh: Vec<u8>,
    /// Start, size and name of each variable.
    variables: Vec<(u32, u32, String)>,
    pub shadow: Shadow,
    /// Number of the block in the shadow: blocks use this memory one after the other.
    pub turn: u16,
}

impl SharedMemory {
    pub fn new(layout: &SharedLayout, dynamic: u32) -> Self {
        let mut variables = layout.variables.clone();
        if dynamic > 0 {
            let name = "dynamic shared memory".to_owned();
            variables.push((layout.dynamic, dynamic, name));
        }
        let end = variables
            .iter()
            .map(|(start, bytes, _)| start + bytes)
            .max();
        let words = end.unwrap_or(0).div_ceil(4) as usize;
        let mut fresh = vec![0_u8; words];
        for (start, bytes, _) in &variables {
            for byte in *start..start + bytes {
                fresh[byte as usize / 4] |= 0x10 << (byte % 4);
            }
        }
        Self {
            words: vec![0; words],
            state: fresh.clone(),
            fresh,
            variables,
            shadow: Shadow::new(words),
            turn: 0,
        }
    }

    /// Forgets what the last block left.
    pub fn reset(&mut self) {
        self.state.copy_from_slice(&self.fresh);
        self.turn += 1;
        if self.turn > LAST_LAUNCH {
            self.turn = 1;
            self.shadow.clear();
        }
    }

    /// Whether all bytes of an access belong to variables.
    pub fn holds(&self, address: u64, bytes: u32) -> bool {
        let end = address.saturating_add(u64::from(bytes));
        if end > self.words.len() as u64 * 4 {
            return false;
        }
        if bytes >= 4 && address % 4 == 0 {
            let mut words = address as usize / 4..end as usize / 4;
            words.all(|word| self.state[word] & 0xf0 == 0xf0)
        } else {
            (address..end).all(|byte| self.state[byte as usize / 4] >> (4 + byte % 4) & 1 != 0)
        }
    }

    /// The variable nearest to an access, and where the access lies relative to it.
    pub fn describe(&self, address: u64, bytes: u32) -> String {
        let address = address as i64;
        let nearest = self.variables.iter().min_by_key(|(start, size, _)| {
            let (start, end) = (i64::from(*start), i64::from(start + size));
            (start - address).max(address - (end - 1)).max(0)
        });
        match nearest {
            None => format!("{bytes} bytes of shared memory, of which the kernel has none"),
            Some((start, size, name)) => {
                let offset = address - i64::from(*start);
                format!("{bytes} bytes at byte {offset} of `{name}` ({size} bytes, shared)")
            }
        }
    }
}

impl Bytes for SharedMemory {
    fn load(&self, word: usize) -> u32 {
        self.words[word]
    }

    fn store(&mut self, word: usize, value: u32, bits: u32) {
        let old = &mut self.words[word];
        *old = (*old & !bits) | (value & bits);
    }

    fn initialised(&self, word: usize) -> u8 {
        self.state[word] & 0xf
    }

    fn initialise(&mut self, word: usize, bytes: u8) {
        self.state[word] |= bytes;
    }
}
