//! Domains that are released, which other tests would miss; so this is a process of its own.

#[allow(dead_code, reason = "the other checks are for the other processes")]
mod client;

use icicle_cuda_runtime::offload::{select, Selection};

#[test]
fn transforms_without_a_domain_are_errors() {
    select(Selection::Cpu);
    client::ntt::arguments_that_do_not_fit(client::Sizes { max_k: 3 });
}
