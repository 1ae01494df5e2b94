//! Columns at which a sort or a search goes wrong.

use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use rand::{seq::SliceRandom, Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

pub fn generator(seed: usize) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed as u64)
}

pub fn uniform(n: usize, rng: &mut ChaCha20Rng) -> Vec<Fr> {
    (0..n).map(|_| Fr::random(&mut *rng)).collect()
}

pub fn range(n: usize) -> Vec<Fr> {
    (0..n as u64).map(Fr::from).collect()
}

pub fn pick(n: usize, choices: &[Fr], rng: &mut ChaCha20Rng) -> Vec<Fr> {
    (0..n)
        .map(|_| choices[rng.gen_range(0..choices.len())])
        .collect()
}

fn shuffled(mut column: Vec<Fr>, rng: &mut ChaCha20Rng) -> Vec<Fr> {
    column.shuffle(rng);
    column
}

/// The canonical value with these limbs, least first.
fn from_limbs(limbs: [u64; 4]) -> Fr {
    let mut repr = <Fr as PrimeField>::Repr::default();
    for (bytes, limb) in repr.as_mut().chunks_mut(8).zip(limbs) {
        bytes.copy_from_slice(&limb.to_le_bytes());
    }
    Option::from(Fr::from_repr(repr)).expect("it is below p")
}

/// Values that only one limb tells apart, in which order goes against that of other limbs.
fn limbs() -> Vec<Fr> {
    const ALL: u64 = u64::MAX;
    let mut values = vec![Fr::ZERO, Fr::ONE, -Fr::ONE, -Fr::from(2), Fr::TWO_INV];
    for limb in 0..4 {
        for value in [1, 2, 1 << 31, 1 << 32, (1 << 61) - 1, 1 << 61] {
            let mut others = [0; 4];
            others[limb] = value;
            values.push(from_limbs(others));
            let mut others = [ALL, ALL, ALL, (1 << 61) - 2];
            others[limb] = value;
            values.push(from_limbs(others));
        }
    }
    values
}

/// Inputs and tables of `n` rows, each input in the table.
pub fn satisfied(n: usize, rng: &mut ChaCha20Rng) -> Vec<(&'static str, Vec<Fr>, Vec<Fr>)> {
    if n == 0 {
        return vec![("nothing", Vec::new(), Vec::new())];
    }
    let one = Fr::random(&mut *rng);
    let random = uniform(n, rng);
    let mut descending = range(n);
    descending.reverse();
    let limbs = limbs();
    let limbs: Vec<Fr> = shuffled(limbs.iter().copied().cycle().take(n).collect(), rng);
    let small = pick(n, &range(n.div_ceil(3)), rng);
    // Blocks that have nothing but one value, on both sides.
    let mut lumps = random.clone();
    lumps[n / 4..n - n / 8].fill(one);
    let lumps = shuffled(lumps, rng);
    let few = pick(n, &random[..n.min(3)], rng);
    vec![
        ("all equal", vec![one; n], vec![one; n]),
        ("a range, backwards", descending.clone(), range(n)),
        ("a range, from its reverse", range(n), descending),
        (
            "all distinct",
            shuffled(random.clone(), rng),
            random.clone(),
        ),
        (
            "picked from random values",
            pick(n, &random, rng),
            random.clone(),
        ),
        (
            "one of random values",
            vec![random[n / 2]; n],
            random.clone(),
        ),
        (
            "the largest of a range",
            vec![Fr::from(n as u64 - 1); n],
            range(n),
        ),
        ("the least of a range", vec![Fr::ZERO; n], range(n)),
        ("picked from a range", pick(n, &range(n), rng), range(n)),
        ("picked from repeated values", pick(n, &small, rng), small),
        (
            "picked from values of one limb",
            pick(n, &limbs, rng),
            limbs.clone(),
        ),
        ("values of one limb", shuffled(limbs.clone(), rng), limbs),
        ("picked from a few values", pick(n, &few, rng), few),
        (
            "picked where one value is most",
            pick(n, &lumps, rng),
            lumps.clone(),
        ),
        (
            "where one value is most",
            shuffled(lumps.clone(), rng),
            lumps,
        ),
    ]
}
