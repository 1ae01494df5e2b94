//! Kernels for the vector units of x86-64 CPUs that multiply eight limbs of 52 bits at once (AVX-512 IFMA:
//! from Ice Lake and Zen 4 on), for BN254.
//!
//! Columns stay what they are, 32 bytes an element. A kernel loads eight elements, turns them into limbs,
//! computes, and stores eight elements below the modulus: results are those of the portable kernels, bit for
//! bit. What a kernel does not take, other fields and rows that are no multiple of eight, the portable ones
//! compute.
//!
//! Functions here have the instructions as a target feature. They are called by the few that [`detected`]
//! stands before, which are where the kernels begin; all `unsafe` besides is loads and stores of vectors.

#![allow(clippy::incompatible_msrv)] // built by compilers that have the intrinsics, which are newer

#[allow(dead_code)] // until all kernels are there
mod lanes;
#[allow(dead_code)] // until all kernels are there
mod modulus;
pub(super) mod ntt;
#[cfg(test)]
mod tests;

/// Whether this CPU has the instructions. Valgrind and Miri know of none.
pub(super) fn detected() -> bool {
    !cfg!(miri)
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512ifma")
        && is_x86_feature_detected!("avx512vbmi2")
}
