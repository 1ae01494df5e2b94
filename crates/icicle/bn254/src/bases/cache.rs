//! Sets of bases, found by what a client hands over.

use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc, Mutex, Weak,
};

use icicle_cuda_runtime::memory::Stamp;
use rayon::prelude::*;

use super::{bound_bytes, Kept};
use crate::{access::Input, cuda::lock, curve::G1Affine, repr};

/// Points that are compared before all are.
const SAMPLES: usize = 16;
/// Points that a thread compares at a time.
const PART: usize = 1 << 12;
/// Sets that are kept: all are looked through in every call, and a client may have ever new ones, so small
/// that no bound in bytes would end them.
const MOST: usize = 64;

/// How a set is recognised.
pub(super) enum Source {
    /// By its points.
    Host(Vec<G1Affine>),
    /// By its place, and that nothing was written there.
    Device(Stamp),
}

impl Source {
    pub(super) fn of(points: &Input<'_, G1Affine>) -> Option<Self> {
        match points {
            Input::Host(points) => Some(Self::Host(points.to_vec())),
            Input::Cuda(range) => range.stamp().map(Self::Device),
        }
    }

    /// Whether these points may be the first of the set: a few of them are.
    fn may_begin_with(&self, points: &Input<'_, G1Affine>) -> bool {
        match (self, points) {
            (Self::Host(kept), Input::Host(points)) => {
                let step = (points.len() / SAMPLES).max(1);
                kept.len() >= points.len()
                    && (0..points.len())
                        .step_by(step)
                        .all(|i| kept[i] == points[i])
            }
            (Self::Device(kept), Input::Cuda(range)) => {
                range.stamp().is_some_and(|stamp| stamp.begins(kept))
            }
            _ => false,
        }
    }

    /// Whether points that may be the first of the set are.
    fn begins_with(&self, points: &Input<'_, G1Affine>) -> bool {
        match (self, points) {
            (Self::Host(kept), Input::Host(points)) => kept
                .par_chunks(PART)
                .zip(points.par_chunks(PART))
                .all(|(kept, points)| {
                    repr::bytes_of(&kept[..points.len()]) == repr::bytes_of(points)
                }),
            _ => true,
        }
    }

    fn host_bytes(&self) -> u64 {
        match self {
            Self::Host(points) => size_of_val(&points[..]) as u64,
            Self::Device(_) => 0,
        }
    }
}

/// Where bases are that are kept.
pub(crate) trait Held {
    fn points(&self) -> usize;
    fn device_bytes(&self) -> u64;
    fn host_bytes(&self) -> u64;
}

/// A set that is kept.
pub(crate) struct Entry<B> {
    source: Source,
    are_montgomery: bool,
    pub(crate) bases: B,
    uses: AtomicU64,
}

impl<B: Held> Entry<B> {
    pub(super) fn new(source: Source, are_montgomery: bool, bases: B) -> Self {
        Self {
            source,
            are_montgomery,
            bases,
            uses: AtomicU64::new(0),
        }
    }

    fn kept(&self, device_id: Option<usize>) -> Kept {
        Kept {
            device_id,
            points: self.bases.points(),
            device_bytes: self.bases.device_bytes(),
            host_bytes: self.source.host_bytes() + self.bases.host_bytes(),
            uses: self.uses.load(Ordering::Relaxed),
        }
    }

    /// What the bound is for.
    fn bytes(&self) -> u64 {
        match self.bases.device_bytes() {
            0 => self.source.host_bytes() + self.bases.host_bytes(),
            on_device => on_device,
        }
    }
}

/// Sets that are not the one that was looked for, though their samples are its.
pub(super) struct Others<B>(Vec<Weak<Entry<B>>>);

/// The kept sets of a device or of the CPU.
///
/// The lock is held for moments alone: points are compared in parallel, and a thread of rayon's that waits
/// within takes up other work, which may look for bases too.
pub(crate) struct Cache<B> {
    /// The bound in bytes, if nobody says another.
    default_bound: u64,
    /// The one that was used last at the end.
    entries: Mutex<Vec<Arc<Entry<B>>>>,
}

impl<B: Held + Sync + Send> Cache<B> {
    pub(crate) const fn new(default_bound: u64) -> Self {
        Self {
            default_bound,
            entries: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn kept(&self, device_id: Option<usize>) -> Vec<Kept> {
        let entries = lock(&self.entries);
        entries.iter().map(|entry| entry.kept(device_id)).collect()
    }

    /// The set that begins with these points.
    pub(super) fn find(
        &self,
        points: &Input<'_, G1Affine>,
        are_montgomery: bool,
    ) -> Result<Arc<Entry<B>>, Others<B>> {
        let may_be = |entry: &&Arc<Entry<B>>| {
            entry.are_montgomery == are_montgomery && entry.source.may_begin_with(points)
        };
        let candidates: Vec<_> = lock(&self.entries)
            .iter()
            .rev()
            .filter(may_be)
            .cloned()
            .collect();
        let found = candidates
            .iter()
            .find(|entry| entry.source.begins_with(points))
            .cloned();
        let found = found.ok_or_else(|| Others(candidates.iter().map(Arc::downgrade).collect()))?;
        found.uses.fetch_add(1, Ordering::Relaxed);
        let mut entries = lock(&self.entries);
        if let Some(place) = entries.iter().position(|entry| Arc::ptr_eq(entry, &found)) {
            entries[place..].rotate_left(1);
        }
        Ok(found)
    }

    /// Keeps a set of the points, which was not found. Where threads took the same one in side by side, the
    /// last of them stays.
    pub(super) fn keep(
        &self,
        entry: Arc<Entry<B>>,
        points: &Input<'_, G1Affine>,
        others: &Others<B>,
    ) {
        self.make_room(entry.bytes());
        let mut entries = lock(&self.entries);
        entries.retain(|old| {
            old.are_montgomery != entry.are_montgomery
                || old.bases.points() != entry.bases.points()
                || !old.source.may_begin_with(points)
                || others
                    .0
                    .iter()
                    .any(|other| other.as_ptr() == Arc::as_ptr(old))
        });
        if entries.len() == MOST {
            entries.remove(0);
        }
        entries.push(entry);
    }

    /// The bound in bytes.
    pub(super) fn bound(&self) -> u64 {
        bound_bytes(self.default_bound)
    }

    /// Gives sets up until so many bytes more are within the bound. Whether they are.
    pub(super) fn make_room(&self, bytes: u64) -> bool {
        let bound = self.bound();
        let mut entries = lock(&self.entries);
        let mut held: u64 = entries.iter().map(|entry| entry.bytes()).sum();
        while !entries.is_empty() && held.saturating_add(bytes) > bound {
            held -= entries.remove(0).bytes();
        }
        held.saturating_add(bytes) <= bound
    }

    /// Gives all up. Whether there was any.
    pub(crate) fn clear(&self) -> bool {
        let mut entries = lock(&self.entries);
        let any = !entries.is_empty();
        entries.clear();
        any
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Cache, Entry, Held, Source, MOST};
    use crate::{access::Input, curve::G1Affine};

    struct Bases(usize);

    impl Held for Bases {
        fn points(&self) -> usize {
            self.0
        }

        fn device_bytes(&self) -> u64 {
            0
        }

        fn host_bytes(&self) -> u64 {
            0
        }
    }

    #[test]
    fn ever_new_sets_are_not_kept_without_end() {
        let cache = Cache::<Bases>::new(u64::MAX);
        let set = |x: u32| [G1Affine::from_limbs([x; 8], [x; 8])];
        let found = |x: u32| cache.find(&Input::Host(&set(x)), false).is_ok();
        let sets = 2 * MOST as u32;
        for x in 0..sets {
            let points = set(x);
            let points = Input::Host(&points[..]);
            let Err(others) = cache.find(&points, false) else {
                panic!("set {x} is new");
            };
            let source = Source::of(&points).expect("the host's points are one");
            let entry = Entry::new(source, false, Bases(1));
            cache.keep(Arc::new(entry), &points, &others);
            assert!(found(0), "what is used stays");
        }
        assert_eq!(cache.kept(None).len(), MOST);
        assert!(found(sets - 1) && !found(1));
    }
}
