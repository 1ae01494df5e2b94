//! A client's calls on an emulated CUDA device, and what they move over the bus.

#[allow(
    dead_code,
    reason = "what releases domains is for a process of its own"
)]
mod client;

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use client::{generator, points_of, random_points, random_scalars, scalars_of, sum, Sizes};
use halo2_offload_cuda_emulator::{install, Config, Emulator};
use halo2curves::bn256::Fr;
use icicle_bn254::{
    bases,
    curve::{G1Affine, G1Projective},
};
use icicle_core::msm::{msm, MSMConfig};
use icicle_cuda_runtime::{
    memory::{DeviceVec, HostSlice},
    offload::{calls, running, select, totals, Call, Running, Selection},
};

/// The machine, and the turn of one test on it: what a test counts, others would count too. It stays, as a
/// device does that is open until the process ends.
fn machine() -> MutexGuard<'static, Emulator> {
    static MACHINE: OnceLock<Mutex<Emulator>> = OnceLock::new();
    let machine = MACHINE.get_or_init(|| {
        let emulator = install(Config::default()).expect("the emulator is built with this test");
        select(Selection::Cuda);
        Mutex::new(emulator)
    });
    let machine = machine.lock().unwrap_or_else(PoisonError::into_inner);
    match running() {
        Running::Cuda { devices, .. } => assert!(devices[0].contains("Emulated device")),
        other => panic!("{other}"),
    }
    machine
}

macro_rules! tests {
    ($($test:ident = $module:ident::$check:ident;)*) => {$(
        #[test]
        fn $test() {
            let machine = machine();
            client::$module::$check(Sizes { max_k: 6 });
            machine.assert_no_faults();
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
    ntt_directions_cosets_and_orders = ntt::directions_cosets_and_orders;
    ntt_batches = ntt::batches;
    ntt_domains_grow = ntt::domains_grow;
    ntt_asynchronous = ntt::asynchronous;
    vectors_sums_differences_and_products = vectors::sums_differences_and_products;
    vectors_transposes_and_reversals = vectors::transposes_and_reversals;
    curve_points = curve::points;
    device_memory = curve::device_memory;
    devices = curve::devices;
}

/// A multiplication, checked; what was noted of it.
fn multiply(scalars: &[Fr], points: &[halo2curves::bn256::G1Affine], bases: &[G1Affine]) -> Call {
    let icicle_scalars = scalars_of(scalars);
    let mut results = [G1Projective::zero()];
    msm(
        HostSlice::from_slice(&icicle_scalars),
        HostSlice::from_slice(bases),
        &MSMConfig::default(),
        HostSlice::from_mut_slice(&mut results),
    )
    .unwrap();
    assert_eq!(client::point(results[0]), sum(scalars, points));
    calls().pop().expect("the call was noted")
}

#[test]
fn the_second_multiplication_moves_scalars_alone() {
    let machine = machine();
    let n = 64;
    let mut rng = generator(50);
    let points = random_points(n, &mut rng);
    let (scalars, others) = (random_scalars(n, &mut rng), random_scalars(n, &mut rng));
    let copied = || machine.report().copied.host_to_device;
    let scalar_bytes = 32 * n as u64;

    let before = copied();
    let first = multiply(&scalars, &points, &points_of(&points));
    assert_eq!(first.bases_kept, Some(false));
    assert!(first.bus.bytes_to_device >= scalar_bytes + 64 * n as u64);
    assert!(copied() - before >= first.bus.bytes_to_device);

    // The same points, converted afresh, and other scalars.
    let before = copied();
    let second = multiply(&others, &points, &points_of(&points));
    assert_eq!(second.bases_kept, Some(true));
    assert_eq!(second.bus.bytes_to_device, scalar_bytes);
    assert_eq!(copied() - before, scalar_bytes);

    // The first of them.
    let part = multiply(&others[..20], &points[..20], &points_of(&points[..20]));
    assert_eq!(part.bases_kept, Some(true));
    assert_eq!(part.bus.bytes_to_device, 32 * 20);

    // All but one that no sample sees.
    let mut changed = points.clone();
    changed[n - 3] = -changed[n - 3];
    let third = multiply(&others, &changed, &points_of(&changed));
    assert_eq!(third.bases_kept, Some(false));

    let kept = bases::kept();
    let uses: Vec<u64> = kept
        .iter()
        .filter(|kept| kept.points == n)
        .map(|kept| kept.uses)
        .collect();
    assert!(uses.contains(&2), "{kept:?}");
    assert!(kept
        .iter()
        .all(|kept| kept.device_bytes >= 64 * kept.points as u64));
    let totals = totals()[&("msm", true)];
    assert!(totals.calls >= 4 && totals.bases_kept >= 2);
    machine.assert_no_faults();
}

#[test]
fn bases_on_the_device_are_found_until_they_are_written() {
    let machine = machine();
    let n = 32;
    let mut rng = generator(51);
    let (points, others) = (random_points(n, &mut rng), random_points(n, &mut rng));
    let scalars = random_scalars(n, &mut rng);
    let icicle_scalars = scalars_of(&scalars);
    let mut vec = DeviceVec::<G1Affine>::cuda_malloc(n).unwrap();
    let multiply = |vec: &DeviceVec<G1Affine>, points| {
        let mut results = [G1Projective::zero()];
        msm(
            HostSlice::from_slice(&icicle_scalars),
            &vec[..],
            &MSMConfig::default(),
            HostSlice::from_mut_slice(&mut results),
        )
        .unwrap();
        assert_eq!(client::point(results[0]), sum(&scalars, points));
        calls().pop().and_then(|call| call.bases_kept)
    };
    vec.copy_from_host(HostSlice::from_slice(&points_of(&points)))
        .unwrap();
    assert_eq!(multiply(&vec, &points), Some(false));
    assert_eq!(multiply(&vec, &points), Some(true));
    vec.copy_from_host(HostSlice::from_slice(&points_of(&others)))
        .unwrap();
    assert_eq!(multiply(&vec, &others), Some(false));
    assert_eq!(multiply(&vec, &others), Some(true));
    // Another vector where this one was.
    drop(vec);
    let mut vec = DeviceVec::<G1Affine>::cuda_malloc(n).unwrap();
    vec.copy_from_host(HostSlice::from_slice(&points_of(&points)))
        .unwrap();
    assert_eq!(multiply(&vec, &points), Some(false));
    machine.assert_no_faults();
}

#[test]
fn a_bound_gives_up_what_was_used_longest_ago() {
    let machine = machine();
    let n = 16;
    let mut rng = generator(52);
    let sets: Vec<_> = (0..3).map(|_| random_points(n, &mut rng)).collect();
    let scalars = random_scalars(n, &mut rng);
    bases::set_bound_bytes(0);
    assert!(bases::kept().is_empty());
    let again = |set: usize| {
        let points = &sets[set];
        multiply(&scalars, points, &points_of(points)).bases_kept == Some(true)
    };
    assert!(!again(0) && !again(0), "nothing is kept");
    bases::set_bound_bytes(u64::MAX);
    assert!(!again(0));
    let one = bases::kept()[0].device_bytes;
    bases::set_bound_bytes(2 * one);
    assert!(!again(1));
    assert!(again(0));
    assert!(!again(2), "1 gives way");
    assert!(again(0));
    assert!(again(2));
    assert!(!again(1));
    let held: u64 = bases::kept().iter().map(|kept| kept.device_bytes).sum();
    assert!(held <= 2 * one);
    bases::set_bound_bytes(u64::MAX);
    machine.assert_no_faults();
}
