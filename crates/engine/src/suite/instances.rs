//! The engines of this crate, put through the suite.

mod naive;

use halo2curves::{bls12_381, bn256, pasta};

use crate::{Checked, CpuEngine, CpuKernels, HybridEngine};
use naive::{NaiveMsm, NaiveNtt};

fn cpu<C>() -> CpuEngine<'static, C> {
    CpuEngine::with_kernels(CpuKernels::Portable)
}

fn naive() -> HybridEngine<'static, bn256::G1Affine, NaiveMsm, NaiveNtt> {
    HybridEngine::with_accelerators(NaiveMsm, NaiveNtt)
}

crate::engine_suite!(cpu_engine, cpu::<bn256::G1Affine>(), threads: 1, 2, 5);
crate::engine_suite!(hybrid_engine, naive(), threads: 1, 2, 5);
crate::engine_suite!(checked_engine, Checked::new(cpu(), naive()), threads: 1, 2, 5);
// Other fields and curves: nothing knows which one it works over.
crate::engine_suite!(cpu_engine_over_pallas, cpu::<pasta::EpAffine>(), threads: 2);
crate::engine_suite!(cpu_engine_over_bls12_381, cpu::<bls12_381::G1Affine>(), threads: 2);
