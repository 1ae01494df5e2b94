//! The cells of an advice column during synthesis.

use ff::Field;
use halo2_axiom::{halo2curves::bn256::Fr, plonk::Assigned};
use rayon::prelude::*;
use std::{cell::UnsafeCell, collections::HashMap};

/// Rows that are allocated together, when the first of them is assigned: rows that a circuit never
/// assigns cost nothing.
const CHUNK_ROWS: usize = 1 << 10;

struct Chunk {
    cells: Box<[UnsafeCell<Assigned<Fr>>]>,
    /// Whether a cell has been assigned, a bit each.
    assigned: [u64; CHUNK_ROWS / 64],
}

// SAFETY: the cells are written only through `&mut Cells`, and only before a reference to them
// exists; through `&Chunk` they are only read.
unsafe impl Sync for Chunk {}

impl Chunk {
    fn new() -> Box<Self> {
        let cells = (0..CHUNK_ROWS).map(|_| UnsafeCell::new(Assigned::Zero));
        Box::new(Self {
            cells: cells.collect(),
            assigned: [0; CHUNK_ROWS / 64],
        })
    }

    fn is_assigned(&self, index: usize) -> bool {
        self.assigned[index / 64] >> (index % 64) & 1 == 1
    }
}

/// The cells of one advice column.
///
/// Synthesis hands out references to cells while others are being assigned. A cell is therefore
/// written once, before the first reference to it is made; a later, different value for the same
/// row gets a place of its own.
pub(super) struct Cells {
    chunks: Vec<Option<Box<Chunk>>>,
    /// Later values of rows that were assigned more than once, in order.
    reassigned: HashMap<usize, Vec<Box<Assigned<Fr>>>>,
}

impl Cells {
    pub fn new() -> Self {
        Self {
            chunks: Vec::new(),
            reassigned: HashMap::new(),
        }
    }

    /// Assigns a row and returns a reference to what it holds now.
    ///
    /// # Safety
    ///
    /// The reference must not be used after `self` is dropped.
    pub unsafe fn assign<'v>(&mut self, row: usize, value: Assigned<Fr>) -> &'v Assigned<Fr> {
        let (chunk, index) = (row / CHUNK_ROWS, row % CHUNK_ROWS);
        if self.chunks.len() <= chunk {
            self.chunks.resize_with(chunk + 1, || None);
        }
        let chunk = self.chunks[chunk].get_or_insert_with(Chunk::new);
        let cell = chunk.cells[index].get();
        if !chunk.is_assigned(index) {
            chunk.assigned[index / 64] |= 1 << (index % 64);
            // SAFETY: no reference to this cell has been made yet.
            unsafe { *cell = value };
            // SAFETY: the cell is not written again, and the chunk is not dropped before `self`.
            return unsafe { &*cell };
        }
        // SAFETY: as above, the cell is only read from here on.
        let first = unsafe { &*cell };
        if !self.reassigned.contains_key(&row) && is_same(first, &value) {
            return first;
        }
        let value = Box::new(value);
        let latest: *const Assigned<Fr> = &*value;
        self.reassigned.entry(row).or_default().push(value);
        // SAFETY: what is boxed does not move with its box, and is neither changed nor dropped
        // before `self`.
        unsafe { &*latest }
    }

    /// The column's n values: fractions are inverted in batches, rows never assigned are zero.
    pub fn values(&self, n: usize) -> Vec<Fr> {
        let mut values = vec![Fr::ZERO; n];
        values
            .par_chunks_mut(CHUNK_ROWS)
            .zip(&self.chunks)
            .for_each(|(values, chunk)| {
                if let Some(chunk) = chunk {
                    chunk_values(chunk, values);
                }
            });
        for (row, later) in &self.reassigned {
            if let Some(latest) = later.last() {
                values[*row] = latest.evaluate();
            }
        }
        values
    }
}

/// Whether two values are the same fraction, digit for digit.
fn is_same(a: &Assigned<Fr>, b: &Assigned<Fr>) -> bool {
    match (a, b) {
        (Assigned::Zero, Assigned::Zero) => true,
        (Assigned::Trivial(a), Assigned::Trivial(b)) => a == b,
        (Assigned::Rational(a, c), Assigned::Rational(b, d)) => a == b && c == d,
        _ => false,
    }
}

/// Montgomery's trick over the denominators of a chunk; a zero denominator makes a value zero.
fn chunk_values(chunk: &Chunk, values: &mut [Fr]) {
    let mut product = Fr::ONE;
    // (row, product of the denominators before)
    let mut fractions: Vec<(usize, Fr)> = Vec::new();
    for (row, (value, cell)) in values.iter_mut().zip(&chunk.cells).enumerate() {
        // SAFETY: cells are written through `&mut Cells` only, which nobody has now.
        match unsafe { &*cell.get() } {
            Assigned::Zero => {}
            Assigned::Trivial(numerator) => *value = *numerator,
            Assigned::Rational(numerator, denominator) => {
                if !denominator.is_zero_vartime() {
                    *value = *numerator;
                    fractions.push((row, product));
                    product *= denominator;
                }
            }
        }
    }
    let Some(mut inverse) = Option::<Fr>::from(product.invert()) else {
        unreachable!("no denominator in the product is zero")
    };
    for (row, before) in fractions.into_iter().rev() {
        // SAFETY: as above.
        if let Assigned::Rational(_, denominator) = unsafe { &*chunk.cells[row].get() } {
            values[row] *= inverse * before;
            inverse *= denominator;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_fractions() {
        let mut cells = Cells::new();
        let fraction = |a: u64, b: u64| Assigned::Rational(Fr::from(a), Fr::from(b));
        let assigned = [
            (0, Assigned::Trivial(Fr::from(5))),
            (1, fraction(6, 3)),
            (2, fraction(7, 0)),
            (CHUNK_ROWS - 1, fraction(10, 5)),
            (3 * CHUNK_ROWS, fraction(12, 4)),
        ];
        for (row, value) in assigned {
            // SAFETY: the reference is used while `cells` lives.
            let cell = unsafe { cells.assign(row, value) };
            assert!(is_same(cell, &value));
        }
        let values = cells.values(4 * CHUNK_ROWS);
        for (row, expected) in [(0, 5), (1, 2), (2, 0), (3, 0), (3 * CHUNK_ROWS, 3)] {
            assert_eq!(values[row], Fr::from(expected), "row {row}");
        }
        assert_eq!(values[CHUNK_ROWS - 1], Fr::from(2));
    }

    #[test]
    fn the_last_value_of_a_row_counts_and_earlier_references_stay() {
        let mut cells = Cells::new();
        let values = [1u64, 1, 2, 1].map(|v| Assigned::Trivial(Fr::from(v)));
        // SAFETY: the references are used while `cells` lives.
        let references = values.map(|value| unsafe { cells.assign(9, value) });
        assert!(references.iter().zip(&values).all(|(r, v)| is_same(r, v)));
        assert_eq!(cells.values(CHUNK_ROWS)[9], Fr::from(1));
    }
}
