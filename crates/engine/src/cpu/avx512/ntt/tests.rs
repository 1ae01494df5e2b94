//! Against the portable transform.

use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};

use super::{Domain, MIN_K};
use crate::cpu::{avx512::detected, ntt::NttDomain};

fn random(n: usize, seed: u64) -> Vec<Fr> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..n).map(|_| Fr::random(&mut rng)).collect()
}

/// Random columns, and those at the ends of the field and of the column.
fn columns(n: usize) -> Vec<Vec<Fr>> {
    let single = |at: usize| (0..n).map(|i| Fr::from((i == at) as u64)).collect();
    vec![
        random(n, 1),
        vec![Fr::ZERO; n],
        vec![-Fr::ONE; n],
        // The greatest words.
        vec![-Fr::from(2).pow_vartime([256]).invert().unwrap(); n],
        single(0),
        single(1),
        single(n - 1),
        random(n, 2),
    ]
}

fn slices(columns: &mut [Vec<Fr>]) -> Vec<&mut [Fr]> {
    columns.iter_mut().map(Vec::as_mut_slice).collect()
}

fn check(k: u32, columns: &[Vec<Fr>], shifts: &[Fr]) {
    let (domain, portable) = (Domain::new(k), NttDomain::<Fr>::new(k));
    assert_eq!(domain.omega::<Fr>(), portable.omega());
    let equal = |what: &str, ours: &dyn Fn(&mut [Vec<Fr>]), theirs: &dyn Fn(&mut [Vec<Fr>])| {
        let (mut a, mut b) = (columns.to_vec(), columns.to_vec());
        ours(&mut a);
        theirs(&mut b);
        for (i, (a, b)) in a.iter().zip(&b).enumerate() {
            let differ = a.iter().zip(b).filter(|(a, b)| a != b).count();
            assert_eq!(differ, 0, "{what}, k = {k}, column {i}");
        }
    };
    equal(
        "forward",
        &|columns| domain.forward(&mut slices(columns)),
        &|columns| portable.forward_batch(&mut slices(columns)),
    );
    equal(
        "inverse",
        &|columns| domain.inverse(&mut slices(columns)),
        &|columns| portable.inverse_batch(&mut slices(columns)),
    );
    for shift in shifts {
        let expected = |columns: &mut [Vec<Fr>]| {
            portable.coset_forward_in_place_batch(&mut slices(columns), *shift);
        };
        equal(
            "coset, in place",
            &|columns| domain.coset_forward_in_place(&mut slices(columns), *shift),
            &expected,
        );
        equal(
            "coset",
            &|outs| {
                let outs = outs.iter_mut().map(|out| {
                    out.fill(Fr::ONE);
                    &mut out[..]
                });
                let from = columns.iter().map(Vec::as_slice);
                domain.coset_forward(&mut from.zip(outs).collect::<Vec<_>>(), *shift)
            },
            &expected,
        );
        equal(
            "inverse of a coset",
            &|columns| domain.coset_inverse(&mut slices(columns), *shift),
            &|columns| portable.coset_inverse_batch(&mut slices(columns), *shift),
        );
    }
}

fn shifts() -> [Fr; 3] {
    [Fr::MULTIPLICATIVE_GENERATOR, -Fr::ONE, random(1, 3)[0]]
}

fn in_pool(threads: usize, work: impl FnOnce() + Send) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("a pool").install(work);
}

#[test]
fn transforms_are_those_of_the_portable_kernels() {
    if !detected() {
        eprintln!("not run: this CPU has no AVX-512 IFMA");
        return;
    }
    for threads in [1, 3] {
        in_pool(threads, || {
            for k in MIN_K..=14 {
                check(k, &columns(1 << k), &shifts());
            }
        });
    }
}

#[test]
fn long_transforms_are_those_of_the_portable_kernels() {
    if !detected() {
        eprintln!("not run: this CPU has no AVX-512 IFMA");
        return;
    }
    in_pool(1, || check(18, &[random(1 << 18, 18)], &shifts()[..1]));
    in_pool(3, || {
        check(
            17,
            &[random(1 << 17, 17), random(1 << 17, 16)],
            &shifts()[..1],
        );
    });
}
