//! One suite that any engine is put through by one line: every operation of [`Engine`] against
//! its plain definition, at the sizes and values where engines go wrong.
//!
//! ```ignore
//! #[cfg(test)]
//! mod tests {
//!     halo2_offload_engine::engine_suite!(mine, MyEngine::new());
//! }
//! ```
//!
//! makes a module `mine` with one test per operation, each on an engine of its own. The suite comes
//! with the feature `suite`, for the `dev-dependencies` of a crate that has an engine. Each test is
//! a public function of this module, so that what cannot use the macro can call it; a family of
//! operations has its tests in a file, with the list of them at its end.
//!
//! Expected values come from definitions that share no code with any engine: Horner's rule,
//! Lagrange's formula, a map that counts a table's values, a loop from row to row. Sizes are the
//! smallest domains, one block of the CPU engine's rows, more than one, one chunk, more than one.
//! Inputs are seeded; every run is the same.
//!
//! Zero as the shift of a coset is not tested: 0 H is no coset, and what an engine does with it is
//! its own affair.

mod columns;
mod commit;
#[cfg(unix)]
mod fork;
#[cfg(test)]
mod instances;
mod lengths;
mod lookups;
mod plain;
mod polynomials;
mod products;
mod rows;
mod transforms;
mod values;

pub use columns::*;
pub use commit::*;
#[cfg(unix)]
pub use fork::in_child;
pub use lengths::*;
pub use lookups::*;
pub use polynomials::*;
pub use products::*;
pub use rows::*;
pub use transforms::*;

use crate::cpu::CpuKernels;
#[cfg(doc)]
use crate::engine::Engine;

/// The kernels that this CPU can run, for tests that are run with all of them. Of what it cannot run the
/// output of the test says so.
pub fn cpu_kernels() -> impl Iterator<Item = CpuKernels> {
    for (name, reason) in CpuKernels::unavailable() {
        eprintln!("not run with the {name} kernels: {reason}");
    }
    CpuKernels::available()
}

/// Runs `test` in a thread pool of each size; in the current one where none is given.
pub fn in_thread_pools(sizes: &[usize], test: impl Fn() + Send + Sync) {
    if sizes.is_empty() {
        test();
    }
    for threads in sizes {
        rayon::ThreadPoolBuilder::new()
            .num_threads(*threads)
            .build()
            .expect("a thread pool")
            .install(&test);
    }
}

/// A module of tests that put an engine through every operation: see [`suite`](crate::suite).
///
/// `engine_suite!(name, engine)`, where `engine` is an expression evaluated anew for each test;
/// `engine_suite!(name, engine, threads: 1, 2, 5)` runs each test in thread pools of these sizes.
#[macro_export]
macro_rules! engine_suite {
    ($module:ident, $engine:expr $(, threads: $($threads:expr),+)? $(,)?) => {
        mod $module {
            #[allow(unused_imports)]
            use super::*;

            $crate::columns_suite!($engine, [$($($threads),+)?]);
            $crate::commit_suite!($engine, [$($($threads),+)?]);
            $crate::transforms_suite!($engine, [$($($threads),+)?]);
            $crate::rows_suite!($engine, [$($($threads),+)?]);
            $crate::products_suite!($engine, [$($($threads),+)?]);
            $crate::lookups_suite!($engine, [$($($threads),+)?]);
            $crate::polynomials_suite!($engine, [$($($threads),+)?]);
            $crate::lengths_suite!($engine, [$($($threads),+)?]);
        }
    };
    (@tests $engine:expr, $threads:tt: $($test:ident)+) => {
        $(
            #[test]
            fn $test() {
                $crate::suite::in_thread_pools(&$threads, || $crate::suite::$test(&$engine));
            }
        )+
    };
}
