//! One suite that any engine is put through by one line: every operation of [`Engine`] against
//! its plain definition, at the sizes and values where engines go wrong.
//!
//! ```ignore
//! #[cfg(test)]
//! mod tests {
//!     halo2_offload_engine::engine_suite!(cuda, CudaEngine::new(DeviceOrdinal(0)).unwrap());
//! }
//! ```
//!
//! makes a module `cuda` with one test per operation, each on an engine of its own. The suite comes
//! with the feature `suite`, for the `dev-dependencies` of a crate that has an engine. Each test is
//! a public function of this module, so that what cannot use the macro can call it.
//!
//! Expected values come from definitions that share no code with any engine: Horner's rule,
//! Lagrange's formula, a map that counts a table's values, a loop from row to row. Sizes are the
//! smallest domains, one block of the CPU engine's rows, more than one, one chunk, more than one.
//! Inputs are seeded; every run is the same.
//!
//! Zero as the shift of a coset is not tested: 0 H is no coset, and what an engine does with it is
//! its own affair.

mod commitments;
#[cfg(unix)]
mod fork;
#[cfg(test)]
mod instances;
mod lengths;
mod lookup;
mod memory;
mod plain;
mod polynomials;
mod products;
mod rows;
mod transforms;
mod values;

pub use commitments::{commit, commit_in_either_basis};
#[cfg(unix)]
pub use fork::in_child;
pub use lengths::{
    wrong_length_commit, wrong_length_evaluate, wrong_length_grand_product,
    wrong_length_linear_combination, wrong_length_permute_lookup, wrong_length_transforms,
    wrong_length_upload,
};
pub use lookup::{not_in_table, permute_lookup};
pub use memory::{
    domain, domain_too_large, expand_known_seed, expand_seed, upload_and_download, zeros,
};
pub use polynomials::{accumulate, horner, kate_division, linear_combination};
pub use products::{batch_invert, grand_product, grand_product_of_constants};
pub use rows::evaluate;
pub use transforms::{
    extend, extend_l0, extend_values, interpolate, interpolate_coset, tabulate,
    transform_there_and_back,
};

#[cfg(doc)]
use crate::engine::Engine;

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

            $crate::engine_suite! {
                @tests $engine, [$($($threads),+)?]:
                domain
                domain_too_large
                upload_and_download
                zeros
                expand_known_seed
                expand_seed
                commit
                commit_in_either_basis
                interpolate
                tabulate
                extend
                interpolate_coset
                transform_there_and_back
                extend_l0
                extend_values
                evaluate
                permute_lookup
                not_in_table
                grand_product
                grand_product_of_constants
                batch_invert
                horner
                linear_combination
                accumulate
                kate_division
                wrong_length_upload
                wrong_length_commit
                wrong_length_transforms
                wrong_length_evaluate
                wrong_length_permute_lookup
                wrong_length_grand_product
                wrong_length_linear_combination
            }
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
