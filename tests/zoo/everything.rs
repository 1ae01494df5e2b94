//! Gates of degree 6, lookups, copies, selectors, instances and challenges together.

use ff::Field;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{
        Advice, Challenge, Circuit, Column, ConstraintSystem, Error, Expression, FirstPhase, Fixed,
        Instance, SecondPhase, Selector, TableColumn,
    },
    poly::Rotation,
};
use rand::Rng;

use super::{cell, random_scalars, witness_rng, Specimen};

const K: u32 = 7;
const ROWS: usize = 60;
const RANGE: u64 = 50;

#[derive(Clone)]
pub struct Config {
    cubes: Selector,
    in_range: Selector,
    numbers: Column<Advice>,
    results: Column<Advice>,
    factors: Column<Fixed>,
    public: Column<Instance>,
    range: TableColumn,
    combination: Option<(Column<Advice>, Challenge)>,
}

/// Results r = f x^3 r_before + i of numbers x that are in a range; with two phases, their running
/// combination, which is looked up among itself.
#[derive(Clone)]
pub struct Everything {
    two_phases: bool,
    numbers: Vec<u64>,
    public: Vec<Fr>,
}

impl Everything {
    fn new(two_phases: bool, seed: u64) -> (Self, Vec<Vec<Fr>>) {
        let mut rng = witness_rng(seed);
        let circuit = Self {
            two_phases,
            numbers: (0..ROWS).map(|_| rng.gen_range(0..RANGE)).collect(),
            public: random_scalars(seed, 5),
        };
        let public = circuit.public.clone();
        (circuit, vec![public])
    }

    fn factor(row: usize) -> Fr {
        Fr::from(row as u64 % 7 + 1)
    }

    fn results(&self) -> Vec<Fr> {
        let mut results = vec![Fr::ZERO];
        for row in 1..ROWS {
            let x = Fr::from(self.numbers[row]);
            let public = self.public.get(row).copied().unwrap_or(Fr::ZERO);
            results.push(Self::factor(row) * x.cube() * results[row - 1] + public);
        }
        results
    }
}

impl Circuit<Fr> for Everything {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    /// Whether there are two phases.
    type Params = bool;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> bool {
        self.two_phases
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, two_phases: bool) -> Config {
        let cubes = cs.selector();
        let in_range = cs.complex_selector();
        let numbers = cs.advice_column();
        let results = cs.advice_column();
        let factors = cs.fixed_column();
        let public = cs.instance_column();
        let range = cs.lookup_table_column();
        let combination = two_phases.then(|| {
            let column = cs.advice_column_in(SecondPhase);
            (column, cs.challenge_usable_after(FirstPhase))
        });
        cs.enable_equality(numbers);
        cs.enable_equality(results);
        cs.enable_equality(factors);
        cs.enable_equality(public);
        cs.create_gate("cube", |cells| {
            let on = cells.query_selector(cubes);
            let x = cells.query_advice(numbers, Rotation::cur());
            let factor = cells.query_fixed(factors, Rotation::cur());
            let before = cells.query_advice(results, Rotation::prev());
            let result = cells.query_advice(results, Rotation::cur());
            let public = cells.query_instance(public, Rotation::cur());
            let cube = x.clone() * x.clone() * x;
            vec![on * (factor * cube * before + public - result)]
        });
        cs.lookup("range", |cells| {
            let on = cells.query_selector(in_range);
            let x = cells.query_advice(numbers, Rotation::cur());
            let x_next = cells.query_advice(numbers, Rotation::next());
            // Two lookups in one where both are on.
            vec![(on.clone() * x + (on.clone() - on) * x_next, range)]
        });
        if let Some((column, challenge)) = combination {
            cs.enable_equality(column);
            cs.create_gate("combination", |cells| {
                let on = cells.query_selector(in_range);
                let challenge = cells.query_challenge(challenge);
                let before = cells.query_advice(column, Rotation::prev());
                let here = cells.query_advice(column, Rotation::cur());
                let result = cells.query_advice(results, Rotation::cur());
                vec![on * (before * challenge + result - here)]
            });
            cs.lookup_any("among itself", |cells| {
                let on = cells.query_selector(in_range);
                let challenge = cells.query_challenge(challenge);
                let before = cells.query_advice(column, Rotation::prev());
                let here = cells.query_advice(column, Rotation::cur());
                let one = Expression::Constant(Fr::ONE);
                vec![
                    (
                        on.clone() * before * challenge.clone(),
                        here.clone() * challenge,
                    ),
                    (one.clone(), here.clone() - here + one),
                ]
            });
        }
        cs.set_minimum_degree(6);
        Config {
            cubes,
            in_range,
            numbers,
            results,
            factors,
            public,
            range,
            combination,
        }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        Self::configure_with_params(cs, false)
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        layouter.assign_table(
            || "range",
            |mut table| {
                for value in 0..RANGE {
                    let known = || Value::known(Fr::from(value));
                    table.assign_cell(|| "range", config.range, value as usize, known)?;
                }
                Ok(())
            },
        )?;
        let results = self.results();
        layouter.assign_region(
            || "cubes",
            |mut region| {
                for (row, (number, result)) in self.numbers.iter().zip(&results).enumerate() {
                    region.assign_advice(config.numbers, row, Value::known(Fr::from(*number)));
                    region.assign_advice(config.results, row, Value::known(*result));
                    region.assign_fixed(config.factors, row, Self::factor(row));
                    if row > 0 {
                        config.cubes.enable(&mut region, row)?;
                        config.in_range.enable(&mut region, row)?;
                    }
                }
                // A factor is copied to where numbers end.
                let copy = Value::known(Self::factor(3));
                region.assign_advice(config.numbers, ROWS, copy);
                region.constrain_equal(cell(config.factors, 3), cell(config.numbers, ROWS));
                let public = Value::known(self.public[2]);
                region.assign_advice(config.results, ROWS, public);
                Ok(())
            },
        )?;
        layouter.constrain_instance(cell(config.results, ROWS), config.public, 2);
        let Some((column, challenge)) = config.combination else {
            return Ok(());
        };
        let challenge = layouter.get_challenge(challenge);
        layouter.assign_region(
            || "combination",
            |mut region| {
                challenge.map(|challenge| {
                    let mut sum = Fr::ZERO;
                    for (row, result) in results.iter().enumerate() {
                        sum = sum * challenge + result;
                        region.assign_advice(column, row, Value::known(sum));
                    }
                });
                region.constrain_equal(cell(config.results, 0), cell(column, 0));
                Ok(())
            },
        )
    }
}

fn specimen(two_phases: bool, circuits: u64) -> Specimen<Everything> {
    let circuits = (0..circuits).map(|seed| Everything::new(two_phases, seed));
    let mut specimen = Specimen::several(K, circuits);
    specimen.compress_selectors = true;
    specimen
}

pub fn in_one_phase() -> Specimen<Everything> {
    specimen(false, 1)
}

pub fn in_two_phases() -> Specimen<Everything> {
    specimen(true, 1)
}

pub fn in_two_circuits() -> Specimen<Everything> {
    specimen(false, 2)
}
