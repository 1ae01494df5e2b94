//! The two passes over a column: tiles of eight adjacent columns of its matrix, then its rows.

use std::ops::Range;

use super::{descent::descend, twiddles::Source, Constant, Value};
use crate::cpu::avx512::{
    modulus::Words,
    words::{load_words, store_words, LANES},
};

/// Eight adjacent elements.
pub(super) type Eight = [Words; LANES];

/// A column as a matrix, read in one place and written in another or the same, by tiles: a tile is eight
/// adjacent columns of it.
#[derive(Clone, Copy)]
pub(super) struct Matrix {
    from: *const Eight,
    to: *mut Eight,
    rows: usize,
    /// Eights of a row, which are the tiles.
    tiles: usize,
}

// SAFETY: who makes one owns what it points to, and tiles are disjoint.
unsafe impl Send for Matrix {}
// SAFETY: as above.
unsafe impl Sync for Matrix {}

impl Matrix {
    /// Of `rows` rows, of what is read, if that is not what is written.
    pub(super) fn new(from: Option<&[Words]>, to: &mut [Words], rows: usize) -> Self {
        let tiles = to.len() / (LANES * rows);
        let to_pointer = to.as_mut_ptr().cast::<Eight>();
        let from = match from {
            Some(from) => {
                assert_eq!(from.len(), to.len(), "columns of one length");
                from.as_ptr().cast()
            }
            None => to_pointer.cast_const(),
        };
        Self {
            from,
            to: to_pointer,
            rows,
            tiles,
        }
    }

    pub(super) fn tiles(&self) -> usize {
        self.tiles
    }

    /// Takes tiles down the levels of their columns, all lanes by the same twiddles. What is stored is
    /// below 2 p.
    ///
    /// # Safety
    ///
    /// The memory that the matrix was made of is there, and nobody else's while this runs, as far as these
    /// tiles are concerned.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    pub(super) unsafe fn descend<const INVERSE: bool>(
        &self,
        tiles: Range<usize>,
        source: &Source<'_, INVERSE>,
        scale: Option<&Constant>,
    ) {
        assert!(tiles.end <= self.tiles);
        let mut values = vec![Value::zero(); self.rows];
        for tile in tiles {
            for (row, value) in values.iter_mut().enumerate() {
                // SAFETY: rows and tiles are those of the matrix.
                *value = Value::load(unsafe { &*self.from.add(row * self.tiles + tile) });
            }
            scaled(&mut values, scale);
            descend(&mut values, 0, 0, source);
            for (row, value) in values.iter().enumerate() {
                // SAFETY: as above; the tile is this thread's.
                let to = unsafe { &mut *self.to.add(row * self.tiles + tile) };
                store_words(value.reduced().words(), to);
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn scaled(values: &mut [Value], scale: Option<&Constant>) {
    if let Some(scale) = scale {
        for value in values {
            *value = value.factors().times(scale);
        }
    }
}

/// Takes rows of a matrix, blocks of a level, the first of them `block`, down to their end.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
pub(super) fn rows<const INVERSE: bool>(
    rows: &mut [Words],
    len: usize,
    block: usize,
    level: usize,
    source: &Source<'_, INVERSE>,
    scale: Option<&Constant>,
) {
    let mut values = vec![Value::zero(); len / LANES];
    for (i, row) in rows.chunks_exact_mut(len).enumerate() {
        let (eights, _) = row.as_chunks_mut::<LANES>();
        for (value, eight) in values.iter_mut().zip(&*eights) {
            *value = Value::of_words(load_words(eight));
        }
        scaled(&mut values, scale);
        descend(&mut values, level, block + i, source);
        for (value, eight) in values.iter().zip(eights) {
            value.store(eight);
        }
    }
}
