//! The permutation of a lookup's inputs and table.

use rayon::prelude::*;

use crate::{engine::ScalarField, error::EngineError};

/// The canonical value of a field element, most significant limb first, so that arrays compare as
/// the values do.
type Key = [u64; 4];

/// A value's key and the row that it stands in.
type Keyed = (Key, u32);

fn key<F: ScalarField>(value: &F) -> Key {
    let repr = value.to_repr();
    let mut key = [0; 4];
    for (limb, bytes) in key.iter_mut().rev().zip(repr.as_ref().chunks_exact(8)) {
        *limb = u64::from_le_bytes(bytes.try_into().expect("chunks of eight bytes"));
    }
    key
}

/// Keys and rows, ascending by value. Comparing canonical limbs costs a few cycles, where comparing
/// field elements costs two Montgomery reductions each time.
fn sorted<F: ScalarField>(column: &[F]) -> Vec<Keyed> {
    let mut keyed: Vec<Keyed> = column
        .par_iter()
        .enumerate()
        .map(|(row, value)| (key(value), row as u32))
        .collect();
    keyed.par_sort_unstable();
    keyed
}

/// A' and S' over the first `usable_rows` rows; both have room for the blinding rows.
///
/// A' is the inputs ascending. S' has a distinct input's own value beside its first occurrence; the
/// other rows take, ascending, what the table holds beyond that: repetitions, and values that no
/// input has.
pub(super) fn permute<F: ScalarField>(
    input: &[F],
    table: &[F],
    usable_rows: usize,
) -> Result<(Vec<F>, Vec<F>), EngineError> {
    let n = input.len();
    EngineError::check_length("permute_lookup", "the table", n, table.len())?;
    let (inputs, tables) = rayon::join(
        || sorted(&input[..usable_rows]),
        || sorted(&table[..usable_rows]),
    );
    let leftover = leftover(&inputs, &tables)?;
    let mut leftover = leftover.into_iter();

    let mut permuted_input = Vec::with_capacity(n);
    let mut permuted_table = Vec::with_capacity(n);
    let mut previous = None;
    for (key, row) in inputs {
        let value = input[row as usize];
        permuted_input.push(value);
        if previous != Some(key) {
            permuted_table.push(value);
            previous = Some(key);
        } else {
            let row = leftover
                .next()
                .expect("as many rows are left over as inputs are repeated");
            permuted_table.push(table[row as usize]);
        }
    }
    Ok((permuted_input, permuted_table))
}

/// The rows of the sorted table that no distinct input takes for itself.
fn leftover(inputs: &[Keyed], tables: &[Keyed]) -> Result<Vec<u32>, EngineError> {
    let mut rows = Vec::with_capacity(tables.len());
    let mut inputs = inputs.chunk_by(|a, b| a.0 == b.0).peekable();
    for equal in tables.chunk_by(|a, b| a.0 == b.0) {
        let key = equal[0].0;
        let taken = match inputs.peek() {
            // An input below the smallest table value that is left is in no table row.
            Some(input) if input[0].0 < key => return Err(not_in_table(input)),
            Some(input) if input[0].0 == key => {
                inputs.next();
                1
            }
            _ => 0,
        };
        rows.extend(equal[taken..].iter().map(|(_, row)| *row));
    }
    match inputs.next() {
        Some(input) => Err(not_in_table(input)),
        None => Ok(rows),
    }
}

fn not_in_table(input: &[Keyed]) -> EngineError {
    let row = input.iter().map(|(_, row)| *row).min().unwrap_or(0);
    EngineError::NotInTable { row: row as usize }
}
