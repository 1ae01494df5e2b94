//! Bases that are kept on a device between multiplications.
//!
//! Clients of ICICLE hand the bases over with every multiplication, and halo2's provers convert the same
//! ones anew each time. So the first multiplication with a set takes it to the device, into the engine's
//! form, and has its multiples made; later ones with the same points, or with the first of them, find it
//! there and move scalars alone. A set is found by its length and sixteen of its points, and taken for the
//! same when all points are: a copy of them stays on the host for that. Bases in device memory are found by
//! their place, as long as nothing was written there.
//!
//! Sets that were used longest ago give way where the device bytes of all would exceed a bound: half of what
//! the device had free at first, or `HALO2_OFFLOAD_BASES_BYTES`, or [`set_bound_bytes`]. On the CPU nothing
//! is kept.

use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc, OnceLock,
};

use halo2_offload_cuda::{
    canonical::Conversion,
    msm::{CudaBases, Table},
    CudaError,
};
use halo2curves::bn256::{Fq, G1Affine as EngineAffine};
use icicle_cuda_runtime::memory::Stamp;
use rayon::prelude::*;

use crate::{
    access::Input,
    cuda::{self, lock, Engine},
    curve::G1Affine,
};

const VARIABLE: &str = "HALO2_OFFLOAD_BASES_BYTES";
/// Points that are compared before all are.
const SAMPLES: usize = 16;

/// A set of bases that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The device.
    pub device_id: usize,
    /// Points.
    pub points: usize,
    /// Device memory of the points and their multiples.
    pub device_bytes: u64,
    /// Host memory of the copy that later points are compared with.
    pub host_bytes: u64,
    /// Multiplications that found it.
    pub uses: u64,
}

/// What is kept, on all devices, the set that was used last at the end.
pub fn kept() -> Vec<Kept> {
    let of = |engine: &Arc<Engine>| lock(&engine.bases).kept(engine.context.device().ordinal);
    cuda::engines().iter().flat_map(of).collect()
}

/// The bound of one device's kept bases in bytes, where one was set.
static BOUND: AtomicU64 = AtomicU64::new(u64::MAX);

/// Sets the bound of the bytes that kept bases may take of each device's memory; 0 keeps none. Sets beyond
/// it are given up now.
pub fn set_bound_bytes(bytes: u64) {
    BOUND.store(bytes.min(u64::MAX - 1), Ordering::Relaxed);
    for engine in cuda::engines() {
        lock(&engine.bases).make_room(0);
    }
}

/// The bound for a device of which so many bytes were free.
pub(crate) fn bound_bytes(available: u64) -> u64 {
    static ASKED: OnceLock<Option<u64>> = OnceLock::new();
    let asked = ASKED.get_or_init(|| {
        let value = std::env::var(VARIABLE)
            .ok()
            .filter(|value| !value.is_empty())?;
        let bytes = value.parse().ok();
        if bytes.is_none() {
            eprintln!("halo2-offload: {VARIABLE} is `{value}`; it takes a number of bytes");
        }
        bytes
    });
    match (BOUND.load(Ordering::Relaxed), asked) {
        (u64::MAX, None) => available / 2,
        (u64::MAX, Some(asked)) => *asked,
        (set, _) => set,
    }
}

/// How a set is recognised.
enum Source {
    /// By its points.
    Host(Vec<G1Affine>),
    /// By its place, and that nothing was written there.
    Device(Stamp),
}

struct Entry {
    source: Source,
    are_montgomery: bool,
    bases: Arc<CudaBases>,
    uses: u64,
}

/// The kept sets of a device, the one that was used last at the end.
pub(crate) struct Cache {
    available: u64,
    entries: Vec<Entry>,
}

impl Cache {
    pub(crate) fn new(available: u64) -> Self {
        Self {
            available,
            entries: Vec::new(),
        }
    }

    fn kept(&self, device_id: usize) -> Vec<Kept> {
        let of = |entry: &Entry| Kept {
            device_id,
            points: entry.bases.len(),
            device_bytes: device_bytes(entry.bases.table()),
            host_bytes: match &entry.source {
                Source::Host(points) => size_of_val(&points[..]) as u64,
                Source::Device(_) => 0,
            },
            uses: entry.uses,
        };
        self.entries.iter().map(of).collect()
    }

    fn find(
        &mut self,
        points: &Input<'_, G1Affine>,
        are_montgomery: bool,
    ) -> Option<Arc<CudaBases>> {
        let found = self.entries.iter().rposition(|entry| {
            entry.are_montgomery == are_montgomery && entry.source.begins_with(points)
        })?;
        let mut entry = self.entries.remove(found);
        entry.uses += 1;
        let bases = entry.bases.clone();
        self.entries.push(entry);
        Some(bases)
    }

    /// Gives sets up until so many bytes more are within the bound. Whether they are.
    fn make_room(&mut self, bytes: u64) -> bool {
        let bound = bound_bytes(self.available);
        let mut held: u64 = self
            .entries
            .iter()
            .map(|entry| device_bytes(entry.bases.table()))
            .sum();
        while !self.entries.is_empty() && held.saturating_add(bytes) > bound {
            held -= device_bytes(self.entries.remove(0).bases.table());
        }
        held.saturating_add(bytes) <= bound
    }
}

impl Source {
    /// Whether these points are the first of the set.
    fn begins_with(&self, points: &Input<'_, G1Affine>) -> bool {
        match (self, points) {
            (Self::Host(kept), Input::Host(points)) => {
                let Some(kept) = kept.get(..points.len()) else {
                    return false;
                };
                let step = (points.len() / SAMPLES).max(1);
                let same_samples = (0..points.len())
                    .step_by(step)
                    .all(|i| kept.get(i) == points.get(i));
                same_samples && kept.par_iter().eq(points.par_iter())
            }
            (Self::Device(kept), Input::Cuda(range)) => {
                range.stamp().is_some_and(|stamp| stamp.begins(kept))
            }
            _ => false,
        }
    }
}

/// The set on the device, and whether it was there.
pub(crate) fn find_or_load(
    engine: &Engine,
    points: &Input<'_, G1Affine>,
    count: usize,
    are_montgomery: bool,
) -> Result<(Arc<CudaBases>, bool), CudaError> {
    let mut cache = lock(&engine.bases);
    if let Some(bases) = cache.find(points, are_montgomery) {
        return Ok((bases, true));
    }
    let table = Table::choose(
        u32::try_from(count).unwrap_or(u32::MAX),
        engine.msm.policy(),
    );
    let fits = cache.make_room(device_bytes(&table));
    let bases = match load(engine, points, count, are_montgomery) {
        Err(CudaError::OutOfMemory(_)) if !cache.entries.is_empty() => {
            cache.entries.clear();
            load(engine, points, count, are_montgomery)?
        }
        loaded => loaded?,
    };
    let bases = Arc::new(bases);
    let source = match points {
        Input::Host(points) => Some(Source::Host(points.to_vec())),
        Input::Cuda(range) => range.stamp().map(Source::Device),
    };
    if let (true, Some(source)) = (fits, source) {
        cache.entries.push(Entry {
            source,
            are_montgomery,
            bases: bases.clone(),
            uses: 0,
        });
    }
    Ok((bases, false))
}

fn load(
    engine: &Engine,
    points: &Input<'_, G1Affine>,
    count: usize,
    are_montgomery: bool,
) -> Result<CudaBases, CudaError> {
    let context = &engine.context;
    let mut brought = context.allocate::<EngineAffine>("icicle bases", count)?;
    engine.bring(brought.all_mut().cast()?, points)?;
    if !are_montgomery {
        let coordinates = brought.all_mut().cast::<Fq>()?;
        engine
            .canonical
            .convert(Conversion::IntoMontgomery, coordinates)?;
    }
    engine.msm.load_device_bases(brought.all())
}

fn device_bytes(table: &Table) -> u64 {
    (table.points() * size_of::<EngineAffine>()) as u64
}
