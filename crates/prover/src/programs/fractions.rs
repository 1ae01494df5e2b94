//! Numerators and denominators of the grand products.

use halo2_offload_engine::{program::NodeId, ScalarField};

use super::{segment::SegmentBuilder, Input, ProgramScalar, Segment};
use crate::circuit::{CompiledCircuit, Lookup};

/// Numerator and denominator of a permutation product (halo2 book, "Permutation argument").
pub(super) fn permutation<F: ScalarField>(
    circuit: &CompiledCircuit<F>,
    product: usize,
) -> Segment<F> {
    let mut builder = SegmentBuilder::new(circuit);
    let numerator = builder.permutation_factors(product, None, SegmentBuilder::identity_label);
    let denominator = builder.permutation_factors(product, None, SegmentBuilder::permuted_label);
    builder.compile(&[numerator, denominator])
}

/// Numerator (A + beta)(S + gamma) and denominator (A' + beta)(S' + gamma) of a lookup. A and S are
/// compressed anew rather than kept from the lookup stage: two columns less a lookup.
pub(super) fn lookup<F: ScalarField>(
    circuit: &CompiledCircuit<F>,
    index: usize,
    lookup: &Lookup,
) -> Segment<F> {
    let mut builder = SegmentBuilder::new(circuit);
    let numerator = lookup_numerator(&mut builder, lookup);
    let input = builder.input(Input::LookupPermuted(index), 0);
    let table = builder.input(Input::LookupPermutedTable(index), 0);
    let input = builder.plus(input, ProgramScalar::Beta);
    let table = builder.plus(table, ProgramScalar::Gamma);
    let denominator = builder.builder.mul(input, table);
    builder.compile(&[numerator, denominator])
}

/// (A + beta)(S + gamma).
pub(super) fn lookup_numerator<F: ScalarField>(
    builder: &mut SegmentBuilder<'_, F>,
    lookup: &Lookup,
) -> NodeId {
    let input = builder.compress(&lookup.inputs);
    let table = builder.compress(&lookup.tables);
    let input = builder.plus(input, ProgramScalar::Beta);
    let table = builder.plus(table, ProgramScalar::Gamma);
    builder.builder.mul(input, table)
}
