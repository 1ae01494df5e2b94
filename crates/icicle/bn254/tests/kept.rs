//! Bases that are kept where the CPU multiplies. Tests take turns: what one keeps, others would see.

#[allow(dead_code, reason = "other checks are other tests'")]
mod client;

use std::sync::{Mutex, MutexGuard, PoisonError};

use client::{generator, point, points_of, random_points, random_scalars, scalars_of, sum};
use halo2curves::bn256::{Fr, G1Affine};
use icicle_bn254::{
    bases::{kept, set_bound_bytes},
    curve::{G1Affine as IcicleAffine, G1Projective},
};
use icicle_core::msm::{msm, MSMConfig};
use icicle_cuda_runtime::{
    memory::HostSlice,
    offload::{calls, select, Selection},
};
use rayon::prelude::*;

/// As few as are kept.
const N: usize = 1 << 10;

/// A turn, with nothing kept.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    select(Selection::Cpu);
    set_bound_bytes(0);
    set_bound_bytes(u64::MAX);
    turn
}

fn multiply(scalars: &[Fr], points: &[G1Affine], bases: &[IcicleAffine]) {
    let icicle_scalars = scalars_of(scalars);
    let mut results = [G1Projective::zero()];
    msm(
        HostSlice::from_slice(&icicle_scalars),
        HostSlice::from_slice(bases),
        &MSMConfig::default(),
        HostSlice::from_mut_slice(&mut results),
    )
    .unwrap();
    assert_eq!(point(results[0]), sum(scalars, points));
}

/// A multiplication, with points converted afresh; whether the bases were found.
fn finds(scalars: &[Fr], points: &[G1Affine]) -> bool {
    multiply(scalars, points, &points_of(points));
    let call = calls().pop().expect("the call was noted");
    assert!(!call.on_cuda);
    call.bases_kept == Some(true)
}

#[test]
fn the_same_points_are_found_and_others_are_not() {
    let _turn = turn();
    let mut rng = generator(60);
    let n = N + 20;
    let points = random_points(n, &mut rng);
    let mut scalars = || random_scalars(n, &mut rng);
    assert!(!finds(&scalars(), &points));
    assert!(finds(&scalars(), &points));
    // The first of them.
    assert!(finds(&scalars()[..N], &points[..N]));
    // A point that no sample sees is another one; both sets stay.
    let mut changed = points.clone();
    changed[n - 3] = -changed[n - 3];
    assert!(!finds(&scalars(), &changed));
    assert!(finds(&scalars(), &changed));
    assert!(finds(&scalars(), &points));
    let uses: Vec<u64> = kept().iter().map(|kept| kept.uses).collect();
    assert_eq!(uses, [1, 3], "the set that was used last is at the end");
    for kept in kept() {
        assert_eq!((kept.device_id, kept.device_bytes), (None, 0));
        assert_eq!((kept.points, kept.host_bytes), (n, 128 * n as u64));
    }
}

#[test]
fn small_sets_are_not_kept() {
    let _turn = turn();
    let mut rng = generator(61);
    let points = random_points(N - 1, &mut rng);
    let scalars = random_scalars(N - 1, &mut rng);
    assert!(!finds(&scalars, &points) && !finds(&scalars, &points));
    assert_eq!(kept(), []);
}

#[test]
fn a_bound_gives_up_what_was_used_longest_ago() {
    let _turn = turn();
    let mut rng = generator(62);
    let sets: Vec<Vec<G1Affine>> = (0..3).map(|_| random_points(N, &mut rng)).collect();
    let scalars = random_scalars(N, &mut rng);
    let again = |set: usize| finds(&scalars, &sets[set]);
    set_bound_bytes(128 * N as u64 - 1);
    assert!(!again(0) && !again(0), "none fits");
    set_bound_bytes(2 * 128 * N as u64);
    assert!(!again(0) && !again(1) && again(0));
    assert!(!again(2), "1 gives way");
    assert!(again(0) && again(2) && !again(1));
    let held: u64 = kept().iter().map(|kept| kept.host_bytes).sum();
    assert_eq!(held, 2 * 128 * N as u64);
    set_bound_bytes(0);
    assert_eq!(kept(), []);
}

/// Threads of one pool, which take up each other's work while they wait.
#[test]
fn threads_that_take_a_set_in_side_by_side_keep_one() {
    let _turn = turn();
    let mut rng = generator(63);
    let points = random_points(N, &mut rng);
    let bases = points_of(&points);
    let columns: Vec<Vec<Fr>> = (0..16).map(|_| random_scalars(N, &mut rng)).collect();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(8)
        .build()
        .unwrap();
    pool.install(|| {
        columns
            .par_iter()
            .for_each(|scalars| multiply(scalars, &points, &bases));
    });
    let sets: Vec<usize> = kept().iter().map(|kept| kept.points).collect();
    assert_eq!(sets, [N]);
}
