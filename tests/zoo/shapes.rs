//! Columns without constraints, down to a circuit that has none.

use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Fixed},
};

use super::{random_scalars, Specimen};

/// How many columns of each kind, and whether a permutation goes over them.
#[derive(Clone, Copy, Default)]
pub struct Shape {
    fixed: usize,
    advice: usize,
    instance: usize,
    permutation: bool,
}

#[derive(Clone)]
pub struct Columns(Shape);

impl Circuit<Fr> for Columns {
    type Config = (Vec<Column<Fixed>>, Vec<Column<Advice>>);
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Shape;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> Shape {
        self.0
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, shape: Shape) -> Self::Config {
        let fixed: Vec<_> = (0..shape.fixed).map(|_| cs.fixed_column()).collect();
        let advice: Vec<_> = (0..shape.advice).map(|_| cs.advice_column()).collect();
        let instance: Vec<_> = (0..shape.instance).map(|_| cs.instance_column()).collect();
        if shape.permutation {
            fixed.iter().for_each(|column| cs.enable_equality(*column));
            advice.iter().for_each(|column| cs.enable_equality(*column));
            instance
                .iter()
                .for_each(|column| cs.enable_equality(*column));
        }
        (fixed, advice)
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Self::Config {
        Self::configure_with_params(cs, Shape::default())
    }

    fn synthesize(
        &self,
        (fixed, advice): Self::Config,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        layouter.assign_region(
            || "columns",
            |mut region| {
                for (seed, column) in fixed.iter().enumerate() {
                    for (row, value) in random_scalars(seed as u64, 5).into_iter().enumerate() {
                        region.assign_fixed(*column, row, value);
                    }
                }
                for (seed, column) in advice.iter().enumerate() {
                    for (row, value) in random_scalars(seed as u64, 6).into_iter().enumerate() {
                        region.assign_advice(*column, row, Value::known(value));
                    }
                }
                Ok(())
            },
        )
    }
}

fn specimen(k: u32, shape: Shape) -> Specimen<Columns> {
    let instances = (0..shape.instance).map(|index| random_scalars(index as u64, index + 1));
    Specimen::with_instances(k, Columns(shape), instances.collect())
}

pub fn nothing_at_all() -> Specimen<Columns> {
    specimen(4, Shape::default())
}

pub fn only_fixed_columns() -> Specimen<Columns> {
    let shape = Shape {
        fixed: 3,
        ..Shape::default()
    };
    specimen(4, shape)
}

pub fn only_instance_columns() -> Specimen<Columns> {
    let shape = Shape {
        instance: 2,
        ..Shape::default()
    };
    specimen(4, shape)
}

pub fn only_advice_columns() -> Specimen<Columns> {
    let shape = Shape {
        advice: 3,
        ..Shape::default()
    };
    specimen(5, shape)
}

pub fn columns_without_constraints() -> Specimen<Columns> {
    let shape = Shape {
        fixed: 2,
        advice: 3,
        instance: 1,
        permutation: false,
    };
    specimen(5, shape)
}

pub fn a_permutation_and_nothing_else() -> Specimen<Columns> {
    let shape = Shape {
        fixed: 1,
        advice: 2,
        instance: 1,
        permutation: true,
    };
    specimen(4, shape)
}
