//! Callers that are generic as halo2-axiom's are: what is KZG on BN254 is proven by us, the rest by stock.

use ff::{Field, FromUniformBytes, WithSmallOrderMulGroup};
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine},
        pasta::EqAffine,
        CurveAffine,
    },
    plonk::{
        keygen_pk, keygen_vk, verify_proof, Advice, Challenge, Circuit, Column, ConstraintSystem, Error,
        FirstPhase, Fixed, Instance, ProvingKey, SecondPhase, TableColumn,
    },
    poly::{
        commitment::{CommitmentScheme, Params, ParamsProver, Prover, Verifier},
        ipa::{
            commitment::{IPACommitmentScheme, ParamsIPA},
            multiopen::{ProverIPA, VerifierIPA},
            strategy::SingleStrategy as IpaStrategy,
        },
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            multiopen::{ProverGWC, ProverSHPLONK, VerifierGWC, VerifierSHPLONK},
            strategy::SingleStrategy,
        },
        Rotation, VerificationStrategy,
    },
    transcript::{
        Blake2bRead, Blake2bWrite, Challenge255, TranscriptReadBuffer, TranscriptWriterBuffer,
    },
};
use halo2_offload::provers_ran;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::{hash::Hash, sync::Mutex};

const K: u32 = 5;

/// The counters are the process's: tests that read them take turns.
static COUNTERS: Mutex<()> = Mutex::new(());

/// Over any field: a table, a challenge, constants, public values, namespaces - all that a layouter has.
#[derive(Clone, Default)]
struct Everything<F> {
    base: F,
}

#[derive(Clone)]
struct Config {
    value: Column<Advice>,
    later: Column<Advice>,
    constants: Column<Fixed>,
    public: Column<Instance>,
    table: TableColumn,
    challenge: Challenge,
}

impl<F: Field> Circuit<F> for Everything<F> {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    /// How many numbers the table has.
    type Params = usize;

    fn without_witnesses(&self) -> Self {
        Self::default()
    }

    fn params(&self) -> usize {
        8
    }

    fn configure_with_params(cs: &mut ConstraintSystem<F>, numbers: usize) -> Config {
        assert_eq!(numbers, 8);
        Self::configure(cs)
    }

    fn configure(cs: &mut ConstraintSystem<F>) -> Config {
        let value = cs.advice_column();
        let challenge = cs.challenge_usable_after(FirstPhase);
        let later = cs.advice_column_in(SecondPhase);
        let constants = cs.fixed_column();
        let public = cs.instance_column();
        let table = cs.lookup_table_column();
        let factors = cs.fixed_column();
        cs.enable_constant(constants);
        cs.enable_equality(value);
        cs.enable_equality(public);
        cs.lookup("small", |cells| {
            vec![(
                cells.query_fixed(factors, Rotation::cur())
                    * cells.query_advice(value, Rotation::cur()),
                table,
            )]
        });
        cs.create_gate("times the challenge", |cells| {
            let value = cells.query_advice(value, Rotation::cur());
            let later = cells.query_advice(later, Rotation::cur());
            let challenge = cells.query_challenge(challenge);
            vec![later - value * challenge]
        });
        Config {
            value,
            later,
            constants,
            public,
            table,
            challenge,
        }
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<F>) -> Result<(), Error> {
        layouter.assign_table(
            || "numbers",
            |mut table| {
                (0..8).try_for_each(|row| {
                    let number = || Value::known(F::from(row as u64));
                    table.assign_cell(|| "number", config.table, row, number)
                })
            },
        )?;
        let mut layouter = layouter.namespace(|| "values");
        let cell = layouter.assign_region(
            || "value",
            |mut region| {
                let cell = region.assign_advice(config.value, 0, Value::known(self.base));
                region.constrain_equal(cell.cell(), cell.cell());
                Ok(cell)
            },
        )?;
        layouter.constrain_instance(cell.cell(), config.public, 0);
        let base = cell.value().map(|value| **value);
        layouter.next_phase();
        let challenge = layouter.get_challenge(config.challenge);
        let value = base.zip(challenge).map(|(base, challenge)| base.evaluate() * challenge);
        layouter.namespace(|| "later").assign_region(
            || "times the challenge",
            |mut region| {
                // Key generation knows no challenge.
                value.map(|value| region.assign_advice(config.later, 0, Value::known(value)));
                Ok(())
            },
        )?;
        let _ = config.constants;
        Ok(())
    }
}
