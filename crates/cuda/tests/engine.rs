//! The CUDA engine, emulated, put through the suite of all engines.

use std::{ops::Deref, thread};

use halo2_offload_cuda::{Context, CudaEngine, KernelImage, Options, Placement};
use halo2_offload_cuda_emulator::{install, Checks, Config, Emulator};

/// An emulated machine. It comes first in a test, so that it outlives all that was opened on it.
///
/// Threads of a block and streams are checked where the operations are tested one by one; the sizes
/// of this suite leave no time for that.
fn machine() -> Emulator {
    install(Config::default().with_checks(Checks::cheap()))
        .expect("the emulator is built with this test")
}

fn engine(placement: Placement) -> CudaEngine {
    let context = Context::open(0, &KernelImage::shipped(), Options::default())
        .expect("the emulated device opens");
    CudaEngine::with_placement(context, placement).expect("the kernels load")
}

/// An engine, and the machine that outlives it. In the end the ledger is held against the books that the
/// machine keeps of its own.
struct Emulated {
    engine: CudaEngine,
    machine: Emulator,
    /// Of the kernels' constants, which are not in the ledger.
    constant_bytes: u64,
}

impl Drop for Emulated {
    fn drop(&mut self) {
        if !thread::panicking() {
            let peak_bytes = self.machine.report().devices[0].peak_bytes - self.constant_bytes;
            assert_eq!(self.engine.context().peak_memory().bytes, peak_bytes);
        }
    }
}

impl Deref for Emulated {
    type Target = CudaEngine;

    fn deref(&self) -> &CudaEngine {
        &self.engine
    }
}

fn emulated(placement: Placement) -> Emulated {
    let machine = machine();
    let engine = engine(placement);
    let allocated_bytes = machine.report().devices[0].allocated_bytes;
    Emulated {
        constant_bytes: allocated_bytes - engine.context().memory().bytes,
        engine,
        machine,
    }
}

halo2_offload_engine::engine_suite!(resident, *emulated(Placement::resident(1 << 30)));
halo2_offload_engine::engine_suite!(on_the_host, *emulated(Placement::smallest(1 << 12)));
