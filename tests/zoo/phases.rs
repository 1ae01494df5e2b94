//! Challenges between phases: random linear combinations of advice columns.

use halo2_axiom::{
    circuit::{Layouter, Region, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{
        Advice, Challenge, Circuit, Column, ConstraintSystem, Error, FirstPhase, SecondPhase,
        Selector, ThirdPhase,
    },
    poly::Rotation,
};

use super::{cell, random_scalars, Specimen};

/// How the circuit goes from one phase to the next.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Style {
    /// It is synthesised again for each phase, and assigns what it can.
    #[default]
    Anew,
    /// It calls `Layouter::next_phase`.
    BetweenRegions,
    /// It calls `Region::next_phase`.
    InsideRegion,
    /// It calls `Layouter::next_phase` after its last phase, too.
    ClosingTheLast,
}

#[derive(Clone, Copy)]
pub struct Shape {
    phases: usize,
    style: Style,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            phases: 1,
            style: Style::Anew,
        }
    }
}

#[derive(Clone)]
pub struct Config {
    running: Selector,
    values: Column<Advice>,
    /// Of each phase after the first, with the challenge that it combines by.
    combinations: Vec<(Column<Advice>, Challenge)>,
}

const ROWS: usize = 9;

/// The column of each phase is a running combination of the one before:
/// s_0 = v_0, s_i = r s_(i-1) + v_i, with the phase's challenge r.
#[derive(Clone)]
pub struct Combinations {
    shape: Shape,
    values: Vec<Fr>,
}

impl Circuit<Fr> for Combinations {
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
        let running = cs.complex_selector();
        let values = cs.advice_column();
        cs.enable_equality(values);
        // Two after the first phase, so that indices and phases differ.
        let unused = cs.challenge_usable_after(FirstPhase);
        let first = cs.challenge_usable_after(FirstPhase);
        let mut combinations = Vec::new();
        if shape.phases > 1 {
            combinations.push((cs.advice_column_in(SecondPhase), first));
        }
        if shape.phases > 2 {
            let second = cs.challenge_usable_after(SecondPhase);
            combinations.push((cs.advice_column_in(ThirdPhase), second));
        }
        let mut before = values;
        for (column, challenge) in &combinations {
            cs.enable_equality(*column);
            cs.create_gate("combination", |cells| {
                let running = cells.query_selector(running);
                let challenge = cells.query_challenge(*challenge);
                let value = cells.query_advice(before, Rotation::cur());
                let sum = cells.query_advice(*column, Rotation::cur());
                let sum_before = cells.query_advice(*column, Rotation::prev());
                vec![running * (sum - sum_before * challenge - value)]
            });
            before = *column;
        }
        cs.create_gate("challenges without phases", |cells| {
            let running = cells.query_selector(running);
            let unused = cells.query_challenge(unused);
            let first = cells.query_challenge(first);
            let value = cells.query_advice(values, Rotation::cur());
            vec![running * (value.clone() - value) * (unused + first)]
        });
        // Every value is one of the column, also when both are scaled by a challenge.
        cs.lookup_any("scaled values", |cells| {
            let first = cells.query_challenge(first);
            let running = cells.query_selector(running);
            let value = cells.query_advice(values, Rotation::cur());
            vec![(running * value.clone() * first.clone(), value * first)]
        });
        Config {
            running,
            values,
            combinations,
        }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        Self::configure_with_params(cs, Shape::default())
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let style = self.shape.style;
        layouter.assign_region(
            || "values",
            |mut region| {
                for (row, value) in self.values.iter().enumerate() {
                    region.assign_advice(config.values, row, Value::known(*value));
                    if row > 0 {
                        config.running.enable(&mut region, row)?;
                    }
                }
                // What comes before the running sums is the first value of each phase.
                let mut before = config.values;
                for (column, _) in &config.combinations {
                    region.constrain_equal(cell(before, 0), cell(*column, 0));
                    before = *column;
                }
                Ok(())
            },
        )?;
        if style == Style::InsideRegion {
            return layouter.assign_region(
                || "all combinations",
                |mut region| {
                    let mut values = self.values.clone();
                    for (column, challenge) in &config.combinations {
                        region.next_phase();
                        let challenge = region.get_challenge(*challenge);
                        combine(&mut region, *column, challenge, &mut values);
                    }
                    Ok(())
                },
            );
        }
        let mut values = self.values.clone();
        for (column, challenge) in &config.combinations {
            if style != Style::Anew {
                layouter.next_phase();
            }
            let challenge = layouter.get_challenge(*challenge);
            layouter.assign_region(
                || "combination",
                |mut region| {
                    combine(&mut region, *column, challenge, &mut values);
                    Ok(())
                },
            )?;
        }
        if style == Style::ClosingTheLast {
            layouter.next_phase();
        }
        Ok(())
    }
}

/// Assigns the running combination of `values` and puts it into their place, once the challenge is
/// known.
fn combine(
    region: &mut Region<'_, Fr>,
    column: Column<Advice>,
    challenge: Value<Fr>,
    values: &mut [Fr],
) {
    challenge.map(|challenge| {
        for row in 1..values.len() {
            values[row] += values[row - 1] * challenge;
        }
        for (row, value) in values.iter().enumerate() {
            region.assign_advice(column, row, Value::known(*value));
        }
    });
}

fn specimen(phases: usize, style: Style) -> Specimen<Combinations> {
    let shape = Shape { phases, style };
    let circuit = Combinations {
        shape,
        values: random_scalars(phases as u64, ROWS),
    };
    let mut specimen = Specimen::one(5, circuit);
    specimen.stock_proves = phases < 3;
    specimen
}

pub fn challenges_after_the_only_phase() -> Specimen<Combinations> {
    specimen(1, Style::Anew)
}

pub fn two_phases_synthesised_anew() -> Specimen<Combinations> {
    specimen(2, Style::Anew)
}

pub fn two_phases_between_regions() -> Specimen<Combinations> {
    specimen(2, Style::BetweenRegions)
}

pub fn two_phases_inside_a_region() -> Specimen<Combinations> {
    specimen(2, Style::InsideRegion)
}

pub fn two_phases_that_close_the_last_themselves() -> Specimen<Combinations> {
    specimen(2, Style::ClosingTheLast)
}

pub fn three_phases_synthesised_anew() -> Specimen<Combinations> {
    specimen(3, Style::Anew)
}

pub fn three_phases_between_regions() -> Specimen<Combinations> {
    specimen(3, Style::BetweenRegions)
}
