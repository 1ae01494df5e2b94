//! A proving key on an engine.

use ff::Field;
use halo2_offload_engine::{
    Coeff, Engine, EngineColumn, EngineDomain, EngineError, EngineSrs, Label, LagrangeCoeff,
    Scalar, Storage,
};

use crate::{
    circuit::{ColumnKind, CompiledCircuit},
    error::ProverError,
    programs::{Input, Programs},
    verifier::VerifierSide,
};

/// A fixed or permutation column of a key: held as coefficients, from which values are derived when
/// they are read, unless they are at hand.
pub struct KeyColumn<E: Engine> {
    /// The coefficients.
    pub coeff: EngineColumn<E, Coeff>,
    /// The values, where holding them costs nothing.
    pub values: Option<EngineColumn<E, LagrangeCoeff>>,
}

/// Which column of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyColumnIndex {
    /// This fixed column.
    Fixed(usize),
    /// This permutation column.
    Permutation(usize),
}

/// All columns of a key.
pub struct KeyColumns<E: Engine> {
    /// The fixed columns.
    pub fixed: Vec<KeyColumn<E>>,
    /// The permutation columns.
    pub permutation: Vec<KeyColumn<E>>,
}

impl<E: Engine> KeyColumns<E> {
    /// Loads so many fixed and so many permutation columns, in the order that key files have them in: fixed
    /// ones first. `load` is given the name under which an engine accounts for the column.
    ///
    /// # Errors
    ///
    /// What `load` says.
    pub fn load<Error>(
        [fixed, permutation]: [usize; 2],
        mut load: impl FnMut(KeyColumnIndex, Label) -> Result<KeyColumn<E>, Error>,
    ) -> Result<Self, Error> {
        let mut columns = |name, count, which: fn(usize) -> KeyColumnIndex| {
            (0..count)
                .map(|index| load(which(index), Label::of_key(name, index)))
                .collect::<Result<_, Error>>()
        };
        Ok(Self {
            fixed: columns("fixed", fixed, KeyColumnIndex::Fixed)?,
            permutation: columns("permutation", permutation, KeyColumnIndex::Permutation)?,
        })
    }
}

impl<E: Engine> From<EngineColumn<E, Coeff>> for KeyColumn<E> {
    fn from(coeff: EngineColumn<E, Coeff>) -> Self {
        Self {
            coeff,
            values: None,
        }
    }
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
    pub(crate) verifier: Option<VerifierSide<E::Curve>>,
}

/// The Lagrange half of an SRS, and the commitment to a column of ones over it.
type SrsAndSum<E> = (EngineSrs<E, LagrangeCoeff>, Vec<<E as Storage>::Curve>);

/// Loads the half of the SRS that values are committed with, n points, and commits to a column of ones: to the
/// generator, where the points are those of Lagrange polynomials, which add up to 1.
pub fn load_lagrange_srs<E: Engine>(
    engine: &E,
    n: usize,
    points: impl FnOnce() -> Vec<E::Curve>,
) -> Result<SrsAndSum<E>, EngineError> {
    let lagrange_srs = engine.load_srs(n, points)?;
    let label = Label::brief("column to check the SRS", 0);
    let ones = engine.upload(label, n, || vec![Scalar::<E>::ONE; n])?;
    let sum = engine.commit(&lagrange_srs, &[&ones])?;
    Ok((lagrange_srs, sum))
}

fn check_count<F>(
    circuit: &CompiledCircuit<F>,
    what: &str,
    expected: usize,
    actual: usize,
) -> Result<(), ProverError> {
    if expected == actual {
        return Ok(());
    }
    Err(ProverError::Key {
        what: what.into(),
        expected,
        actual,
        k: circuit.k,
    })
}

impl<E: Engine> Key<E> {
    /// Puts a key together; compiles the circuit's expressions, and has the engine prepare for them.
    pub fn new(
        engine: &E,
        circuit: CompiledCircuit<Scalar<E>>,
        srs: EngineSrs<E, Coeff>,
        KeyColumns { fixed, permutation }: KeyColumns<E>,
    ) -> Result<Self, ProverError> {
        circuit.check()?;
        let check = |what: &str, expected: usize, actual: usize| {
            check_count(&circuit, what, expected, actual)
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
        engine.prepare(&domain, &programs.all())?;
        Ok(Self {
            circuit,
            domain,
            srs,
            fixed,
            permutation,
            programs,
            verifier: None,
        })
    }

    /// Has what the verifier has: proofs with this key are checked to the end before they leave.
    ///
    /// # Errors
    ///
    /// If there are not as many commitments as columns.
    pub fn with_verifier(self, side: VerifierSide<E::Curve>) -> Result<Self, ProverError> {
        let check = |what: &str, expected: usize, actual: usize| {
            check_count(&self.circuit, what, expected, actual)
        };
        let (fixed, permutation) = (self.fixed.len(), self.permutation.len());
        let of_permutation = side.permutation_commitments.len();
        check(
            "the list of fixed commitments",
            fixed,
            side.fixed_commitments.len(),
        )?;
        check(
            "the list of permutation commitments",
            permutation,
            of_permutation,
        )?;
        Ok(Self {
            verifier: Some(side),
            ..self
        })
    }

    /// The circuit.
    pub fn circuit(&self) -> &CompiledCircuit<Scalar<E>> {
        &self.circuit
    }

    /// The domain of its columns.
    pub fn domain(&self) -> &EngineDomain<E> {
        &self.domain
    }

    /// The SRS for coefficients.
    pub fn srs(&self) -> &EngineSrs<E, Coeff> {
        &self.srs
    }

    /// What the verifier has of it, if that is known.
    pub fn verifier(&self) -> Option<&VerifierSide<E::Curve>> {
        self.verifier.as_ref()
    }

    /// The fixed columns.
    pub fn fixed(&self) -> &[KeyColumn<E>] {
        &self.fixed
    }

    /// The permutation columns.
    pub fn permutation(&self) -> &[KeyColumn<E>] {
        &self.permutation
    }

    /// Commits to the combination of all columns, fixed ones first, with these factors: over the SRS for
    /// coefficients, and over `lagrange_srs`. On what a key was loaded from the two are equal, and equal to
    /// the combination of the commitments that the verifier has.
    pub fn commit_combination(
        &self,
        engine: &E,
        lagrange_srs: &EngineSrs<E, LagrangeCoeff>,
        factors: &[Scalar<E>],
    ) -> Result<[Vec<E::Curve>; 2], EngineError> {
        let columns = self.fixed.iter().chain(&self.permutation);
        let columns = columns.map(|column| &column.coeff);
        let terms: Vec<_> = factors.iter().copied().zip(columns).collect();
        let combination = engine.linear_combination(self.circuit.n(), &terms, &[])?;
        let of_powers = engine.commit(&self.srs, &[&combination])?;
        let values = engine.tabulate(&self.domain, &[&combination])?;
        drop(combination);
        let of_values = engine.commit(lagrange_srs, &[&values[0]])?;
        Ok([of_powers, of_values])
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
