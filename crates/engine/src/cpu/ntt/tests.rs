use ff::{Field, PrimeField, WithSmallOrderMulGroup};
use halo2curves::bn256::Fr;
use halo2curves::fft::best_fft;
use proptest::prelude::*;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::NttDomain;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn random(n: usize, seed: u64) -> Vec<Fr> {
    let mut rng = rng(seed);
    (0..n).map(|_| Fr::random(&mut rng)).collect()
}

fn horner(coefficients: &[Fr], x: Fr) -> Fr {
    coefficients
        .iter()
        .rev()
        .fold(Fr::ZERO, |sum, a| sum * x + a)
}

fn shift() -> Fr {
    Fr::MULTIPLICATIVE_GENERATOR
}

fn forward(domain: &NttDomain<Fr>, column: &[Fr]) -> Vec<Fr> {
    let mut values = column.to_vec();
    domain.forward(&mut values);
    values
}

fn coset_forward(domain: &NttDomain<Fr>, column: &[Fr], shift: Fr) -> Vec<Fr> {
    let mut out = vec![Fr::ZERO; column.len()];
    domain.coset_forward(column, shift, &mut out);
    out
}

/// The columns whose transforms are known, and those at the ends of the field and of the column.
fn edges(n: usize) -> Vec<Vec<Fr>> {
    let delta = |at: usize| (0..n).map(|i| Fr::from((i == at) as u64)).collect();
    vec![
        vec![Fr::ZERO; n],
        vec![Fr::ONE; n],
        vec![-Fr::ONE; n],
        delta(0),
        delta(n - 1),
        delta(n / 2),
    ]
}

#[test]
fn omega_is_that_of_halo2() {
    for k in 0..=Fr::S {
        let domain = if k <= 10 { k } else { continue };
        let domain = NttDomain::<Fr>::new(domain);
        assert_eq!((domain.k(), domain.n()), (k, 1 << k));
        assert_eq!(domain.omega().pow_vartime([1 << k]), Fr::ONE);
        if k > 0 {
            assert_eq!(domain.omega().pow_vartime([1 << (k - 1)]), -Fr::ONE);
        }
        assert_eq!(domain.omega() * domain.omega_inv(), Fr::ONE);
        assert_eq!(domain.omega(), {
            let exponent = 1_u64 << (Fr::S - k);
            Fr::ROOT_OF_UNITY.pow_vartime([exponent])
        });
        assert!(domain.twiddle_bytes() <= (domain.n() / 2).max(1) * 32);
    }
}

#[test]
fn definition() {
    for k in 0..=8 {
        let domain = NttDomain::<Fr>::new(k);
        let n = domain.n();
        let mut columns = edges(n);
        columns.push(random(n, k as u64));
        for column in columns {
            let by_definition = |shift: Fr| -> Vec<Fr> {
                let points = core::iter::successors(Some(shift), |x| Some(x * domain.omega()));
                points.take(n).map(|x| horner(&column, x)).collect()
            };
            assert_eq!(forward(&domain, &column), by_definition(Fr::ONE), "k={k}");
            assert_eq!(
                coset_forward(&domain, &column, shift()),
                by_definition(shift()),
                "k={k}"
            );
        }
    }
}

#[test]
fn agrees_with_halo2curves() {
    for k in 9..=17 {
        let domain = NttDomain::<Fr>::new(k);
        let mut columns = if k <= 13 { edges(domain.n()) } else { vec![] };
        columns.push(random(domain.n(), k as u64));
        for column in columns {
            let mut expected = column.clone();
            best_fft(&mut expected, domain.omega(), k);
            assert!(forward(&domain, &column) == expected, "k={k}");
        }
    }
}

/// The value at x of the polynomial that has these values on shift * H, by the barycentric formula: with
/// u = x / shift, (u^n - 1) / n times the sum of v_i omega^i / (u - omega^i).
fn barycentric(domain: &NttDomain<Fr>, values: &[Fr], shift: Fr, x: Fr) -> Fr {
    let u = x * shift.invert().expect("a shift is not zero");
    let n = Fr::from(values.len() as u64);
    let scale =
        (u.pow_vartime([values.len() as u64]) - Fr::ONE) * n.invert().expect("a power of 2");
    let points = core::iter::successors(Some(Fr::ONE), |point| Some(point * domain.omega()));
    let points: Vec<Fr> = points.take(values.len()).collect();
    let mut denominators: Vec<Fr> = points.iter().map(|point| u - point).collect();
    crate::cpu::batch_invert(&mut denominators);
    let terms = values.iter().zip(&points).zip(&denominators);
    let sum: Fr = terms
        .map(|((value, point), inverse)| value * point * inverse)
        .sum();
    scale * sum
}

/// Sizes at which a definition takes too long: the values are those of the polynomial, because they are at
/// a random point. One wrong value among them goes unseen with probability n / p.
#[test]
fn large_transforms_keep_the_polynomial() {
    for k in 18..=22 {
        let domain = NttDomain::<Fr>::new(k);
        let column = random(domain.n(), k as u64);
        let x = Fr::random(&mut rng(0x1a46e));
        let expected = horner(&column, x);
        let mut values = forward(&domain, &column);
        assert!(
            barycentric(&domain, &values, Fr::ONE, x) == expected,
            "k={k}"
        );
        if k > 20 {
            continue;
        }
        domain.inverse(&mut values);
        assert!(values == column, "k={k}, and back");
        let values = coset_forward(&domain, &column, shift());
        assert!(
            barycentric(&domain, &values, shift(), x) == expected,
            "k={k}, on a coset"
        );
    }
}

#[test]
fn inverse_inverts() {
    for k in 0..=15 {
        let domain = NttDomain::<Fr>::new(k);
        let mut columns = edges(domain.n());
        columns.push(random(domain.n(), k as u64));
        for column in columns {
            let mut values = forward(&domain, &column);
            domain.inverse(&mut values);
            assert!(values == column, "k={k}");

            let mut values = coset_forward(&domain, &column, shift());
            domain.coset_inverse(&mut values, shift());
            assert!(values == column, "coset, k={k}");
        }
    }
}

#[test]
fn coset_is_evaluation_at_shifted_points() {
    let mut rng = rng(3);
    for k in 9..=14 {
        let domain = NttDomain::<Fr>::new(k);
        let column = random(domain.n(), k as u64);
        for shift in [Fr::ONE, Fr::ZETA, Fr::random(&mut rng)] {
            let out = coset_forward(&domain, &column, shift);
            for _ in 0..4 {
                let i = rng.next_u64() % domain.n() as u64;
                let x = shift * domain.omega().pow_vartime([i]);
                assert_eq!(out[i as usize], horner(&column, x), "k={k} i={i}");
            }
            let mut values = column.clone();
            domain.coset_forward_in_place(&mut values, shift);
            assert!(values == out, "in place, k={k}");
        }
    }
}

#[test]
fn threads_do_not_matter() {
    for k in [3, 10, 11, 14, 15] {
        let domain = NttDomain::<Fr>::new(k);
        let column = random(domain.n(), k as u64);
        let results = [1, 2, 5].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| {
                let forward = forward(&domain, &column);
                let mut inverse = column.clone();
                domain.inverse(&mut inverse);
                let coset = coset_forward(&domain, &column, shift());
                let mut coset_inverse = column.clone();
                domain.coset_inverse(&mut coset_inverse, shift());
                [forward, inverse, coset, coset_inverse]
            })
        });
        assert!(
            results[0] == results[1] && results[0] == results[2],
            "k={k}"
        );
    }
}

#[test]
fn batches_equal_singles() {
    for (k, count) in [(0, 3), (1, 2), (5, 20), (9, 0), (11, 1), (12, 9)] {
        let domain = NttDomain::<Fr>::new(k);
        let columns: Vec<_> = (0..count).map(|i| random(domain.n(), i)).collect();
        let batch = |transform: &dyn Fn(&mut [&mut [Fr]])| {
            let mut values = columns.clone();
            transform(&mut values.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
            values
        };
        let singles = |transform: &dyn Fn(&mut Vec<Fr>)| {
            let mut values = columns.clone();
            values.iter_mut().for_each(transform);
            values
        };
        let forward = singles(&|column| domain.forward(column));
        assert!(batch(&|columns| domain.forward_batch(columns)) == forward);
        let inverse = singles(&|column| domain.inverse(column));
        assert!(batch(&|columns| domain.inverse_batch(columns)) == inverse);
        let coset = singles(&|column| domain.coset_forward_in_place(column, shift()));
        let coset_batch = batch(&|outs| {
            let mut jobs: Vec<_> = columns
                .iter()
                .zip(outs)
                .map(|(column, out)| (column.as_slice(), &mut **out))
                .collect();
            domain.coset_forward_batch(&mut jobs, shift());
        });
        assert!(coset_batch == coset);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn linear(k in 0_u32..=11, seed: u64) {
        let domain = NttDomain::<Fr>::new(k);
        let [p, q] = [seed, !seed].map(|seed| random(domain.n(), seed));
        let factor = Fr::random(rng(seed));
        let combine = |p: &[Fr], q: &[Fr]| -> Vec<Fr> {
            p.iter().zip(q).map(|(p, q)| *p + factor * q).collect()
        };
        prop_assert!(
            forward(&domain, &combine(&p, &q))
                == combine(&forward(&domain, &p), &forward(&domain, &q))
        );
        prop_assert!(
            coset_forward(&domain, &combine(&p, &q), shift())
                == combine(
                    &coset_forward(&domain, &p, shift()),
                    &coset_forward(&domain, &q, shift())
                )
        );
    }
}
