//! The Plonk gate with copies and public values, alone and several circuits in one proof.

use ff::Field;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Fixed, Instance},
    poly::Rotation,
};

use super::{cell, random_scalars, Specimen};

/// What configures the circuit.
#[derive(Clone, Copy)]
pub struct Shape {
    minimum_degree: usize,
    rows: usize,
    /// Whether the first and the last value are public.
    public: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            minimum_degree: 3,
            rows: 20,
            public: true,
        }
    }
}

#[derive(Clone)]
pub struct Config {
    wires: [Column<Advice>; 3],
    /// Of a, b, ab and c.
    factors: [Column<Fixed>; 4],
    public: Option<Column<Instance>>,
}

/// A chain of gates q_a a + q_b b + q_m ab = q_c c, each one's a being the c of the one before.
#[derive(Clone)]
pub struct Chain {
    shape: Shape,
    first: Fr,
    others: Vec<Fr>,
}

impl Chain {
    fn new(shape: Shape, seed: u64) -> (Self, Vec<Vec<Fr>>) {
        let others = random_scalars(seed, shape.rows);
        let circuit = Self {
            shape,
            first: Fr::from(seed + 2),
            others,
        };
        let last = circuit.wires().last().map_or(circuit.first, |row| row[2]);
        let public = shape.public.then(|| vec![circuit.first, last]);
        (circuit, public.into_iter().collect())
    }

    /// The factors of a row; q_c is -1.
    fn factors(row: usize) -> [Fr; 4] {
        let factor = |i: usize| Fr::from(((row + i) % 4) as u64);
        [factor(0), factor(1), factor(2), -Fr::ONE]
    }

    fn wires(&self) -> Vec<[Fr; 3]> {
        let mut a = self.first;
        let rows = self.others.iter().enumerate().map(|(row, b)| {
            let [qa, qb, qm, _] = Self::factors(row);
            let c = qa * a + qb * b + qm * a * b;
            let wires = [a, *b, c];
            a = c;
            wires
        });
        rows.collect()
    }
}

impl Circuit<Fr> for Chain {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Shape;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> Shape {
        self.shape
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, shape: Shape) -> Config {
        let wires = [(); 3].map(|_| cs.advice_column());
        let factors = [(); 4].map(|_| cs.fixed_column());
        let public = shape.public.then(|| cs.instance_column());
        wires.iter().for_each(|column| cs.enable_equality(*column));
        public.iter().for_each(|column| cs.enable_equality(*column));
        cs.create_gate("plonk", |cells| {
            let [a, b, c] = wires.map(|column| cells.query_advice(column, Rotation::cur()));
            let [qa, qb, qm, qc] = factors.map(|column| cells.query_fixed(column, Rotation::cur()));
            vec![qa * a.clone() + qb * b.clone() + qm * a * b + qc * c]
        });
        cs.set_minimum_degree(shape.minimum_degree);
        Config {
            wires,
            factors,
            public,
        }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        Self::configure_with_params(cs, Shape::default())
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let [a, _, c] = config.wires;
        layouter.assign_region(
            || "chain",
            |mut region| {
                for (row, values) in self.wires().into_iter().enumerate() {
                    for (column, value) in config.wires.iter().zip(values) {
                        region.assign_advice(*column, row, Value::known(value));
                    }
                    for (column, factor) in config.factors.iter().zip(Self::factors(row)) {
                        region.assign_fixed(*column, row, factor);
                    }
                    if row > 0 {
                        region.constrain_equal(cell(c, row - 1), cell(a, row));
                    }
                }
                Ok(())
            },
        )?;
        if let Some(public) = config.public {
            layouter.constrain_instance(cell(a, 0), public, 0);
            layouter.constrain_instance(cell(c, self.others.len() - 1), public, 1);
        }
        Ok(())
    }
}

fn specimen(k: u32, shape: Shape, circuits: u64) -> Specimen<Chain> {
    Specimen::several(k, (0..circuits).map(|seed| Chain::new(shape, seed)))
}

pub fn one_circuit() -> Specimen<Chain> {
    specimen(5, Shape::default(), 1)
}

pub fn one_circuit_with_products_of_seven_columns() -> Specimen<Chain> {
    let shape = Shape {
        minimum_degree: 9,
        ..Shape::default()
    };
    specimen(6, shape, 1)
}

pub fn one_circuit_of_512_rows() -> Specimen<Chain> {
    let shape = Shape {
        rows: 500,
        ..Shape::default()
    };
    specimen(9, shape, 1)
}

pub fn two_circuits() -> Specimen<Chain> {
    specimen(5, Shape::default(), 2)
}

pub fn three_circuits() -> Specimen<Chain> {
    let shape = Shape {
        minimum_degree: 4,
        ..Shape::default()
    };
    specimen(6, shape, 3)
}

pub fn two_circuits_without_public_values() -> Specimen<Chain> {
    let shape = Shape {
        public: false,
        ..Shape::default()
    };
    specimen(5, shape, 2)
}
