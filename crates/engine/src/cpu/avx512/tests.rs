//! The lanes against halo2curves' arithmetic, at the edges and at random.

use std::array;

use ff::{Field, PrimeField};

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::{
    detected,
    factors::Factors,
    lanes::Lanes,
    modulus::{limbs, words, BaseModulus, Modulus, ScalarModulus, Words, LIMB_MASK},
    multiplier::Multiplier,
    words::{gather_words, scatter_words, splat, transpose, LANES},
};

/// Random vectors of each test.
const ROUNDS: usize = 2000;

/// A field by its modulus.
trait TestModulus: Modulus<Element: PrimeField> {}
impl<M: Modulus<Element: PrimeField>> TestModulus for M {}

fn element_words<M: TestModulus>(element: M::Element) -> Words {
    words::<M, _>(&[element]).expect("of this field")[0]
}

fn elements_words<M: TestModulus>(elements: &[M::Element; LANES]) -> [Words; LANES] {
    elements.map(|element| element_words::<M>(element))
}

/// Elements whose words, in Montgomery form, are at the edges: 0, 1, p - 1, words and limbs of all ones.
fn edges<M: TestModulus>() -> Vec<M::Element> {
    let one = M::Element::ONE;
    let r = |exponent: u64| M::Element::from(2).pow_vartime([exponent]);
    let unit = r(256).invert().expect("not zero");
    let mut edges = vec![M::Element::ZERO, one, -one, unit, -unit, r(4), -r(4)];
    // Integers 2^i - 1, 2^i, 2^i + 1 in Montgomery form, around the borders of limbs and of words.
    for bit in [12, 24, 36, 48, 52, 64, 104, 128, 156, 192, 208, 252, 253] {
        let integer = r(bit) * unit;
        edges.extend([integer - unit, integer, integer + unit, -integer]);
    }
    edges
}

/// Vectors of edges against edges, then random ones.
fn pairs<M: TestModulus>(mut test: impl FnMut([M::Element; LANES], [M::Element; LANES])) {
    let edges = edges::<M>();
    for a in &edges {
        for b in edges.chunks(LANES) {
            test([*a; LANES], array::from_fn(|i| b[i % b.len()]));
        }
    }
    let mut rng = ChaCha20Rng::seed_from_u64(52);
    for _ in 0..ROUNDS {
        let mut vector = || array::from_fn(|_| M::Element::random(&mut rng));
        let (a, b) = (vector(), vector());
        test(a, b);
    }
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn products_are_those_of_the_field<M: TestModulus>() {
    pairs::<M>(|a, b| {
        let (words_a, words_b) = (elements_words::<M>(&a), elements_words::<M>(&b));
        let mut stored = [[0; 4]; LANES];
        let loaded = Lanes::<M>::load(&words_a);
        let raised = Lanes::<M>::load_raised(&words_b);
        loaded.store(&mut stored);
        assert_eq!(stored, words_a);

        let product = loaded.factors().product(&raised.factors());
        product.store(&mut stored);
        assert_eq!(
            stored,
            elements_words::<M>(&array::from_fn(|i| a[i] * b[i]))
        );
        product.canonical_of_two().store(&mut stored);
        assert_eq!(
            stored,
            elements_words::<M>(&array::from_fn(|i| a[i] * b[i]))
        );

        loaded
            .factors()
            .product_folded(&raised.canonical().factors())
            .store(&mut stored);
        assert_eq!(
            stored,
            elements_words::<M>(&array::from_fn(|i| a[i] * b[i]))
        );

        // A raised value's square is raised; times 2^256 it is a column's.
        let square = raised.factors().square().factors();
        let unit = power::<M>(256);
        square.product(&Factors::splat(&unit)).store(&mut stored);
        assert_eq!(stored, elements_words::<M>(&b.map(|b| b.square())));

        // Of sums and differences, as far as limbs are wide.
        let wide = loaded
            .shifted::<6>()
            .minus::<20>(Lanes::load(&words_b).shifted::<4>());
        wide.store(&mut stored);
        let expected = |i: usize| a[i] * M::Element::from(64) - b[i] * M::Element::from(16);
        assert_eq!(stored, elements_words::<M>(&array::from_fn(expected)));
        wide.factors()
            .product(&wide.shifted::<0>().factors())
            .store(&mut stored);
        let squared = |i: usize| expected(i).square() * M::Element::from(16).invert().unwrap();
        assert_eq!(stored, elements_words::<M>(&array::from_fn(squared)));

        let c = Lanes::<M>::load_raised(&[words_b[0]; LANES]);
        wide.factors().times(&Multiplier::new(c)).store(&mut stored);
        let scaled = |i: usize| expected(i) * b[0];
        assert_eq!(stored, elements_words::<M>(&array::from_fn(scaled)));
    });
}

fn power<M: TestModulus>(exponent: usize) -> Words {
    super::modulus::power_of_two(M::WORDS, exponent)
}

/// 2^260 - 1 is more than 84 p; all that is below that is reduced rightly.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn multiples_are_reduced<M: TestModulus>() {
    let p = M::LIMBS;
    for multiple in 0..84u64 {
        for (offset, expected) in [(0i64, 0i64), (1, 1), (-1, -1), (77, 77)] {
            if multiple == 0 && offset < 0 {
                continue;
            }
            let mut value = p.map(|limb| splat(limb * multiple));
            value[0] = splat((p[0] * multiple).wrapping_add_signed(offset));
            let lanes = Lanes::<M>::of_limbs(value);
            let reduced = lanes.canonical();
            assert_eq!(
                reduced.zeros() == 0xff,
                expected == 0,
                "{multiple} p + {offset}"
            );
            let mut stored = [[0; 4]; LANES];
            lanes.store(&mut stored);
            let expected = match expected {
                0.. => [expected as u64, 0, 0, 0],
                _ => [M::WORDS[0] - 1, M::WORDS[1], M::WORDS[2], M::WORDS[3]],
            };
            assert_eq!(stored, [expected; LANES], "{multiple} p + {offset}");
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn words_go_and_come() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    for _ in 0..100 {
        let elements: [Words; LANES] = array::from_fn(|_| array::from_fn(|_| rng.next_u64()));
        let digits = Lanes::<ScalarModulus>::load(&elements);
        let mut back = [[0; 4]; LANES];
        super::words::store_words(digits.words(), &mut back);
        assert_eq!(back, elements);
        let gathered = gather_words(elements.each_ref());
        scatter_words(gathered, back.each_mut());
        assert_eq!(back, elements);
        let first: [u64; LANES] = elements.map(|words| words[0] & LIMB_MASK);
        // SAFETY: a vector is eight words.
        let lanes: [u64; LANES] = unsafe { std::mem::transmute(digits.limbs[0]) };
        assert_eq!(lanes, first);

        let square: [[u64; LANES]; LANES] = array::from_fn(|_| array::from_fn(|_| rng.gen()));
        // SAFETY: as above.
        let rows = unsafe {
            std::mem::transmute::<[[u64; LANES]; LANES], [std::arch::x86_64::__m512i; LANES]>(
                square,
            )
        };
        // SAFETY: as above.
        let transposed: [[u64; LANES]; LANES] = unsafe { std::mem::transmute(transpose(rows)) };
        for (i, row) in square.iter().enumerate() {
            for (j, word) in row.iter().enumerate() {
                assert_eq!(transposed[j][i], *word);
            }
        }
    }
    assert_eq!(limbs([u64::MAX; 4])[4], (1 << 48) - 1);
}

#[test]
fn the_lanes_compute_in_the_field() {
    if !detected() {
        eprintln!("not run: this CPU has no AVX-512 IFMA");
        return;
    }
    // SAFETY: the instructions have been detected.
    unsafe {
        words_go_and_come();
        products_are_those_of_the_field::<ScalarModulus>();
        products_are_those_of_the_field::<BaseModulus>();
        multiples_are_reduced::<ScalarModulus>();
        multiples_are_reduced::<BaseModulus>();
    }
}
