//! A random system as a circuit of halo2-axiom's.

use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{
        Advice, Any, Challenge, Circuit, Column, ConstraintSystem, Error, Expression, FirstPhase,
        Fixed, Instance, SecondPhase, Selector, TableColumn, VirtualCells,
    },
    poly::Rotation,
};

use super::{
    formula::Kind,
    witness::{Layout, Witness},
    Lookup, System,
};
use crate::zoo::cell;

#[derive(Clone)]
pub struct RandomCircuit {
    system: System,
    seed: u64,
    instances: Vec<Vec<Fr>>,
}

impl RandomCircuit {
    pub fn new(system: System, seed: u64, instances: Vec<Vec<Fr>>) -> Self {
        Self {
            system,
            seed,
            instances,
        }
    }

    pub fn instances(&self) -> &[Vec<Fr>] {
        &self.instances
    }
}

/// The columns that gates read.
#[derive(Clone)]
struct Columns {
    /// Inputs, then the outputs of gates.
    advice: Vec<Column<Advice>>,
    fixed: Vec<Column<Fixed>>,
    instance: Vec<Column<Instance>>,
}

impl Columns {
    fn any(&self, kind: Kind, index: usize) -> Column<Any> {
        match kind {
            Kind::Advice => self.advice[index].into(),
            Kind::Fixed => self.fixed[index].into(),
            Kind::Instance => self.instance[index].into(),
        }
    }
}

/// A selector and input columns.
#[derive(Clone)]
struct Inputs {
    on: Selector,
    columns: Vec<Column<Advice>>,
}

impl Inputs {
    fn configure(cs: &mut ConstraintSystem<Fr>, width: usize) -> Self {
        Self {
            on: cs.complex_selector(),
            columns: (0..width).map(|_| cs.advice_column()).collect(),
        }
    }

    /// q^power a_j(rotation_j)
    fn read(&self, cells: &mut VirtualCells<'_, Fr>, lookup: &Lookup) -> Vec<Expression<Fr>> {
        let on = cells.query_selector(self.on);
        let columns = self.columns.iter().zip(&lookup.rotations);
        columns
            .map(|(column, rotation)| {
                let input = cells.query_advice(*column, Rotation(*rotation));
                std::iter::repeat_n(&on, lookup.power).fold(input, |input, on| input * on.clone())
            })
            .collect()
    }
}

#[derive(Clone)]
pub struct Config {
    columns: Columns,
    gates: Vec<Selector>,
    tables: Vec<Vec<TableColumn>>,
    lookups: Vec<Inputs>,
    dynamic_lookups: Vec<Inputs>,
    dynamic_tables: Vec<Vec<Column<Advice>>>,
    copies: Column<Advice>,
    challenge: Option<Challenge>,
    blinding_factors: usize,
}

impl Circuit<Fr> for RandomCircuit {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = System;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> System {
        self.system.clone()
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, system: System) -> Config {
        let shape = system.shape();
        let mut columns = Columns {
            advice: (0..shape.inputs).map(|_| cs.advice_column()).collect(),
            fixed: (0..shape.fixed).map(|_| cs.fixed_column()).collect(),
            instance: (0..shape.instance).map(|_| cs.instance_column()).collect(),
        };
        let challenge = shape
            .two_phases
            .then(|| cs.challenge_usable_after(FirstPhase));
        // With a column, so that the second phase is there whatever the gates are.
        let copies = if shape.two_phases {
            cs.advice_column_in(SecondPhase)
        } else {
            cs.advice_column()
        };
        let mut gates = Vec::new();
        for gate in &system.gates {
            let on = if gate.simple_selector {
                cs.selector()
            } else {
                cs.complex_selector()
            };
            let output = if gate.second_phase {
                cs.advice_column_in(SecondPhase)
            } else {
                cs.advice_column()
            };
            cs.create_gate("random", |cells| {
                let on = cells.query_selector(on);
                let challenge = challenge.map(|challenge| cells.query_challenge(challenge));
                let output = cells.query_advice(output, Rotation(gate.rotation));
                let mut read = |kind, index, rotation| {
                    cells.query_any(columns.any(kind, index), Rotation(rotation))
                };
                let value = gate.formula.expression(&mut read, &challenge);
                vec![on * (value - output)]
            });
            gates.push(on);
            columns.advice.push(output);
        }

        let tables: Vec<Vec<TableColumn>> = system
            .tables
            .iter()
            .map(|rows| rows[0].iter().map(|_| cs.lookup_table_column()).collect())
            .collect();
        let mut lookups = Vec::new();
        for lookup in &system.lookups {
            let inputs = Inputs::configure(cs, lookup.rotations.len());
            cs.lookup("random", |cells| {
                let inputs = inputs.read(cells, lookup);
                let table = tables[lookup.table].iter().copied();
                inputs.into_iter().zip(table).collect()
            });
            lookups.push(inputs);
        }
        let mut dynamic_lookups = Vec::new();
        let mut dynamic_tables = Vec::new();
        for dynamic in &system.dynamic_lookups {
            let inputs = Inputs::configure(cs, dynamic.table_rotations.len());
            let table: Vec<_> = inputs.columns.iter().map(|_| cs.advice_column()).collect();
            cs.lookup_any("random", |cells| {
                let factor = match challenge {
                    Some(challenge) if dynamic.scaled => cells.query_challenge(challenge),
                    _ => Expression::Constant(Fr::from(3)),
                };
                let inputs = inputs.read(cells, &dynamic.lookup).into_iter();
                let table = table.iter().zip(&dynamic.table_rotations);
                inputs
                    .zip(table)
                    .map(|(input, (column, rotation))| {
                        let tuple = cells.query_advice(*column, Rotation(*rotation));
                        (input * factor.clone(), tuple * factor.clone())
                    })
                    .collect()
            });
            dynamic_lookups.push(inputs);
            dynamic_tables.push(table);
        }

        for _ in 0..shape.unused {
            cs.advice_column();
            cs.fixed_column();
        }
        if !system.permuted.is_empty() {
            cs.enable_equality(copies);
        }
        for (kind, index) in &system.permuted {
            cs.enable_equality(columns.any(*kind, *index));
        }
        cs.set_minimum_degree(shape.minimum_degree);
        Config {
            columns,
            gates,
            tables,
            lookups,
            dynamic_lookups,
            dynamic_tables,
            copies,
            challenge,
            blinding_factors: cs.blinding_factors(),
        }
    }

    fn configure(_: &mut ConstraintSystem<Fr>) -> Config {
        unreachable!("random circuits are configured with their system")
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let system = &self.system;
        let usable_rows = (1 << system.shape().k) - config.blinding_factors - 1;
        let layout = Layout::draw(system, usable_rows);
        for (columns, rows) in config.tables.iter().zip(&system.tables) {
            layouter.assign_table(
                || "table",
                |mut table| {
                    for (row, tuple) in rows.iter().enumerate() {
                        for (column, value) in columns.iter().zip(tuple) {
                            let value = || Value::known(*value);
                            table.assign_cell(|| "table", *column, row, value)?;
                        }
                    }
                    Ok(())
                },
            )?;
        }
        layouter.assign_region(
            || "circuit",
            |mut region| {
                for (column, values) in config.columns.fixed.iter().zip(&layout.fixed) {
                    for (row, value) in values.iter().enumerate() {
                        region.assign_fixed(*column, row, *value);
                    }
                }
                let lookups = config.lookups.iter().map(|inputs| &inputs.on);
                let dynamic = config.dynamic_lookups.iter().map(|inputs| &inputs.on);
                let selectors = config.gates.iter().chain(lookups).chain(dynamic);
                let rows = layout.gate_rows.iter().chain(&layout.lookup_rows);
                for (on, rows) in selectors.zip(rows.chain(&layout.dynamic_lookup_rows)) {
                    for row in rows {
                        on.enable(&mut region, *row)?;
                    }
                }
                for (row, (kind, index, source)) in layout.copies.iter().enumerate() {
                    let source = cell(config.columns.any(*kind, *index), *source);
                    region.constrain_equal(source, cell(config.copies, row));
                }
                Ok(())
            },
        )?;
        self.assign_advice(&config, &mut layouter, &layout, None)?;
        let Some(challenge) = config.challenge else {
            return Ok(());
        };
        if system.shape().calls_next_phase {
            layouter.next_phase();
        }
        let mut known = None;
        layouter
            .get_challenge(challenge)
            .map(|challenge| known = Some(challenge));
        self.assign_advice(&config, &mut layouter, &layout, known)
    }
}

impl RandomCircuit {
    /// Assigns all advice that can be computed.
    fn assign_advice(
        &self,
        config: &Config,
        layouter: &mut impl Layouter<Fr>,
        layout: &Layout,
        challenge: Option<Fr>,
    ) -> Result<(), Error> {
        let witness = Witness::compute(&self.system, layout, self.seed, &self.instances, challenge);
        let advice = config.columns.advice.iter();
        let mut columns: Vec<(Column<Advice>, &[Fr])> = advice
            .zip(&witness.columns)
            .filter_map(|(column, values)| Some((*column, values.as_deref()?)))
            .collect();
        let lookups = config.lookups.iter().chain(&config.dynamic_lookups);
        let inputs = witness.lookup_inputs.iter();
        for (lookup, inputs) in lookups.zip(inputs.chain(&witness.dynamic_lookup_inputs)) {
            columns.extend(
                lookup
                    .columns
                    .iter()
                    .copied()
                    .zip(inputs.iter().map(Vec::as_slice)),
            );
        }
        for (table, values) in config.dynamic_tables.iter().zip(&witness.dynamic_tables) {
            columns.extend(table.iter().copied().zip(values.iter().map(Vec::as_slice)));
        }
        if let Some(copies) = &witness.copies {
            columns.push((config.copies, copies));
        }
        layouter.assign_region(
            || "advice",
            |mut region| {
                for (column, values) in columns {
                    for (row, value) in values.iter().enumerate() {
                        region.assign_advice(column, row, Value::known(*value));
                    }
                }
                Ok(())
            },
        )
    }
}
