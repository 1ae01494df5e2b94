//! The runtime on the emulator: devices, memory, copies, launches, and everything that fails.

mod devices;
mod failures;
mod launches;
mod memory;
mod modules;
mod timing;
mod transfers;

use std::sync::Arc;

use halo2_offload_cuda::{Context, CudaError, KernelImage, Options};
use halo2_offload_cuda_emulator::{install, Config, Emulator};

/// An emulated machine. It comes first in a test, so that it outlives all that was opened on it.
fn machine(config: Config) -> Emulator {
    install(config).expect("the emulator is built with this test")
}

/// Its first device, opened.
fn open(options: Options) -> Result<Arc<Context>, CudaError> {
    Context::open(0, &KernelImage::shipped(), options)
}

/// A driver's answer: out of memory.
const OUT_OF_MEMORY: u32 = 2;
/// A driver's answer after a kernel went wrong.
const LAUNCH_FAILED: u32 = 719;
/// A driver's answer that nothing expects.
const UNKNOWN: u32 = 999;
