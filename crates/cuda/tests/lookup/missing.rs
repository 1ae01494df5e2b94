//! Lookups that are not satisfied: the first row with an input that is not in the table.

use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use rand::Rng;

use crate::{check, lookups, machine, open, values, TILE};

/// Where the wrong inputs are: the first, the last, one in between, several.
fn rows(n: usize) -> Vec<Vec<usize>> {
    vec![
        vec![0],
        vec![n - 1],
        vec![n / 3],
        vec![n / 2, n / 5, n - 1, n / 2],
        (n / 7..n).collect(),
        (0..n).collect(),
    ]
}

/// Values that a table from 10 to p - 10 with a hole has not: below, in the hole, above.
fn wrong() -> [(&'static str, Fr); 3] {
    [
        ("below the table", Fr::from(3)),
        ("between its values", Fr::TWO_INV),
        ("above it", -Fr::ONE),
    ]
}

#[test]
fn the_first_row_is_named() {
    let emulator = machine();
    let context = open();
    let lookups = lookups(&context);
    for n in [1, 2, 33, 300, TILE + 1, 2 * TILE + 77] {
        let mut rng = values::generator(n);
        let half = n as u64 / 2;
        let table: Vec<Fr> = (0..n as u64)
            .map(|i| match i <= half {
                true => Fr::from(10 + i),
                false => -Fr::from(10 + i),
            })
            .collect();
        for (place, value) in wrong() {
            for rows in rows(n) {
                let mut input = values::pick(n, &table, &mut rng);
                for &row in &rows {
                    input[row] = value;
                }
                check(&context, &lookups, &input, &table, place);
            }
        }
        // Of different values, whichever comes first by row and not by value.
        let mut input = values::pick(n, &table, &mut rng);
        for value in &mut input[n / 2..] {
            *value = wrong()[rng.gen_range(0..3)].1;
        }
        check(&context, &lookups, &input, &table, "different values");
    }
    drop((lookups, context));
    emulator.assert_clean();
}

#[test]
fn rows_that_are_not_usable_are_not_in_the_table() {
    let emulator = machine();
    let context = open();
    let lookups = lookups(&context);
    let n = 100;
    let table = values::range(n);
    let mut input = table.clone();
    // `check` pads both columns with this value and its neighbours.
    input[41] = -Fr::from(1000);
    check(
        &context,
        &lookups,
        &input,
        &table,
        "an unusable row's value",
    );
    drop((lookups, context));
    emulator.assert_clean();
}
