//! What proofs are made of: circuits that are synthesised, or advice columns as they are.

use halo2_axiom::{halo2curves::bn256::Fr, plonk::Circuit};
use halo2_offload_prover::{AdviceSink, CompiledCircuit, ProverError, WitnessSource};
use std::mem;

use crate::{error::Error, synthesis::CircuitWitness};

/// The witness of a proof.
pub trait Witness {
    /// The witness of each circuit, for a key.
    ///
    /// # Errors
    ///
    /// If it does not fit the key.
    fn sources<'a>(
        &'a mut self,
        key: &'a CompiledCircuit<Fr>,
        instances: &'a [&'a [&'a [Fr]]],
    ) -> Result<Sources<'a>, Error>;
}

/// The witness of each circuit of a proof.
pub type Sources<'a> = Vec<Box<dyn WitnessSource<Fr> + 'a>>;

/// Circuits, each with its witness.
pub struct Circuits<'c, C>(pub Vec<&'c C>);

impl<C: Circuit<Fr>> Witness for Circuits<'_, C> {
    fn sources<'a>(
        &'a mut self,
        key: &'a CompiledCircuit<Fr>,
        instances: &'a [&'a [&'a [Fr]]],
    ) -> Result<Sources<'a>, Error> {
        let witnesses = CircuitWitness::of_circuits(key, self.0.iter().copied(), instances)?;
        Ok(witnesses
            .into_iter()
            .map(|witness| Box::new(witness) as _)
            .collect())
    }
}

/// The advice columns of one circuit of one phase: 2^k values each, of which those in rows that are
/// not usable are overwritten.
pub struct AdviceColumns(pub Vec<Vec<Fr>>);

impl Witness for AdviceColumns {
    fn sources<'a>(
        &'a mut self,
        key: &'a CompiledCircuit<Fr>,
        _: &'a [&'a [&'a [Fr]]],
    ) -> Result<Sources<'a>, Error> {
        let columns = &self.0;
        check_one_phase(key)?;
        if columns.len() != key.advice_phases.len() {
            return Err(Error::AdviceColumns {
                expected: key.advice_phases.len(),
                actual: columns.len(),
            });
        }
        if let Some(column) = columns.iter().position(|c| c.len() != key.n()) {
            return Err(Error::AdviceColumnLength {
                column,
                expected: key.n(),
                actual: columns[column].len(),
                unusable: key.n() - key.usable_rows(),
                k: key.k,
            });
        }
        Ok(vec![Box::new(ColumnsWitness(mem::take(&mut self.0)))])
    }
}

/// Advice columns as a source: each is handed on, and not copied.
struct ColumnsWitness(Vec<Vec<Fr>>);

impl WitnessSource<Fr> for ColumnsWitness {
    fn synthesize(&mut self, sink: &mut dyn AdviceSink<Fr>) -> Result<(), ProverError> {
        sink.close_phase(&mut |column| mem::take(&mut self.0[column]))
    }
}

/// The advice columns of a circuit of one phase, for
/// [`prove_from_advice`](crate::prove_from_advice): 2^k values each, zero where synthesis assigns nothing
/// and in the rows that are not usable.
///
/// # Errors
///
/// If the circuit does not fit the key or has several phases, or its witness is not complete.
pub fn advice_columns<C: Circuit<Fr>>(
    key: &CompiledCircuit<Fr>,
    circuit: &C,
    instances: &[&[Fr]],
) -> Result<Vec<Vec<Fr>>, Error> {
    check_one_phase(key)?;
    let mut columns = Columns {
        count: key.advice_phases.len(),
        values: None,
    };
    for mut witness in CircuitWitness::of_circuits(key, [circuit], &[instances])? {
        witness.synthesize(&mut columns)?;
    }
    Ok(columns.values.unwrap_or_default())
}

/// Stands for the prover during the one phase.
struct Columns {
    count: usize,
    values: Option<Vec<Vec<Fr>>>,
}

impl AdviceSink<Fr> for Columns {
    fn phase(&self) -> u8 {
        self.values.is_some().into()
    }

    fn challenge(&self, _: usize) -> Option<Fr> {
        None
    }

    fn close_phase(&mut self, column: &mut dyn FnMut(usize) -> Vec<Fr>) -> Result<(), ProverError> {
        let count = self.count;
        self.values
            .get_or_insert_with(|| (0..count).map(column).collect());
        Ok(())
    }
}

fn check_one_phase(key: &CompiledCircuit<Fr>) -> Result<(), Error> {
    match key.phases() {
        1 => Ok(()),
        phases => Err(Error::AdvicePhases { phases }),
    }
}
