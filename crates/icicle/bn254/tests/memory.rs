//! A device with little memory. Tests take turns on it.

#[allow(dead_code, reason = "other checks are other tests'")]
mod client;

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use client::{point, points_of, sum};
use ff::Field;
use group::prime::PrimeCurveAffine;
use halo2_offload_cuda_emulator::{install, Config, Emulator};
use halo2curves::bn256::{Fr, G1Affine};
use icicle_bn254::{
    bases::{kept, set_bound_bytes},
    curve::{G1Projective, ScalarField},
};
use icicle_core::{
    msm::{msm, MSMConfig},
    traits::FieldImpl,
    vec_ops::{add_scalars, VecOpsConfig},
};
use icicle_cuda_runtime::{
    memory::{DeviceVec, HostSlice},
    offload::{select, Selection},
};

/// Points of a set.
const N: usize = 1 << 14;
/// Bytes of a set.
const SET: u64 = 64 * N as u64;
/// Bytes of the device.
const MEMORY: u64 = 8 * SET;

/// A turn on the machine, with nothing kept, and a bound within which no multiples of a set are made: that
/// would take an emulator long.
fn turn() -> MutexGuard<'static, Emulator> {
    static MACHINE: OnceLock<Mutex<Emulator>> = OnceLock::new();
    let machine = MACHINE.get_or_init(|| {
        let emulator = install(Config::default().with_memory(MEMORY)).expect("it is built");
        assert!(select(Selection::Cuda));
        Mutex::new(emulator)
    });
    let machine = machine.lock().unwrap_or_else(PoisonError::into_inner);
    set_bound_bytes(0);
    set_bound_bytes(3 * SET - 1);
    machine
}

fn multiply(scalars: &[Fr], points: &[G1Affine], sums: usize) {
    let (scalars_given, points_given) = (client::scalars_of(scalars), points_of(points));
    let mut results = vec![G1Projective::zero(); sums];
    msm(
        HostSlice::from_slice(&scalars_given),
        HostSlice::from_slice(&points_given),
        &MSMConfig::default(),
        HostSlice::from_mut_slice(&mut results),
    )
    .expect("there is memory for it");
    let each = scalars.len() / sums;
    for (result, (scalars, points)) in results
        .into_iter()
        .zip(scalars.chunks(each).zip(points.chunks(each)))
    {
        assert_eq!(point(result), sum(&scalars[..1], points));
    }
}

/// Scalars of which the first of each `N` is not zero, and as many points: `sums` sets that differ.
fn sets(sums: u64) -> (Vec<Fr>, Vec<G1Affine>) {
    let mut scalars = vec![Fr::ZERO; N * sums as usize];
    let mut points = vec![G1Affine::identity(); N * sums as usize];
    for (set, first) in (1..=sums).zip((0..).step_by(N)) {
        scalars[first] = Fr::from(set);
        points[first] = (G1Affine::generator() * Fr::from(set)).into();
    }
    (scalars, points)
}

fn kept_bytes() -> u64 {
    kept().iter().map(|kept| kept.device_bytes).sum()
}

/// Multiplications whose bases take a quarter of the memory.
fn keep_bases() {
    let (scalars, points) = sets(2);
    for (scalars, points) in scalars.chunks(N).zip(points.chunks(N)) {
        multiply(scalars, points, 1);
    }
    assert_eq!(kept_bytes(), 2 * SET);
}

#[test]
fn bases_give_way_to_work_that_needs_their_memory() {
    let machine = turn();
    keep_bases();
    // Three vectors that take 27 parts in 32 together.
    let n = 9 * SET as usize / 4 / size_of::<ScalarField>();
    let ones = vec![ScalarField::one(); n];
    let ones = HostSlice::from_slice(&ones);
    let mut twos = vec![ScalarField::zero(); n];
    let cfg = VecOpsConfig::default();
    add_scalars(ones, ones, HostSlice::from_mut_slice(&mut twos), &cfg).expect("bases give way");
    assert!(twos.iter().all(|two| *two == ScalarField::from_u32(2)));
    assert_eq!(kept_bytes(), 0);
    machine.assert_no_faults();
}

#[test]
fn bases_give_way_to_memory_of_the_client() {
    let machine = turn();
    keep_bases();
    let vec = DeviceVec::<u8>::cuda_malloc(7 * SET as usize).expect("bases give way");
    assert_eq!(kept_bytes(), 0);
    assert!(DeviceVec::<u8>::cuda_malloc(7 * SET as usize).is_err());
    drop(vec);
    machine.assert_no_faults();
}

/// Sums with bases of their own: the device need not hold all sets of them at a time.
#[test]
fn bases_of_a_batch_are_there_one_set_after_the_other() {
    let machine = turn();
    set_bound_bytes(SET);
    let (scalars, points) = sets(6);
    multiply(&scalars, &points, 6);
    assert!(kept_bytes() <= SET);
    machine.assert_no_faults();
}
