//! The prover's own walk through its stages, on an engine without data.

use ff::{Field, PrimeField};
use halo2_offload_engine::{Engine, Scalar};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use std::{io, marker::PhantomData};

use crate::{
    circuit::CompiledCircuit,
    error::ProverError,
    key::{load_lagrange_srs, Key, KeyColumns},
    meter::Meter,
    shape::Shape,
    stages::{prove, Multiopen},
    transcript::Transcript,
    witness::{AdviceSink, WitnessSource},
};

/// What an engine without data is told beside its operations.
pub trait Walk {
    /// SRS and key are loaded and checked; the proof begins.
    fn loaded(&mut self) {}
    /// The cells of the advice are in memory, beside the first column that is made of them.
    fn synthesized(&mut self, _circuit_rows: usize, _advice_columns: usize) {}
}

/// Leads an engine without data through loading the key of `circuit`, with the checks that a frontend makes
/// of a stock key's SRS and columns, and proving once: it is asked for all that both ask for, in the same
/// order. Points and scalars that it returns mean nothing.
///
/// # Errors
///
/// If the circuit is larger than any can be; and what the engine says, memory that it does not have for one.
pub fn walk<E: Engine>(
    engine: &E,
    circuit: &CompiledCircuit<Scalar<E>>,
    multiopen: Multiopen,
    walk: &mut impl Walk,
    meter: &mut impl Meter,
) -> Result<(), ProverError> {
    Shape::from(circuit).check::<Scalar<E>>(circuit.k)?;
    let n = circuit.n();
    let (lagrange_srs, _) = load_lagrange_srs(engine, n, Vec::new)?;
    let srs = engine.load_srs(n, Vec::new)?;
    let counts = [circuit.fixed_columns, circuit.permutation.len()];
    let columns = KeyColumns::load(counts, |_, label| {
        engine.upload(label, n, Vec::new).map(Into::into)
    })?;
    let key = Key::new(engine, circuit.clone(), srs, columns)?;
    let factors = vec![Scalar::<E>::ONE; circuit.fixed_columns + circuit.permutation.len()];
    key.commit_combination(engine, &lagrange_srs, &factors)?;
    walk.loaded();

    let instances = vec![&[][..]; circuit.instance_columns];
    prove(
        engine,
        &key,
        &lagrange_srs,
        multiopen.into(),
        &mut [Box::new(Cells { circuit, walk })],
        &[&instances],
        &mut ChaCha20Rng::from_seed([0; 32]),
        &mut Placeholders::<E>(Scalar::<E>::MULTIPLICATIVE_GENERATOR, PhantomData),
        meter,
    )
}

/// A witness of no values.
struct Cells<'a, F, W> {
    circuit: &'a CompiledCircuit<F>,
    walk: &'a mut W,
}

impl<F, W: Walk> WitnessSource<F> for Cells<'_, F, W> {
    fn synthesize(&mut self, sink: &mut dyn AdviceSink<F>) -> Result<(), ProverError> {
        let (rows, columns) = (1 << self.circuit.k, self.circuit.advice_phases.len());
        for _ in 0..=self
            .circuit
            .advice_phases
            .iter()
            .copied()
            .max()
            .unwrap_or(0)
        {
            self.walk.synthesized(rows, columns);
            sink.close_phase(&mut |_| Vec::new())?;
        }
        Ok(())
    }
}

/// A transcript that writes nothing; its challenges are distinct powers of a generator.
struct Placeholders<E: Engine>(Scalar<E>, PhantomData<E>);

impl<E: Engine> Transcript<E::Curve> for Placeholders<E> {
    fn common_scalar(&mut self, _: Scalar<E>) -> io::Result<()> {
        Ok(())
    }

    fn write_point(&mut self, _: E::Curve) -> io::Result<()> {
        Ok(())
    }

    fn write_scalar(&mut self, _: Scalar<E>) -> io::Result<()> {
        Ok(())
    }

    fn squeeze(&mut self) -> Scalar<E> {
        self.0 = self.0.square() * Scalar::<E>::MULTIPLICATIVE_GENERATOR;
        self.0
    }
}
