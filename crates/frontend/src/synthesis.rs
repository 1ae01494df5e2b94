//! Witness synthesis: drives a circuit's `synthesize` with an `Assignment` of our own.

use ff::Field;
use halo2_axiom::{
    circuit::Value,
    halo2curves::bn256::Fr,
    plonk::{
        self, Advice, Any, Assigned, Assignment, Challenge, Circuit, Column, ConstraintSystem,
        Fixed, FloorPlanner, Instance, Selector,
    },
};
use halo2_offload_engine::{process, EngineError};
use halo2_offload_prover::{AdviceSink, CompiledCircuit, ProverError, WitnessSource};

use crate::{
    compile::{check_circuit, check_max_degree},
    error::{Error, SynthesisError},
};

mod cells;

use cells::Cells;

/// What an advice cell takes in memory during synthesis.
pub const CELL_BYTES: usize = size_of::<Assigned<Fr>>();

/// A circuit with its witness, as a source of advice columns.
pub struct CircuitWitness<'a, C: Circuit<Fr>> {
    circuit: &'a C,
    config: C::Config,
    constants: Vec<Column<Fixed>>,
    instances: &'a [&'a [Fr]],
    key: &'a CompiledCircuit<Fr>,
}

impl<'a, C: Circuit<Fr>> CircuitWitness<'a, C> {
    /// The witnesses of `circuits`, all of which are configured as the first one is.
    pub fn of_circuits(
        key: &'a CompiledCircuit<Fr>,
        circuits: impl IntoIterator<Item = &'a C>,
        instances: &'a [&'a [&'a [Fr]]],
    ) -> Result<Vec<Self>, Error> {
        process::enter().map_err(EngineError::from)?;
        let mut circuits = circuits.into_iter().peekable();
        let Some(first) = circuits.peek() else {
            return Ok(Vec::new());
        };
        check_max_degree()?;
        let mut cs = ConstraintSystem::default();
        let config = C::configure_with_params(&mut cs, first.params());
        check_circuit(key, &cs)?;
        let constants = columns_of_constants(key, &cs);
        // A circuit without instances of its own is refused by the prover, which compares counts.
        let instances = instances.iter().copied().chain(std::iter::repeat(&[][..]));
        Ok(circuits
            .zip(instances)
            .map(|(circuit, instances)| Self {
                circuit,
                config: config.clone(),
                constants: constants.clone(),
                instances,
                key,
            })
            .collect())
    }
}

/// The columns that the floor planner may put constants into: the key's, since a circuit that only
/// makes a witness may have none; those of the circuit where the key has not noted its own.
fn columns_of_constants(
    key: &CompiledCircuit<Fr>,
    cs: &ConstraintSystem<Fr>,
) -> Vec<Column<Fixed>> {
    if key.constants.is_empty() {
        return cs.constants().clone();
    }
    // halo2-axiom makes columns in a constraint system, one after another.
    let mut numbered = ConstraintSystem::<Fr>::default();
    let columns: Vec<_> = (0..key.fixed_columns)
        .map(|_| numbered.fixed_column())
        .collect();
    key.constants.iter().map(|index| columns[*index]).collect()
}

impl<C: Circuit<Fr>> WitnessSource<Fr> for CircuitWitness<'_, C> {
    fn synthesize(&mut self, sink: &mut dyn AdviceSink<Fr>) -> Result<(), ProverError> {
        let phases = self.key.phases();
        let mut collector = Collector {
            key: self.key,
            instances: self.instances,
            advice: self.key.advice_phases.iter().map(|_| None).collect(),
            sink,
            error: None,
        };
        // A circuit that calls `next_phase` closes phases within one synthesis; one that does not
        // is synthesised anew for each phase.
        while collector.sink.phase() < phases {
            C::FloorPlanner::synthesize(
                &mut collector,
                self.circuit,
                self.config.clone(),
                self.constants.clone(),
            )
            .map_err(|error| match collector.error.take() {
                Some(cause) => cause,
                None => SynthesisError::Circuit(error).into(),
            })?;
            if let Some(error) = collector.error.take() {
                return Err(error);
            }
            if collector.sink.phase() < phases {
                collector.close_phase_after_synthesis(phases)?;
            }
        }
        Ok(())
    }
}

/// Collects advice; everything else of a synthesis is in the key already.
struct Collector<'a> {
    key: &'a CompiledCircuit<Fr>,
    instances: &'a [&'a [Fr]],
    /// The cells of each column, once one of them has been assigned.
    advice: Vec<Option<Cells>>,
    sink: &'a mut dyn AdviceSink<Fr>,
    /// The first thing that went wrong where halo2's interface has no way to say so.
    error: Option<ProverError>,
}

impl Collector<'_> {
    fn fail(&mut self, error: impl Into<ProverError>) {
        self.error.get_or_insert(error.into());
    }

    /// Closes a phase between two syntheses. After the last one nobody holds a cell any more, so
    /// that each column's cells are given back as soon as its values are made.
    fn close_phase_after_synthesis(&mut self, phases: u8) -> Result<(), ProverError> {
        let phase = self.sink.phase();
        let n = self.key.n();
        let is_last = phase + 1 == phases;
        let advice = &mut self.advice;
        if is_last {
            let closed = self.key.advice_phases.iter().zip(advice.iter_mut());
            closed
                .filter(|(p, _)| **p != phase)
                .for_each(|(_, cells)| *cells = None);
        }
        self.sink.close_phase(&mut |column| {
            if is_last {
                values(advice[column].take().as_ref(), n)
            } else {
                values(advice[column].as_ref(), n)
            }
        })
    }
}

impl Assignment<Fr> for Collector<'_> {
    fn enter_region<NR, N>(&mut self, _: N)
    where
        NR: Into<String>,
        N: FnOnce() -> NR,
    {
    }

    fn exit_region(&mut self) {}

    fn enable_selector<A, AR>(&mut self, _: A, _: &Selector, _: usize) -> Result<(), plonk::Error>
    where
        A: FnOnce() -> AR,
        AR: Into<String>,
    {
        Ok(())
    }

    fn annotate_column<A, AR>(&mut self, _: A, _: Column<Any>)
    where
        A: FnOnce() -> AR,
        AR: Into<String>,
    {
    }

    fn query_instance(
        &self,
        column: Column<Instance>,
        row: usize,
    ) -> Result<Value<Fr>, plonk::Error> {
        if row >= self.key.usable_rows() {
            return Err(plonk::Error::NotEnoughRowsAvailable {
                current_k: self.key.k,
            });
        }
        self.instances
            .get(column.index())
            .and_then(|column| column.get(row))
            .map(|value| Value::known(*value))
            .ok_or(plonk::Error::BoundsFailure)
    }

    fn assign_advice<'v>(
        &mut self,
        column: Column<Advice>,
        row: usize,
        to: Value<Assigned<Fr>>,
    ) -> Value<&'v Assigned<Fr>> {
        let column = column.index();
        let (columns, usable) = (self.advice.len(), self.key.usable_rows());
        if column >= columns {
            self.fail(SynthesisError::NoSuchColumn { column, columns });
            return Value::unknown();
        }
        if row >= usable {
            let k = self.key.k;
            self.fail(SynthesisError::NotEnoughRows {
                column,
                row,
                usable,
                k,
            });
            return Value::unknown();
        }
        let mut value = None;
        to.map(|to| value = Some(to));
        match value {
            // SAFETY: halo2's interface lets the caller choose the lifetime 'v. Cells live, and are
            // neither moved nor changed, until the last synthesis of this circuit has returned; an
            // `AssignedCell`, the only thing that holds these references, belongs to one synthesis.
            Some(value) => {
                let n = self.key.n();
                let cells = self.advice[column].get_or_insert_with(|| Cells::new(n));
                Value::known(unsafe { cells.assign(row, value) })
            }
            None => {
                self.fail(SynthesisError::Unknown { column, row });
                Value::unknown()
            }
        }
    }

    fn assign_fixed(&mut self, _: Column<Fixed>, _: usize, _: Assigned<Fr>) {}

    fn copy(&mut self, _: Column<Any>, _: usize, _: Column<Any>, _: usize) {}

    fn fill_from_row(
        &mut self,
        _: Column<Fixed>,
        _: usize,
        _: Value<Assigned<Fr>>,
    ) -> Result<(), plonk::Error> {
        Ok(())
    }

    fn get_challenge(&self, challenge: Challenge) -> Value<Fr> {
        self.sink
            .challenge(challenge.index())
            .map_or_else(Value::unknown, Value::known)
    }

    fn push_namespace<NR, N>(&mut self, _: N)
    where
        NR: Into<String>,
        N: FnOnce() -> NR,
    {
    }

    fn pop_namespace(&mut self, _: Option<String>) {}

    fn next_phase(&mut self) {
        if self.error.is_some() {
            return;
        }
        let n = self.key.n();
        let advice = &self.advice;
        // The circuit may still read its cells: they stay.
        let closed = self
            .sink
            .close_phase(&mut |column| values(advice[column].as_ref(), n));
        if let Err(error) = closed {
            self.fail(error);
        }
    }
}

/// The n values of a column, all zero where no cell of it was ever assigned.
fn values(cells: Option<&Cells>, n: usize) -> Vec<Fr> {
    cells.map_or_else(|| vec![Fr::ZERO; n], Cells::values)
}
