//! What the cells of a random system hold.

use ff::Field;
use halo2_axiom::halo2curves::bn256::Fr;
use rand::Rng;
use rand_chacha::ChaCha20Rng;

use super::{formula::Kind, Lookup, System};
use crate::zoo::witness_rng;

/// Everything about the rows that is part of the circuit: the same for all witnesses.
pub struct Layout {
    pub usable_rows: usize,
    pub fixed: Vec<Vec<Fr>>,
    /// The rows in which the selector of each gate is on.
    pub gate_rows: Vec<Vec<usize>>,
    pub lookup_rows: Vec<Vec<usize>>,
    pub dynamic_lookup_rows: Vec<Vec<usize>>,
    /// Row i of the column that holds copies equals this cell.
    pub copies: Vec<(Kind, usize, usize)>,
}

/// The rows that a tuple of a table of advice columns may be in.
pub const TUPLE_ROWS: std::ops::Range<usize> = 3..12;

impl Layout {
    pub fn draw(system: &System, usable_rows: usize) -> Self {
        let shape = system.shape();
        let mut rng = witness_rng(!shape.seed);
        let fixed = (0..shape.fixed)
            .map(|_| (0..usable_rows).map(|_| Fr::random(&mut rng)).collect())
            .collect();
        let reach = (1 << shape.k) / 6;
        let mut rows = |count: usize| -> Vec<Vec<usize>> {
            let within = reach..usable_rows - reach;
            let mut of_one = || within.clone().filter(|_| rng.gen()).collect();
            (0..count).map(|_| of_one()).collect()
        };
        let gate_rows = rows(system.gates.len());
        let lookup_rows = rows(system.lookups.len());
        let dynamic_lookup_rows = rows(system.dynamic_lookups.len());
        let copies = if system.permuted.is_empty() {
            0
        } else {
            shape.copies
        };
        let copies = (0..copies)
            .map(|_| {
                let (kind, index) = system.permuted[rng.gen_range(0..system.permuted.len())];
                (kind, index, rng.gen_range(0..usable_rows))
            })
            .collect();
        Self {
            usable_rows,
            fixed,
            gate_rows,
            lookup_rows,
            dynamic_lookup_rows,
            copies,
        }
    }
}

/// The values of advice columns; `None` where they wait for the challenge.
pub struct Witness {
    /// Inputs, then the outputs of gates.
    pub columns: Vec<Option<Vec<Fr>>>,
    pub lookup_inputs: Vec<Vec<Vec<Fr>>>,
    pub dynamic_lookup_inputs: Vec<Vec<Vec<Fr>>>,
    pub dynamic_tables: Vec<Vec<Vec<Fr>>>,
    pub copies: Option<Vec<Fr>>,
}

impl Witness {
    pub fn compute(
        system: &System,
        layout: &Layout,
        seed: u64,
        instances: &[Vec<Fr>],
        challenge: Option<Fr>,
    ) -> Self {
        let shape = system.shape();
        let n = layout.usable_rows;
        let mut rng = witness_rng(seed ^ 1);
        let mut columns: Vec<Option<Vec<Fr>>> = (0..shape.inputs)
            .map(|_| Some((0..n).map(|_| Fr::random(&mut rng)).collect()))
            .collect();
        let read = |columns: &[Option<Vec<Fr>>], kind, index: usize, row: usize| match kind {
            Kind::Advice => columns[index].as_ref().map(|column| column[row]),
            Kind::Fixed => Some(layout.fixed[index][row]),
            Kind::Instance => Some(instances[index].get(row).copied().unwrap_or(Fr::ZERO)),
        };
        for (gate, rows) in system.gates.iter().zip(&layout.gate_rows) {
            let challenge = match challenge {
                None if gate.second_phase => {
                    columns.push(None);
                    continue;
                }
                challenge => challenge.unwrap_or(Fr::ZERO),
            };
            let mut output = vec![Fr::ZERO; n];
            for row in rows {
                let cell = |kind, index, rotation| {
                    read(&columns, kind, index, ahead(*row, rotation))
                        .expect("a gate reads columns of its phase")
                };
                output[ahead(*row, gate.rotation)] = gate.formula.value(&cell, challenge);
            }
            columns.push(Some(output));
        }

        let lookup_inputs = system
            .lookups
            .iter()
            .zip(&layout.lookup_rows)
            .map(|(lookup, rows)| inputs(lookup, &system.tables[lookup.table], rows, n, &mut rng))
            .collect();
        let mut dynamic_lookup_inputs = Vec::new();
        let mut dynamic_tables = Vec::new();
        for (dynamic, rows) in system
            .dynamic_lookups
            .iter()
            .zip(&layout.dynamic_lookup_rows)
        {
            let width = dynamic.table_rotations.len();
            let tuples: Vec<Vec<Fr>> = TUPLE_ROWS
                .map(|_| (0..width).map(|_| Fr::random(&mut rng)).collect())
                .collect();
            let mut table = vec![vec![Fr::ZERO; n]; width];
            for (row, tuple) in TUPLE_ROWS.zip(&tuples) {
                for (index, rotation) in dynamic.table_rotations.iter().enumerate() {
                    table[index][ahead(row, *rotation)] = tuple[index];
                }
            }
            dynamic_lookup_inputs.push(inputs(&dynamic.lookup, &tuples, rows, n, &mut rng));
            dynamic_tables.push(table);
        }
        let copies = layout
            .copies
            .iter()
            .map(|(kind, index, row)| read(&columns, *kind, *index, *row))
            .collect();
        Self {
            columns,
            lookup_inputs,
            dynamic_lookup_inputs,
            dynamic_tables,
            copies,
        }
    }
}

/// Input columns that hold random tuples of the table, where the lookup reads them.
fn inputs(
    lookup: &Lookup,
    table: &[Vec<Fr>],
    rows: &[usize],
    n: usize,
    rng: &mut ChaCha20Rng,
) -> Vec<Vec<Fr>> {
    let mut columns = vec![vec![Fr::ZERO; n]; lookup.rotations.len()];
    for row in rows {
        let tuple = &table[rng.gen_range(0..table.len())];
        for (index, rotation) in lookup.rotations.iter().enumerate() {
            columns[index][ahead(*row, *rotation)] = tuple[index];
        }
    }
    columns
}

/// The row that a gate of `row` reads at a rotation.
fn ahead(row: usize, rotation: i32) -> usize {
    row.checked_add_signed(rotation as isize)
        .expect("rotations reach no further than rows are from the edges")
}
