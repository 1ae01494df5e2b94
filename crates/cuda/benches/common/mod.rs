//! The device that is measured, and what all benches do with it.

use criterion::{measurement::WallTime, BenchmarkGroup, Criterion};
use halo2_offload_cuda::{Context, KernelImage, Options};
use std::{sync::Arc, time::Duration};

/// The first device; where there is none, says why in one line.
pub fn device() -> Option<Arc<Context>> {
    match Context::open(0, &KernelImage::shipped(), Options::default()) {
        Ok(context) if context.device().is_emulated() => {
            eprintln!("CUDA is skipped: an emulator's times are no device's");
            None
        }
        Ok(context) => {
            let device = context.device();
            eprintln!("{}, driver for CUDA {}", device.name, device.driver);
            Some(context)
        }
        Err(error) => {
            eprintln!("CUDA is skipped: {error}");
            None
        }
    }
}

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
