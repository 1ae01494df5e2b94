//! Gates that read cells far away.

use ff::Field;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Selector},
    poly::Rotation,
};

use super::{random_scalars, Specimen};

#[derive(Clone)]
pub struct Config {
    on: Selector,
    inputs: Column<Advice>,
    output: Column<Advice>,
    shape: Shape,
}

/// What configures the circuit.
#[derive(Clone, Default)]
pub struct Shape {
    /// Where the inputs are, seen from the gate.
    inputs: Vec<i32>,
    /// Where the output is.
    output: i32,
}

/// Sums of cells of one column at several rotations: sum_j (j + 1) a(row + r_j) = b(row + r).
#[derive(Clone)]
pub struct Distant {
    k: u32,
    shape: Shape,
    values: Vec<Fr>,
    /// The rows of gates.
    rows: std::ops::Range<usize>,
}

impl Distant {
    fn wrap(&self, row: usize, rotation: i32) -> usize {
        (row as i32 + rotation).rem_euclid(1 << self.k) as usize
    }
}

impl Circuit<Fr> for Distant {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Shape;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> Shape {
        self.shape.clone()
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, shape: Shape) -> Config {
        let on = cs.selector();
        let inputs = cs.advice_column();
        let output = cs.advice_column();
        cs.create_gate("distant", |cells| {
            let on = cells.query_selector(on);
            let output = cells.query_advice(output, Rotation(shape.output));
            let terms = shape.inputs.iter().zip(1..);
            let difference = terms.fold(output, |difference, (rotation, factor)| {
                difference - cells.query_advice(inputs, Rotation(*rotation)) * Fr::from(factor)
            });
            vec![on * difference]
        });
        Config {
            on,
            inputs,
            output,
            shape,
        }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        Self::configure_with_params(cs, Shape::default())
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        layouter.assign_region(
            || "distant",
            |mut region| {
                for (row, value) in self.values.iter().enumerate() {
                    region.assign_advice(config.inputs, row, Value::known(*value));
                }
                for row in self.rows.clone() {
                    config.on.enable(&mut region, row)?;
                    let terms = config.shape.inputs.iter().zip(1..);
                    let sum = terms.fold(Fr::ZERO, |sum, (rotation, factor)| {
                        sum + self.values[self.wrap(row, *rotation)] * Fr::from(factor)
                    });
                    let output = self.wrap(row, config.shape.output);
                    region.assign_advice(config.output, output, Value::known(sum));
                }
                Ok(())
            },
        )
    }
}

fn specimen(
    k: u32,
    inputs: &[i32],
    output: i32,
    rows: std::ops::Range<usize>,
) -> Specimen<Distant> {
    let shape = Shape {
        inputs: inputs.to_vec(),
        output,
    };
    // Blinding rows are as many as there are queries of a column, and a few more.
    let assigned = (1 << k) - inputs.len().max(3) - 3;
    let circuit = Distant {
        k,
        shape,
        values: random_scalars(7, assigned),
        rows,
    };
    Specimen::one(k, circuit)
}

pub fn far_in_both_directions() -> Specimen<Distant> {
    specimen(6, &[-20, 0, 25], -3, 22..30)
}

/// n - 1 rows ahead is one row back.
pub fn nearly_all_the_way_round() -> Specimen<Distant> {
    specimen(5, &[31, 0, -30, 17], -31, 4..8)
}

pub fn many_of_one_column() -> Specimen<Distant> {
    specimen(6, &[-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7], 1, 5..40)
}
