//! The cells of an advice column during synthesis.

use ff::Field;
use halo2_axiom::{halo2curves::bn256::Fr, plonk::Assigned};
use rayon::prelude::*;
use std::{cell::UnsafeCell, collections::HashMap, mem::MaybeUninit, sync::Arc};

type Cell = UnsafeCell<MaybeUninit<Assigned<Fr>>>;

/// Rows that share one inversion when fractions are made values.
const CHUNK_ROWS: usize = 1 << 10;
/// Rows whose assignment is noted in one word.
const WORD_ROWS: usize = 64;

/// The cells of one advice column of n rows.
///
/// Synthesis hands out references to cells while others are being assigned. A cell is therefore
/// written once, before the first reference to it is made; a later, different value for the same
/// row gets a place of its own. All cells are one allocation, left uninitialised: the pages of rows
/// that a circuit never assigns are never touched, and giving the column back gives all of it back.
///
/// What references lead to is behind an `Arc` that is never cloned, not in a `Box`: to move a box, as
/// growing a list does, and moving the whole column, is to claim that nobody else has a reference into it.
pub(super) struct Cells {
    cells: Arc<[Cell]>,
    /// Whether a cell has been assigned, and so initialised: a bit each.
    assigned: Box<[u64]>,
    /// Later values of rows that were assigned more than once, in order.
    reassigned: HashMap<usize, Vec<Arc<Assigned<Fr>>>>,
}

// SAFETY: the cells are written only through `&mut Cells`, and only before a reference to them
// exists; through `&Cells` they are only read.
unsafe impl Sync for Cells {}
// SAFETY: nobody else has the `Arc` of the cells.
unsafe impl Send for Cells {}

impl Cells {
    /// n rows, none of them assigned.
    pub fn new(n: usize) -> Self {
        Self {
            // SAFETY: an `UnsafeCell<MaybeUninit<_>>` is valid whatever is in it.
            cells: unsafe { Arc::<[Cell]>::new_uninit_slice(n).assume_init() },
            assigned: vec![0; n.div_ceil(WORD_ROWS)].into(),
            reassigned: HashMap::new(),
        }
    }

    fn is_assigned(&self, row: usize) -> bool {
        self.assigned[row / WORD_ROWS] >> (row % WORD_ROWS) & 1 == 1
    }

    /// What a row was first assigned.
    fn first(&self, row: usize) -> Option<&Assigned<Fr>> {
        // SAFETY: an assigned cell is initialised, and is not written again.
        self.is_assigned(row)
            .then(|| unsafe { (*self.cells[row].get()).assume_init_ref() })
    }

    /// Assigns a row and returns a reference to what it holds now.
    ///
    /// # Safety
    ///
    /// The reference must not be used after `self` is dropped.
    pub unsafe fn assign<'v>(&mut self, row: usize, value: Assigned<Fr>) -> &'v Assigned<Fr> {
        let place: *const Assigned<Fr> = match self.first(row) {
            None => {
                self.assigned[row / WORD_ROWS] |= 1 << (row % WORD_ROWS);
                // SAFETY: no reference to what this cell holds has been made yet.
                unsafe { (*self.cells[row].get()).write(value) }
            }
            Some(first) if is_same(first, &value) && !self.reassigned.contains_key(&row) => first,
            Some(_) => {
                let value = Arc::new(value);
                let place = Arc::as_ptr(&value);
                self.reassigned.entry(row).or_default().push(value);
                place
            }
        };
        // SAFETY: neither the cells nor later values are moved, changed or dropped before `self` is.
        unsafe { &*place }
    }

    /// The column's values: fractions are inverted in batches, rows never assigned are zero.
    pub fn values(&self) -> Vec<Fr> {
        let mut values = vec![Fr::ZERO; self.cells.len()];
        values
            .par_chunks_mut(CHUNK_ROWS)
            .enumerate()
            .for_each(|(chunk, values)| self.chunk_values(chunk * CHUNK_ROWS, values));
        for (row, later) in &self.reassigned {
            if let Some(latest) = later.last() {
                values[*row] = latest.evaluate();
            }
        }
        values
    }

    /// Montgomery's trick over the denominators of the rows from `start` on; a zero denominator
    /// makes a value zero.
    fn chunk_values(&self, start: usize, values: &mut [Fr]) {
        let mut product = Fr::ONE;
        // (row, denominator, product of the denominators before)
        let mut fractions: Vec<(usize, Fr, Fr)> = Vec::new();
        for (row, value) in values.iter_mut().enumerate() {
            match self.first(start + row) {
                None | Some(Assigned::Zero) => {}
                Some(Assigned::Trivial(numerator)) => *value = *numerator,
                Some(Assigned::Rational(numerator, denominator)) => {
                    if !denominator.is_zero_vartime() {
                        *value = *numerator;
                        fractions.push((row, *denominator, product));
                        product *= denominator;
                    }
                }
            }
        }
        if fractions.is_empty() {
            return;
        }
        let Some(mut inverse) = Option::<Fr>::from(product.invert()) else {
            unreachable!("no denominator in the product is zero")
        };
        for (row, denominator, before) in fractions.into_iter().rev() {
            values[row] *= inverse * before;
            inverse *= denominator;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_fractions() {
        let mut cells = Cells::new(4 * CHUNK_ROWS);
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
        let values = cells.values();
        for (row, expected) in [(0, 5), (1, 2), (2, 0), (3, 0), (3 * CHUNK_ROWS, 3)] {
            assert_eq!(values[row], Fr::from(expected), "row {row}");
        }
        assert_eq!(values[CHUNK_ROWS - 1], Fr::from(2));
    }

    #[test]
    fn the_last_value_of_a_row_counts_and_earlier_references_stay() {
        let mut cells = Cells::new(16);
        let values = [1u64, 1, 2, 1].map(|v| Assigned::Trivial(Fr::from(v)));
        // SAFETY: the references are used while `cells` lives.
        let references = values.map(|value| unsafe { cells.assign(9, value) });
        assert!(references.iter().zip(&values).all(|(r, v)| is_same(r, v)));
        // Wherever the column is, and however long its list has grown.
        let mut moved = Box::new(cells);
        for value in 3..100u64 {
            // SAFETY: as above.
            unsafe { moved.assign(9, Assigned::Trivial(Fr::from(value))) };
        }
        assert!(references.iter().zip(&values).all(|(r, v)| is_same(r, v)));
        assert_eq!(moved.values()[9], Fr::from(99));
    }
}
