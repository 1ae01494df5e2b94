//! A circuit over any field with all that a layouter has: regions, a table, constants, public values,
//! namespaces, a second phase.

use ff::PrimeField;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    plonk::{
        Advice, Challenge, Circuit, Column, ConstraintSystem, Error, FirstPhase, Instance,
        SecondPhase, Selector, TableColumn,
    },
    poly::Rotation,
};

/// log2 of the number of rows.
pub const K: u32 = 5;
const NUMBERS: usize = 8;

/// Small numbers and their multiples by a challenge; the first number is public.
#[derive(Clone, Copy, Default)]
pub struct Everything<F> {
    /// The public one.
    pub first: F,
}

#[derive(Clone)]
pub struct Config {
    on: Selector,
    number: Column<Advice>,
    multiple: Column<Advice>,
    public: Column<Instance>,
    table: TableColumn,
    challenge: Challenge,
}

impl<F: PrimeField> Circuit<F> for Everything<F> {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Option<Rotation>;

    fn without_witnesses(&self) -> Self {
        Self::default()
    }

    fn params(&self) -> Self::Params {
        Some(Rotation::cur())
    }

    fn configure_with_params(cs: &mut ConstraintSystem<F>, rotation: Self::Params) -> Config {
        let here = rotation.expect("it is what `params` says");
        let on = cs.complex_selector();
        let number = cs.advice_column();
        let challenge = cs.challenge_usable_after(FirstPhase);
        let multiple = cs.advice_column_in(SecondPhase);
        let constants = cs.fixed_column();
        let public = cs.instance_column();
        let table = cs.lookup_table_column();
        cs.enable_constant(constants);
        cs.enable_equality(number);
        cs.enable_equality(public);
        cs.lookup("small", |cells| {
            let on = cells.query_selector(on);
            vec![(on * cells.query_advice(number, here), table)]
        });
        cs.create_gate("multiple", |cells| {
            let on = cells.query_selector(on);
            let number = cells.query_advice(number, here);
            let multiple = cells.query_advice(multiple, here);
            let challenge = cells.query_challenge(challenge);
            vec![on * (multiple - number * challenge)]
        });
        Config {
            on,
            number,
            multiple,
            public,
            table,
            challenge,
        }
    }

    fn configure(cs: &mut ConstraintSystem<F>) -> Config {
        Self::configure_with_params(cs, Some(Rotation::cur()))
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<F>) -> Result<(), Error> {
        layouter.assign_table(
            || "numbers",
            |mut table| {
                (0..NUMBERS).try_for_each(|row| {
                    let number = || Value::known(F::from(row as u64));
                    table.assign_cell(|| "number", config.table, row, number)
                })
            },
        )?;
        let numbers: Vec<F> = std::iter::once(self.first)
            .chain((1..NUMBERS as u64).map(F::from))
            .collect();
        let mut layouter = layouter.namespace(|| "numbers");
        let first = layouter.assign_region(
            || "numbers",
            |mut region| {
                for (row, number) in numbers.iter().enumerate().skip(1) {
                    region.assign_advice_from_constant(|| "number", config.number, row, *number)?;
                }
                for row in 0..NUMBERS {
                    config.on.enable(&mut region, row)?;
                }
                Ok(region.assign_advice(config.number, 0, Value::known(numbers[0])))
            },
        )?;
        layouter.constrain_instance(first.cell(), config.public, 0);
        layouter.next_phase();
        let challenge = layouter.get_challenge(config.challenge);
        // A value that is read where it was assigned.
        let first = first.value().map(|first| first.evaluate());
        let mut layouter = layouter.namespace(|| "multiples");
        layouter.assign_region(
            || "multiples",
            |mut region| {
                // Key generation knows no challenge.
                challenge.zip(first).map(|(challenge, first)| {
                    for (row, number) in numbers.iter().enumerate() {
                        let number = if row == 0 { first } else { *number };
                        let multiple = Value::known(number * challenge);
                        region.assign_advice(config.multiple, row, multiple);
                    }
                });
                Ok(())
            },
        )
    }
}
