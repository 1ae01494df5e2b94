//! The quotient stage: the blinding polynomial, then h(X) coset by coset.
//!
//! The numerator N(X), all constraints folded by powers of y, has degree below d n, and
//! h(X) = N(X) / (X^n - 1) has d - 1 pieces: h(X) = sum_j h_j(X) X^(jn). On a coset shift * H, X^n is
//! the constant s = shift^n. Evaluating N there and interpolating gives the n coefficients of
//! N mod (X^n - s) = (s - 1) sum_j s^j h_j(X). From d - 1 cosets with distinct s, a Vandermonde
//! system, solved once for all coefficients, gives the d - 1 pieces. No domain larger than n is ever
//! built, and no coset beyond the d - 1 that are needed.

use ff::{Field, WithSmallOrderMulGroup};
use halo2_offload_engine::{
    Coeff, Coset, Engine, EngineColumn, EnginePermuted, Label, LagrangeCoeff, Permuted, Rows,
    Scalar,
};
use rand_core::RngCore;

use super::{
    draw_blinds,
    permutation::Products,
    working_set::{column_id, WorkingSet},
    Challenges, CircuitColumns, Polynomial, Prover,
};
use crate::{
    circuit::{ColumnKind, CompiledCircuit},
    error::ProverError,
    key::Key,
    programs::{Input, Segment},
    transcript::Transcript,
};

/// A' and S' and z of a lookup, as polynomials.
pub(super) struct LookupPolynomials<E: Engine> {
    pub input: Polynomial<E>,
    pub table: Polynomial<E>,
    pub product: Polynomial<E>,
}

/// All polynomials of one circuit of the proof.
pub(super) struct CircuitPolynomials<'i, E: Engine> {
    pub columns: CircuitColumns<'i, E, Coeff>,
    pub permutation_products: Vec<Polynomial<E>>,
    pub lookups: Vec<LookupPolynomials<E>>,
}

/// The commitments of one circuit's arguments.
pub(super) struct CircuitCommitments<C> {
    pub permutation_products: Vec<C>,
    /// Of A' and S' of each lookup.
    pub permuted: Vec<[C; 2]>,
    pub lookup_products: Vec<C>,
}

/// What leaves the stage: everything that will be opened.
pub(super) struct Quotient<'i, E: Engine> {
    pub circuits: Vec<CircuitPolynomials<'i, E>>,
    /// Of each circuit.
    pub commitments: Vec<CircuitCommitments<E::Curve>>,
    /// What the blinding polynomial of the vanishing argument is made from. It is made once for its
    /// commitment and once for its opening: 40 ns a coefficient, against a column less in memory
    /// where the prover needs most.
    pub random_seed: [u8; 32],
    pub random_commitment: E::Curve,
    /// The pieces of h(X), lowest first.
    pub pieces: Vec<Polynomial<E>>,
    pub piece_commitments: Vec<E::Curve>,
    pub challenges: Challenges<Scalar<E>>,
}

pub(super) fn enter<'i, E: Engine>(
    prover: &Prover<'_, E>,
    products: Products<'i, E>,
    rng: &mut impl RngCore,
    transcript: &mut impl Transcript<E::Curve>,
) -> Result<Quotient<'i, E>, ProverError> {
    let Prover { engine, key } = *prover;
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    draw_blinds::<Scalar<E>>(rng, 1);
    let random = blinding_polynomial(prover, seed)?;
    let commitment = engine.begin_commit(&key.srs, &[&random])?;
    drop(random);
    let Products {
        circuits,
        permuted,
        permutation,
        lookup,
        mut challenges,
        commitments,
        permuted_commitments,
    } = products;
    // What every engine needs next does not depend on y: a device works on it while the host waits for
    // the points.
    let circuits = interpolate(prover, circuits, permuted, permutation, lookup)?;
    // The later one first: when it is there, both are.
    let random = engine.finish_commit(commitment)?;
    let products = engine.finish_commit(commitments)?;
    for point in products.iter().chain(&random) {
        transcript.write_point(*point)?;
    }
    let commitments = deal_out(
        &key.circuit,
        circuits.len(),
        &permuted_commitments,
        &products,
    );
    challenges.y = transcript.squeeze();

    // The cosets take most memory of all: what the commitment left behind goes first.
    engine.trim();
    let pieces = pieces(prover, &circuits, &challenges.scalars())?;
    draw_blinds::<Scalar<E>>(rng, pieces.len());
    let references: Vec<_> = pieces.iter().collect();
    let piece_commitments = engine.commit(&key.srs, &references)?;
    for commitment in &piece_commitments {
        transcript.write_point(*commitment)?;
    }
    Ok(Quotient {
        circuits,
        commitments,
        random_seed: seed,
        random_commitment: random[0],
        pieces,
        piece_commitments,
        challenges,
    })
}

/// Deals the commitments out to the circuits: those of A' and S' come circuit by circuit; those of the
/// products, first all of the permutation's, then all of the lookups'.
fn deal_out<F, C: Copy>(
    compiled: &CompiledCircuit<F>,
    circuits: usize,
    permuted: &[C],
    products: &[C],
) -> Vec<CircuitCommitments<C>> {
    let (of_permutation, lookups) = (compiled.permutation_products(), compiled.lookups.len());
    let (permutation, lookup) = products.split_at(circuits * of_permutation);
    let pair = |pair: &[C]| [pair[0], pair[1]];
    let of_circuit = |index: usize| CircuitCommitments {
        permutation_products: permutation[index * of_permutation..][..of_permutation].to_vec(),
        permuted: permuted[2 * index * lookups..][..2 * lookups]
            .chunks_exact(2)
            .map(pair)
            .collect(),
        lookup_products: lookup[index * lookups..][..lookups].to_vec(),
    };
    (0..circuits).map(of_circuit).collect()
}

/// The blinding polynomial of the vanishing argument.
pub(super) fn blinding_polynomial<E: Engine>(
    prover: &Prover<'_, E>,
    seed: [u8; 32],
) -> Result<Polynomial<E>, ProverError> {
    let n = prover.key.circuit.n();
    let label = Label::of_proof("blinding polynomial", 0);
    Ok(prover.engine.expand_seed(label, n, seed)?)
}

/// Everything to coefficients, each kind in one batch.
fn interpolate<'i, E: Engine>(
    prover: &Prover<'_, E>,
    circuits: Vec<CircuitColumns<'i, E, LagrangeCoeff>>,
    permuted: Vec<Vec<EnginePermuted<E>>>,
    permutation: Vec<Vec<EngineColumn<E, LagrangeCoeff>>>,
    lookup: Vec<Vec<EngineColumn<E, LagrangeCoeff>>>,
) -> Result<Vec<CircuitPolynomials<'i, E>>, ProverError> {
    let to_coefficients = |columns: Vec<EngineColumn<E, LagrangeCoeff>>| {
        prover.engine.interpolate(&prover.key.domain, columns)
    };
    let mut result = Vec::with_capacity(circuits.len());
    for (((columns, permuted), permutation), lookup) in circuits
        .into_iter()
        .zip(permuted)
        .zip(permutation)
        .zip(lookup)
    {
        let (inputs, tables) = permuted
            .into_iter()
            .map(|Permuted { input, table }| (input, table))
            .unzip();
        let lookups = to_coefficients(inputs)?
            .into_iter()
            .zip(to_coefficients(tables)?)
            .zip(to_coefficients(lookup)?)
            .map(|((input, table), product)| LookupPolynomials {
                input,
                table,
                product,
            })
            .collect();
        result.push(CircuitPolynomials {
            columns: CircuitColumns {
                advice: to_coefficients(columns.advice)?,
                commitments: columns.commitments,
                instances: columns.instances,
            },
            permutation_products: to_coefficients(permutation)?,
            lookups,
        });
    }
    Ok(result)
}

/// The pieces h_j(X).
fn pieces<E: Engine>(
    prover: &Prover<'_, E>,
    circuits: &[CircuitPolynomials<'_, E>],
    scalars: &[Scalar<E>],
) -> Result<Vec<Polynomial<E>>, ProverError> {
    let Prover { engine, key } = *prover;
    let shifts = coset_shifts(&key.circuit);
    let mut numerators = Vec::with_capacity(shifts.len());
    for shift in &shifts {
        let values = numerator_on_coset(prover, circuits, scalars, *shift)?;
        let numerator = engine.interpolate_coset(&key.domain, *shift, values)?;
        let label = Label::of_proof("numerator", numerators.len());
        numerators.push(engine.place(label, numerator)?);
    }
    let n = key.circuit.n();
    let combine = |(index, row): (usize, Vec<Scalar<E>>)| {
        let terms: Vec<_> = row.into_iter().zip(&numerators).collect();
        let piece = engine.linear_combination(n, &terms, &[])?;
        Ok(engine.place(Label::of_proof("quotient piece", index), piece)?)
    };
    let matrix = separate_pieces(&shifts, n).into_iter().enumerate();
    matrix.map(combine).collect()
}

/// d - 1 cosets of H, none of which is H: zeta times the powers of a root of unity of order n 2^m,
/// the least m with 2^m >= d - 1. These are among the cosets of halo2's extended domain.
fn coset_shifts<F: WithSmallOrderMulGroup<3>>(circuit: &CompiledCircuit<F>) -> Vec<F> {
    let pieces = circuit.quotient_pieces();
    let extended_k = circuit.k + pieces.next_power_of_two().trailing_zeros();
    let mut omega = F::ROOT_OF_UNITY;
    for _ in extended_k..F::S {
        omega = omega.square();
    }
    std::iter::successors(Some(F::ZETA), |shift| Some(*shift * omega))
        .take(pieces)
        .collect()
}

/// The matrix M with h_j = sum_i M_(ji) N_i, where N_i = (s_i - 1) sum_j s_i^j h_j and
/// s_i = shift_i^n: the inverse of the Vandermonde matrix, with its columns divided by s_i - 1.
fn separate_pieces<F: Field>(shifts: &[F], n: usize) -> Vec<Vec<F>> {
    let s: Vec<F> = shifts.iter().map(|g| g.pow_vartime([n as u64])).collect();
    let mut matrix = vec![vec![F::ZERO; s.len()]; s.len()];
    for (i, s_i) in s.iter().enumerate() {
        // Column i holds the coefficients of the Lagrange polynomial that is 1 at s_i.
        let mut basis = vec![F::ONE];
        let mut denominator = *s_i - F::ONE;
        for (_, s_k) in s.iter().enumerate().filter(|(k, _)| *k != i) {
            denominator *= *s_i - s_k;
            basis.push(F::ZERO);
            for j in (0..basis.len()).rev() {
                let below = if j == 0 { F::ZERO } else { basis[j - 1] };
                basis[j] = below - basis[j] * s_k;
            }
        }
        let scale = denominator
            .invert()
            .expect("the cosets are distinct, and none is H itself");
        for (row, coefficient) in matrix.iter_mut().zip(basis) {
            row[i] = coefficient * scale;
        }
    }
    matrix
}

/// N(X) on shift * H: the segments one after the other, each column extended when the first segment
/// reads it and dropped after the last.
fn numerator_on_coset<E: Engine>(
    prover: &Prover<'_, E>,
    circuits: &[CircuitPolynomials<'_, E>],
    scalars: &[Scalar<E>],
    shift: Scalar<E>,
) -> Result<EngineColumn<E, Coset>, ProverError> {
    let Prover { engine, key } = *prover;
    let segments = &key.programs.quotient;
    let reads = (0..circuits.len())
        .flat_map(|index| segments.iter().map(move |s| (index, s.inputs.as_slice())));
    let mut extended: WorkingSet<E, Coset> =
        WorkingSet::new(reads).with_room(|least, most| engine.working_columns(least, most));
    let mut accumulator = engine.zeros(key.circuit.n())?;
    let evaluate = |segment: &Segment<Scalar<E>>,
                    inputs: &[&EngineColumn<E, Coset>],
                    accumulator: EngineColumn<E, Coset>| {
        let rows = Rows {
            domain: &key.domain,
            shift,
        };
        engine.evaluate(&segment.program, rows, inputs, scalars, Some(accumulator))
    };
    let mut step = 0;
    for (index, circuit) in circuits.iter().enumerate() {
        if index > 0 {
            accumulator = evaluate(&key.programs.next_circuit, &[], accumulator)?;
        }
        for segment in segments {
            extend(
                prover,
                &mut extended,
                shift,
                (index, circuit),
                &segment.inputs,
            )?;
            let inputs: Vec<_> = segment
                .inputs
                .iter()
                .map(|input| extended.get(column_id(index, *input)))
                .collect::<Option<_>>()
                .expect("every input has just been extended");
            accumulator = evaluate(segment, &inputs, accumulator)?;
            extended.finish(step);
            step += 1;
        }
    }
    Ok(accumulator)
}

/// Extends those of `inputs` that are not yet in the working set, in one batch.
fn extend<E: Engine>(
    prover: &Prover<'_, E>,
    extended: &mut WorkingSet<E, Coset>,
    shift: Scalar<E>,
    (index, circuit): (usize, &CircuitPolynomials<'_, E>),
    inputs: &[Input],
) -> Result<(), ProverError> {
    let Prover { engine, key } = *prover;
    let missing: Vec<Input> = inputs
        .iter()
        .copied()
        .filter(|input| !extended.contains(column_id(index, *input)))
        .collect();
    if missing.contains(&Input::L0) {
        let l0 = engine.extend_l0(&key.domain, shift)?;
        extended.insert(column_id(index, Input::L0), l0);
    }
    // Instance columns are public: the verifier evaluates them itself, they are not opened, and
    // their coefficients serve this coset only.
    for (input, instance) in missing.iter().filter_map(|i| Some((*i, i.instance()?))) {
        let values = circuit.columns.instances[instance];
        let label = Label::brief("instance", instance);
        let column = engine.extend_values(&key.domain, shift, label, values)?;
        extended.insert(column_id(index, input), column);
    }
    let (ids, coefficients): (Vec<_>, Vec<_>) = missing
        .into_iter()
        .filter_map(|input| Some((column_id(index, input), polynomial(key, circuit, input)?)))
        .unzip();
    let columns = engine.extend(&key.domain, shift, &coefficients)?;
    for (id, column) in ids.into_iter().zip(columns) {
        extended.insert(id, column);
    }
    Ok(())
}

/// The coefficients of a column that the quotient reads, where they are held: those of l_0 and of
/// instances are not.
pub(super) fn polynomial<'a, E: Engine>(
    key: &'a Key<E>,
    circuit: &'a CircuitPolynomials<'_, E>,
    input: Input,
) -> Option<&'a Polynomial<E>> {
    Some(match input {
        Input::L0 => return None,
        Input::PermutationProduct(index) => &circuit.permutation_products[index],
        Input::LookupProduct(index) => &circuit.lookups[index].product,
        Input::LookupPermuted(index) => &circuit.lookups[index].input,
        Input::LookupPermutedTable(index) => &circuit.lookups[index].table,
        Input::Permutation(_) => &key.column(input)?.coeff,
        Input::Column(column) if column.kind == ColumnKind::Advice => {
            &circuit.columns.advice[column.index]
        }
        Input::Column(_) => &key.column(input)?.coeff,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_offload_engine::halo2curves::bn256::Fr;
    use rand_core::OsRng;

    #[test]
    fn pieces_are_separated() {
        let n = 8;
        for degree in 3..=10 {
            let shifts: Vec<Fr> = (1..degree as u64).map(|i| Fr::from(i + 1)).collect();
            let pieces: Vec<Fr> = shifts.iter().map(|_| Fr::random(OsRng)).collect();
            let numerators: Vec<Fr> = shifts
                .iter()
                .map(|shift| {
                    let s = shift.pow_vartime([n as u64]);
                    let h = pieces.iter().rev().fold(Fr::ZERO, |sum, h| sum * s + h);
                    h * (s - Fr::ONE)
                })
                .collect();
            for (row, piece) in separate_pieces(&shifts, n).iter().zip(&pieces) {
                let sum: Fr = row.iter().zip(&numerators).map(|(m, n)| *m * n).sum();
                assert_eq!(sum, *piece);
            }
        }
    }
}
