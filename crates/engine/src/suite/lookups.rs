//! The permutation of a lookup.

use ff::Field;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

use super::{
    plain::{assert_rows, download, upload, FEW_ROWS},
    values::{generator, integers, pick, random, LOG_SIZES},
};
use crate::{
    engine::{Engine, EngineColumn, Scalar, ScalarField},
    error::EngineError,
};

/// A' and S' by their definition: the inputs ascending; a distinct input's own value beside its
/// first occurrence, and what the table has beyond these, ascending, in the other rows. Where an
/// input is not in the table, the first row with such an input.
fn permuted<F: ScalarField>(input: &[F], table: &[F]) -> Result<(Vec<F>, Vec<F>), usize> {
    let mut counts = BTreeMap::<F, usize>::new();
    for value in table {
        *counts.entry(*value).or_default() += 1;
    }
    if let Some(row) = input.iter().position(|value| !counts.contains_key(value)) {
        return Err(row);
    }
    let mut sorted = input.to_vec();
    sorted.sort();
    let first = |row: usize| row == 0 || sorted[row] != sorted[row - 1];
    for (row, value) in sorted.iter().enumerate() {
        if first(row) {
            *counts.get_mut(value).expect("it is in the table") -= 1;
        }
    }
    let mut beyond = counts
        .into_iter()
        .flat_map(|(value, count)| std::iter::repeat_n(value, count));
    let permuted_table = sorted
        .iter()
        .enumerate()
        .map(|(row, value)| {
            if first(row) {
                Some(*value)
            } else {
                beyond.next()
            }
        })
        .collect::<Option<_>>()
        .expect("as many values are left as inputs are repeated");
    Ok((sorted, permuted_table))
}

/// Inputs and tables of `n` rows that satisfy a lookup over the first `usable_rows`.
fn satisfied<F: ScalarField>(
    n: usize,
    usable_rows: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<(&'static str, Vec<F>, Vec<F>)> {
    let choices = usable_rows.max(1);
    let ends = [F::ZERO, F::ONE, -F::ONE, -F::from(2)];
    let random = random::<F>(n, rng);
    let mut repeated = pick(n, &ends, rng);
    repeated[..ends.len().min(n)].copy_from_slice(&ends[..ends.len().min(n)]);
    let range: Vec<F> = (0..n as u64).map(F::from).collect();
    let mut reversed = range.clone();
    reversed[..usable_rows].reverse();
    let tables = [
        ("a range", range.clone()),
        ("one value", vec![-F::ONE; n]),
        ("random values", random.clone()),
        ("repeated values at the ends of the field", repeated),
        ("small values, some of them repeated", {
            integers(n, 1 + choices as u64 / 2, rng)
        }),
    ];
    let mut cases = vec![
        ("every value of a range, backwards", reversed, range),
        ("every value of a random table", random.clone(), random),
    ];
    for (name, table) in tables {
        let input = pick(n, &table[..choices], rng);
        cases.push((name, input, table.clone()));
        cases.push((name, vec![table[choices / 2]; n], table));
    }
    cases
}

/// How many of `n` rows are usable: all, none, one, all but one, and as halo2 leaves them.
fn usable_rows(n: usize) -> Vec<usize> {
    if n > FEW_ROWS {
        return vec![n - 6];
    }
    let mut usable = vec![n, 0, 1, n - 1, n / 2, n.saturating_sub(6)];
    usable.sort();
    usable.dedup();
    usable
}

fn pair<E: Engine>(
    engine: &E,
    input: &[Scalar<E>],
    table: &[Scalar<E>],
    usable_rows: usize,
    blinding: [&[Scalar<E>]; 2],
) -> Result<[Vec<Scalar<E>>; 2], EngineError> {
    let column = |values: &[_]| -> EngineColumn<E, _> { upload(engine, values) };
    let (input, table) = (column(input), column(table));
    let permuted = engine.permute_lookup(&input, &table, usable_rows, blinding[0], blinding[1])?;
    engine.check_permuted(&permuted.input)?;
    Ok([&permuted.input, &permuted.table].map(|column| download(engine, column)))
}

/// [`Lookups::permute_lookup`](crate::Lookups::permute_lookup).
pub fn permute_lookup<E: Engine>(engine: &E) {
    let mut rng = generator(0x0601);
    for k in LOG_SIZES {
        let n = 1 << k;
        for usable in usable_rows(n) {
            for (name, input, table) in satisfied(n, usable, &mut rng) {
                let blinding: [Vec<_>; 2] = [0, 1].map(|_| random(n - usable, &mut rng));
                let blinding = [&blinding[0][..], &blinding[1][..]];
                let actual = pair(engine, &input, &table, usable, blinding)
                    .unwrap_or_else(|error| panic!("{name}, {usable} of {n} rows: {error}"));
                let (a, s) = permuted(&input[..usable], &table[..usable]).expect("in the table");
                let expected = [[&a, blinding[0]].concat(), [&s, blinding[1]].concat()];
                for (column, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
                    let column = ["A'", "S'"][column];
                    let context = format!("{name}, {usable} of {n} rows, {column}");
                    assert_rows(&context, actual, expected);
                }
            }
        }
    }
}

/// [`Lookups::check_permuted`](crate::Lookups::check_permuted): an input that no usable row of the table has is [`EngineError::NotInTable`], with the first row
/// that has such an input, whatever its value.
pub fn not_in_table<E: Engine>(engine: &E) {
    let mut rng = generator(0x0602);
    for k in LOG_SIZES {
        let n: usize = 1 << k;
        let usable = n - n / 4;
        let range: Vec<_> = (1..=n as u64).map(Scalar::<E>::from).collect();
        let blinding = random(n - usable, &mut rng);
        let last_row = range[n - 1];
        let mut wrong = vec![Scalar::<E>::ZERO, -Scalar::<E>::ONE];
        if usable < n {
            wrong.push(last_row); // in the table, but not in a usable row of it
        }
        let (first, later) = (usable / 3, usable - 1);
        for first_wrong in &wrong {
            for later_wrong in &wrong {
                let mut input = pick(n, &range[..usable], &mut rng);
                input[later] = *later_wrong;
                input[first] = *first_wrong;
                let expected = permuted(&input[..usable], &range[..usable]);
                assert_eq!(expected, Err(first), "the model");
                match pair(engine, &input, &range, usable, [&blinding, &blinding]) {
                    Err(EngineError::NotInTable { row }) => assert_eq!(row, first, "n = {n}"),
                    Err(other) => panic!("n = {n}: {other}"),
                    Ok(_) => panic!("n = {n}: an input that is not in the table was found"),
                }
            }
        }
    }
}

/// The tests of this file.
#[doc(hidden)]
#[macro_export]
macro_rules! lookups_suite {
    ($engine:expr, $threads:tt) => {
        $crate::engine_suite! {
            @tests $engine, $threads:
            permute_lookup
            not_in_table
        }
    };
}
