//! What is opened: polynomials with their names, and which evaluations of a circuit are whose.

use halo2_offload_engine::Engine;
use std::fmt;

use super::Polynomial;

/// A polynomial opened at a point.
pub(super) struct Opening<F> {
    /// Index into [`Evaluated::polynomials`].
    pub polynomial: usize,
    pub point: F,
    pub value: F,
}

/// What a polynomial is, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Fixed(usize),
    Permutation(usize),
    /// Of a circuit of the proof.
    Advice(usize, usize),
    PermutationProduct(usize, usize),
    LookupProduct(usize, usize),
    LookupInput(usize, usize),
    LookupTable(usize, usize),
    Blinding,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, circuit, index) = match *self {
            Name::Fixed(index) => return write!(f, "fixed column {index}"),
            Name::Permutation(index) => return write!(f, "permutation column {index}"),
            Name::Blinding => return f.write_str("the blinding polynomial"),
            Name::Advice(circuit, index) => ("advice column", circuit, index),
            Name::PermutationProduct(circuit, index) => ("permutation product", circuit, index),
            Name::LookupProduct(circuit, index) => ("the product of lookup", circuit, index),
            Name::LookupInput(circuit, index) => ("the permuted input of lookup", circuit, index),
            Name::LookupTable(circuit, index) => ("the permuted table of lookup", circuit, index),
        };
        write!(f, "{what} {index} of circuit {circuit}")
    }
}

/// A polynomial that is opened.
pub(super) struct Opened<'a, E: Engine> {
    pub name: Name,
    pub polynomial: &'a Polynomial<E>,
    /// What the verifier has of it. None for a column of a key that does not know its commitments.
    pub commitment: Option<E::Curve>,
}

/// Query indices of one circuit.
pub(super) struct CircuitOpenings {
    /// In the order of the circuit's queries.
    pub advice: Vec<usize>,
    pub permutation: Vec<ProductOpenings>,
    pub lookups: Vec<LookupOpenings>,
}

pub(super) struct ProductOpenings {
    pub at_x: usize,
    pub at_next: usize,
    /// For all but the last product: where the next one begins.
    pub at_last: Option<usize>,
}

pub(super) struct LookupOpenings {
    pub product: usize,
    pub product_next: usize,
    pub input: usize,
    pub input_previous: usize,
    pub table: usize,
}

impl CircuitOpenings {
    /// The order in which evaluations of permutation products are written.
    pub(super) fn permutation_written(&self) -> impl Iterator<Item = usize> + '_ {
        let products = self.permutation.iter();
        products.flat_map(|product| {
            [product.at_x, product.at_next]
                .into_iter()
                .chain(product.at_last)
        })
    }

    /// The order in which the multi-opening argument takes them.
    pub(super) fn opened(&self) -> Vec<usize> {
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
    pub(super) fn written(&self) -> [usize; 5] {
        [
            self.product,
            self.product_next,
            self.input,
            self.input_previous,
            self.table,
        ]
    }

    /// The order in which the multi-opening argument takes them.
    pub(super) fn opened(&self) -> [usize; 5] {
        [
            self.product,
            self.input,
            self.table,
            self.input_previous,
            self.product_next,
        ]
    }
}
