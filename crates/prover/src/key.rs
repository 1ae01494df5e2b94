//! A proving key on an engine.

use ff::Field;
use halo2_offload_engine::{
    Coeff, Engine, EngineColumn, EngineDomain, EngineSrs, LagrangeCoeff, Scalar,
};

use crate::{
    circuit::{ColumnKind, CompiledCircuit},
    error::ProverError,
    programs::{Input, Programs},
};

/// A fixed or permutation column of a key: held as coefficients, from which values are derived when
/// they are read, unless they are at hand.
pub struct KeyColumn<E: Engine> {
    /// The coefficients.
    pub coeff: EngineColumn<E, Coeff>,
    /// The values, where holding them costs nothing.
    pub values: Option<EngineColumn<E, LagrangeCoeff>>,
}

/// A circuit's proving key on an engine, with the SRS for coefficients: loaded once for many proofs.
/// The SRS for Lagrange values is apart, so that a proof that is the last one can let go of it
/// halfway.
pub struct Key<E: Engine> {
    pub(crate) circuit: CompiledCircuit<Scalar<E>>,
    pub(crate) domain: EngineDomain<E>,
    pub(crate) srs: EngineSrs<E, Coeff>,
    pub(crate) fixed: Vec<KeyColumn<E>>,
    pub(crate) permutation: Vec<KeyColumn<E>>,
    pub(crate) programs: Programs<Scalar<E>>,
}

impl<E: Engine> Key<E> {
    /// Puts a key together; compiles the circuit's expressions.
    pub fn new(
        engine: &E,
        circuit: CompiledCircuit<Scalar<E>>,
        srs: EngineSrs<E, Coeff>,
        fixed: Vec<KeyColumn<E>>,
        permutation: Vec<KeyColumn<E>>,
    ) -> Result<Self, ProverError> {
        if circuit.degree < 3 {
            return Err(ProverError::Degree {
                degree: circuit.degree,
            });
        }
        let check = |what: &str, expected: usize, actual: usize| {
            if expected == actual {
                return Ok(());
            }
            Err(ProverError::Key {
                what: what.into(),
                expected,
                actual,
                k: circuit.k,
            })
        };
        check(
            "the list of fixed columns",
            circuit.fixed_columns,
            fixed.len(),
        )?;
        check(
            "the list of permutation columns",
            circuit.permutation.len(),
            permutation.len(),
        )?;
        let domain = engine.domain(circuit.k)?;
        let programs = Programs::compile(&circuit);
        Ok(Self {
            circuit,
            domain,
            srs,
            fixed,
            permutation,
            programs,
        })
    }

    /// The circuit.
    pub fn circuit(&self) -> &CompiledCircuit<Scalar<E>> {
        &self.circuit
    }

    /// The fixed columns, for writing the key out.
    pub fn fixed(&self) -> &[KeyColumn<E>] {
        &self.fixed
    }

    /// The permutation columns, for writing the key out.
    pub fn permutation(&self) -> &[KeyColumn<E>] {
        &self.permutation
    }

    /// A column of the key, if `input` is one.
    pub(crate) fn column(&self, input: Input) -> Option<&KeyColumn<E>> {
        match input {
            Input::Column(column) if column.kind == ColumnKind::Fixed => {
                Some(&self.fixed[column.index])
            }
            Input::Permutation(index) => Some(&self.permutation[index]),
            _ => None,
        }
    }

    /// x * omega^rotation
    pub(crate) fn rotate(&self, x: Scalar<E>, rotation: i32) -> Scalar<E> {
        let n = self.domain.n() as i64;
        let rows = i64::from(rotation).rem_euclid(n) as u64;
        x * self.domain.omega.pow_vartime([rows])
    }

    /// The rotation from row 0 to the last row of a grand product, going backwards.
    pub(crate) fn last_rotation(&self) -> i32 {
        -(self.circuit.blinding_factors as i32 + 1)
    }
}
