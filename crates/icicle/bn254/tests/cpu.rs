//! A client's calls on the CPU engine.

#[allow(
    dead_code,
    reason = "what releases domains is for a process of its own"
)]
mod client;

use client::Sizes;
use icicle_cuda_runtime::offload::{running, select, Running, Selection};

fn sizes() -> Sizes {
    select(Selection::Cpu);
    assert!(matches!(running(), Running::Cpu { .. }));
    Sizes { max_k: 9 }
}

macro_rules! tests {
    ($($test:ident = $module:ident::$check:ident;)*) => {$(
        #[test]
        fn $test() {
            client::$module::$check(sizes());
        }
    )*};
}

tests! {
    fork_multiplications_and_transforms = fork::multiplications_and_transforms;
    fork_many_threads = fork::many_threads;
    fork_threads_with_roots_of_their_own = fork::threads_with_roots_of_their_own;
    msm_special_values = msm::special_values;
    msm_numbers_of_scalars = msm::numbers_of_scalars;
    msm_wherever_slices_are = msm::wherever_slices_are;
    msm_batches = msm::batches;
    msm_montgomery_forms = msm::montgomery_forms;
    msm_precomputed_points = msm::precomputed_points;
    msm_arguments_that_do_not_fit = msm::arguments_that_do_not_fit;
    vectors_sums_differences_and_products = vectors::sums_differences_and_products;
    vectors_transposes_and_reversals = vectors::transposes_and_reversals;
    curve_points = curve::points;
    curve_random_values = curve::random_values;
    device_memory = curve::device_memory;
    devices = curve::devices;
}

/// One after the other: each gives roots of its own, and one releases them all.
#[test]
fn transforms() {
    let sizes = sizes();
    std::thread::scope(|scope| {
        let own_roots = |check: fn(Sizes)| scope.spawn(move || check(sizes)).join();
        for check in [
            client::ntt::directions_cosets_and_orders as fn(Sizes),
            client::ntt::batches,
            client::ntt::domains_grow,
            client::ntt::asynchronous,
        ] {
            own_roots(check).expect("the check passes");
        }
    });
}
