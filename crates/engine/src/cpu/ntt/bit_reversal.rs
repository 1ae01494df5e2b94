//! The bit-reversal permutation, in place, a pair of tiles at a time.

use rayon::prelude::*;

use super::descent::in_parallel;

/// log2 of a tile's side.
const LOG_SIDE: u32 = 5;
const SIDE: usize = 1 << LOG_SIDE;

/// Exchanges every element with that at the reversed index, and hands each tile, while it is in
/// cache, to `finish` with its number and its rows.
///
/// An index is (high, tile, low), the outer two LOG_SIDE bits wide. Tile t goes to tile rev(t),
/// transposed, with rows and columns reversed. Its rows are runs of memory, but n / SIDE apart, so
/// that they compete for few cache sets; therefore it is turned in a buffer of its own, swapped
/// with the tile that stands where it goes, and that one turned into the place left, all by rows.
///
/// Columns shorter than a tile are one tile of one row. One pass over memory; no arithmetic.
pub(in crate::cpu) fn reverse<F: Copy + Default + Send>(
    values: &mut [F],
    finish: impl Fn(usize, &mut [&mut [F]]) + Send + Sync,
) {
    let n = values.len();
    if n < SIDE * SIDE {
        reverse_short(values);
        return finish(0, &mut [values]);
    }
    let tiles = n / (SIDE * SIDE);
    let log_tiles = tiles.ilog2();
    let parallel = in_parallel(n);

    // Rows, gathered by the tile that they belong to.
    let mut rows: Vec<Option<&mut [F]>> = values.chunks_exact_mut(SIDE).map(Some).collect();
    let mut take = |tile: usize| -> [&mut [F]; SIDE] {
        core::array::from_fn(|high| rows[high * tiles + tile].take().unwrap_or_default())
    };
    let pairs = (0..tiles).filter_map(|tile| {
        let mirror = reverse_index(tile, log_tiles);
        match tile.cmp(&mirror) {
            core::cmp::Ordering::Less => Some(((tile, take(tile)), Some((mirror, take(mirror))))),
            core::cmp::Ordering::Equal => Some(((tile, take(tile)), None)),
            core::cmp::Ordering::Greater => None,
        }
    });
    let exchange = |((tile, mut rows), mirror): (Tile<F>, Option<Tile<F>>)| {
        let mut turned = turn(&rows);
        if let Some((mirror, mut mirror_rows)) = mirror {
            for (row, turned) in mirror_rows.iter_mut().zip(&mut turned) {
                row.swap_with_slice(turned);
            }
            finish(mirror, &mut mirror_rows);
            for (high, row) in rows.iter_mut().enumerate() {
                let column = reverse_index(high, LOG_SIDE);
                for (low, value) in row.iter_mut().enumerate() {
                    *value = turned[reverse_index(low, LOG_SIDE)][column];
                }
            }
        } else {
            for (row, turned) in rows.iter_mut().zip(&turned) {
                row.copy_from_slice(turned);
            }
        }
        finish(tile, &mut rows);
    };
    if parallel {
        let pairs: Vec<_> = pairs.collect();
        pairs.into_par_iter().with_min_len(8).for_each(exchange);
    } else {
        pairs.for_each(exchange);
    }
}

/// A tile's number and its rows.
type Tile<'a, F> = (usize, [&'a mut [F]; SIDE]);

/// The tile transposed, with rows and columns reversed.
fn turn<F: Copy + Default>(rows: &[&mut [F]; SIDE]) -> [[F; SIDE]; SIDE] {
    let mut turned = [[F::default(); SIDE]; SIDE];
    for (high, row) in rows.iter().enumerate() {
        let column = reverse_index(high, LOG_SIDE);
        for (low, value) in row.iter().enumerate() {
            turned[reverse_index(low, LOG_SIDE)][column] = *value;
        }
    }
    turned
}

fn reverse_short<F>(values: &mut [F]) {
    let log_n = values.len().ilog2();
    for i in 0..values.len() {
        let j = reverse_index(i, log_n);
        if i < j {
            values.swap(i, j);
        }
    }
}

/// The lowest `bits` bits of an index, reversed.
fn reverse_index(i: usize, bits: u32) -> usize {
    if bits == 0 {
        0
    } else {
        i.reverse_bits() >> (usize::BITS - bits)
    }
}
