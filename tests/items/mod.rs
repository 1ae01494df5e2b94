//! What a proof is made of.

use halo2_axiom::halo2curves::bn256::Fr;
use halo2_offload::prover::CompiledCircuit;

/// Bytes of an item: a compressed point or a scalar.
pub const ITEM_BYTES: usize = 32;

/// A point or a scalar of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Advice,
    /// A' or S'.
    Permuted,
    PermutationProduct,
    LookupProduct,
    /// The blinding polynomial of the vanishing argument.
    Random,
    Quotient,
    AdviceEvaluation,
    FixedEvaluation,
    RandomEvaluation,
    PermutationEvaluation,
    PermutationProductEvaluation,
    /// Of A', S' or the product.
    LookupEvaluation,
    /// Of the multi-opening argument.
    Opening,
}

impl Item {
    /// The bits of the item that mean something. Of the two flags of a point's encoding halo2curves
    /// reads the upper one, that of the point at infinity, only where x is zero.
    pub fn bits(self) -> usize {
        match self {
            Item::Advice
            | Item::Permuted
            | Item::PermutationProduct
            | Item::LookupProduct
            | Item::Random
            | Item::Quotient
            | Item::Opening => 8 * ITEM_BYTES - 1,
            Item::AdviceEvaluation
            | Item::FixedEvaluation
            | Item::RandomEvaluation
            | Item::PermutationEvaluation
            | Item::PermutationProductEvaluation
            | Item::LookupEvaluation => 8 * ITEM_BYTES,
        }
    }
}

/// The items of a proof of several circuits, in order; `count` of them are written in all.
pub fn items(circuit: &CompiledCircuit<Fr>, circuits: usize, count: usize) -> Vec<Item> {
    let lookups = circuits * circuit.lookups.len();
    let products = circuit.permutation_products();
    // All but the last product are evaluated at a third point.
    let product_evaluations = (3 * products).saturating_sub(1);
    let mut items = Vec::new();
    let mut push = |item, times| items.extend(std::iter::repeat_n(item, times));
    push(Item::Advice, circuits * circuit.advice_phases.len());
    push(Item::Permuted, 2 * lookups);
    push(Item::PermutationProduct, circuits * products);
    push(Item::LookupProduct, lookups);
    push(Item::Random, 1);
    push(Item::Quotient, circuit.quotient_pieces());
    push(
        Item::AdviceEvaluation,
        circuits * circuit.advice_queries.len(),
    );
    push(Item::FixedEvaluation, circuit.fixed_queries.len());
    push(Item::RandomEvaluation, 1);
    push(Item::PermutationEvaluation, circuit.permutation.len());
    push(
        Item::PermutationProductEvaluation,
        circuits * product_evaluations,
    );
    push(Item::LookupEvaluation, 5 * lookups);
    let openings = count - items.len();
    items.extend(std::iter::repeat_n(Item::Opening, openings));
    items
}
