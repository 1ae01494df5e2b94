//! A small circuit, and what can be wrong with its witness.

use ff::Field;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{
        self, Advice, Challenge, Circuit, Column, ConstraintSystem, FirstPhase, Fixed, Instance,
        SecondPhase, TableColumn,
    },
    poly::Rotation,
};

pub const K: u32 = 4;
/// 2^K less five blinding rows and the last row of grand products.
pub const USABLE_ROWS: usize = 10;
pub const TABLE: u64 = 8;

/// What configures the circuit.
#[derive(Clone, Copy)]
pub struct Shape {
    pub advice: usize,
    pub instance: usize,
    pub gates: usize,
    pub lookups: usize,
    pub permuted: usize,
    /// Where gates read the first column a second time.
    pub rotation: i32,
    pub second_phase: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            advice: 2,
            instance: 1,
            gates: 1,
            lookups: 1,
            permuted: 1,
            rotation: 1,
            second_phase: false,
        }
    }
}

/// What is wrong with a witness.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Fault {
    #[default]
    None,
    /// One row more than there are.
    TooManyRows,
    UnknownValue,
    NotInTable,
    /// Synthesis returns an error.
    Failing,
    /// A public value is read that was not given.
    MissingInstance,
    /// `next_phase` is called again and again.
    EndlessPhases,
}

/// Small numbers, looked up in a table of them; gates that are always satisfied.
#[derive(Clone, Copy, Default)]
pub struct Numbers {
    pub shape: Shape,
    pub fault: Fault,
}

#[derive(Clone)]
pub struct Config {
    advice: Vec<Column<Advice>>,
    instance: Vec<Column<Instance>>,
    fixed: Column<Fixed>,
    table: TableColumn,
    second_phase: Option<(Column<Advice>, Challenge)>,
}

impl Circuit<Fr> for Numbers {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Shape;

    fn without_witnesses(&self) -> Self {
        *self
    }

    fn params(&self) -> Shape {
        self.shape
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, shape: Shape) -> Config {
        let advice: Vec<_> = (0..shape.advice).map(|_| cs.advice_column()).collect();
        let instance: Vec<_> = (0..shape.instance).map(|_| cs.instance_column()).collect();
        let fixed = cs.fixed_column();
        let table = cs.lookup_table_column();
        for _ in 0..shape.gates {
            cs.create_gate("nothing", |cells| {
                let here = cells.query_advice(advice[0], Rotation::cur());
                let there = cells.query_advice(advice[0], Rotation(shape.rotation));
                let fixed = cells.query_fixed(fixed, Rotation::cur());
                vec![fixed * (here - there)]
            });
        }
        for column in &advice[..shape.lookups] {
            cs.lookup("in range", |cells| {
                let input = cells.query_advice(*column, Rotation::cur());
                vec![(input, table)]
            });
        }
        for column in &advice[..shape.permuted] {
            cs.enable_equality(*column);
        }
        let second_phase = shape.second_phase.then(|| {
            let column = cs.advice_column_in(SecondPhase);
            (column, cs.challenge_usable_after(FirstPhase))
        });
        Config {
            advice,
            instance,
            fixed,
            table,
            second_phase,
        }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        Self::configure_with_params(cs, Shape::default())
    }

    fn synthesize(
        &self,
        config: Config,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), plonk::Error> {
        let fault = self.fault;
        layouter.assign_table(
            || "range",
            |mut table| {
                for value in 0..TABLE {
                    let known = || Value::known(Fr::from(value));
                    table.assign_cell(|| "range", config.table, value as usize, known)?;
                }
                Ok(())
            },
        )?;
        layouter.assign_region(
            || "numbers",
            |mut region| {
                // A column of zeros commits to the same whatever the SRS.
                region.assign_fixed(config.fixed, USABLE_ROWS - 1, Fr::ZERO);
                for row in 0..USABLE_ROWS + usize::from(fault == Fault::TooManyRows) {
                    let value = match fault {
                        Fault::NotInTable if row == 3 => TABLE,
                        _ => row as u64 % TABLE,
                    };
                    let value = match fault {
                        Fault::UnknownValue if row == 2 => Value::unknown(),
                        _ => Value::known(Fr::from(value)),
                    };
                    region.assign_advice(config.advice[0], row, value);
                }
                if fault == Fault::Failing {
                    return Err(plonk::Error::Synthesis);
                }
                if fault == Fault::MissingInstance {
                    region.instance_value(config.instance[0], 3)?;
                }
                Ok(())
            },
        )?;
        if let Some((column, challenge)) = config.second_phase {
            layouter.next_phase();
            let challenge = layouter.get_challenge(challenge);
            layouter.assign_region(
                || "challenge",
                |mut region| {
                    challenge.map(|challenge| {
                        region.assign_advice(column, 0, Value::known(challenge));
                    });
                    Ok(())
                },
            )?;
        }
        if fault == Fault::EndlessPhases {
            (0..300).for_each(|_| layouter.next_phase());
        }
        Ok(())
    }
}

/// A circuit with nothing wrong.
pub fn good() -> Numbers {
    Numbers::default()
}

/// A circuit of a shape, with nothing wrong.
pub fn of_shape(shape: Shape) -> Numbers {
    Numbers {
        shape,
        ..Numbers::default()
    }
}
