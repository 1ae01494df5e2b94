//! Programs that clang compiled from CUDA C++ (`fixtures/*.cu`), against the same in Rust.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::rig::Rig;

#[test]
fn histogram() {
    let rig = Rig::of(include_str!("fixtures/histogram.ptx"));
    let rng = &mut StdRng::seed_from_u64(1);
    let n = 10_007;
    let bytes: Vec<u8> = (0..n).map(|_| rng.gen::<u8>() & rng.gen::<u8>()).collect();
    let input = rig.bytes("bytes", &bytes);
    let counts = rig.words("counts", &[0; 256]);
    let run = rig.run("histogram").grid(4).block(96);
    run.wide(input).wide(counts).narrow(n).clean();
    let mut expected = vec![0; 256];
    for byte in bytes {
        expected[usize::from(byte)] += 1;
    }
    assert_eq!(rig.read_words(counts, 256), expected);
}

#[test]
fn transpose() {
    let rig = Rig::of(include_str!("fixtures/transpose.ptx"));
    let n = 96;
    let matrix: Vec<u32> = (0..n * n).map(|i| i * 2_654_435_761).collect();
    let input = rig.words("in", &matrix);
    let output = rig.empty("out", u64::from(4 * n * n));
    let run = rig.run("transpose").shape([3, 3, 1], [128, 1, 1]);
    let run = run.dynamic_shared(4 * 33 * 32);
    run.wide(input).wide(output).narrow(n).clean();
    let found = rig.read_words(output, (n * n) as usize);
    for row in 0..n {
        for column in 0..n {
            let (from, to) = ((row * n + column) as usize, (column * n + row) as usize);
            assert_eq!(found[to], matrix[from]);
        }
    }
}

#[test]
fn scan() {
    let rig = Rig::of(include_str!("fixtures/scan.ptx"));
    let (blocks, threads) = (3, 256);
    let count = blocks * threads;
    let words: Vec<u32> = (0..count).map(|i| i * i + 1).collect();
    let input = rig.words("in", &words);
    let output = rig.empty("out", u64::from(4 * count));
    let run = rig.run("scan").grid(blocks).block(threads);
    run.wide(input).wide(output).clean();
    let found = rig.read_words(output, count as usize);
    for (words, found) in words.chunks(256).zip(found.chunks(256)) {
        let mut sum = 0_u32;
        for (word, found) in words.iter().zip(found) {
            sum = sum.wrapping_add(*word);
            assert_eq!(*found, sum);
        }
    }
}

#[test]
fn calls() {
    let rig = Rig::of(include_str!("fixtures/calls.ptx"));
    let count = 2 * 70_u32;
    let output = rig.empty("out", u64::from(32 * count));
    rig.run("calls").grid(2).block(70).wide(output).clean();
    let found = rig.read_words(output, 8 * count as usize);
    for (i, words) in found.chunks(8).enumerate() {
        let i = i as u32;
        let wide = |n: usize| u64::from(words[2 * n]) | u64::from(words[2 * n + 1]) << 32;
        let (mut a, k) = (u64::from(i) * 977 + 1, 40 + i % 8);
        let mut steps = [0, 1, 2, 3_u64];
        let own = &mut steps[i as usize % 4];
        while a > 1 && *own < u64::from(k) {
            a = if a % 2 == 1 { 3 * a + 1 } else { a / 2 };
            *own += 1;
        }
        assert_eq!(wide(0), a, "thread {i}");
        let (b, c, d) = (i ^ k, (i * 401) as u16, i as u8);
        let c = c.wrapping_add(d.into());
        let expected = u64::from(b) << 32 | u64::from(c) << 8 | u64::from(d.wrapping_mul(3));
        assert_eq!(wide(1), expected, "thread {i}");
        let expected = steps.iter().rev().fold(0, |sum, step| sum << 8 | step);
        assert_eq!(wide(2), expected, "thread {i}");
        let x = i.wrapping_mul(2_654_435_761);
        let table = [3, 1, 4, 1, 5, 9, 2, 6];
        let looked_up = |x: u32| x.wrapping_add(table[x as usize & 7]);
        let expected = match i % 9 {
            0 => looked_up(x),
            1 => x.wrapping_mul(7),
            2 => !x,
            3 => x >> 3,
            4 => x / 11,
            5 => x % 13,
            6 => x.count_ones(),
            7 => x.leading_zeros(),
            _ => looked_up(x ^ 1),
        };
        assert_eq!(wide(3), u64::from(expected), "thread {i}");
    }
}

#[test]
fn wide() {
    let rig = Rig::of(include_str!("fixtures/wide.ptx"));
    let rng = &mut StdRng::seed_from_u64(2);
    let edges = [0, 1, u64::MAX, 1 << 63, u64::MAX >> 1];
    let mut value = || match rng.gen_range(0..3) {
        0 => edges[rng.gen_range(0..5)],
        _ => rng.gen::<u64>() >> rng.gen_range(0..64),
    };
    let count = 192;
    let [a, b]: [Vec<u64>; 2] = std::array::from_fn(|_| (0..4 * count).map(|_| value()).collect());
    let bytes = |v: &[u64]| v.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let output = rig.empty("out", 96 * count as u64);
    let run = rig.run("wide").grid(3).block(64);
    let run = run.wide(rig.bytes("a", &bytes(&a)));
    run.wide(rig.bytes("b", &bytes(&b))).wide(output).clean();
    let words = rig.read_words(output, 24 * count);
    let found: Vec<u64> = words
        .chunks(2)
        .map(|w| u64::from(w[0]) | u64::from(w[1]) << 32)
        .collect();
    for (i, found) in found.chunks(12).enumerate() {
        let (a, b) = (&a[4 * i..4 * i + 4], &b[4 * i..4 * i + 4]);
        let mut product = [0_u64; 8];
        for (j, &a) in a.iter().enumerate() {
            let mut carry = 0;
            for (k, &b) in b.iter().enumerate() {
                let sum = u128::from(a) * u128::from(b) + u128::from(product[j + k]) + carry;
                product[j + k] = sum as u64;
                carry = sum >> 64;
            }
            product[j + 4] = carry as u64;
        }
        assert_eq!(found[..8], product, "thread {i}");
        let (x, y) = (a[0], b[0] | 1);
        let (sx, sy) = (x as i64, y as i64);
        let n = y as u32 & 63;
        assert_eq!(found[8], x / y);
        assert_eq!(found[9], sx.wrapping_rem(sy) as u64);
        assert_eq!(found[10], x << n ^ (sx >> n) as u64 ^ x >> 13);
        let bits = u64::from(x < y) + 2 * u64::from(sx < sy) + 4 * u64::from(x == y);
        let zeros = u64::from(y.wrapping_add(1).trailing_zeros());
        if y != u64::MAX {
            let expected = bits + 8 * u64::from(x.count_ones()) + (zeros << 16);
            assert_eq!(found[11], expected);
        }
    }
}
