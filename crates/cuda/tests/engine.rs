//! The CUDA engine, emulated, put through the suite of all engines.

use std::ops::Deref;

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

/// An engine, and the machine that outlives it.
struct Emulated {
    engine: CudaEngine,
    _machine: Emulator,
}

impl Deref for Emulated {
    type Target = CudaEngine;

    fn deref(&self) -> &CudaEngine {
        &self.engine
    }
}

fn emulated(placement: Placement) -> Emulated {
    let machine = machine();
    Emulated {
        engine: engine(placement),
        _machine: machine,
    }
}

halo2_offload_engine::engine_suite!(resident, *emulated(Placement::resident(1 << 30)));
halo2_offload_engine::engine_suite!(on_the_host, *emulated(Placement::smallest(1 << 12)));
