//! Who touched each word last, and whether two accesses are ordered.
//!
//! Every warp has a clock that advances when the warp synchronises. A warp knows of every warp of
//! its block up to which time it is ordered after it: barriers join that knowledge, as vector
//! clocks do (Lamport 1978; Flanagan and Freund, *FastTrack*, PLDI 2009, section 3). For each
//! word of memory one entry names the last writer and one the readers since. An access races with
//! an entry that is not ordered before it unless both are atomic; blocks of a launch are never
//! ordered.

use std::sync::atomic::{
    AtomicU16, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::sync::OnceLock;

use super::memory::zero_words;

/// The number of the last launch before numbers begin again; the same for blocks that use one
/// shared memory in turn.
pub(super) const LAST_LAUNCH: u16 = (1 << 13) - 1;
/// The last time of a clock.
const LAST_TIME: u16 = (1 << 15) - 1;

/// An access: bits 0 to 9 the thread, 10 to 31 the block, 32 to 46 the time, 47 to 59 the launch,
/// and the flags. Blocks beyond 2^22 are taken for earlier ones. Zero is no access.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Entry(u64);

const TIME_SHIFT: u32 = 32;
const LAUNCH_SHIFT: u32 = 47;
const ATOMIC: u64 = 1 << 60;
/// Several lanes of the warp read the word at that time.
const MANY_LANES: u64 = 1 << 61;
/// Several warps of the block read it, with no barrier of the whole block between.
const MANY_WARPS: u64 = 1 << 62;
/// Several blocks read it.
const MANY_BLOCKS: u64 = 1 << 63;
const MANY: u64 = MANY_LANES | MANY_WARPS | MANY_BLOCKS;

impl Entry {
    fn launch(self) -> u16 {
        (self.0 >> LAUNCH_SHIFT) as u16 & LAST_LAUNCH
    }

    fn time(self) -> u16 {
        (self.0 >> TIME_SHIFT) as u16 & LAST_TIME
    }

    fn block(self) -> u32 {
        self.0 as u32 >> 10
    }

    fn thread(self) -> u32 {
        self.0 as u32 & 0x3ff
    }

    fn warp(self) -> usize {
        (self.thread() / 32) as usize
    }
}

/// The clocks of a block's warps.
pub(super) struct Clocks {
    time: Vec<u16>,
    /// `seen[w][v]`: warp `w` is ordered after what warp `v` did before this time.
    seen: Vec<Vec<u16>>,
    /// What happened before this time is before the last barrier of the whole block.
    whole: u16,
}

impl Clocks {
    pub fn new(warps: usize) -> Self {
        let mut clocks = Self {
            time: vec![0; warps],
            seen: vec![vec![0; warps]; warps],
            whole: 0,
        };
        clocks.reset();
        clocks
    }

    pub fn reset(&mut self) {
        self.time.fill(1);
        for (warp, seen) in self.seen.iter_mut().enumerate() {
            seen.fill(0);
            seen[warp] = 1;
        }
        self.whole = 0;
    }

    fn advance(&mut self, warp: usize) {
        // The clock wraps around. Entries from before then have greater times than it shows, which
        // count as ordered: a race may be missed, but none is reported that is not there.
        self.time[warp] = if self.time[warp] == LAST_TIME {
            1
        } else {
            self.time[warp] + 1
        };
        self.seen[warp][warp] = self.time[warp];
    }

    /// Lanes of a warp have waited for each other.
    pub fn join_lanes(&mut self, warp: usize) {
        self.advance(warp);
    }

    /// Warps have waited for each other; `whole` if they are all of the block.
    pub fn join_warps(&mut self, warps: &[usize], whole: bool) {
        if whole {
            let latest = self.time.iter().copied().max().unwrap_or(1);
            self.time.fill(latest);
        }
        for &warp in warps {
            self.advance(warp);
        }
        let mut joined = vec![0; self.time.len()];
        for &warp in warps {
            for (joined, &seen) in joined.iter_mut().zip(&self.seen[warp]) {
                *joined = seen.max(*joined);
            }
        }
        for &warp in warps {
            self.seen[warp].copy_from_slice(&joined);
        }
        if whole {
            self.whole = self.time[warps[0]];
        }
    }

    /// Warp `warp` as one that accesses memory.
    pub fn actor(&self, warp: usize, launch: u16, block: u32, concurrent: bool) -> Actor<'_> {
        Actor {
            base: u64::from(launch) << LAUNCH_SHIFT
                | u64::from(self.time[warp]) << TIME_SHIFT
                | u64::from(block << 10)
                | (warp as u64 * 32),
            launch,
            block: block & ((1 << 22) - 1),
            now: self.time[warp],
            seen: &self.seen[warp],
            whole: self.whole,
            concurrent,
        }
    }
}

/// A warp at an instruction.
pub(super) struct Actor<'a> {
    /// The entry of its first lane.
    base: u64,
    launch: u16,
    block: u32,
    now: u16,
    seen: &'a [u16],
    whole: u16,
    /// Whether other threads of the host may touch the same entries.
    concurrent: bool,
}

/// The other side of a race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    pub block: u32,
    pub thread: u32,
    /// Whether the other wrote; else it read.
    pub wrote: bool,
    pub between_blocks: bool,
}

impl Actor<'_> {
    fn entry(&self, lane: u32, atomic: bool) -> Entry {
        Entry((self.base + u64::from(lane)) | if atomic { ATOMIC } else { 0 })
    }

    fn is_other_block(&self, entry: Entry) -> bool {
        entry.0 & MANY_BLOCKS != 0 || entry.block() != self.block
    }

    /// Whether the access that `entry` tells of is ordered before those of thread `me` from now on.
    #[inline]
    fn is_ordered(&self, entry: Entry, me: Entry) -> bool {
        if entry.launch() != self.launch {
            return true;
        }
        if self.is_other_block(entry) {
            return false;
        }
        if entry.0 & MANY_WARPS != 0 {
            return entry.time() < self.whole;
        }
        if entry.0 & MANY == 0 && entry.thread() == me.thread() {
            return true;
        }
        let before = self.seen.get(entry.warp()).copied().unwrap_or(0);
        // A time that the clock does not show yet is from before it wrapped around.
        entry.time() < before || entry.time() > self.now && entry.warp() == me.warp()
    }

    fn conflict(&self, entry: Entry, me: Entry, wrote: bool) -> Option<Conflict> {
        if entry.0 & me.0 & ATOMIC != 0 || self.is_ordered(entry, me) {
            return None;
        }
        Some(Conflict {
            block: entry.block(),
            thread: entry.thread(),
            wrote,
            between_blocks: self.is_other_block(entry),
        })
    }

    /// The readers of a word, now that thread `me` reads it too.
    fn with_reader(&self, old: Entry, me: Entry) -> Entry {
        if old.launch() != self.launch {
            return me;
        }
        let atomic_of_both = me.0 & (old.0 | !ATOMIC);
        if self.is_other_block(old) {
            return Entry(atomic_of_both | MANY_BLOCKS);
        }
        if self.is_ordered(old, me) {
            // A thread's own reads since it last synchronised count together.
            return if old.thread() == me.thread() && old.time() == self.now {
                Entry(atomic_of_both)
            } else {
                me
            };
        }
        let several = if old.warp() == me.warp() {
            MANY_LANES
        } else {
            MANY_WARPS
        };
        Entry(atomic_of_both | several | old.0 & MANY)
    }
}

/// Last writer and readers of each of a row of words, or bytes.
struct Cells {
    writes: Box<[AtomicU64]>,
    reads: Box<[AtomicU64]>,
}

impl Cells {
    fn new(count: usize) -> Self {
        Self {
            writes: zero_words(count),
            reads: zero_words(count),
        }
    }

    fn clear(&self) {
        for entry in self.writes.iter().chain(&self.reads) {
            entry.store(0, Relaxed);
        }
    }

    /// Puts `new(old)` in a cell and returns `old`. With other threads of the host about, it is
    /// one step, and ordered with all others: of two accesses that race, one sees the other.
    #[inline]
    fn replace(cell: &AtomicU64, concurrent: bool, new: impl Fn(Entry) -> Entry) -> Entry {
        let mut old = cell.load(Relaxed);
        loop {
            let next = new(Entry(old)).0;
            if next == old {
                return Entry(old);
            }
            if !concurrent {
                cell.store(next, Relaxed);
                return Entry(old);
            }
            match cell.compare_exchange_weak(old, next, SeqCst, SeqCst) {
                Ok(_) => return Entry(old),
                Err(now) => old = now,
            }
        }
    }

    #[inline]
    fn read(&self, at: usize, actor: &Actor<'_>, me: Entry) -> Option<Conflict> {
        Self::replace(&self.reads[at], actor.concurrent, |old| {
            actor.with_reader(old, me)
        });
        self.written(at, actor, me)
    }

    #[inline]
    fn write(&self, at: usize, actor: &Actor<'_>, me: Entry) -> Option<Conflict> {
        let write = Self::replace(&self.writes[at], actor.concurrent, |_| me);
        actor
            .conflict(write, me, true)
            .or_else(|| self.was_read(at, actor, me))
    }

    #[inline]
    fn written(&self, at: usize, actor: &Actor<'_>, me: Entry) -> Option<Conflict> {
        actor.conflict(Entry(self.writes[at].load(SeqCst)), me, true)
    }

    #[inline]
    fn was_read(&self, at: usize, actor: &Actor<'_>, me: Entry) -> Option<Conflict> {
        actor.conflict(Entry(self.reads[at].load(SeqCst)), me, false)
    }
}

/// How a lane touches memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Touch {
    pub write: bool,
    pub atomic: bool,
}

/// Last writers and readers of a stretch of memory: for accesses of whole words an entry for each
/// word, for smaller ones an entry for each byte.
pub(super) struct Shadow {
    words: Cells,
    bytes: OnceLock<Cells>,
    /// The launch that touched any of it last.
    launch: AtomicU16,
}

impl Shadow {
    pub fn new(words: usize) -> Self {
        Self {
            words: Cells::new(words),
            bytes: OnceLock::new(),
            launch: AtomicU16::new(0),
        }
    }

    pub fn clear(&self) {
        self.launch.store(0, Relaxed);
        self.words.clear();
        if let Some(bytes) = self.bytes.get() {
            bytes.clear();
        }
    }

    /// Whether a launch touched any of it, and none did since.
    pub fn was_touched_by(&self, launch: u16) -> bool {
        self.launch.load(Relaxed) == launch
    }

    /// Whether a launch touched a word or bytes of it, and if so, whether it wrote.
    pub fn use_of(&self, word: usize, launch: u16) -> Option<bool> {
        let of_launch = |cell: &AtomicU64| {
            let entry = cell.load(Relaxed);
            entry != 0 && Entry(entry).launch() == launch
        };
        let any = |cells: &Cells, at: std::ops::Range<usize>| {
            let written = cells.writes[at.clone()].iter().any(of_launch);
            (written || cells.reads[at].iter().any(of_launch)).then_some(written)
        };
        let whole = any(&self.words, word..word + 1);
        let parts = (self.bytes.get()).and_then(|bytes| any(bytes, 4 * word..4 * word + 4));
        whole.max(parts)
    }

    /// A lane touches `length` bytes from `offset`, whole words or less than one: the access it
    /// races with.
    #[inline]
    pub fn touch(
        &self,
        offset: usize,
        length: usize,
        actor: &Actor<'_>,
        lane: u32,
        touch: Touch,
    ) -> Option<Conflict> {
        let me = actor.entry(lane, touch.atomic);
        if self.launch.load(Relaxed) != actor.launch {
            self.launch.store(actor.launch, Relaxed);
        }
        if length >= 4 {
            let mut words = offset / 4..(offset + length) / 4;
            words.find_map(|word| self.touch_word(word, actor, me, touch.write))
        } else {
            let mut bytes = offset..offset + length;
            bytes.find_map(|byte| self.touch_byte(byte, actor, me, touch.write))
        }
    }

    #[inline]
    fn touch_word(
        &self,
        word: usize,
        actor: &Actor<'_>,
        me: Entry,
        write: bool,
    ) -> Option<Conflict> {
        let conflict = if write {
            self.words.write(word, actor, me)
        } else {
            self.words.read(word, actor, me)
        };
        conflict.or_else(|| {
            let bytes = self.bytes.get()?;
            (word * 4..word * 4 + 4).find_map(|byte| {
                let written = bytes.written(byte, actor, me);
                written.or_else(|| write.then(|| bytes.was_read(byte, actor, me)).flatten())
            })
        })
    }

    fn touch_byte(
        &self,
        byte: usize,
        actor: &Actor<'_>,
        me: Entry,
        write: bool,
    ) -> Option<Conflict> {
        let count = self.words.writes.len() * 4;
        let bytes = self.bytes.get_or_init(|| Cells::new(count));
        let conflict = if write {
            bytes.write(byte, actor, me)
        } else {
            bytes.read(byte, actor, me)
        };
        let word = byte / 4;
        conflict
            .or_else(|| self.words.written(word, actor, me))
            .or_else(|| {
                write
                    .then(|| self.words.was_read(word, actor, me))
                    .flatten()
            })
    }
}
