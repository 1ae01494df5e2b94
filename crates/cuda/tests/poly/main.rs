//! Operations on columns, on the emulator, against their definitions.

mod combination;
mod division;
mod evaluation;
mod failures;
mod inversion;
mod products;
mod work;

use std::sync::Arc;

use ff::{Field, PrimeField};
use halo2_offload_cuda::{
    poly::{CudaPoly, Policy},
    Context, DeviceBuffer, KernelImage, Options,
};
use halo2_offload_cuda_emulator::{install, Config, Emulator};
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, SeedableRng};

/// An emulated machine. It comes first in a test, so that it outlives all that was opened on it.
fn machine() -> Emulator {
    install(Config::default()).expect("the emulator is built with this test")
}

fn open() -> Arc<Context> {
    Context::open(0, &KernelImage::shipped(), Options::default()).expect("the device opens")
}

/// Operations whose threads have at most so many values, as soon as there are so many.
fn with_run(context: &Arc<Context>, run: u32) -> CudaPoly {
    let policy = Policy {
        threads: 1,
        max_run: run,
        max_product_run: run,
        max_inverse_run: run,
        min_evaluated: run,
    };
    CudaPoly::with_policy(context.clone(), policy).expect("the kernels load")
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(0x907)
}

/// Random values, and among them those at the ends of the field, zeros at the very ends included.
fn values(n: usize, rng: &mut StdRng) -> Vec<Fr> {
    let special = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::ROOT_OF_UNITY];
    (0..n)
        .map(|i| match i {
            0 => Fr::ZERO,
            _ if i + 1 == n => -Fr::ONE,
            _ if i % 7 == 3 => special[i / 7 % 4],
            _ => Fr::random(&mut *rng),
        })
        .collect()
}

/// Columns that are the same all over, and one that is not.
fn columns(n: usize, rng: &mut StdRng) -> Vec<(&'static str, Vec<Fr>)> {
    vec![
        ("mixed values", values(n, rng)),
        ("zeros", vec![Fr::ZERO; n]),
        ("ones", vec![Fr::ONE; n]),
        ("p - 1", vec![-Fr::ONE; n]),
    ]
}

fn upload(context: &Context, values: &[Fr]) -> DeviceBuffer<Fr> {
    context
        .allocate_from("column", values)
        .expect("there is memory")
}

fn download(context: &Context, buffer: &DeviceBuffer<Fr>) -> Vec<Fr> {
    let mut values = vec![Fr::ZERO; buffer.len()];
    context
        .download(buffer.all(), &mut values)
        .expect("it copies");
    values
}

/// p(x), coefficient by coefficient.
fn evaluate(coefficients: &[Fr], point: Fr) -> Fr {
    coefficients
        .iter()
        .rev()
        .fold(Fr::ZERO, |value, coefficient| value * point + coefficient)
}
