//! Bases where the CPU multiplies.

use std::sync::Arc;

use halo2curves::bn256::G1Affine as EngineAffine;

use super::cache::{Cache, Entry, Held, Source};
use crate::{access::Input, curve::G1Affine, repr};

/// The kept sets.
pub(super) static CACHE: Cache<Vec<EngineAffine>> = Cache::new(1 << 30);

/// Sets of fewer points are not kept: to convert them costs nothing beside multiplying, and a client that
/// verifies proofs has ever new ones.
const LEAST: usize = 1 << 10;

impl Held for Vec<EngineAffine> {
    fn points(&self) -> usize {
        self.len()
    }

    fn device_bytes(&self) -> u64 {
        0
    }

    fn host_bytes(&self) -> u64 {
        size_of_val(&self[..]) as u64
    }
}

/// Points in the engine's form.
pub(crate) enum Bases<'a> {
    /// The client's own.
    Borrowed(&'a [EngineAffine]),
    Kept(Arc<Entry<Vec<EngineAffine>>>),
    Converted(Vec<EngineAffine>),
}

impl Bases<'_> {
    /// At least as many as there were points.
    pub(crate) fn get(&self) -> &[EngineAffine] {
        match self {
            Self::Borrowed(points) => points,
            Self::Kept(entry) => &entry.bases,
            Self::Converted(points) => points,
        }
    }
}

/// The points in the engine's form, and whether they were there already. Of a set that is not kept only
/// points that are `needed` are converted.
pub(crate) fn on_cpu<'a>(
    points: &'a [G1Affine],
    are_montgomery: bool,
    needed: impl Fn(usize) -> bool + Sync,
) -> (Bases<'a>, bool) {
    if are_montgomery {
        if let Some(points) = repr::points_as_montgomery(points) {
            return (Bases::Borrowed(points), true);
        }
    }
    let input = Input::Host(points);
    if points.len() >= LEAST {
        let others = match CACHE.find(&input, are_montgomery) {
            Ok(entry) => return (Bases::Kept(entry), true),
            Err(others) => others,
        };
        // Both copies are as large as the client's.
        if CACHE.make_room(2 * size_of_val(points) as u64) {
            let converted = repr::points(points, are_montgomery, |_| true);
            let source = Source::Host(points.to_vec());
            let entry = Arc::new(Entry::new(source, are_montgomery, converted));
            CACHE.keep(entry.clone(), &input, &others);
            return (Bases::Kept(entry), false);
        }
    }
    let converted = repr::points(points, are_montgomery, needed);
    (Bases::Converted(converted), false)
}
