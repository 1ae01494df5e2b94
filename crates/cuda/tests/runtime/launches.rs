//! Launches: what a kernel computes, and what is refused before it reaches the driver.

use std::sync::Arc;

use ff::Field;
use halo2_offload_cuda::{
    Context, CudaError, DeviceBuffer, Function, LaunchConfig, MemorySource, Options,
};
use halo2_offload_cuda_emulator::Config;
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, SeedableRng};

use crate::{machine, open};

const N: usize = 200;

struct Product {
    context: Arc<Context>,
    function: Function,
    a: DeviceBuffer<Fr>,
    b: DeviceBuffer<Fr>,
    result: DeviceBuffer<Fr>,
    expected: Vec<Fr>,
}

impl Product {
    fn new() -> Self {
        let context = open(Options::default()).expect("it opens");
        let mut rng = StdRng::seed_from_u64(3);
        let mut values = || -> Vec<Fr> { (0..N).map(|_| Fr::random(&mut rng)).collect() };
        let (a, b) = (values(), values());
        Self {
            function: context
                .function("field_fr", "field_fr_mul")
                .expect("the kernel ships"),
            a: context.allocate_from("a", &a).expect("it copies"),
            b: context.allocate_from("b", &b).expect("it copies"),
            result: context.allocate("result", N).expect("it fits"),
            expected: a.iter().zip(&b).map(|(a, b)| a * b).collect(),
            context,
        }
    }

    fn launch(&mut self, config: LaunchConfig) -> Result<(), CudaError> {
        let n = N as u64;
        // SAFETY: three vectors of n elements of Fr; any grid of blocks will do, and others are
        // refused.
        unsafe {
            self.context.launch(
                &self.function,
                config,
                &[&self.result.all_mut(), &self.a.all(), &self.b.all(), &n],
            )
        }
    }
}

#[test]
fn a_kernel_multiplies() {
    let emulator = machine(Config::default());
    let mut product = Product::new();
    let before = product.context.counters().expect("it counts");
    product
        .launch(LaunchConfig::covering(N, 128))
        .expect("it runs");
    let done = product.context.counters().expect("it counts") - before;
    assert_eq!((done.launches, done.synchronisations), (1, 0));
    let result = product
        .context
        .begin_download(product.result.all())
        .and_then(|download| download.wait())
        .expect("it copies");
    assert_eq!(result, product.expected);
    assert!(product.function.max_threads_per_block() >= 128);
    drop(product);
    emulator.assert_clean();
}

#[test]
fn a_launch_allocates_nothing_and_waits_for_nothing() {
    let emulator = machine(Config::default());
    let mut product = Product::new();
    product
        .launch(LaunchConfig::covering(N, 128))
        .expect("it runs");
    let before = emulator.report().calls;
    product
        .launch(LaunchConfig::covering(N, 128))
        .expect("it runs");
    let mut calls = emulator.report().calls;
    for (name, count) in before {
        if let Some(total) = calls.get_mut(&name) {
            *total -= count;
        }
    }
    calls.retain(|_, count| *count > 0);
    let names: Vec<&str> = calls.keys().map(String::as_str).collect();
    assert_eq!(names, ["cuCtxSetCurrent", "cuLaunchKernel"]);
    drop(product);
    emulator.assert_clean();
}

#[test]
fn wrong_shapes_are_refused() {
    let emulator = machine(Config::default());
    let mut product = Product::new();
    let shared = LaunchConfig::linear(1, 128).with_shared_bytes(1 << 20);
    let flat = LaunchConfig {
        grid: [1, 0, 1],
        ..LaunchConfig::linear(1, 128)
    };
    let tall = LaunchConfig {
        grid: [1, 1 << 17, 1],
        ..LaunchConfig::linear(1, 128)
    };
    for config in [
        LaunchConfig::linear(0, 128),
        LaunchConfig::linear(1, 0),
        LaunchConfig::linear(1, 4096),
        LaunchConfig::linear(u32::MAX, 128),
        shared,
        flat,
        tall,
    ] {
        let error = product.launch(config).expect_err("no device takes it");
        assert!(
            matches!(error, CudaError::LaunchConfig { .. }),
            "{config:?}: {error}"
        );
    }
    assert_eq!(emulator.calls("cuLaunchKernel"), 0);
    drop(product);
    emulator.assert_clean();
}

#[test]
fn wrong_arguments_are_refused() {
    let emulator = machine(Config::default());
    let mut product = Product::new();
    let config = LaunchConfig::covering(N, 128);
    let (n, short) = (N as u64, N as u32);
    // SAFETY: nothing is launched.
    let launches = unsafe {
        [
            product.context.launch(
                &product.function,
                config,
                &[&product.result.all_mut(), &product.a.all(), &n],
            ),
            product.context.launch(
                &product.function,
                config,
                &[
                    &product.result.all_mut(),
                    &product.a.all(),
                    &product.b.all(),
                    &short,
                ],
            ),
        ]
    };
    for launch in launches {
        let error = launch.expect_err("the kernel takes others");
        let CudaError::Arguments { declared, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(*declared, [8, 8, 8, 8]);
    }
    assert_eq!(emulator.calls("cuLaunchKernel"), 0);
    drop(product);
    emulator.assert_clean();
}

#[test]
fn an_upload_during_kernels_waits_for_what_uses_the_buffer() {
    let emulator = machine(Config::default());
    let mut product = Product::new();
    for round in 0..5 {
        let values = vec![Fr::from(round + 2); N];
        product
            .context
            .upload(product.a.all_mut(), &values)
            .expect("it copies");
        product
            .launch(LaunchConfig::covering(N, 128))
            .expect("it runs");
        // The next round overwrites `a` while this product may still be under way.
    }
    let result = product
        .context
        .begin_download(product.result.all())
        .and_then(|download| download.wait())
        .expect("it copies");
    let b = product
        .context
        .begin_download(product.b.all())
        .and_then(|download| download.wait())
        .expect("it copies");
    let expected: Vec<Fr> = b.iter().map(|b| b * Fr::from(6)).collect();
    assert_eq!(result, expected);
    drop(product);
    emulator.assert_clean();
}

/// No manual says that what gives these back waits for the device.
#[test]
fn what_kernels_and_copies_use_is_given_back_after_them() {
    for source in [MemorySource::PoolFirst, MemorySource::Blocks] {
        let emulator = machine(Config::default());
        let context = open(Options::default().with_memory(source)).expect("it opens");
        let square = context
            .function("field_fr", "field_fr_sqr")
            .expect("it loads");
        let a = context.allocate_from("a", &[Fr::from(3)]).expect("it fits");
        let mut squared = context.allocate::<Fr>("squared", 1).expect("it fits");
        // SAFETY: two vectors of one element of Fr; any grid of blocks will do.
        let launched = unsafe {
            context.launch(
                &square,
                LaunchConfig::covering(1, 128),
                &[&squared.all_mut(), &a.all(), &1_u64],
            )
        };
        launched.expect("it is given to the stream");
        drop((a, squared, square, context));
        let given_back = ["cuMemFreeHost", "cuModuleUnload", "cuMemFree_v2"];
        let given_back: u64 = given_back.iter().map(|call| emulator.calls(call)).sum();
        assert!(given_back >= 2, "{given_back}");
        assert!(emulator.calls("cuCtxSynchronize") >= given_back);
        emulator.assert_clean();
    }
}
