//! Lookups in fixed tables, and in tables that are part of the witness.

use ff::Field;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{
        Advice, Circuit, Column, ConstraintSystem, Error, Expression, Fixed, Selector, TableColumn,
    },
    poly::Rotation,
};
use rand::Rng;

use super::{random_scalars, witness_rng, Specimen};

const ROWS: usize = 16;

#[derive(Clone)]
pub struct SquaresConfig {
    pair: [Column<Advice>; 2],
    /// A selector for each lookup, and how far ahead of it the pair is.
    lookups: Vec<(Selector, i32)>,
    table: [TableColumn; 2],
}

/// Pairs (x, x^2), each looked up in a table of them.
#[derive(Clone)]
pub struct Squares {
    lookups: usize,
    x: Vec<u64>,
}

impl Circuit<Fr> for Squares {
    type Config = SquaresConfig;
    type FloorPlanner = SimpleFloorPlanner;
    /// The number of lookups.
    type Params = usize;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> usize {
        self.lookups
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, lookups: usize) -> SquaresConfig {
        let pair = [(); 2].map(|_| cs.advice_column());
        let table = [(); 2].map(|_| cs.lookup_table_column());
        let lookups: Vec<_> = (0..lookups as i32)
            .map(|index| (cs.complex_selector(), 2 * index - 1))
            .collect();
        for (on, ahead) in &lookups {
            cs.lookup("square", |cells| {
                let on = cells.query_selector(*on);
                let cells = pair.map(|column| cells.query_advice(column, Rotation(*ahead)));
                let inputs = cells.map(|cell| on.clone() * cell);
                inputs.into_iter().zip(table).collect()
            });
        }
        SquaresConfig {
            pair,
            lookups,
            table,
        }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> SquaresConfig {
        Self::configure_with_params(cs, 1)
    }

    fn synthesize(
        &self,
        config: SquaresConfig,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        layouter.assign_table(
            || "squares",
            |mut table| {
                for x in 0..ROWS {
                    let pair = [x, x * x].map(|value| Value::known(Fr::from(value as u64)));
                    for (column, value) in config.table.iter().zip(pair) {
                        table.assign_cell(|| "square", *column, x, || value)?;
                    }
                }
                Ok(())
            },
        )?;
        layouter.assign_region(
            || "pairs",
            |mut region| {
                for (row, x) in self.x.iter().enumerate() {
                    let pair = [*x, x * x].map(|value| Value::known(Fr::from(value)));
                    for (column, value) in config.pair.iter().zip(pair) {
                        region.assign_advice(*column, row, value);
                    }
                    for (on, ahead) in &config.lookups {
                        let reader = row as i32 - ahead;
                        if reader >= 0 {
                            on.enable(&mut region, reader as usize)?;
                        }
                    }
                }
                Ok(())
            },
        )
    }
}

impl Squares {
    /// Some numbers below `bound`, most of them more than once.
    fn new(lookups: usize, seed: u64, bound: u64) -> Self {
        let mut rng = witness_rng(seed);
        let x = (0..ROWS).map(|_| rng.gen_range(0..bound)).collect();
        Self { lookups, x }
    }

    /// Makes one of the numbers one whose square is not in the table.
    pub fn miss(&mut self) {
        self.x[3] = ROWS as u64;
    }
}

pub fn a_table() -> Specimen<Squares> {
    Specimen::one(5, Squares::new(1, 1, 6))
}

pub fn tables_shared_by_several_lookups() -> Specimen<Squares> {
    Specimen::one(6, Squares::new(3, 2, ROWS as u64))
}

/// With one distinct input halo2-axiom's prover has no choice to make.
pub fn one_distinct_input() -> Specimen<Squares> {
    Specimen::one(5, Squares::new(2, 3, 1))
}

pub fn several_circuits() -> Specimen<Squares> {
    let circuits = (0..3).map(|seed| (Squares::new(2, seed, 8), Vec::new()));
    Specimen::several(5, circuits)
}

#[derive(Clone)]
pub struct SumsConfig {
    terms: [Column<Advice>; 2],
    on: Selector,
    table: [Column<Advice>; 3],
    offset: Column<Fixed>,
    range: Option<(TableColumn, Selector)>,
}

/// Triples (u + 1, v, u + v), looked up in a table that is witness: of a tuple, the first is a row
/// below the second and holds u + 1 less a constant, the third a row above.
#[derive(Clone)]
pub struct Sums {
    with_range: bool,
    /// The tuples of the table, the range of u among them.
    table: Vec<[Fr; 2]>,
    /// Indices into the table.
    inputs: Vec<usize>,
}

impl Circuit<Fr> for Sums {
    type Config = SumsConfig;
    type FloorPlanner = SimpleFloorPlanner;
    /// Whether u is looked up in a fixed table, too.
    type Params = bool;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> bool {
        self.with_range
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, with_range: bool) -> SumsConfig {
        let terms = [(); 2].map(|_| cs.advice_column());
        let on = cs.complex_selector();
        let table = [(); 3].map(|_| cs.advice_column());
        let offset = cs.fixed_column();
        let range = with_range.then(|| (cs.lookup_table_column(), cs.complex_selector()));
        cs.lookup_any("sum", |cells| {
            let on = cells.query_selector(on);
            let [u, v] = terms.map(|column| cells.query_advice(column, Rotation::cur()));
            let first = cells.query_advice(table[0], Rotation::next());
            let second = cells.query_advice(table[1], Rotation::cur());
            let third = cells.query_advice(table[2], Rotation::prev());
            let offset = cells.query_fixed(offset, Rotation::cur());
            let one = Expression::Constant(Fr::ONE);
            vec![
                (on.clone() * (u.clone() + one), first + offset),
                (on.clone() * v.clone(), second),
                (on * (u + v), third),
            ]
        });
        if let Some((table, on)) = range {
            cs.lookup("range", |cells| {
                let on = cells.query_selector(on);
                let u = cells.query_advice(terms[0], Rotation::cur());
                vec![(on * u, table)]
            });
        }
        SumsConfig {
            terms,
            on,
            table,
            offset,
            range,
        }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> SumsConfig {
        Self::configure_with_params(cs, false)
    }

    fn synthesize(&self, config: SumsConfig, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let offsets = random_scalars(99, self.table.len());
        if let Some((column, _)) = config.range {
            layouter.assign_table(
                || "range",
                |mut table| {
                    for row in 0..self.table.len() {
                        let value = || Value::known(Fr::from(row as u64));
                        table.assign_cell(|| "range", column, row, value)?;
                    }
                    Ok(())
                },
            )?;
        }
        layouter.assign_region(
            || "sums",
            |mut region| {
                for ((index, [u, v]), offset) in self.table.iter().enumerate().zip(offsets) {
                    let row = index + 1;
                    region.assign_fixed(config.offset, row, offset);
                    let tuple = [u + Fr::ONE - offset, *v, u + v];
                    let rows = [row + 1, row, row - 1];
                    for ((column, value), row) in config.table.iter().zip(tuple).zip(rows) {
                        region.assign_advice(*column, row, Value::known(value));
                    }
                }
                for (row, index) in self.inputs.iter().enumerate() {
                    config.on.enable(&mut region, row)?;
                    for (column, value) in config.terms.iter().zip(self.table[*index]) {
                        region.assign_advice(*column, row, Value::known(value));
                    }
                    if let Some((_, on)) = config.range {
                        on.enable(&mut region, row)?;
                    }
                }
                Ok(())
            },
        )
    }
}

impl Sums {
    fn new(with_range: bool, seed: u64) -> Self {
        let v = random_scalars(seed, ROWS).into_iter().enumerate();
        let table: Vec<_> = v.map(|(u, v)| [Fr::from(u as u64), v]).collect();
        let mut rng = witness_rng(seed);
        Self {
            with_range,
            inputs: (0..20).map(|_| rng.gen_range(0..table.len())).collect(),
            table,
        }
    }
}

pub fn an_advice_table() -> Specimen<Sums> {
    Specimen::one(5, Sums::new(false, 1))
}

pub fn an_advice_table_and_a_table() -> Specimen<Sums> {
    Specimen::one(6, Sums::new(true, 2))
}
