use super::*;
use ff::{Field, PrimeField};
use group::{prime::PrimeCurveAffine, Curve, Group};
use halo2curves::{
    bn256::{Fr, G1Affine, G1},
    msm::msm_best,
};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// By all kernels that there are here, which agree.
fn msm<C: MsmCurve, S: Scalar<C::ScalarExt>>(scalars: &[S], bases: &[C]) -> C::CurveExt {
    let sums = CpuKernels::available().map(|kernels| super::msm(kernels, scalars, bases));
    let sums: Vec<_> = sums.collect();
    assert!(sums.iter().all(|sum| *sum == sums[0]), "kernels agree");
    sums[0]
}

/// As [`msm`].
fn msm_batch<C: MsmCurve, S: Scalar<C::ScalarExt>>(
    columns: &[&[S]],
    bases: &[C],
) -> Vec<C::CurveExt> {
    let sums = CpuKernels::available().map(|kernels| super::msm_batch(kernels, columns, bases));
    let sums: Vec<_> = sums.collect();
    assert!(sums.iter().all(|sum| *sum == sums[0]), "kernels agree");
    sums[0].clone()
}

fn points(n: usize, rng: &mut ChaCha20Rng) -> Vec<G1Affine> {
    // A chain of additions: as good as random points, and much cheaper.
    let step = G1::random(&mut *rng);
    let mut next = G1::random(&mut *rng);
    let points: Vec<G1> = (0..n)
        .map(|_| {
            next += step;
            next
        })
        .collect();
    let mut affine = vec![G1Affine::default(); n];
    G1::batch_normalize(&points, &mut affine);
    affine
}

fn naive(scalars: &[Fr], bases: &[G1Affine]) -> G1 {
    scalars.iter().zip(bases).map(|(s, p)| *p * *s).sum()
}

fn stock(scalars: &[Fr], bases: &[G1Affine]) -> G1 {
    msm_best(scalars, &bases[..scalars.len()])
}

fn small_signed(rng: &mut ChaCha20Rng, bits: u32) -> Fr {
    let magnitude = Fr::from(rng.gen_range(0..1u64 << bits));
    if rng.gen() {
        magnitude
    } else {
        -magnitude
    }
}

/// Columns of every shape that has a path of its own.
fn columns(n: usize, rng: &mut ChaCha20Rng) -> Vec<(&'static str, Vec<Fr>)> {
    let equal = Fr::random(&mut *rng);
    let few = [Fr::random(&mut *rng), Fr::random(&mut *rng), -Fr::ONE];
    let tail = |mut column: Vec<Fr>, rng: &mut ChaCha20Rng| {
        for scalar in column.iter_mut().rev().take(6) {
            *scalar = Fr::random(&mut *rng);
        }
        column
    };
    let mut bits = || -> Vec<Fr> { (0..n).map(|_| Fr::from(rng.gen::<bool>())).collect() };
    let (bits, bits_before_tail) = (bits(), bits());
    let mut column = |scalar: &mut dyn FnMut(&mut ChaCha20Rng) -> Fr| -> Vec<Fr> {
        (0..n).map(|_| scalar(&mut *rng)).collect()
    };
    let uniform = column(&mut |rng| Fr::random(rng));
    let bytes = column(&mut |rng| small_signed(rng, 8));
    let words = column(&mut |rng| small_signed(rng, 16));
    let longs = column(&mut |rng| small_signed(rng, 62));
    let repeats = column(&mut |rng| few[rng.gen_range(0..3)]);
    let sparse = column(&mut |rng| {
        if rng.gen_ratio(1, 50) {
            Fr::random(rng)
        } else {
            Fr::ZERO
        }
    });
    let mixed = column(&mut |rng| {
        let bits = rng.gen_range(0..254u64);
        Fr::from(2).pow([bits]) - Fr::from(rng.gen::<u64>() >> 1)
    });
    vec![
        ("zero", vec![Fr::ZERO; n]),
        ("one", vec![Fr::ONE; n]),
        ("minus one", vec![-Fr::ONE; n]),
        ("equal", vec![equal; n]),
        ("bits", bits),
        ("halo2 bits", tail(bits_before_tail, rng)),
        ("uniform", uniform),
        ("signed bytes", bytes.clone()),
        ("halo2 bytes", tail(bytes, rng)),
        ("halo2 words", tail(words, rng)),
        ("62 bits", longs),
        ("repeats", repeats),
        ("sparse", sparse),
        ("mixed", mixed),
    ]
}

#[test]
fn matches_the_definition() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let bases = points(300, &mut rng);
    for n in [0, 1, 2, 3, 7, 31, 32, 33, 63, 64, 65, 255, 256, 257] {
        for (name, scalars) in columns(n, &mut rng) {
            assert_eq!(
                msm(&scalars, &bases),
                naive(&scalars, &bases),
                "{name}, {n}"
            );
        }
    }
}

#[test]
fn matches_the_stock_msm() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let bases = points(20_000, &mut rng);
    for n in [1000, 4095, 4096, 4097, 20_000] {
        for (name, scalars) in columns(n, &mut rng) {
            assert_eq!(
                msm(&scalars, &bases),
                stock(&scalars, &bases),
                "{name}, {n}"
            );
        }
    }
}

fn canonical(limbs: [u64; 4]) -> Canonical {
    Canonical([0, 1, 2, 3, 4, 5, 6, 7].map(|i| (limbs[i / 2] >> (32 * (i % 2))) as u32))
}

#[test]
fn canonical_integers_are_scalars_as_elements_are() {
    let mut rng = ChaCha20Rng::seed_from_u64(15);
    let bases = points(5000, &mut rng);
    for n in [1, 33, 5000] {
        for (name, scalars) in columns(n, &mut rng) {
            let integers: Vec<Canonical> = scalars
                .iter()
                .map(|scalar| canonical(Scalar::<Fr>::limbs(scalar)))
                .collect();
            assert_eq!(msm(&integers, &bases), msm(&scalars, &bases), "{name}, {n}");
        }
    }
}

#[test]
fn integers_above_the_modulus_stand_for_what_is_left() {
    let modulus = {
        let [low, rest @ ..] = Scalar::<Fr>::limbs(&-Fr::ONE);
        [low + 1, rest[0], rest[1], rest[2]]
    };
    let above = |small: u64| canonical([modulus[0] + small, modulus[1], modulus[2], modulus[3]]);
    let all_ones = Fr::from(2).pow([256]) - Fr::ONE;
    let kinds = [
        (above(0), Fr::ZERO),
        (above(1), Fr::ONE),
        (above(77), Fr::from(77)),
        (Canonical([u32::MAX; 8]), all_ones),
        (Canonical::default(), Fr::ZERO),
        (canonical([5, 0, 0, 0]), Fr::from(5)),
    ];
    let mut rng = ChaCha20Rng::seed_from_u64(16);
    let bases = points(3000, &mut rng);
    for (integer, element) in kinds {
        assert_eq!(msm(&[integer], &bases[..1]), bases[0] * element);
        assert_eq!(
            msm(&vec![integer; 3000], &bases),
            msm(&vec![element; 3000], &bases)
        );
    }
    let (integers, elements): (Vec<Canonical>, Vec<Fr>) =
        (0..3000).map(|_| kinds[rng.gen_range(0..6)]).unzip();
    assert_eq!(msm(&integers, &bases), msm(&elements, &bases));
}

#[test]
fn scalars_at_the_borders_of_windows() {
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    let two = Fr::from(2);
    let half = -Fr::ONE * Fr::TWO_INV;
    let mut scalars = vec![Fr::ZERO, Fr::ONE, -Fr::ONE, -two, half, half + Fr::ONE];
    for i in 0..254u64 {
        scalars.extend([two.pow([i]), two.pow([i]) - Fr::ONE, two.pow([i]) + Fr::ONE]);
    }
    let negatives: Vec<Fr> = scalars.iter().map(|s| -s).collect();
    scalars.extend(negatives);
    let bases = points(scalars.len(), &mut rng);
    assert_eq!(msm(&scalars, &bases), naive(&scalars, &bases));
    // Alone, a scalar's own length decides the windows.
    for (scalar, base) in scalars.iter().zip(&bases) {
        assert_eq!(msm(&[*scalar], &[*base]), *base * *scalar);
    }
    // Repeated, they fill the same few buckets of wide windows.
    let bases = points(5000, &mut rng);
    for scalar in scalars.iter().step_by(97) {
        let column = vec![*scalar; 5000];
        assert_eq!(msm(&column, &bases), stock(&column, &bases));
    }
}

#[test]
fn exceptional_bases() {
    let mut rng = ChaCha20Rng::seed_from_u64(10);
    for n in [2, 5, 64, 3000] {
        let random = points(n, &mut rng);
        let p = random[0];
        let scattered: Vec<G1Affine> = random
            .iter()
            .map(|p| {
                if rng.gen_ratio(1, 3) {
                    G1Affine::default()
                } else {
                    *p
                }
            })
            .collect();
        let opposite = |i: usize| {
            if i % 2 == 0 {
                random[i / 2]
            } else {
                -random[i / 2]
            }
        };
        let sets = [
            ("identities", vec![G1Affine::default(); n]),
            ("scattered identities", scattered),
            ("equal", vec![p; n]),
            (
                "equal up to sign",
                (0..n).map(|i| if i % 3 == 0 { -p } else { p }).collect(),
            ),
            ("opposite pairs", (0..n).map(opposite).collect()),
        ];
        for (set, bases) in &sets {
            for (name, scalars) in columns(n, &mut rng) {
                // The stock MSM does not take identities.
                let (scalars_off, bases_off): (Vec<Fr>, Vec<G1Affine>) = scalars
                    .iter()
                    .zip(bases)
                    .filter(|(_, p)| **p != G1Affine::default())
                    .unzip();
                let expected = if n <= 64 {
                    naive(&scalars_off, &bases_off)
                } else {
                    stock(&scalars_off, &bases_off)
                };
                assert_eq!(msm(&scalars, bases), expected, "{set}, {name}, {n}");
            }
            let cancelling: Vec<Fr> = (0..n as u64).map(|i| Fr::from(1 + i / 2)).collect();
            assert_eq!(
                msm(&cancelling, bases),
                naive(&cancelling, bases),
                "{set}, {n}"
            );
        }
    }
}

#[test]
fn repeated_scalars() {
    let mut rng = ChaCha20Rng::seed_from_u64(14);
    let n = 6000;
    let bases = points(n, &mut rng);
    for values in [1, 2, 100, n / 4, n / 2, n] {
        let table: Vec<Fr> = (0..values).map(|_| Fr::random(&mut rng)).collect();
        let scalars: Vec<Fr> = (0..n).map(|_| table[rng.gen_range(0..values)]).collect();
        assert_eq!(msm(&scalars, &bases), stock(&scalars, &bases), "{values}");
        // Equal bases, so that sums of groups are equal too.
        let equal = vec![bases[0]; n];
        assert_eq!(msm(&scalars, &equal), stock(&scalars, &equal), "{values}");
    }
    // One value fills more than one task.
    let many = 150_000;
    let scalar = Fr::random(&mut rng);
    let bases: Vec<G1Affine> = bases.iter().cycle().take(many).copied().collect();
    let sum: G1 = bases.iter().map(|p| p.to_curve()).sum();
    assert_eq!(msm(&vec![scalar; many], &bases), sum * scalar);
    // Different scalars that agree in their lower half.
    let low = Fr::random(&mut rng);
    let high = Fr::from(2).pow([128]);
    let scalars: Vec<Fr> = (0..n as u64)
        .map(|i| low + high * Fr::from(i % 5))
        .collect();
    assert_eq!(msm(&scalars, &bases), stock(&scalars, &bases));
}

#[test]
fn bases_beyond_the_scalars_are_not_read() {
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let bases = points(100, &mut rng);
    let scalars: Vec<Fr> = (0..60).map(|_| Fr::random(&mut rng)).collect();
    assert_eq!(msm(&scalars, &bases), naive(&scalars, &bases));
}

#[test]
fn any_number_of_threads_gives_the_same_sums() {
    let mut rng = ChaCha20Rng::seed_from_u64(12);
    for n in [100, 20_000] {
        let bases = points(n, &mut rng);
        let columns: Vec<Vec<Fr>> = columns(n, &mut rng).into_iter().map(|(_, c)| c).collect();
        let mut slices: Vec<&[Fr]> = columns.iter().map(Vec::as_slice).collect();
        slices.push(&columns[6][..n / 3]);
        let singles: Vec<G1> = slices.iter().map(|column| msm(column, &bases)).collect();
        for threads in [1, 2, 5, 40] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let batch = pool.install(|| msm_batch(&slices, &bases));
            assert!(batch == singles, "{threads} threads, {n} rows");
        }
    }
    assert_eq!(msm_batch::<G1Affine, Fr>(&[], &[]), vec![]);
}

fn scalar() -> impl Strategy<Value = Fr> {
    prop_oneof![
        Just(Fr::ZERO),
        Just(Fr::ONE),
        Just(-Fr::ONE),
        any::<u64>().prop_map(Fr::from),
        any::<u16>().prop_map(|s| -Fr::from(u64::from(s))),
        any::<[u64; 4]>().prop_map(Fr::from_raw),
        (0..256u64).prop_map(|i| Fr::from(2).pow([i])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_mix_of_scalars_and_repeated_bases(
        rows in prop::collection::vec((scalar(), 0..40usize, any::<bool>()), 0..400),
    ) {
        let mut rng = ChaCha20Rng::seed_from_u64(13);
        let mut distinct = points(39, &mut rng);
        distinct.push(G1Affine::default());
        let scalars: Vec<Fr> = rows.iter().map(|row| row.0).collect();
        let bases: Vec<G1Affine> = rows
            .iter()
            .map(|row| if row.2 { -distinct[row.1] } else { distinct[row.1] })
            .collect();
        prop_assert_eq!(msm(&scalars, &bases), naive(&scalars, &bases));
    }
}
