//! Instance columns of all lengths, read by gates at rotations.

use ff::Field;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Instance, Selector},
    poly::Rotation,
};

use super::{random_scalars, Specimen};

const K: u32 = 5;
/// 2^K less five blinding rows and the last row of grand products.
const USABLE_ROWS: usize = (1 << K) - 6;
/// Instance columns; the first are read by gates.
const COLUMNS: usize = 4;
/// Rows of gates.
const ROWS: std::ops::Range<usize> = 1..USABLE_ROWS - 2;

/// Of each column three neighbours are in an advice column: a = i(-1) + 2 i + 3 i(2).
#[derive(Clone)]
pub struct Readers {
    instances: Vec<Vec<Fr>>,
}

#[derive(Clone)]
pub struct Config {
    on: Selector,
    instances: [Column<Instance>; COLUMNS],
    sums: [Column<Advice>; COLUMNS],
}

impl Readers {
    fn new(lengths: [usize; COLUMNS], seed: u64) -> (Self, Vec<Vec<Fr>>) {
        let instances: Vec<_> = lengths
            .iter()
            .zip(seed..)
            .map(|(length, seed)| random_scalars(seed, *length))
            .collect();
        let circuit = Self {
            instances: instances.clone(),
        };
        (circuit, instances)
    }

    fn instance(&self, column: usize, row: usize) -> Fr {
        let value = self.instances[column].get(row);
        value.copied().unwrap_or(Fr::ZERO)
    }
}

impl Circuit<Fr> for Readers {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        let on = cs.selector();
        let instances = [(); COLUMNS].map(|_| cs.instance_column());
        let sums = [(); COLUMNS].map(|_| cs.advice_column());
        cs.create_gate("readers", |cells| {
            let on = cells.query_selector(on);
            let mut constraints = Vec::new();
            for (instance, sum) in instances.into_iter().zip(sums) {
                let [before, here, ahead] =
                    [-1, 0, 2].map(|rotation| cells.query_instance(instance, Rotation(rotation)));
                let sum = cells.query_advice(sum, Rotation::cur());
                let read = before + here * Fr::from(2) + ahead * Fr::from(3);
                constraints.push(on.clone() * (sum - read));
            }
            constraints
        });
        Config {
            on,
            instances,
            sums,
        }
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        layouter.assign_region(
            || "readers",
            |mut region| {
                for row in ROWS {
                    config.on.enable(&mut region, row)?;
                    for (index, sum) in config.sums.iter().enumerate() {
                        let read = self.instance(index, row - 1)
                            + self.instance(index, row) * Fr::from(2)
                            + self.instance(index, row + 2) * Fr::from(3);
                        region.assign_advice(*sum, row, Value::known(read));
                    }
                }
                // What the prover is given as instances can be read during synthesis.
                for (index, column) in config.instances.iter().enumerate() {
                    for row in 0..self.instances[index].len() {
                        region.instance_value(*column, row)?.map(|value| {
                            assert_eq!(value, self.instances[index][row]);
                        });
                    }
                }
                Ok(())
            },
        )
    }
}

pub fn columns_of_all_lengths() -> Specimen<Readers> {
    let (circuit, instances) = Readers::new([0, 1, 9, USABLE_ROWS], 1);
    Specimen::with_instances(K, circuit, instances)
}

pub fn two_circuits_of_different_lengths() -> Specimen<Readers> {
    let lengths = [[3, 0, 2, 1], [0, 5, USABLE_ROWS, 2]];
    let circuits = lengths.into_iter().zip(1..);
    Specimen::several(
        K,
        circuits.map(|(lengths, seed)| Readers::new(lengths, seed)),
    )
}

pub fn two_circuits_of_empty_columns() -> Specimen<Readers> {
    Specimen::several(K, (0..2).map(|seed| Readers::new([0; COLUMNS], seed)))
}
