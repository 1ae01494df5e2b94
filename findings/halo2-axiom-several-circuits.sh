#!/usr/bin/env bash
# halo2-axiom 0.5.3: `create_proof` takes several circuits with their public values, and `verify_proof` takes
# several sets of public values; but a proof of two circuits with public values does not verify.
#
# The prover absorbs the public values of a circuit right before that circuit's advice, the verifier those of all
# circuits first: from the second circuit on their transcripts differ. Two circuits without public values, or with
# some in the first alone, verify.
#
# Seen: "none: true; in the first: true; in both: false"
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

/// A number that is the public value beside it; 0 where there is none.
#[derive(Clone)]
struct Number(u64);

impl Circuit<Fr> for Number {
    type Config = (Column<Fixed>, Column<Advice>);
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Self::Config {
        let (number, public) = (cs.advice_column(), cs.instance_column());
        let on = cs.fixed_column();
        cs.create_gate("equal", |cells| {
            let number = cells.query_advice(number, Rotation::cur());
            let public = cells.query_instance(public, Rotation::cur());
            vec![cells.query_fixed(on, Rotation::cur()) * (number - public)]
        });
        (on, number)
    }

    fn synthesize(
        &self,
        (on, number): Self::Config,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        layouter.assign_region(
            || "number",
            |mut region| {
                region.assign_fixed(on, 0, Fr::from(1));
                region.assign_advice(number, 0, Value::known(Fr::from(self.0)));
                Ok(())
            },
        )
    }
}

/// Whether a proof of two circuits with these public values verifies.
fn verifies(public: [&[Fr]; 2]) -> bool {
    let params = ParamsKZG::<Bn256>::setup(4, OsRng);
    let vk = keygen_vk(&params, &Number(0)).unwrap();
    let pk = keygen_pk(&params, vk, &Number(0)).unwrap();
    let circuits = public.map(|values| Number(values.len() as u64));
    let instances: [&[&[Fr]]; 2] = [&[public[0]], &[public[1]]];
    let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(Vec::new());
    create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, Bn256>, _, _, _, _>(
        &params, &pk, &circuits, &instances, OsRng, &mut transcript,
    )
    .unwrap();
    let proof = transcript.finalize();
    let mut transcript = Blake2bRead::<_, G1Affine, Challenge255<_>>::init(&proof[..]);
    verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<'_, Bn256>, _, _, _>(
        &params, pk.get_vk(), SingleStrategy::new(&params), &instances, &mut transcript,
    )
    .is_ok()
}

fn main() {
    let one = [Fr::from(1)];
    println!(
        "none: {}; in the first: {}; in both: {}",
        verifies([&[], &[]]),
        verifies([&one, &[]]),
        verifies([&one, &one])
    );
}
RUST
output=$(cargo run --quiet --release)
echo "$output"
[ "$output" = "none: true; in the first: true; in both: false" ] ||
    { echo "halo2-axiom 0.5.3 does otherwise than was found" >&2; exit 1; }
