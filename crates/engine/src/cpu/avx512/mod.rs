//! Kernels for the vector units of x86-64 CPUs that multiply eight limbs of 52 bits at once (AVX-512 IFMA:
//! from Ice Lake and Zen 4 on), for BN254.
//!
//! Columns stay what they are, 32 bytes an element. A kernel loads eight elements, turns them into limbs,
//! computes, and stores elements below the modulus: results are those of the portable kernels, bit for bit.
//! Other fields and curves the portable kernels take.
//!
//! [`lanes`], [`factors`] and [`multiplier`] are the arithmetic, [`words`] what goes between memory and
//! vectors, [`ends`] the last rows where they are no multiple of eight. A family's kernels stand in a file of
//! its name, or a folder: [`ntt`], [`msm`].
//!
//! Functions here have the instructions as a target feature. They are called by the few that [`detected`]
//! stands before, which are where the kernels begin; all `unsafe` besides is loads and stores of vectors.

// Compiled where the compiler has what is used here, as build.rs says.
#![allow(clippy::incompatible_msrv)]

mod constants;
pub(super) mod division;
mod ends;
mod factors;
pub(super) mod inversion;
mod lanes;
pub(super) mod lookups;
mod modulus;
pub(super) mod msm;
mod multiplier;
pub(super) mod ntt;
pub(super) mod polynomials;
pub(super) mod products;
mod program;
pub(super) mod rows;
mod sums;
#[cfg(test)]
mod tests;
mod words;

use modulus::{ScalarModulus, Words};

pub(super) use program::run::registers_bytes;

/// Whether this CPU has the instructions.
pub(super) fn detected() -> bool {
    missing().is_empty()
}

/// Which of the instructions this CPU has not got, by the names of their CPUID flags. Valgrind and Miri
/// know of none.
pub(super) fn missing() -> Vec<&'static str> {
    let found = [
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512ifma", is_x86_feature_detected!("avx512ifma")),
        ("avx512vbmi2", is_x86_feature_detected!("avx512vbmi2")),
    ];
    let missing = found.into_iter().filter(|(_, found)| cfg!(miri) || !found);
    missing.map(|(name, _)| name).collect()
}

/// Whether a field is the one whose kernels are here: BN254's scalar field.
pub(super) fn takes<F: 'static>() -> bool {
    modulus::is_field::<ScalarModulus, F>()
}

const TAKEN: &str = "kernels are called for the field that they take";

/// The elements' words.
fn words_of<F: 'static>(values: &[F]) -> &[Words] {
    modulus::words::<ScalarModulus, F>(values).expect(TAKEN)
}

/// The elements' words, to be written.
fn words_of_mut<F: 'static>(values: &mut [F]) -> &mut [Words] {
    modulus::words_mut::<ScalarModulus, F>(values).expect(TAKEN)
}

/// As [`detected`]; a test that is not run for want of the instructions says so.
#[cfg(test)]
fn detected_in_tests() -> bool {
    let detected = detected();
    if !detected {
        eprintln!("not run: this CPU has no AVX-512 IFMA");
    }
    detected
}
