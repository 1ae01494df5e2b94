#!/usr/bin/env bash
# halo2-base 0.5.5: a lookup column that is asked for is not made where there is one gate column.
#
# `BaseCircuitParams` says how many gate columns and how many lookup columns a circuit has. With one gate
# column, `num_lookup_advice_per_phase` is passed over without a word: the lookup is switched on in the gate
# column by a selector instead, so that a column is missing and the degree is 5 where it would be 4.
#
# Seen (gate columns asked for, lookup columns asked for: advice columns, lookups, degree):
#   1, 0: 1, 0, 3
#   1, 1: 1, 1, 5
#   1, 3: 1, 1, 5
#   2, 1: 3, 1, 4
#   2, 3: 5, 3, 4
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
halo2-axiom = "=0.5.3"
halo2-base = { version = "=0.5.5", default-features = false }
[workspace]
TOML
cat >src/main.rs <<'RUST'
use halo2_base::{
    gates::circuit::{BaseCircuitParams, BaseConfig},
    halo2_proofs::{halo2curves::bn256::Fr, plonk::ConstraintSystem},
};

fn main() {
    for (gates, lookups) in [(1, 0), (1, 1), (1, 3), (2, 1), (2, 3)] {
        let mut cs = ConstraintSystem::<Fr>::default();
        let params = BaseCircuitParams {
            k: 10,
            num_advice_per_phase: vec![gates],
            num_lookup_advice_per_phase: vec![lookups],
            num_fixed: 1,
            lookup_bits: (lookups > 0).then_some(8),
            num_instance_columns: 0,
        };
        BaseConfig::configure(&mut cs, params);
        let advice = cs.num_advice_columns();
        println!("{gates}, {lookups}: {advice}, {}, {}", cs.lookups().len(), cs.degree());
    }
}
RUST
seen=$(cargo run --quiet --release)
echo "$seen"
[ "$seen" = "1, 0: 1, 0, 3
1, 1: 1, 1, 5
1, 3: 1, 1, 5
2, 1: 3, 1, 4
2, 3: 5, 3, 4" ] || { echo "halo2-base 0.5.5 does otherwise than was found" >&2; exit 1; }
