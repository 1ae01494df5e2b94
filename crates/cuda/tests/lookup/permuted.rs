//! Lookups that are satisfied.

use ff::Field;
use halo2curves::bn256::Fr;

use crate::{check, lookups, machine, on_device, open, values, TILE};

fn check_sizes(sizes: &[usize]) {
    let emulator = machine();
    let context = open();
    let lookups = lookups(&context);
    for &n in sizes {
        let mut rng = values::generator(n);
        for (case, input, table) in values::satisfied(n, &mut rng) {
            check(&context, &lookups, &input, &table, case);
        }
    }
    drop((lookups, context));
    emulator.assert_clean();
}

#[test]
fn no_rows_and_few() {
    check_sizes(&[0, 1, 2, 3, 5, 6, 31, 32, 33, 255, 256, 257]);
}

#[test]
fn about_a_tile() {
    check_sizes(&[TILE - 1, TILE, TILE + 1]);
}

#[test]
fn several_tiles() {
    check_sizes(&[2 * TILE, 2 * TILE + 1, 3 * TILE - 7]);
}

/// Three passes, in the first two of which a run has no partner.
#[test]
fn several_passes() {
    check_sizes(&[5 * TILE - 11]);
}

/// More than 1024 words of bits, which are counted in more than one round.
#[test]
fn more_words_than_a_block_has_threads() {
    let emulator = machine();
    let context = open();
    let lookups = lookups(&context);
    let n = (1 << 15) + 100;
    let mut rng = values::generator(n);
    let table = values::uniform(n, &mut rng);
    let input = values::pick(n, &table, &mut rng);
    check(
        &context,
        &lookups,
        &input,
        &table,
        "picked from random values",
    );
    drop((lookups, context));
    emulator.assert_clean();
}

#[test]
fn runs_are_the_same() {
    let emulator = machine();
    let context = open();
    let lookups = lookups(&context);
    let n = 2 * TILE;
    let mut rng = values::generator(n);
    for (case, input, table) in values::satisfied(n, &mut rng) {
        let run = || on_device(&context, &lookups, &input, &table, n - 1, &[Fr::ONE]);
        assert!(run() == run(), "{case}");
    }
    drop((lookups, context));
    emulator.assert_clean();
}
