//! The engines of this crate, put through the suite.

mod naive;

use halo2curves::bn256::G1Affine;

use crate::{Checked, CpuEngine, HybridEngine};
use naive::{NaiveMsm, NaiveNtt};

fn cpu() -> CpuEngine<'static, G1Affine> {
    CpuEngine::new()
}

fn naive() -> HybridEngine<'static, G1Affine, NaiveMsm, NaiveNtt> {
    HybridEngine::with_accelerators(NaiveMsm, NaiveNtt)
}

crate::engine_suite!(cpu_engine, cpu(), threads: 1, 2, 5);
crate::engine_suite!(hybrid_engine, naive(), threads: 1, 2, 5);
crate::engine_suite!(checked_engine, Checked::new(cpu(), naive()), threads: 1, 2, 5);
