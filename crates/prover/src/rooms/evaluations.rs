//! The evaluations room: every opening of every column, at x times powers of omega.

use ff::Field;
use halo2_offload_engine::{Engine, Scalar};

use super::{quotient::CircuitPolynomials, House, Polynomial};
use crate::{circuit::Query, error::ProverError, transcript::Transcript};

/// A polynomial opened at a point.
pub(super) struct Opening<F> {
    /// Index into [`Evaluated::polynomials`].
    pub polynomial: usize,
    pub point: F,
    pub value: F,
}

/// What leaves the room: the openings that the multi-opening argument proves, in its order.
pub(super) struct Evaluated<'a, E: Engine> {
    pub polynomials: Vec<&'a Polynomial<E>>,
    pub openings: Vec<Opening<Scalar<E>>>,
    /// h(X) folded at x^n, the one polynomial that is made in this room; it is not in
    /// `polynomials`, whose index [`Evaluated::H`] stands for it.
    pub h: Polynomial<E>,
}

impl<E: Engine> Evaluated<'_, E> {
    /// The index that stands for `h`.
    pub const H: usize = usize::MAX;

    /// The polynomial of an opening.
    pub fn polynomial(&self, index: usize) -> &Polynomial<E> {
        if index == Self::H {
            &self.h
        } else {
            self.polynomials[index]
        }
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
    house: &House<'a, E>,
    circuits: &'a [CircuitPolynomials<'_, E>],
    pieces: Vec<Polynomial<E>>,
    random: &'a Polynomial<E>,
    transcript: &mut impl Transcript<E::Curve>,
) -> Result<Evaluated<'a, E>, ProverError> {
    let House { engine, key } = *house;
    let x = transcript.squeeze();
    let rotated = Rotated {
        x,
        next: key.rotate(x, 1),
        previous: key.rotate(x, -1),
        last: key.rotate(x, key.last_rotation()),
    };
    let x_to_n = x.pow_vartime([key.circuit.n() as u64]);

    // The pieces are opened as one, folded at x^n, and not needed after that.
    let powers = std::iter::successors(Some(Scalar::<E>::ONE), |power| Some(*power * x_to_n));
    let terms: Vec<_> = powers.zip(&pieces).collect();
    let h = engine.linear_combination(key.circuit.n(), &terms, &[])?;
    drop(pieces);

    let mut list = List {
        house,
        polynomials: Vec::new(),
        queries: Vec::new(),
    };
    // What is opened, polynomial by polynomial; the two orders below, of writing and of opening,
    // pick from it.
    let circuits: Vec<CircuitOpenings> = circuits
        .iter()
        .map(|circuit| list.circuit(circuit, &rotated))
        .collect();
    let fixed = list.queries(&key.circuit.fixed_queries, x, |index| {
        &key.fixed[index].coeff
    });
    let permutation: Vec<usize> = key
        .permutation
        .iter()
        .map(|column| list.open(&column.coeff, &[x]).start)
        .collect();
    let random = list.open(random, &[x]).start;

    let openings = list.queries.iter();
    let queries: Vec<_> = openings
        .map(|(polynomial, point)| (list.polynomials[*polynomial], *point))
        .chain([(&h, x)])
        .collect();
    let values = engine.horner(&queries)?;
    let h_value = values[list.queries.len()];

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
        polynomial: list.queries[*query].0,
        point: list.queries[*query].1,
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
        polynomials: list.polynomials,
        openings,
        h,
    })
}

/// Everything that is evaluated, collected so that it is evaluated in one batch.
struct List<'h, 'a, E: Engine> {
    house: &'h House<'a, E>,
    polynomials: Vec<&'a Polynomial<E>>,
    /// Index of the polynomial, and the point.
    queries: Vec<(usize, Scalar<E>)>,
}

impl<'a, E: Engine> List<'_, 'a, E> {
    /// Adds a polynomial with its points; the indices of the queries.
    fn open(
        &mut self,
        polynomial: &'a Polynomial<E>,
        points: &[Scalar<E>],
    ) -> std::ops::Range<usize> {
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
        column: impl Fn(usize) -> &'a Polynomial<E>,
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
                let point = self.house.key.rotate(x, query.rotation);
                self.queries.push((index, point));
                self.queries.len() - 1
            })
            .collect()
    }

    fn circuit(
        &mut self,
        circuit: &'a CircuitPolynomials<'_, E>,
        points: &Rotated<Scalar<E>>,
    ) -> CircuitOpenings {
        let Rotated {
            x,
            next,
            previous,
            last,
        } = *points;
        let queries = &self.house.key.circuit.advice_queries;
        let advice = self.queries(queries, x, |index| &circuit.columns.advice[index]);
        let products = &circuit.permutation_products;
        let permutation = products
            .iter()
            .enumerate()
            .map(|(index, product)| {
                let is_last = index + 1 == products.len();
                let query = self.open(product, &[x, next]);
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
        let lookups = circuit
            .lookups
            .iter()
            .map(|lookup| {
                let product = self.open(&lookup.product, &[x, next]).start;
                let input = self.open(&lookup.input, &[x, previous]).start;
                let table = self.open(&lookup.table, &[x]).start;
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

/// Query indices of one circuit.
struct CircuitOpenings {
    advice: Vec<usize>,
    permutation: Vec<ProductOpenings>,
    lookups: Vec<LookupOpenings>,
}

struct ProductOpenings {
    at_x: usize,
    at_next: usize,
    /// For all but the last product: where the next one begins.
    at_last: Option<usize>,
}

struct LookupOpenings {
    product: usize,
    product_next: usize,
    input: usize,
    input_previous: usize,
    table: usize,
}

impl CircuitOpenings {
    /// The order in which evaluations of permutation products are written.
    fn permutation_written(&self) -> impl Iterator<Item = usize> + '_ {
        let products = self.permutation.iter();
        products.flat_map(|product| {
            [product.at_x, product.at_next]
                .into_iter()
                .chain(product.at_last)
        })
    }

    /// The order in which the multi-opening argument takes them.
    fn opened(&self) -> Vec<usize> {
        let products = &self.permutation;
        let mut opened = self.advice.clone();
        opened.extend(products.iter().flat_map(|p| [p.at_x, p.at_next]));
        opened.extend(products.iter().rev().filter_map(|p| p.at_last));
        opened.extend(self.lookups.iter().flat_map(LookupOpenings::opened));
        opened
    }
}

impl LookupOpenings {
    /// The order in which evaluations are written.
    fn written(&self) -> [usize; 5] {
        [
            self.product,
            self.product_next,
            self.input,
            self.input_previous,
            self.table,
        ]
    }

    /// The order in which the multi-opening argument takes them.
    fn opened(&self) -> [usize; 5] {
        [
            self.product,
            self.input,
            self.table,
            self.input_previous,
            self.product_next,
        ]
    }
}
