//! Bases that are kept between multiplications.
//!
//! Clients of ICICLE hand the bases over with every multiplication, and halo2's provers convert the same
//! ones anew each time. So the first multiplication with a set keeps it in the engine's form: on a device,
//! where its multiples are made too, or on the host where the CPU multiplies. Later ones with the same
//! points, or with the first of them, find it there: no base is converted, none goes over the bus. A set is
//! found by its length and sixteen of its points, and taken for the same when all points are: a copy of them
//! stays on the host for that. Bases in device memory are found by their place, as long as nothing was
//! written there.
//!
//! Sets that were used longest ago give way where the bytes of all would exceed a bound: that of
//! [`set_bound_bytes`], or of `HALO2_OFFLOAD_BASES_BYTES`; else half of what a device had free at first, and
//! 1 GiB of the host's memory where the CPU multiplies. There are at most 64 of each.

mod cache;
mod on_cpu;
mod on_cuda;

use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc, OnceLock,
};

use icicle_cuda_runtime::offload::say;

use crate::cuda::{self, Engine};

pub(crate) use self::{
    on_cpu::on_cpu,
    on_cuda::{find_or_load, OnCuda},
};

const VARIABLE: &str = "HALO2_OFFLOAD_BASES_BYTES";

/// A set of bases that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The device; none where the CPU multiplies.
    pub device_id: Option<usize>,
    /// Points.
    pub points: usize,
    /// Device memory of the points and their multiples.
    pub device_bytes: u64,
    /// Host memory: of the copy that later points are compared with and, where the CPU multiplies, of the
    /// points.
    pub host_bytes: u64,
    /// Multiplications that found it.
    pub uses: u64,
}

/// What is kept, for the CPU and on all devices, the set that was used last at the end of each.
pub fn kept() -> Vec<Kept> {
    let of = |engine: &Arc<Engine>| engine.bases.kept(Some(engine.context.device().ordinal));
    let on_devices = cuda::engines();
    let on_devices = on_devices.iter().flat_map(of);
    on_cpu::CACHE
        .kept(None)
        .into_iter()
        .chain(on_devices)
        .collect()
}

/// The bound of the bytes of kept bases, where one was set.
static BOUND: AtomicU64 = AtomicU64::new(u64::MAX);

/// Sets the bound of the bytes that kept bases may take: of each device's memory, and of the host's where
/// the CPU multiplies. 0 keeps none. Sets beyond it are given up now.
pub fn set_bound_bytes(bytes: u64) {
    BOUND.store(bytes.min(u64::MAX - 1), Ordering::Relaxed);
    on_cpu::CACHE.make_room(0);
    for engine in cuda::engines() {
        engine.bases.make_room(0);
    }
}

/// The bound, so many bytes if nobody has said another.
pub(crate) fn bound_bytes(default: u64) -> u64 {
    static ASKED: OnceLock<Option<u64>> = OnceLock::new();
    let asked = ASKED.get_or_init(|| {
        let value = std::env::var(VARIABLE)
            .ok()
            .filter(|value| !value.is_empty())?;
        let bytes = value.parse().ok();
        if bytes.is_none() {
            say(format_args!(
                "{VARIABLE} is `{value}`; it takes a number of bytes"
            ));
        }
        bytes
    });
    match (BOUND.load(Ordering::Relaxed), asked) {
        (u64::MAX, None) => default,
        (u64::MAX, Some(asked)) => *asked,
        (set, _) => set,
    }
}
