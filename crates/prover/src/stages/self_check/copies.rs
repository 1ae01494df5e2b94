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
    super::{quotient::CircuitPolynomials, Prover},
    omega,
    rows::on_rows,
};
use crate::{
    error::ProverError,
    failure::{Cell, Failure, Failures},
    programs::Input,
};

/// Fingerprints that take the memory of one value.
const FINGERPRINTS_PER_VALUE: usize = 4;

/// Rows of a column that a thread takes at a time.
const PIECE: usize = 1 << 12;

/// Adds the copies whose values differ.
pub(super) fn find<E: Engine>(
    prover: &Prover<'_, E>,
    (index, circuit): (usize, &CircuitPolynomials<'_, E>),
    failures: &mut Failures,
) -> Result<(), ProverError> {
    let Prover { engine, key } = *prover;
    let compiled = &key.circuit;
    let columns = &compiled.permutation;
    // What the engine has made is dropped before the host works on its copy.
    let on_host = |input: Input| -> Result<Vec<Scalar<E>>, ProverError> {
        Ok(engine.download(&on_rows(prover, circuit, input)?)?)
    };
    let fingerprints = |column: usize| -> Result<Vec<u64>, ProverError> {
        let values = on_host(Input::Column(columns[column]))?;
        Ok(values.par_iter().map(fingerprint).collect())
    };
    let labels = Labels::new(compiled.k, columns.len());
    let at_a_time = FINGERPRINTS_PER_VALUE * compiled.quotient_pieces();
    let mut found: HashSet<[Cell; 2]> = HashSet::new();
    let all: Vec<usize> = (0..columns.len()).collect();
    for targets in all.chunks(at_a_time) {
        let held: Vec<Vec<u64>> = targets
            .iter()
            .map(|column| fingerprints(*column))
            .collect::<Result<_, _>>()?;
        for column in 0..columns.len() {
            let own = fingerprints(column)?;
            let mapped = on_host(Input::Permutation(column))?;
            for (row, [of_column, of_row]) in labels.of_others(column, &mapped) {
                let other = of_column
                    .checked_sub(targets[0])
                    .and_then(|target| held.get(target));
                if other.is_none_or(|other| other[of_row] == own[row]) {
                    continue;
                }
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
    n: usize,
    omega: F,
    /// delta^column
    deltas: Vec<F>,
    /// The fingerprint of omega^row with the row, in ascending order: half a column.
    rows: Vec<(u64, u32)>,
    /// Column by the fingerprint of delta^(column n), with delta^(-column).
    columns: HashMap<u64, (usize, F)>,
}

impl<F: ScalarField> Labels<F> {
    fn new(k: u32, columns: usize) -> Self {
        let n = 1usize << k;
        let omega = omega(k);
        let deltas: Vec<F> = powers(F::ONE, F::DELTA).take(columns).collect();
        let fingerprints = powers(F::ONE, omega).map(|power| fingerprint(&power));
        let mut rows: Vec<(u64, u32)> = fingerprints.zip(0..1 << k).collect();
        rows.par_sort_unstable();
        let of_column = |(column, delta): (usize, &F)| {
            let inverse = delta.invert().unwrap_or(F::ZERO);
            let name = fingerprint(&delta.pow_vartime([n as u64]));
            (name, (column, inverse))
        };
        Self {
            n,
            omega,
            columns: deltas.iter().enumerate().map(of_column).collect(),
            deltas,
            rows,
        }
    }

    /// The rows of a permutation column that hold labels of other cells than their own, with these cells'
    /// columns and rows. Few do, in most columns.
    fn of_others(&self, column: usize, labels: &[F]) -> Vec<(usize, [usize; 2])> {
        let of_piece = |(index, labels): (usize, &[F])| {
            let first_row = index * PIECE;
            let first = self.deltas[column] * self.omega.pow_vartime([first_row as u64]);
            let own = powers(first, self.omega);
            let others = labels.iter().zip(own).enumerate();
            let others = others.filter(|(_, (label, own))| *label != own);
            others
                .filter_map(|(row, (label, _))| Some((first_row + row, self.read(label)?)))
                .collect::<Vec<_>>()
        };
        let pieces = labels.par_chunks(PIECE).enumerate();
        pieces.flat_map_iter(of_piece).collect()
    }

    /// The column and the row of the cell with this label. None where it means nothing, as the labels of a
    /// damaged key.
    fn read(&self, label: &F) -> Option<[usize; 2]> {
        let name = fingerprint(&label.pow_vartime([self.n as u64]));
        let (column, inverse) = self.columns.get(&name)?;
        let row = fingerprint(&(*label * inverse));
        let index = self.rows.binary_search_by_key(&row, |(name, _)| *name);
        Some([*column, self.rows[index.ok()?].1 as usize])
    }
}

/// first, first * base, first * base^2 and so on.
fn powers<F: PrimeField>(first: F, base: F) -> impl Iterator<Item = F> {
    std::iter::successors(Some(first), move |power| Some(*power * base))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ff::Field;
    use halo2_offload_engine::halo2curves::bn256::Fr;

    #[test]
    fn labels_are_read_back() {
        for k in [3, 13] {
            let labels = Labels::<Fr>::new(k, 4);
            let n = labels.n;
            let label = |column: usize, row: usize| {
                labels.deltas[column] * labels.omega.pow_vartime([row as u64])
            };
            let mut mapped: Vec<Fr> = (0..n).map(|row| label(1, row)).collect();
            assert_eq!(labels.of_others(1, &mapped), []);
            mapped[2] = label(3, n - 1);
            mapped[n - 2] = label(1, 0);
            mapped[5] = Fr::from(7);
            let others = [(2, [3, n - 1]), (n - 2, [1, 0])];
            assert_eq!(labels.of_others(1, &mapped), others);
        }
    }
}
