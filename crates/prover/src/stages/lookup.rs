//! The lookup stage: inputs and tables compressed with theta, permuted, committed to.

use ff::Field;
use halo2_offload_engine::{
    Engine, EngineColumn, EngineError, EnginePermuted, EngineSrs, Label, LagrangeCoeff, Permuted,
    Rows, Scalar,
};
use rand_core::RngCore;

use super::{
    advice::Advice,
    draw_blinds, random_scalars, self_check,
    working_set::{column_id, WorkingSet},
    Challenges, CircuitColumns, Prover, Unsatisfied,
};
use crate::{
    circuit::ColumnKind,
    error::ProverError,
    failure::Failure,
    programs::{Input, Segment},
    transcript::Transcript,
};

/// What leaves the stage: A' and S' of each lookup of each circuit, committed to.
pub(super) struct PermutedLookups<'i, E: Engine> {
    pub circuits: Vec<CircuitColumns<'i, E, LagrangeCoeff>>,
    pub permuted: Vec<Vec<EnginePermuted<E>>>,
    /// Of A' and S' of each lookup, circuit by circuit.
    pub commitments: Vec<E::Curve>,
    pub challenges: Challenges<Scalar<E>>,
}

pub(super) fn enter<'i, E: Engine>(
    prover: &Prover<'_, E>,
    srs: &EngineSrs<E, LagrangeCoeff>,
    advice: Advice<'i, E>,
    unsatisfied: Unsatisfied,
    rng: &mut impl RngCore,
    transcript: &mut impl Transcript<E::Curve>,
) -> Result<PermutedLookups<'i, E>, ProverError> {
    let Prover { engine, key } = *prover;
    let Advice {
        circuits,
        mut challenges,
    } = advice;
    challenges.theta = transcript.squeeze();
    let scalars = challenges.scalars();

    let segments = || key.programs.compressions.iter().flatten();
    let steps = (0..circuits.len())
        .flat_map(|circuit| segments().map(move |segment| (circuit, segment.inputs.as_slice())));
    let mut values = Values {
        prover,
        derived: WorkingSet::new(steps),
        step: 0,
    };
    let blinding_rows = key.circuit.blinding_factors + 1;
    let mut permuted = Vec::with_capacity(circuits.len());
    for (index, circuit) in circuits.iter().enumerate() {
        let mut lookups = Vec::with_capacity(key.programs.compressions.len());
        for (lookup, [input, table]) in key.programs.compressions.iter().enumerate() {
            let input = values.evaluate((index, circuit), input, &scalars)?;
            let table = values.evaluate((index, circuit), table, &scalars)?;
            let input_blinding: Vec<_> = random_scalars(rng, blinding_rows);
            let table_blinding: Vec<_> = random_scalars(rng, blinding_rows);
            draw_blinds::<Scalar<E>>(rng, 2);
            let permuted = engine.permute_lookup(
                &input,
                &table,
                key.circuit.usable_rows(),
                &input_blinding,
                &table_blinding,
            );
            let Permuted { input, table } = match unsatisfied {
                Unsatisfied::Refuse => permuted,
                Unsatisfied::AsStock => or_random(engine, key.circuit.n(), permuted, rng),
            }
            .map_err(not_in_table(prover, index, lookup))?;
            let number = index * key.programs.compressions.len() + lookup;
            lookups.push(Permuted {
                input: engine.place(Label::of_proof("permuted input", number), input)?,
                table: engine.place(Label::of_proof("permuted table", number), table)?,
            });
        }
        permuted.push(lookups);
    }
    let columns: Vec<_> = permuted
        .iter()
        .flatten()
        .flat_map(|pair| [&pair.input, &pair.table])
        .collect();
    let commitments = engine.commit(srs, &columns)?;
    for (index, lookups) in permuted.iter().enumerate() {
        for (lookup, pair) in lookups.iter().enumerate() {
            engine
                .check_permuted(&pair.input)
                .map_err(not_in_table(prover, index, lookup))?;
        }
    }
    for commitment in &commitments {
        transcript.write_point(*commitment)?;
    }
    Ok(PermutedLookups {
        circuits,
        permuted,
        commitments,
        challenges,
    })
}

/// Random columns in place of A' and S' that do not exist: of the same size, of no meaning, and without a
/// trace of the input that is not in the table.
fn or_random<E: Engine>(
    engine: &E,
    n: usize,
    permuted: Result<EnginePermuted<E>, EngineError>,
    rng: &mut impl RngCore,
) -> Result<EnginePermuted<E>, EngineError> {
    // An engine that does not wait for its device is waited for here: this is no way to be fast.
    let checked = permuted.and_then(|pair| engine.check_permuted(&pair.input).map(|()| pair));
    let mut random = |what| {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        engine.expand_seed(Label::brief(what, 0), n, seed)
    };
    match checked {
        Err(EngineError::NotInTable { .. }) => Ok(Permuted {
            input: random("permuted input")?,
            table: random("permuted table")?,
        }),
        other => other,
    }
}

/// Says which lookup is not satisfied, and where; or that the key is damaged, whose tables are wrong then.
fn not_in_table<'h, E: Engine>(
    prover: &'h Prover<'_, E>,
    circuit: usize,
    lookup: usize,
) -> impl Fn(EngineError) -> ProverError + 'h {
    move |source| match source {
        EngineError::NotInTable { row } => {
            if let Err(damaged) = self_check::key(prover) {
                return damaged;
            }
            let compiled = &prover.key.circuit;
            let inputs = compiled.lookups[lookup].inputs.iter();
            let cells = inputs.flat_map(|input| compiled.cells_at(*input, row));
            ProverError::NotSatisfied(
                Failure::Argument {
                    circuit,
                    argument: compiled.lookup(lookup),
                    row,
                    more_rows: 0,
                    cells: cells.collect(),
                    random_row: compiled.usable_rows(),
                }
                .into(),
            )
        }
        other => other.into(),
    }
}

/// Values of columns on H for a sequence of programs: the circuits' own, and those that are derived
/// from the key's coefficients and the instances, kept as long as a program reads them.
pub(super) struct Values<'a, 'h, E: Engine> {
    pub prover: &'a Prover<'h, E>,
    pub derived: WorkingSet<E, LagrangeCoeff>,
    pub step: usize,
}

impl<E: Engine> Values<'_, '_, E> {
    /// Evaluates the next program of the sequence.
    fn evaluate(
        &mut self,
        circuit: (usize, &CircuitColumns<'_, E, LagrangeCoeff>),
        segment: &Segment<Scalar<E>>,
        scalars: &[Scalar<E>],
    ) -> Result<EngineColumn<E, LagrangeCoeff>, ProverError> {
        let Prover { engine, key } = *self.prover;
        self.read(&segment.inputs, circuit, None, |inputs| {
            let rows = Rows {
                domain: &key.domain,
                shift: Scalar::<E>::ONE,
            };
            Ok(engine.evaluate(&segment.program, rows, inputs, scalars, None)?)
        })
    }

    /// Calls `run` with the columns that the next program of the sequence reads. `permuted` is
    /// the A' and S' of the lookup that it speaks of.
    pub fn read<O>(
        &mut self,
        inputs: &[Input],
        (index, circuit): (usize, &CircuitColumns<'_, E, LagrangeCoeff>),
        permuted: Option<&EnginePermuted<E>>,
        run: impl FnOnce(&[&EngineColumn<E, LagrangeCoeff>]) -> Result<O, ProverError>,
    ) -> Result<O, ProverError> {
        self.derive(index, circuit, inputs)?;
        let mut columns = Vec::with_capacity(inputs.len());
        for input in inputs {
            let column = match (input, permuted) {
                (Input::LookupPermuted(_), Some(pair)) => Some(&pair.input),
                (Input::LookupPermutedTable(_), Some(pair)) => Some(&pair.table),
                (Input::Column(column), _) if column.kind == ColumnKind::Advice => {
                    Some(&circuit.advice[column.index])
                }
                _ => self.held_or_derived(index, *input),
            };
            columns.push(column.expect("programs on H read the circuit, the key and A', S'"));
        }
        let result = run(&columns);
        self.derived.finish(self.step);
        self.step += 1;
        result
    }

    /// Makes what is not at hand as values: columns of the key, from coefficients, and instances.
    fn derive(
        &mut self,
        index: usize,
        circuit: &CircuitColumns<'_, E, LagrangeCoeff>,
        inputs: &[Input],
    ) -> Result<(), ProverError> {
        let Prover { engine, key } = *self.prover;
        let mut coefficients = Vec::new();
        let mut of_key = Vec::new();
        for input in inputs {
            if self.held_or_derived(index, *input).is_some() {
                continue;
            }
            if let Some(column) = key.column(*input) {
                of_key.push(*input);
                coefficients.push(&column.coeff);
            } else if let Some(instance) = input.instance() {
                let values = self.prover.instance(circuit.instances, instance)?;
                self.derived.insert(column_id(index, *input), values);
            }
        }
        let derived = engine.tabulate(&key.domain, &coefficients)?;
        for (input, column) in of_key.into_iter().zip(derived) {
            self.derived.insert(column_id(index, input), column);
        }
        Ok(())
    }

    fn held_or_derived(
        &self,
        index: usize,
        input: Input,
    ) -> Option<&EngineColumn<E, LagrangeCoeff>> {
        let held = self
            .prover
            .key
            .column(input)
            .and_then(|c| c.values.as_ref());
        held.or_else(|| self.derived.get(column_id(index, input)))
    }
}
