//! The quotient's numerator: every constraint, in segments.

use halo2_offload_engine::{program::NodeId, ScalarField};

use super::{
    fractions::lookup_numerator, gates, schedule, segment::SegmentBuilder, Input, ProgramScalar,
    Segment,
};
use crate::circuit::{CompiledCircuit, Lookup};

/// The quotient's numerator in segments: gates, each permutation product, each lookup. A column is
/// extended for the segments that read it and dropped after the last of them, so that the columns of one
/// lookup are not in memory beside those of another.
///
/// halo2 folds all constraints by Horner's rule, N <- N * y + constraint: gates, what the
/// permutation products begin and end with, the products themselves, lookups. Here each constraint
/// has its power of y, so that segments can take them in the order that suits memory.
///
/// Also returns the number of constraints.
pub(super) fn segments<F: ScalarField>(circuit: &CompiledCircuit<F>) -> (Vec<Segment<F>>, usize) {
    let products = circuit.permutation_products();
    let boundaries = if products == 0 { 0 } else { products + 1 };
    let lookups_before =
        |lookup: usize| circuit.gates.len() + boundaries + products + LOOKUP_CONSTRAINTS * lookup;
    let count = lookups_before(circuit.lookups.len());
    let mut segments = gates::segments(circuit, count);
    for product in 0..products {
        let power = |(position, node)| (count - 1 - circuit.gates.len() - position, node);
        // What ties a product to the one before reads both: in a segment of its own, it does not
        // hold the other one beside the columns of a product.
        segments.push(constraints(circuit, |builder| {
            let boundaries = permutation_boundaries(builder, product, products);
            boundaries.into_iter().map(power).collect()
        }));
        segments.push(constraints(circuit, |builder| {
            vec![power((
                boundaries + product,
                permutation_product(builder, product),
            ))]
        }));
    }
    for (index, lookup) in circuit.lookups.iter().enumerate() {
        segments.push(constraints(circuit, |builder| {
            let constraints = lookup_constraints(builder, index, lookup);
            let first = lookups_before(index);
            let numbered = constraints.into_iter().enumerate();
            numbered
                .map(|(position, node)| (count - 1 - first - position, node))
                .collect()
        }));
    }
    (schedule::schedule(segments), count)
}

/// acc <- acc * y^constraints
pub(super) fn next_circuit<F: ScalarField>(
    circuit: &CompiledCircuit<F>,
    constraints: usize,
) -> Segment<F> {
    let mut builder = SegmentBuilder::new(circuit);
    let weight = builder.power_of_y(constraints);
    let accumulator = builder.builder.accumulator();
    let accumulator = builder.builder.mul(accumulator, weight);
    builder.compile(&[accumulator])
}

/// A segment that adds constraints to the accumulator, each times its power of y.
pub(super) fn constraints<F: ScalarField>(
    circuit: &CompiledCircuit<F>,
    build: impl FnOnce(&mut SegmentBuilder<'_, F>) -> Vec<(usize, NodeId)>,
) -> Segment<F> {
    let mut builder = SegmentBuilder::new(circuit);
    let mut accumulator = builder.builder.accumulator();
    for (power, constraint) in build(&mut builder) {
        let weight = builder.power_of_y(power);
        let weighted = builder.builder.mul(constraint, weight);
        accumulator = builder.builder.add(accumulator, weighted);
    }
    builder.compile(&[accumulator])
}

/// Where a permutation product begins and ends, with the constraints' positions after the gates:
/// l_0 (1 - z_0), l_last (z_last^2 - z_last), l_0 (z_i - z_(i-1)(omega^last X)).
fn permutation_boundaries<F: ScalarField>(
    builder: &mut SegmentBuilder<'_, F>,
    product: usize,
    products: usize,
) -> Vec<(usize, NodeId)> {
    let z = builder.input(Input::PermutationProduct(product), 0);
    let mut constraints = Vec::new();
    if product == 0 {
        constraints.push((0, starts_at_one(builder, z)));
    } else {
        let last_rotation = -(builder.circuit.blinding_factors as i32 + 1);
        let before = builder.input(Input::PermutationProduct(product - 1), last_rotation);
        let difference = builder.builder.sub(z, before);
        let l0 = builder.l0();
        constraints.push((1 + product, builder.builder.mul(difference, l0)));
    }
    if product + 1 == products {
        constraints.push((1, ends_as_bit(builder, z)));
    }
    constraints
}

/// l_0 (1 - z)
fn starts_at_one<F: ScalarField>(builder: &mut SegmentBuilder<'_, F>, z: NodeId) -> NodeId {
    let one = builder.builder.constant(F::ONE);
    let difference = builder.builder.sub(one, z);
    let l0 = builder.l0();
    builder.builder.mul(difference, l0)
}

/// l_last (z^2 - z)
fn ends_as_bit<F: ScalarField>(builder: &mut SegmentBuilder<'_, F>, z: NodeId) -> NodeId {
    let square = builder.builder.mul(z, z);
    let difference = builder.builder.sub(square, z);
    let l_last = builder.l_last();
    builder.builder.mul(difference, l_last)
}

/// l_active (z(omega X) prod (v_j + beta s_j + gamma) - z prod (v_j + beta delta^j X + gamma))
fn permutation_product<F: ScalarField>(
    builder: &mut SegmentBuilder<'_, F>,
    product: usize,
) -> NodeId {
    let z_next = builder.input(Input::PermutationProduct(product), 1);
    let z = builder.input(Input::PermutationProduct(product), 0);
    let left = builder.permutation_factors(product, Some(z_next), SegmentBuilder::permuted_label);
    let right = builder.permutation_factors(product, Some(z), SegmentBuilder::identity_label);
    let difference = builder.builder.sub(left, right);
    let active = builder.l_active();
    builder.builder.mul(difference, active)
}

/// Constraints of a lookup argument.
const LOOKUP_CONSTRAINTS: usize = 5;

/// The constraints of a lookup argument (halo2 book, "Lookup argument").
fn lookup_constraints<F: ScalarField>(
    builder: &mut SegmentBuilder<'_, F>,
    index: usize,
    lookup: &Lookup,
) -> [NodeId; LOOKUP_CONSTRAINTS] {
    let z = builder.input(Input::LookupProduct(index), 0);
    let z_next = builder.input(Input::LookupProduct(index), 1);
    let input = builder.input(Input::LookupPermuted(index), 0);
    let input_before = builder.input(Input::LookupPermuted(index), -1);
    let table = builder.input(Input::LookupPermutedTable(index), 0);

    let starts = starts_at_one(builder, z);
    let ends = ends_as_bit(builder, z);

    let numerator = lookup_numerator(builder, lookup);
    let input_beta = builder.plus(input, ProgramScalar::Beta);
    let table_gamma = builder.plus(table, ProgramScalar::Gamma);
    let left = builder.builder.mul(z_next, input_beta);
    let left = builder.builder.mul(left, table_gamma);
    let right = builder.builder.mul(z, numerator);
    let difference = builder.builder.sub(left, right);
    let active = builder.l_active();
    let product = builder.builder.mul(difference, active);

    let from_table = builder.builder.sub(input, table);
    let l0 = builder.l0();
    let first_from_table = builder.builder.mul(from_table, l0);
    let from_above = builder.builder.sub(input, input_before);
    let from_either = builder.builder.mul(from_table, from_above);
    let each_from_either = builder.builder.mul(from_either, active);

    [starts, ends, product, first_from_table, each_from_either]
}
