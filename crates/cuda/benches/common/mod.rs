//! What benches with criterion share.

mod device;

use criterion::{measurement::WallTime, BenchmarkGroup, Criterion};
use std::time::Duration;

pub use device::device;

/// A group with few samples: what is measured is long and repeats well.
pub fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    group
}

/// Sizes from a variable such as `MSM_K=10,22`.
pub fn sizes(variable: &str, default: &[u32]) -> Vec<u32> {
    match std::env::var(variable) {
        Ok(list) => list
            .split(',')
            .map(|k| k.trim().parse().expect("a list of numbers, such as 10,22"))
            .collect(),
        Err(_) => default.to_vec(),
    }
}
