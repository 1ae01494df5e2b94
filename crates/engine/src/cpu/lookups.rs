//! The permutation of a lookup's inputs and table.

use rayon::prelude::*;

#[cfg(avx512)]
use super::avx512;
use super::{engine::HostEngine, kernels::Portable, Buffer, Counting, CpuKernels, HostKernels};
use crate::{
    accel::{MsmAccel, NttAccel},
    basis::LagrangeCoeff,
    column::Column,
    engine::{
        check_permute_lookup, CommitmentCurve, EngineColumn, EnginePermuted, Lookups, Permuted,
        ScalarField,
    },
    error::EngineError,
    process,
};

/// What lookup arguments are made of.
pub trait LookupKernels<F: ScalarField> {
    /// A' and S' over the first `usable_rows` rows, their blinding values after that.
    fn permute_lookup<'h>(
        &self,
        input: &Buffer<'_, F>,
        table: &Buffer<'_, F>,
        usable_rows: usize,
        input_blinding: &[F],
        table_blinding: &[F],
    ) -> Result<[Buffer<'h, F>; 2], EngineError> {
        let columns = [input.values(), table.values()];
        let blinding = [input_blinding, table_blinding];
        let permuted = permute(portable_keys, columns, usable_rows, blinding)?;
        Ok(permuted.map(Buffer::from))
    }
}

impl<F: ScalarField> LookupKernels<F> for Portable {}

impl<F: ScalarField> LookupKernels<F> for CpuKernels {
    fn permute_lookup<'h>(
        &self,
        input: &Buffer<'_, F>,
        table: &Buffer<'_, F>,
        usable_rows: usize,
        input_blinding: &[F],
        table_blinding: &[F],
    ) -> Result<[Buffer<'h, F>; 2], EngineError> {
        match self {
            #[cfg(avx512)]
            Self::Avx512 if avx512::takes::<F>() => {
                let columns = [input.values(), table.values()];
                let blinding = [input_blinding, table_blinding];
                let permuted = permute(avx512::lookups::keys, columns, usable_rows, blinding)?;
                Ok(permuted.map(Buffer::from))
            }
            _ => {
                let blinding = (input_blinding, table_blinding);
                Portable.permute_lookup(input, table, usable_rows, blinding.0, blinding.1)
            }
        }
    }
}

#[warn(clippy::missing_trait_methods)]
impl<F: ScalarField> LookupKernels<F> for Counting {
    fn permute_lookup<'h>(
        &self,
        input: &Buffer<'_, F>,
        _: &Buffer<'_, F>,
        _: usize,
        _: &[F],
        _: &[F],
    ) -> Result<[Buffer<'h, F>; 2], EngineError> {
        let n = input.len();
        // To canonical form, one reduction a value.
        self.count("permute_lookup", 2 * n as u64);
        // Both sides sorted, and the rows that are left over.
        let row = 2 * size_of::<Keyed>() + size_of::<u32>();
        let workspace = self.hold((row * n) as u64);
        let permuted = [self.buffer(n), self.buffer(n)];
        drop(workspace);
        Ok(permuted)
    }
}

impl<C, K, M, N> Lookups for HostEngine<'_, C, K, M, N>
where
    C: CommitmentCurve,
    K: HostKernels<C::ScalarExt>,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    fn permute_lookup(
        &self,
        input: &EngineColumn<Self, LagrangeCoeff>,
        table: &EngineColumn<Self, LagrangeCoeff>,
        usable_rows: usize,
        input_blinding: &[C::ScalarExt],
        table_blinding: &[C::ScalarExt],
    ) -> Result<EnginePermuted<Self>, EngineError> {
        process::enter()?;
        let (input, table) = (input.memory(), table.memory());
        let rows = (input.len(), table.len());
        check_permute_lookup(rows.0, rows.1, usable_rows, input_blinding, table_blinding)?;
        let permuted = (self.kernels).permute_lookup(
            input,
            table,
            usable_rows,
            input_blinding,
            table_blinding,
        )?;
        let [input, table] = permuted;
        Ok(Permuted {
            input: Column::from_memory(input),
            table: Column::from_memory(table),
        })
    }
}

/// The canonical value of a field element, most significant limb first, so that arrays compare as
/// the values do.
pub(super) type Key = [u64; 4];

/// A value's key and the row that it stands in.
pub(super) type Keyed = (Key, u32);

/// The keys of elements, the first of which stands in the row given.
type Keys<F> = fn(&[F], u32, &mut [Keyed]);

/// Elements whose keys a task makes.
const CHUNK_ROWS: usize = 1 << 12;

fn portable_keys<F: ScalarField>(values: &[F], first_row: u32, keys: &mut [Keyed]) {
    for ((value, row), keyed) in values.iter().zip(first_row..).zip(keys) {
        let repr = value.to_repr();
        let mut key = [0; 4];
        for (limb, bytes) in key.iter_mut().rev().zip(repr.as_ref().chunks_exact(8)) {
            *limb = u64::from_le_bytes(bytes.try_into().expect("chunks of eight bytes"));
        }
        *keyed = (key, row);
    }
}

/// Keys and rows, ascending by value. Comparing canonical limbs costs a few cycles, where comparing
/// field elements costs two Montgomery reductions each time.
fn sorted<F: ScalarField>(keys: Keys<F>, column: &[F]) -> Vec<Keyed> {
    let mut keyed = vec![Keyed::default(); column.len()];
    let chunks = keyed
        .par_chunks_mut(CHUNK_ROWS)
        .zip(column.par_chunks(CHUNK_ROWS));
    chunks.enumerate().for_each(|(chunk, (keyed, values))| {
        keys(values, (chunk * CHUNK_ROWS) as u32, keyed);
    });
    keyed.par_sort_unstable();
    keyed
}

/// A' and S' over the first `usable_rows` rows, their blinding values after that.
///
/// A' is the inputs ascending. S' has a distinct input's own value beside its first occurrence; the
/// other rows take, ascending, what the table holds beyond that: repetitions, and values that no
/// input has. The columns are of one length, and the blinding values fill it.
fn permute<F: ScalarField>(
    keys: Keys<F>,
    [input, table]: [&[F]; 2],
    usable_rows: usize,
    [input_blinding, table_blinding]: [&[F]; 2],
) -> Result<[Vec<F>; 2], EngineError> {
    let n = input.len();
    // One after the other, each on all threads: what a worker thread allocates, the system's allocator
    // keeps for that thread, and these are larger than columns.
    let inputs = sorted(keys, &input[..usable_rows]);
    let tables = sorted(keys, &table[..usable_rows]);
    let mut leftover = match leftover(&inputs, &tables) {
        Some(rows) => rows.into_iter(),
        None => return Err(not_in_table(inputs, &tables)),
    };

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
    permuted_input.extend_from_slice(input_blinding);
    permuted_table.extend_from_slice(table_blinding);
    Ok([permuted_input, permuted_table])
}

/// The rows of the sorted table that no distinct input takes for itself; `None` where an input is
/// not in the table.
fn leftover(inputs: &[Keyed], tables: &[Keyed]) -> Option<Vec<u32>> {
    let mut rows = Vec::with_capacity(tables.len());
    let mut inputs = inputs.chunk_by(|a, b| a.0 == b.0).peekable();
    for equal in tables.chunk_by(|a, b| a.0 == b.0) {
        let key = equal[0].0;
        let taken = match inputs.peek() {
            // An input below the smallest table value that is left is in no table row.
            Some(input) if input[0].0 < key => return None,
            Some(input) if input[0].0 == key => {
                inputs.next();
                1
            }
            _ => 0,
        };
        rows.extend(equal[taken..].iter().map(|(_, row)| *row));
    }
    inputs.next().is_none().then_some(rows)
}

/// The error of a lookup that fails: of all inputs that are not in the table, the first one's row,
/// whatever its value.
fn not_in_table(inputs: Vec<Keyed>, tables: &[Keyed]) -> EngineError {
    let missing = |key: &Key| tables.binary_search_by_key(key, |(key, _)| *key).is_err();
    let rows = inputs.into_iter().filter(|(key, _)| missing(key));
    let row = rows.map(|(_, row)| row as usize).min();
    EngineError::NotInTable {
        row: row.unwrap_or(0),
    }
}
