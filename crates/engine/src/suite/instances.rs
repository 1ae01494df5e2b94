//! The engines of this crate, put through the suite: with every set of kernels, of which AVX-512's are run
//! where the CPU has the instructions.

mod naive;

use halo2curves::{bls12_381, bn256, pasta};

use super::cpu_kernels;
use crate::{Checked, CpuEngine, CpuKernels, HostEngine, HybridEngine};
use naive::{NaiveMsm, NaiveNtt};

fn cpu<C>(kernels: CpuKernels) -> CpuEngine<'static, C> {
    CpuEngine::with_kernels(kernels)
}

fn naive(kernels: CpuKernels) -> HybridEngine<'static, bn256::G1Affine, NaiveMsm, NaiveNtt> {
    HostEngine::of(kernels, NaiveMsm, NaiveNtt)
}

const PORTABLE: CpuKernels = CpuKernels::Portable;

/// AVX-512's kernels. Where there are none the test that asks for them ends here.
macro_rules! avx512 {
    () => {
        match cpu_kernels().find(|kernels| *kernels == CpuKernels::Avx512) {
            Some(kernels) => kernels,
            None => return,
        }
    };
}

crate::engine_suite!(cpu_engine, cpu::<bn256::G1Affine>(PORTABLE), threads: 1, 2, 5);
crate::engine_suite!(hybrid_engine, naive(PORTABLE), threads: 1, 2, 5);
crate::engine_suite!(checked_engine, Checked::new(cpu(PORTABLE), naive(PORTABLE)), threads: 1, 2, 5);
crate::engine_suite!(cpu_engine_avx512, cpu::<bn256::G1Affine>(avx512!()), threads: 1, 2, 5);
crate::engine_suite!(hybrid_engine_avx512, naive(avx512!()), threads: 2);
// Their bytes are those of the portable ones, for every result of every test.
crate::engine_suite!(
    checked_engine_avx512,
    Checked::new(cpu::<bn256::G1Affine>(PORTABLE), cpu(avx512!())),
    threads: 1, 2, 5
);
// Other fields and curves: nothing knows which one it works over, and what is for BN254 alone leaves them to
// the portable kernels.
crate::engine_suite!(cpu_engine_over_pallas, cpu::<pasta::EpAffine>(PORTABLE), threads: 2);
crate::engine_suite!(cpu_engine_over_bls12_381, cpu::<bls12_381::G1Affine>(PORTABLE), threads: 2);
crate::engine_suite!(cpu_engine_avx512_over_pallas, cpu::<pasta::EpAffine>(avx512!()), threads: 2);
crate::engine_suite!(
    cpu_engine_avx512_over_bls12_381,
    cpu::<bls12_381::G1Affine>(avx512!()),
    threads: 2
);
