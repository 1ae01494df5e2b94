//! The copies on the rows: which two cells are constrained to be equal, and differ.
//!
//! The permutation column of a column j holds, at row i, the label delta^j' omega^i' of the cell that
//! (j, i) is mapped to, one that it is a copy of. Labels are read back: the n-th power of one is
//! delta^(j' n), which names the column, and what is left is a power of omega.
//!
//! The values of all columns together would be more than the prover has room for. 64 bits of a hash of each
//! are enough to compare; and of these, those of some columns are held at a time, as many as take the
//! memory that the numerators of the quotient took.

use ff::PrimeField;
use halo2_offload_engine::{Engine, Scalar, ScalarField};
use rayon::prelude::*;
use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hasher},
};

use super::{
    super::{quotient::CircuitPolynomials, House},
    rows::on_rows,
};
use crate::{
    error::ProverError,
    failure::{Cell, Failure, Failures},
    programs::Input,
};

/// Fingerprints that take the memory of one value.
const FINGERPRINTS_PER_VALUE: usize = 4;

/// Adds the copies whose values differ.
pub(super) fn find<E: Engine>(
    house: &House<'_, E>,
    (index, circuit): (usize, &CircuitPolynomials<'_, E>),
    failures: &mut Failures,
) -> Result<(), ProverError> {
    let House { engine, key } = *house;
    let compiled = &key.circuit;
    let columns = &compiled.permutation;
    let values = |column: usize| -> Result<Vec<u64>, ProverError> {
        let values = on_rows(house, circuit, Input::Column(columns[column]))?;
        Ok(engine
            .download(&values)?
            .par_iter()
            .map(fingerprint)
            .collect())
    };
    let labels = Labels::new(compiled.k, columns.len());
    let at_a_time = FINGERPRINTS_PER_VALUE * compiled.quotient_pieces();
    let mut found: HashSet<[Cell; 2]> = HashSet::new();
    let all: Vec<usize> = (0..columns.len()).collect();
    for targets in all.chunks(at_a_time) {
        let held = targets.iter().map(|column| values(*column));
        let held: Vec<Vec<u64>> = held.collect::<Result<_, _>>()?;
        for column in 0..columns.len() {
            let mapped = on_rows(house, circuit, Input::Permutation(column))?;
            let mapped = engine.download(&mapped)?;
            let own = values(column)?;
            let differ = |(row, label): (usize, &Scalar<E>)| {
                let (of_column, of_row) = labels.read(label, (column, row))?;
                let held = held.get(of_column.checked_sub(targets[0])?)?;
                (held[of_row] != own[row]).then_some((row, of_column, of_row))
            };
            let differ: Vec<_> = mapped.par_iter().enumerate().filter_map(differ).collect();
            for (row, of_column, of_row) in differ {
                let cell = |column: usize, row| Cell {
                    column: columns[column],
                    row,
                };
                // Of two cells that are mapped to each other, both differ.
                let mut cells = [cell(column, row), cell(of_column, of_row)];
                cells.sort_unstable();
                if found.insert(cells) {
                    failures.add(Failure::Copy {
                        circuit: index,
                        cells,
                    });
                }
            }
        }
    }
    Ok(())
}

fn fingerprint<F: PrimeField>(value: &F) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(value.to_repr().as_ref());
    hasher.finish()
}

/// What the labels of cells mean.
struct Labels<F> {
    n: u64,
    /// Row by the fingerprint of omega^row.
    rows: HashMap<u64, usize>,
    /// Column by the fingerprint of delta^(column n), with delta^(-column).
    columns: HashMap<u64, (usize, F)>,
    /// omega^row
    powers: Vec<F>,
    /// delta^column
    deltas: Vec<F>,
}

impl<F: ScalarField> Labels<F> {
    fn new(k: u32, columns: usize) -> Self {
        let n = 1u64 << k;
        let mut omega = F::ROOT_OF_UNITY;
        for _ in k..F::S {
            omega = omega.square();
        }
        let powers = |base: F| std::iter::successors(Some(F::ONE), move |p| Some(*p * base));
        let deltas: Vec<F> = powers(F::DELTA).take(columns).collect();
        let rows: Vec<F> = powers(omega).take(n as usize).collect();
        let of_column = |(column, delta): (usize, &F)| {
            let inverse = delta.invert().unwrap_or(F::ZERO);
            (fingerprint(&delta.pow_vartime([n])), (column, inverse))
        };
        Self {
            n,
            rows: rows
                .iter()
                .enumerate()
                .map(|(row, power)| (fingerprint(power), row))
                .collect(),
            columns: deltas.iter().enumerate().map(of_column).collect(),
            powers: rows,
            deltas,
        }
    }

    /// The cell with this label, unless it is `cell` itself, as most are; or the label means nothing, as the
    /// labels of a damaged key.
    fn read(&self, label: &F, (column, row): (usize, usize)) -> Option<(usize, usize)> {
        if *label == self.deltas[column] * self.powers[row] {
            return None;
        }
        let (column, inverse) = self
            .columns
            .get(&fingerprint(&label.pow_vartime([self.n])))?;
        let row = self.rows.get(&fingerprint(&(*label * inverse)))?;
        Some((*column, *row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_offload_engine::halo2curves::bn256::Fr;

    #[test]
    fn labels_are_read_back() {
        let labels = Labels::<Fr>::new(3, 4);
        for column in 0..4 {
            for row in 0..8 {
                let label = labels.deltas[column] * labels.powers[row];
                assert_eq!(labels.read(&label, (column, row)), None);
                let another = ((column + 1) % 4, (row + 3) % 8);
                assert_eq!(labels.read(&label, another), Some((column, row)));
            }
        }
        assert_eq!(labels.read(&Fr::from(7), (0, 0)), None);
    }
}
