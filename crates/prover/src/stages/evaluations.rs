//! The evaluations stage: every opening of every column, at x times powers of omega.

use ff::Field;
use halo2_offload_engine::{Engine, Scalar};

pub(super) use super::openings::{
    CircuitOpenings, LookupOpenings, Name, Opened, Opening, ProductOpenings,
};
use super::{
    quotient::{CircuitCommitments, CircuitPolynomials, Quotient},
    Polynomial, Prover,
};
use crate::{circuit::Query, error::ProverError, transcript::Transcript, verifier::VerifierSide};

/// All evaluations, before any of them is written.
pub(super) struct Evaluations<'a, E: Engine> {
    pub x: Scalar<E>,
    /// x^n
    pub x_to_n: Scalar<E>,
    pub polynomials: Vec<Opened<'a, E>>,
    /// Index of the polynomial, and the point.
    queries: Vec<(usize, Scalar<E>)>,
    /// The value of each query.
    pub values: Vec<Scalar<E>>,
    pub circuits: Vec<CircuitOpenings>,
    /// Queries of the fixed columns, in the circuit's order.
    pub fixed: Vec<usize>,
    pub permutation: Vec<usize>,
    random: usize,
    /// h(X) folded at x^n: the one polynomial that is made in this stage.
    h: Polynomial<E>,
    pub h_value: Scalar<E>,
    /// The powers of x^n, and the commitments of h(X)'s pieces.
    h_commitment: Vec<(Scalar<E>, E::Curve)>,
}

/// What leaves the stage: the openings that the multi-opening argument proves, in its order.
pub(super) struct Evaluated<'a, E: Engine> {
    pub polynomials: Vec<Opened<'a, E>>,
    pub openings: Vec<Opening<Scalar<E>>>,
    /// It is not in `polynomials`, whose index [`Evaluated::H`] stands for it.
    pub h: Polynomial<E>,
    h_commitment: Vec<(Scalar<E>, E::Curve)>,
}

impl<E: Engine> Evaluated<'_, E> {
    /// The index that stands for `h`.
    pub const H: usize = usize::MAX;

    /// The polynomial of an opening.
    pub fn polynomial(&self, index: usize) -> &Polynomial<E> {
        if index == Self::H {
            &self.h
        } else {
            self.polynomials[index].polynomial
        }
    }

    /// What the verifier has of the polynomial of an opening: a sum of commitments. None where the key
    /// does not know them.
    pub fn commitment(&self, index: usize) -> Option<Vec<(Scalar<E>, E::Curve)>> {
        if index == Self::H {
            return Some(self.h_commitment.clone());
        }
        let commitment = self.polynomials[index].commitment?;
        Some(vec![(Scalar::<E>::ONE, commitment)])
    }
}

/// The points at which products and permuted columns are opened, as rotations of x.
struct Rotated<F> {
    x: F,
    next: F,
    previous: F,
    last: F,
}

pub(super) fn enter<'a, E: Engine>(
    prover: &Prover<'a, E>,
    quotient: &'a Quotient<'_, E>,
    pieces: Vec<Polynomial<E>>,
    random: &'a Polynomial<E>,
    transcript: &mut impl Transcript<E::Curve>,
) -> Result<Evaluations<'a, E>, ProverError> {
    let Prover { engine, key } = *prover;
    let x = transcript.squeeze();
    let rotated = Rotated {
        x,
        next: key.rotate(x, 1),
        previous: key.rotate(x, -1),
        last: key.rotate(x, key.last_rotation()),
    };
    let x_to_n = x.pow_vartime([key.circuit.n() as u64]);

    // The pieces are opened as one, folded at x^n, and not needed after that.
    let powers = || std::iter::successors(Some(Scalar::<E>::ONE), |power| Some(*power * x_to_n));
    let terms: Vec<_> = powers().zip(&pieces).collect();
    let h = engine.linear_combination(key.circuit.n(), &terms, &[])?;
    drop(pieces);

    let mut list = List {
        prover,
        polynomials: Vec::new(),
        queries: Vec::new(),
    };
    // What is opened, polynomial by polynomial; the two orders below, of writing and of opening,
    // pick from it.
    let circuits = quotient.circuits.iter().zip(&quotient.commitments);
    let circuits: Vec<CircuitOpenings> = circuits
        .enumerate()
        .map(|(index, circuit)| list.circuit(index, circuit, &rotated))
        .collect();
    let of_key = |commitments: fn(&VerifierSide<E::Curve>) -> &[E::Curve], index: usize| {
        key.verifier.as_ref().map(|side| commitments(side)[index])
    };
    let fixed = list.queries(&key.circuit.fixed_queries, x, |index| Opened {
        name: Name::Fixed(index),
        polynomial: &key.fixed[index].coeff,
        commitment: of_key(|side| &side.fixed_commitments, index),
    });
    let permutation: Vec<usize> = key
        .permutation
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let opened = Opened {
                name: Name::Permutation(index),
                polynomial: &column.coeff,
                commitment: of_key(|side| &side.permutation_commitments, index),
            };
            list.open(opened, &[x]).start
        })
        .collect();
    let random = Opened {
        name: Name::Blinding,
        polynomial: random,
        commitment: Some(quotient.random_commitment),
    };
    let random = list.open(random, &[x]).start;

    let openings = list.queries.iter();
    let queries: Vec<_> = openings
        .map(|(polynomial, point)| (list.polynomials[*polynomial].polynomial, *point))
        .chain([(&h, x)])
        .collect();
    let mut values = engine.horner(&queries)?;
    let h_value = values.split_off(list.queries.len())[0];
    let List {
        polynomials,
        queries,
        ..
    } = list;
    Ok(Evaluations {
        x,
        x_to_n,
        polynomials,
        queries,
        values,
        circuits,
        fixed,
        permutation,
        random,
        h,
        h_value,
        h_commitment: powers()
            .zip(quotient.piece_commitments.iter().copied())
            .collect(),
    })
}

impl<'a, E: Engine> Evaluations<'a, E> {
    /// Writes the values, but for those of h(X), which the verifier makes itself.
    pub fn write(
        self,
        transcript: &mut impl Transcript<E::Curve>,
    ) -> Result<Evaluated<'a, E>, ProverError> {
        let Self {
            x,
            polynomials,
            queries,
            values,
            circuits,
            fixed,
            permutation,
            random,
            h,
            h_value,
            h_commitment,
            ..
        } = self;
        let mut written: Vec<usize> = Vec::new();
        written.extend(circuits.iter().flat_map(|circuit| &circuit.advice));
        written.extend(&fixed);
        written.push(random);
        written.extend(&permutation);
        for circuit in &circuits {
            written.extend(circuit.permutation_written());
        }
        for circuit in &circuits {
            written.extend(circuit.lookups.iter().flat_map(LookupOpenings::written));
        }
        for query in &written {
            transcript.write_scalar(values[*query])?;
        }

        let opening = |query: &usize| Opening {
            polynomial: queries[*query].0,
            point: queries[*query].1,
            value: values[*query],
        };
        let mut openings: Vec<_> = circuits
            .iter()
            .flat_map(CircuitOpenings::opened)
            .chain(fixed)
            .chain(permutation)
            .map(|query| opening(&query))
            .collect();
        openings.push(Opening {
            polynomial: Evaluated::<E>::H,
            point: x,
            value: h_value,
        });
        openings.push(opening(&random));
        Ok(Evaluated {
            polynomials,
            openings,
            h,
            h_commitment,
        })
    }
}

/// Everything that is evaluated, collected so that it is evaluated in one batch.
struct List<'h, 'a, E: Engine> {
    prover: &'h Prover<'a, E>,
    polynomials: Vec<Opened<'a, E>>,
    /// Index of the polynomial, and the point.
    queries: Vec<(usize, Scalar<E>)>,
}

impl<'a, E: Engine> List<'_, 'a, E> {
    /// Adds a polynomial with its points; the indices of the queries.
    fn open(&mut self, polynomial: Opened<'a, E>, points: &[Scalar<E>]) -> std::ops::Range<usize> {
        let index = self.polynomials.len();
        self.polynomials.push(polynomial);
        let start = self.queries.len();
        self.queries
            .extend(points.iter().map(|point| (index, *point)));
        start..self.queries.len()
    }

    /// Adds the queries of the circuit's columns of one kind, in order.
    fn queries(
        &mut self,
        queries: &[Query],
        x: Scalar<E>,
        column: impl Fn(usize) -> Opened<'a, E>,
    ) -> Vec<usize> {
        let mut indices = std::collections::HashMap::new();
        queries
            .iter()
            .map(|query| {
                let polynomials = &mut self.polynomials;
                let index = *indices.entry(query.column).or_insert_with(|| {
                    polynomials.push(column(query.column));
                    polynomials.len() - 1
                });
                let point = self.prover.key.rotate(x, query.rotation);
                self.queries.push((index, point));
                self.queries.len() - 1
            })
            .collect()
    }

    fn circuit(
        &mut self,
        number: usize,
        (circuit, commitments): (&'a CircuitPolynomials<'_, E>, &CircuitCommitments<E::Curve>),
        points: &Rotated<Scalar<E>>,
    ) -> CircuitOpenings {
        let Rotated {
            x,
            next,
            previous,
            last,
        } = *points;
        let opened = |name, polynomial, commitment| Opened {
            name,
            polynomial,
            commitment: Some(commitment),
        };
        let queries = &self.prover.key.circuit.advice_queries;
        let columns = &circuit.columns;
        let advice = self.queries(queries, x, |index| {
            let name = Name::Advice(number, index);
            opened(name, &columns.advice[index], columns.commitments[index])
        });
        let products = &circuit.permutation_products;
        let of_products = products.iter().zip(&commitments.permutation_products);
        let permutation = of_products
            .enumerate()
            .map(|(index, (product, commitment))| {
                let is_last = index + 1 == products.len();
                let name = Name::PermutationProduct(number, index);
                let query = self.open(opened(name, product, *commitment), &[x, next]);
                let last = (!is_last).then(|| {
                    self.queries.push((self.polynomials.len() - 1, last));
                    self.queries.len() - 1
                });
                ProductOpenings {
                    at_x: query.start,
                    at_next: query.start + 1,
                    at_last: last,
                }
            })
            .collect();
        let of_lookups = commitments
            .permuted
            .iter()
            .zip(&commitments.lookup_products);
        let lookups = circuit
            .lookups
            .iter()
            .zip(of_lookups)
            .enumerate()
            .map(|(index, (lookup, ([of_input, of_table], of_product)))| {
                let name = Name::LookupProduct(number, index);
                let product = opened(name, &lookup.product, *of_product);
                let product = self.open(product, &[x, next]).start;
                let name = Name::LookupInput(number, index);
                let input = opened(name, &lookup.input, *of_input);
                let input = self.open(input, &[x, previous]).start;
                let name = Name::LookupTable(number, index);
                let table = opened(name, &lookup.table, *of_table);
                let table = self.open(table, &[x]).start;
                LookupOpenings {
                    product,
                    product_next: product + 1,
                    input,
                    input_previous: input + 1,
                    table,
                }
            })
            .collect();
        CircuitOpenings {
            advice,
            permutation,
            lookups,
        }
    }
}
