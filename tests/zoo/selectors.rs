//! Simple selectors, which halo2-axiom may compress into fewer columns, and a complex one.

use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Constraints, Error, Selector},
    poly::Rotation,
};

use super::{random_scalars, Specimen};

const OPERATIONS: usize = 5;
const ROWS: usize = 25;

#[derive(Clone)]
pub struct Config {
    operations: [Selector; OPERATIONS],
    everywhere: Selector,
    wires: [Column<Advice>; 3],
}

/// Row i has operation i mod 5, which adds or multiplies; the complex selector is on everywhere.
#[derive(Clone)]
pub struct Operations {
    values: [Vec<Fr>; 2],
}

impl Circuit<Fr> for Operations {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        let operations = [(); OPERATIONS].map(|_| cs.selector());
        let everywhere = cs.complex_selector();
        let wires = [(); 3].map(|_| cs.advice_column());
        for (index, operation) in operations.into_iter().enumerate() {
            cs.create_gate("operation", |cells| {
                let operation = cells.query_selector(operation);
                let [a, b, c] = wires.map(|column| cells.query_advice(column, Rotation::cur()));
                let factor = Fr::from(index as u64);
                let result = match index % 2 {
                    0 => a + b * factor,
                    _ => a * b * factor,
                };
                Constraints::with_selector(operation, [result - c])
            });
        }
        cs.create_gate("everywhere", |cells| {
            let everywhere = cells.query_selector(everywhere);
            let a = cells.query_advice(wires[0], Rotation::cur());
            let again = cells.query_advice(wires[0], Rotation::cur());
            vec![everywhere.clone() * (a - again) * everywhere]
        });
        // Room for the degree of a compressed selector.
        cs.set_minimum_degree(6);
        Config {
            operations,
            everywhere,
            wires,
        }
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        layouter.assign_region(
            || "operations",
            |mut region| {
                let [a, b] = &self.values;
                for (row, (a, b)) in a.iter().zip(b).enumerate() {
                    let index = row % OPERATIONS;
                    config.operations[index].enable(&mut region, row)?;
                    config.everywhere.enable(&mut region, row)?;
                    let factor = Fr::from(index as u64);
                    let c = match index % 2 {
                        0 => a + b * factor,
                        _ => a * b * factor,
                    };
                    for (column, value) in config.wires.iter().zip([*a, *b, c]) {
                        region.assign_advice(*column, row, Value::known(value));
                    }
                }
                Ok(())
            },
        )
    }
}

fn specimen(compress_selectors: bool) -> Specimen<Operations> {
    let values = [1, 2].map(|seed| random_scalars(seed, ROWS));
    let mut specimen = Specimen::one(5, Operations { values });
    specimen.compress_selectors = compress_selectors;
    specimen
}

pub fn not_compressed() -> Specimen<Operations> {
    specimen(false)
}

pub fn compressed() -> Specimen<Operations> {
    specimen(true)
}
