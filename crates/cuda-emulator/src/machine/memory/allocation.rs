//! One allocation: its bytes, which of them are initialised, and who touched them last.
//!
//! Blocks run on several threads of the host and may race with each other, as the program tells
//! them to. All words are therefore atomics, accessed without ordering: what races gives some
//! value that was written, never undefined behaviour here.

use std::ops::Range;
use std::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64, AtomicU8,
    Ordering::{Relaxed, SeqCst},
};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::AllocationInfo;
use crate::machine::races::Shadow;

/// All four bytes of a word.
pub(in crate::machine) const FULL: u8 = 0xf;

pub(in crate::machine) struct Allocation {
    pub address: u64,
    pub bytes: u64,
    pub label: Arc<str>,
    pub read_only: bool,
    freed: AtomicBool,
    words: Box<[AtomicU32]>,
    /// For each word, a bit for each initialised byte.
    initialised: Box<[AtomicU8]>,
    /// Set once no byte is left uninitialised.
    all_initialised: AtomicBool,
    shadow: OnceLock<Shadow>,
    /// Makes atomics of 64 bits whole.
    wide: Mutex<()>,
}

impl std::fmt::Debug for Allocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Allocation")
            .field("address", &self.address)
            .field("bytes", &self.bytes)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Zeros, or `None` where the host has no memory for them.
fn zeros<T: Default>(count: usize) -> Option<Box<[T]>> {
    let mut items = Vec::new();
    items.try_reserve_exact(count).ok()?;
    items.resize_with(count, T::default);
    Some(items.into_boxed_slice())
}

impl Allocation {
    pub fn new(address: u64, bytes: u64, label: &str, read_only: bool) -> Option<Self> {
        let words = usize::try_from(bytes.div_ceil(4)).ok()?;
        Some(Self {
            address,
            bytes,
            label: Arc::from(label),
            read_only,
            freed: AtomicBool::new(false),
            words: zeros(words)?,
            initialised: zeros(words)?,
            all_initialised: AtomicBool::new(false),
            shadow: OnceLock::new(),
            wide: Mutex::new(()),
        })
    }

    pub fn info(&self) -> AllocationInfo {
        AllocationInfo {
            address: self.address,
            bytes: self.bytes,
            label: self.label.to_string(),
        }
    }

    pub fn is_freed(&self) -> bool {
        self.freed.load(Relaxed)
    }

    pub fn mark_freed(&self) {
        self.freed.store(true, Relaxed);
    }

    /// Says by how much an access missed.
    pub fn missed(&self, address: u64, bytes: u64) -> String {
        let place = if address < self.address {
            format!("{} bytes before", self.address - address)
        } else {
            format!("at byte {} of", address - self.address)
        };
        format!(
            "{bytes} bytes {place} `{}` ({} bytes)",
            self.label, self.bytes
        )
    }

    #[inline]
    pub fn load(&self, word: usize) -> u32 {
        self.words[word].load(Relaxed)
    }

    #[inline]
    pub fn store(&self, word: usize, value: u32) {
        self.words[word].store(value, Relaxed);
    }

    /// Reads whole words into bytes, four for each; their numbers agree.
    pub fn load_words(&self, words: Range<usize>, bytes: &mut [u8]) {
        for (word, bytes) in self.words[words].iter().zip(bytes.chunks_exact_mut(4)) {
            bytes.copy_from_slice(&word.load(Relaxed).to_le_bytes());
        }
    }

    /// Writes whole words from bytes, four for each; their numbers agree.
    pub fn store_words(&self, words: Range<usize>, bytes: &[u8]) {
        for (word, bytes) in self.words[words].iter().zip(bytes.chunks_exact(4)) {
            let mut value = [0; 4];
            value.copy_from_slice(bytes);
            word.store(u32::from_le_bytes(value), Relaxed);
        }
    }

    /// Replaces the bits of a word under `mask`.
    pub fn store_part(&self, word: usize, value: u32, mask: u32) {
        let word = &self.words[word];
        let change = |old: u32| Some((old & !mask) | (value & mask));
        // It fails only where the closure returns `None`, which this one never does.
        let _ = word.fetch_update(Relaxed, Relaxed, change);
    }

    /// Changes a word in one step, and returns what it was.
    pub fn update(&self, word: usize, change: impl Fn(u32) -> u32) -> u32 {
        let mut old = self.words[word].load(SeqCst);
        loop {
            match self.words[word].compare_exchange_weak(old, change(old), SeqCst, SeqCst) {
                Ok(_) => return old,
                Err(now) => old = now,
            }
        }
    }

    /// Keeps other atomics of 64 bits out.
    pub fn lock_wide(&self) -> MutexGuard<'_, ()> {
        self.wide.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn load_wide(&self, word: usize) -> u64 {
        u64::from(self.load(word)) | u64::from(self.load(word + 1)) << 32
    }

    pub fn store_wide(&self, word: usize, value: u64) {
        self.store(word, value as u32);
        self.store(word + 1, (value >> 32) as u32);
    }

    /// Changes two words in one step with respect to other such changes; what they were.
    pub fn update_wide(&self, word: usize, change: impl Fn(u64) -> u64) -> u64 {
        let _whole = self.lock_wide();
        let old = self.load_wide(word);
        self.store_wide(word, change(old));
        old
    }

    /// The initialised bytes of a word, a bit each.
    #[inline]
    pub fn initialised(&self, word: usize) -> u8 {
        if self.all_initialised.load(Relaxed) {
            FULL
        } else {
            self.initialised[word].load(Relaxed)
        }
    }

    /// Notes that bytes of a word have been written.
    #[inline]
    pub fn initialise(&self, word: usize, bytes: u8) {
        if self.all_initialised.load(Relaxed) {
            return;
        }
        if bytes == FULL {
            self.initialised[word].store(FULL, Relaxed);
        } else {
            self.initialised[word].fetch_or(bytes, Relaxed);
        }
    }

    /// Notes that whole words have been written.
    pub fn initialise_words(&self, words: Range<usize>) {
        if self.all_initialised.load(Relaxed) {
            return;
        }
        for bytes in &self.initialised[words] {
            bytes.store(FULL, Relaxed);
        }
    }

    /// The first of some words of which not all bytes are initialised.
    pub fn first_incomplete(&self, words: Range<usize>) -> Option<usize> {
        if self.all_initialised.load(Relaxed) {
            return None;
        }
        let found = (self.initialised[words.clone()].iter())
            .position(|bytes| bytes.load(Relaxed) != FULL)?;
        Some(words.start + found)
    }

    /// Notes that every byte has been written.
    pub fn initialise_all(&self) {
        self.all_initialised.store(true, Relaxed);
    }

    /// Marks bytes of a word as uninitialised again.
    pub fn uninitialise(&self, word: usize, bytes: u8) {
        if self.all_initialised.load(Relaxed) {
            for word in &self.initialised {
                word.store(FULL, Relaxed);
            }
            self.all_initialised.store(false, Relaxed);
        }
        self.initialised[word].fetch_and(!bytes, Relaxed);
    }

    /// Who touched each word last, made at the first access that is watched.
    #[inline]
    pub fn shadow(&self) -> &Shadow {
        self.shadow.get_or_init(|| Shadow::new(self.words.len()))
    }

    /// The same, if this launch was the last to touch any.
    pub fn shadow_of(&self, launch: u16) -> Option<&Shadow> {
        self.shadow
            .get()
            .filter(|shadow| shadow.was_touched_by(launch))
    }

    pub fn forget_accesses(&self) {
        if let Some(shadow) = self.shadow.get() {
            shadow.clear();
        }
    }
}

/// Words that count accesses, all zero.
pub(in crate::machine) fn zero_words(count: usize) -> Box<[AtomicU64]> {
    (0..count).map(|_| AtomicU64::new(0)).collect()
}
