//! Permutations over columns of all three kinds, in one product and in many.

use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Fixed, Instance},
};

use super::{cell, random_scalars, Specimen};

/// How many columns of each kind, and the degree, which is two more than the columns of a product.
#[derive(Clone, Copy)]
pub struct Shape {
    advice: usize,
    fixed: usize,
    instance: usize,
    degree: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            advice: 1,
            fixed: 0,
            instance: 0,
            degree: 3,
        }
    }
}

#[derive(Clone)]
pub struct Config {
    advice: Vec<Column<Advice>>,
    fixed: Vec<Column<Fixed>>,
    instance: Vec<Column<Instance>>,
}

const ROWS: usize = 7;

/// Row i of every column holds the i-th value, and all of them are one cycle. The first advice
/// column repeats all values further down.
#[derive(Clone)]
pub struct Copies {
    shape: Shape,
    values: Vec<Fr>,
}

impl Circuit<Fr> for Copies {
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
        let advice: Vec<_> = (0..shape.advice).map(|_| cs.advice_column()).collect();
        let fixed: Vec<_> = (0..shape.fixed).map(|_| cs.fixed_column()).collect();
        let instance: Vec<_> = (0..shape.instance).map(|_| cs.instance_column()).collect();
        // The kinds alternate, so that chunks are mixed.
        for index in 0..shape.advice.max(shape.fixed).max(shape.instance) {
            fixed
                .get(index)
                .iter()
                .for_each(|column| cs.enable_equality(**column));
            advice
                .get(index)
                .iter()
                .for_each(|column| cs.enable_equality(**column));
            instance
                .get(index)
                .iter()
                .for_each(|column| cs.enable_equality(**column));
        }
        cs.set_minimum_degree(shape.degree);
        Config {
            advice,
            fixed,
            instance,
        }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        Self::configure_with_params(cs, Shape::default())
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        layouter.assign_region(
            || "copies",
            |mut region| {
                for (row, value) in self.values.iter().enumerate() {
                    let first = cell(config.advice[0], row);
                    for column in &config.fixed {
                        region.assign_fixed(*column, row, *value);
                        region.constrain_equal(cell(*column, row), first);
                    }
                    for column in &config.advice {
                        region.assign_advice(*column, row, Value::known(*value));
                        region.constrain_equal(first, cell(*column, row));
                    }
                    let again = 2 * ROWS - row;
                    region.assign_advice(config.advice[0], again, Value::known(*value));
                    region.constrain_equal(cell(config.advice[0], again), first);
                }
                Ok(())
            },
        )?;
        for (row, column) in (0..ROWS).flat_map(|row| config.instance.iter().map(move |c| (row, c)))
        {
            layouter.constrain_instance(cell(config.advice[0], row), *column, row);
        }
        Ok(())
    }
}

fn specimen(shape: Shape) -> Specimen<Copies> {
    // Fixed columns hold the values, too: they are the circuit's, not the witness's.
    let values = random_scalars(5, ROWS);
    let instances = vec![values.clone(); shape.instance];
    Specimen::with_instances(5, Copies { shape, values }, instances)
}

pub fn one_column() -> Specimen<Copies> {
    specimen(Shape::default())
}

pub fn columns_of_three_kinds_a_product_each() -> Specimen<Copies> {
    specimen(Shape {
        advice: 2,
        fixed: 2,
        instance: 1,
        degree: 3,
    })
}

pub fn columns_of_three_kinds_in_chunks_of_two() -> Specimen<Copies> {
    specimen(Shape {
        advice: 4,
        fixed: 2,
        instance: 2,
        degree: 4,
    })
}

pub fn columns_of_three_kinds_in_chunks_of_three() -> Specimen<Copies> {
    specimen(Shape {
        advice: 5,
        fixed: 1,
        instance: 2,
        degree: 5,
    })
}

pub fn more_room_than_columns() -> Specimen<Copies> {
    specimen(Shape {
        advice: 3,
        fixed: 1,
        instance: 1,
        degree: 9,
    })
}
