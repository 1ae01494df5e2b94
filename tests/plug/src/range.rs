//! A circuit of halo2-base, with its gate and its range lookup. The sum of the values is public.

use halo2_base::{
    gates::{
        circuit::{builder::BaseCircuitBuilder, BaseCircuitParams},
        GateInstructions, RangeInstructions,
    },
    halo2_proofs::halo2curves::bn256::Fr,
    AssignedValue,
};

/// Rows that the blinding takes, and some to spare for where columns are folded.
pub const UNUSABLE_ROWS: usize = 20;
const VALUE_BITS: usize = 30;
const VALUES: u64 = 40;

/// A builder for 2^k rows, with a range table of half of them.
pub fn builder(k: usize) -> BaseCircuitBuilder<Fr> {
    BaseCircuitBuilder::new(false).use_params(BaseCircuitParams {
        k,
        lookup_bits: Some(k - 1),
        num_instance_columns: 1,
        ..Default::default()
    })
}

/// The builder with as many columns as it needs.
pub fn finish(
    mut builder: BaseCircuitBuilder<Fr>,
    public: Vec<AssignedValue<Fr>>,
) -> BaseCircuitBuilder<Fr> {
    builder.assigned_instances[0] = public;
    builder.calculate_params(Some(UNUSABLE_ROWS));
    builder
}

pub fn circuit(k: usize) -> BaseCircuitBuilder<Fr> {
    let mut builder = builder(k);
    let range = builder.range_chip();
    let context = builder.main(0);
    let values: Vec<_> = (0..VALUES)
        .map(|i| context.load_witness(Fr::from(i * i)))
        .collect();
    for &value in &values {
        range.range_check(context, value, VALUE_BITS);
    }
    let sum = range.gate().sum(context, values);
    finish(builder, vec![sum])
}
