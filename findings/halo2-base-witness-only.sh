#!/usr/bin/env bash
# halo2-base 0.5.5 on halo2-axiom 0.5.3: the prover's circuit configures itself to another constraint system
# than the key's, and the proof is valid all the same.
#
# A builder that only makes a witness (`BaseCircuitBuilder::new(true)`) records no constants, so that
# `calculate_params` finds none, and its configuration has no column of constants: the permutation lacks a
# column that the key has. halo2-axiom's prover takes gates, lookups and permutation from the key, and never
# compares. A prover that compares the two refuses valid proofs.
#
# Seen: "key: fixed 2, permutation 2; prover: fixed 1, permutation 1; verified true"
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
rand = "=0.8.5"
[workspace]
TOML
cat >src/main.rs <<'RUST'
use halo2_base::{
    gates::{circuit::builder::BaseCircuitBuilder, RangeInstructions},
    halo2_proofs::{
        halo2curves::bn256::{Bn256, Fr, G1Affine},
        plonk::{create_proof, keygen_pk, keygen_vk, verify_proof, Circuit, ConstraintSystem},
        poly::kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            multiopen::{ProverSHPLONK, VerifierSHPLONK},
            strategy::SingleStrategy,
        },
        transcript::{
            Blake2bRead, Blake2bWrite, Challenge255, TranscriptReadBuffer, TranscriptWriterBuffer,
        },
    },
};
use rand::rngs::OsRng;

fn builder(witness_only: bool) -> BaseCircuitBuilder<Fr> {
    let mut builder = BaseCircuitBuilder::new(witness_only).use_k(9).use_lookup_bits(8);
    let range = builder.range_chip();
    let context = builder.main(0);
    let x = context.load_witness(Fr::from(1000));
    range.range_check(context, x, 16);
    builder.calculate_params(Some(9));
    builder
}

fn shape(circuit: &BaseCircuitBuilder<Fr>) -> String {
    let mut cs = ConstraintSystem::<Fr>::default();
    BaseCircuitBuilder::configure_with_params(&mut cs, circuit.params());
    let permutation = cs.permutation().get_columns().len();
    format!("fixed {}, permutation {permutation}", cs.num_fixed_columns())
}

fn main() {
    let params = ParamsKZG::<Bn256>::setup(9, OsRng);
    let of_key = builder(false);
    let shape_of_key = shape(&of_key);
    let vk = keygen_vk(&params, &of_key).unwrap();
    let pk = keygen_pk(&params, vk, &of_key).unwrap();
    let of_prover = builder(true).use_break_points(of_key.break_points());
    let shape_of_prover = shape(&of_prover);
    let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(Vec::new());
    create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, Bn256>, _, _, _, _>(
        &params, &pk, &[of_prover], &[&[]], OsRng, &mut transcript,
    )
    .unwrap();
    let proof = transcript.finalize();
    let mut transcript = Blake2bRead::<_, G1Affine, Challenge255<_>>::init(&proof[..]);
    let verified = verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<'_, Bn256>, _, _, _>(
        &params, pk.get_vk(), SingleStrategy::new(&params), &[&[]], &mut transcript,
    );
    println!("key: {shape_of_key}; prover: {shape_of_prover}; verified {}", verified.is_ok());
}
RUST
seen=$(cargo run --quiet --release)
echo "$seen"
[ "$seen" = "key: fixed 2, permutation 2; prover: fixed 1, permutation 1; verified true" ] ||
    { echo "halo2-base 0.5.5 does otherwise than was found" >&2; exit 1; }
