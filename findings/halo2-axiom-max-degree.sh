#!/usr/bin/env bash
# halo2-axiom 0.5.3: a gate of degree 6 is accepted by the mock prover, by key generation and by the prover, and
# no proof of it verifies.
#
# `ConstraintSystem::degree` cuts what the constraints need down to the environment variable MAX_DEGREE, to 5
# where it is not set. The quotient then has too few pieces, which nothing in the prover looks at. With
# MAX_DEGREE=6 for all three steps, or `set_minimum_degree(6)` in the circuit, the same circuit verifies. (Under a
# simple selector the gate would be noticed: compressing selectors asserts that it fits.)
#
# Seen: "mock prover true, degree 5, proof made true, verified false" and, with MAX_DEGREE=6,
#       "mock prover true, degree 6, proof made true, verified true"
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
rand = "=0.8.5"
[workspace]
TOML
cat >src/main.rs <<'RUST'
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    dev::MockProver,
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{
        create_proof, keygen_pk, keygen_vk, verify_proof, Advice, Circuit, Column, ConstraintSystem,
        Error, Fixed,
    },
    poly::{
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            multiopen::{ProverSHPLONK, VerifierSHPLONK},
            strategy::SingleStrategy,
        },
        Rotation,
    },
    transcript::{
        Blake2bRead, Blake2bWrite, Challenge255, TranscriptReadBuffer, TranscriptWriterBuffer,
    },
};
use rand::rngs::OsRng;

/// b = a^5 where the fixed column is 1.
#[derive(Clone)]
struct FifthPower;

impl Circuit<Fr> for FifthPower {
    type Config = (Column<Fixed>, [Column<Advice>; 2]);
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Self::Config {
        let on = cs.fixed_column();
        let columns = [cs.advice_column(), cs.advice_column()];
        cs.create_gate("fifth power", |cells| {
            let [a, b] = columns.map(|column| cells.query_advice(column, Rotation::cur()));
            let power = a.clone() * a.clone() * a.clone() * a.clone() * a;
            vec![cells.query_fixed(on, Rotation::cur()) * (power - b)]
        });
        (on, columns)
    }

    fn synthesize(
        &self,
        (on, [a, b]): Self::Config,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        layouter.assign_region(
            || "power",
            |mut region| {
                region.assign_fixed(on, 0, Fr::from(1));
                region.assign_advice(a, 0, Value::known(Fr::from(2)));
                region.assign_advice(b, 0, Value::known(Fr::from(32)));
                Ok(())
            },
        )
    }
}

fn main() {
    let mock = MockProver::run(4, &FifthPower, vec![]).unwrap().verify().is_ok();
    let params = ParamsKZG::<Bn256>::setup(4, OsRng);
    let vk = keygen_vk(&params, &FifthPower).unwrap();
    let pk = keygen_pk(&params, vk, &FifthPower).unwrap();
    let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(Vec::new());
    let made = create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, Bn256>, _, _, _, _>(
        &params, &pk, &[FifthPower], &[&[]], OsRng, &mut transcript,
    );
    let proof = transcript.finalize();
    let mut transcript = Blake2bRead::<_, G1Affine, Challenge255<_>>::init(&proof[..]);
    let verified = verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<'_, Bn256>, _, _, _>(
        &params, pk.get_vk(), SingleStrategy::new(&params), &[&[]], &mut transcript,
    );
    println!(
        "mock prover {mock}, degree {}, proof made {}, verified {}",
        pk.get_vk().cs().degree(),
        made.is_ok(),
        verified.is_ok()
    );
}
RUST
cargo build --quiet --release
cut=$(env -u MAX_DEGREE target/release/finding)
echo "$cut"
whole=$(MAX_DEGREE=6 target/release/finding)
echo "MAX_DEGREE=6: $whole"
[ "$cut" = "mock prover true, degree 5, proof made true, verified false" ] &&
    [ "$whole" = "mock prover true, degree 6, proof made true, verified true" ] ||
    { echo "halo2-axiom 0.5.3 does otherwise than was found" >&2; exit 1; }
