//! The multi-scalar multiplication on the emulator, against the CPU's.

mod columns;
mod failures;
mod paths;
mod values;

use std::{borrow::Cow, sync::Arc};

use halo2_offload_cuda::{
    msm::{CudaMsm, Policy},
    Context, KernelImage, Options,
};
use halo2_offload_cuda_emulator::{install, Config, Emulator};
use halo2_offload_engine::{CpuKernels, MsmAccel};
use halo2curves::bn256::{Fr, G1Affine, G1};

/// An emulated machine. It comes first in a test, so that it outlives all that was opened on it.
fn machine() -> Emulator {
    install(Config::default()).expect("the emulator is built with this test")
}

fn open() -> Arc<Context> {
    Context::open(0, &KernelImage::shipped(), Options::default()).expect("the device opens")
}

/// A policy under which a few hundred rows go the ways that millions go on a device.
fn small(msm: &CudaMsm) -> Policy {
    Policy {
        max_width: 7,
        xyzz_blocks: 2,
        affine_blocks: 1,
        affine_runs: 0,
        min_run: 3,
        fold_threads: 8,
        table_bytes: 4 << 20,
        ..*msm.policy()
    }
}

/// With the small policy, changed.
fn with(change: impl FnOnce(&mut Policy)) -> CudaMsm {
    let msm = CudaMsm::new(open()).expect("the kernels load");
    let mut policy = small(&msm);
    change(&mut policy);
    CudaMsm::with_policy(open(), policy).expect("the kernels load")
}

fn expected(bases: &[G1Affine], columns: &[&[Fr]]) -> Vec<G1> {
    let loaded = MsmAccel::<G1Affine>::load(&CpuKernels::Portable, Cow::Borrowed(bases))
        .expect("it borrows");
    CpuKernels::Portable
        .msm(&loaded, columns)
        .expect("there are enough bases")
}

/// One batch against the CPU.
fn check(msm: &CudaMsm, bases: &[G1Affine], columns: &[&[Fr]], case: &str) {
    let loaded = msm.load_bases(bases).expect("the bases load");
    let sums = msm
        .begin(&loaded, columns)
        .and_then(|pending| pending.wait())
        .unwrap_or_else(|error| panic!("{case}: {error}"));
    assert!(sums == expected(bases, columns), "{case}");
}
