//! The gates on the rows: which is not zero, and where.

use ff::Field;
use halo2_offload_engine::{Engine, EngineColumn, LagrangeCoeff, Rows, Scalar};

use super::super::{
    quotient::{polynomial, CircuitPolynomials},
    working_set::{column_id, WorkingSet},
    Challenges, Prover,
};
use crate::{
    error::ProverError,
    failure::{Failure, Failures},
    programs::{gate_alone, Input, Segment},
};

/// Adds the gates that are not zero on every row. As in the quotient, a column is there for the segments that
/// read it, and no more of them than the engine has room for.
pub(super) fn gates<E: Engine>(
    prover: &Prover<'_, E>,
    circuits: &[CircuitPolynomials<'_, E>],
    challenges: &Challenges<Scalar<E>>,
    failures: &mut Failures,
) -> Result<(), ProverError> {
    let Prover { engine, key } = *prover;
    let compiled = &key.circuit;
    let scalars = challenges.scalars();
    let gates: Vec<Vec<Segment<_>>> = compiled
        .gates
        .iter()
        .map(|gate| gate_alone(compiled, *gate))
        .collect();
    let reads = (0..circuits.len()).flat_map(|index| {
        let segments = gates.iter().flatten();
        segments.map(move |segment| (index, segment.inputs.as_slice()))
    });
    let set = WorkingSet::new(reads).with_room(|least, most| engine.working_columns(least, most));
    let mut values = Values {
        prover,
        set,
        step: 0,
    };
    for (index, circuit) in circuits.iter().enumerate() {
        for (gate, segments) in gates.iter().enumerate() {
            let mut sum = engine.zeros(compiled.n())?;
            for segment in segments {
                sum = values.add((index, circuit), segment, &scalars, sum)?;
            }
            let on_host = engine.download(&sum)?;
            drop(sum);
            let mut wrong = on_host
                .iter()
                .enumerate()
                .filter(|(_, v)| !v.is_zero_vartime());
            if let Some((row, _)) = wrong.next() {
                failures.add(Failure::Argument {
                    circuit: index,
                    argument: compiled.gate(gate),
                    row,
                    more_rows: wrong.count(),
                    cells: compiled.cells_at(compiled.gates[gate], row).collect(),
                    random_row: compiled.usable_rows(),
                });
            }
        }
    }
    Ok(())
}

/// Values on H of what gates read, made of coefficients.
struct Values<'a, 'h, E: Engine> {
    prover: &'a Prover<'h, E>,
    set: WorkingSet<E, LagrangeCoeff>,
    step: usize,
}

impl<E: Engine> Values<'_, '_, E> {
    /// Adds the next segment of the sequence.
    fn add(
        &mut self,
        (index, circuit): (usize, &CircuitPolynomials<'_, E>),
        segment: &Segment<Scalar<E>>,
        scalars: &[Scalar<E>],
        sum: EngineColumn<E, LagrangeCoeff>,
    ) -> Result<EngineColumn<E, LagrangeCoeff>, ProverError> {
        let Prover { engine, key } = *self.prover;
        for input in &segment.inputs {
            let id = column_id(index, *input);
            if !self.set.contains(id) {
                let values = on_rows(self.prover, circuit, *input)?;
                self.set.insert(id, values);
            }
        }
        let inputs: Vec<_> = segment
            .inputs
            .iter()
            .map(|input| self.set.get(column_id(index, *input)))
            .collect::<Option<_>>()
            .expect("every input has just been made");
        let rows = Rows {
            domain: &key.domain,
            shift: Scalar::<E>::ONE,
        };
        let sum = engine.evaluate(&segment.program, rows, &inputs, scalars, Some(sum))?;
        self.set.finish(self.step);
        self.step += 1;
        Ok(sum)
    }
}

/// The values of a column of the circuit or of the key.
pub(super) fn on_rows<E: Engine>(
    prover: &Prover<'_, E>,
    circuit: &CircuitPolynomials<'_, E>,
    input: Input,
) -> Result<EngineColumn<E, LagrangeCoeff>, ProverError> {
    if let Some(instance) = input.instance() {
        return prover.instance(circuit.columns.instances, instance);
    }
    let Prover { engine, key } = *prover;
    // Gates and the permutation read columns of the circuit and the key, all of which have coefficients.
    let coefficients = polynomial(key, circuit, input).expect("a column with coefficients");
    let mut values = engine.tabulate(&key.domain, &[coefficients])?;
    Ok(values.swap_remove(0))
}
