//! A small circuit for what goes on around proofs: it calls back when it is synthesised, and takes
//! whatever witness it is given.

use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{
        keygen_pk2, Advice, Challenge, Circuit, Column, ConstraintSystem, Error, FirstPhase,
        SecondPhase, Selector, TableColumn,
    },
    poly::{
        kzg::{commitment::ParamsKZG, multiopen::ProverSHPLONK},
        Rotation,
    },
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{engine::Engine, prove, Job, ResidentKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

const K: u32 = 4;
/// Numbers below this are in the table.
pub const TABLE: u64 = 8;

pub type Shplonk = ProverSHPLONK<'static, Bn256>;
pub type Transcript = Blake2bWrite<Vec<u8>, G1Affine, Challenge255<G1Affine>>;
pub type NumberJob = Job<Number, ChaCha20Rng, Transcript>;

/// A number in a table, which a challenge is added to in a second phase.
pub struct Number {
    value: Value<Fr>,
    at_synthesis: Box<dyn Fn() + Send>,
}

impl Number {
    pub fn new(value: u64) -> Self {
        Self::calling(value, || ())
    }

    /// Calls `at_synthesis` when its synthesis begins.
    pub fn calling(value: u64, at_synthesis: impl Fn() + Send + 'static) -> Self {
        Self {
            value: Value::known(Fr::from(value)),
            at_synthesis: Box::new(at_synthesis),
        }
    }

    pub fn unknown() -> Self {
        Self {
            value: Value::unknown(),
            ..Self::new(0)
        }
    }

    /// Its proof, to be made with this seed.
    pub fn job(self, seed: u64) -> NumberJob {
        Job {
            circuits: vec![self],
            instances: vec![Vec::new()],
            rng: ChaCha20Rng::seed_from_u64(seed),
            transcript: Transcript::init(Vec::new()),
        }
    }
}

#[derive(Clone)]
pub struct Config {
    on: Selector,
    number: Column<Advice>,
    table: TableColumn,
    sum: Column<Advice>,
    challenge: Challenge,
}

impl Circuit<Fr> for Number {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        Self::unknown()
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        let on = cs.selector();
        let number = cs.advice_column();
        let table = cs.lookup_table_column();
        let sum = cs.advice_column_in(SecondPhase);
        let challenge = cs.challenge_usable_after(FirstPhase);
        cs.lookup("small", |cells| {
            vec![(cells.query_advice(number, Rotation::cur()), table)]
        });
        cs.create_gate("sum", |cells| {
            let number = cells.query_advice(number, Rotation::cur());
            let sum = cells.query_advice(sum, Rotation::cur());
            let challenge = cells.query_challenge(challenge);
            vec![cells.query_selector(on) * (sum - number - challenge)]
        });
        Config {
            on,
            number,
            table,
            sum,
            challenge,
        }
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        (self.at_synthesis)();
        layouter.assign_table(
            || "small",
            |mut table| {
                for value in 0..TABLE {
                    let known = || Value::known(Fr::from(value));
                    table.assign_cell(|| "small", config.table, value as usize, known)?;
                }
                Ok(())
            },
        )?;
        layouter.assign_region(
            || "number",
            |mut region| {
                region.assign_advice(config.number, 0, self.value);
                Ok(())
            },
        )?;
        layouter.next_phase();
        let sum = self.value + layouter.get_challenge(config.challenge);
        layouter.assign_region(
            || "sum",
            |mut region| {
                region.assign_advice(config.sum, 0, sum);
                config.on.enable(&mut region, 0)
            },
        )
    }
}

/// The circuit's key on an engine.
pub fn key<E: Engine<Curve = G1Affine>>(engine: &E) -> ResidentKey<E> {
    let params = ParamsKZG::<Bn256>::setup(K, ChaCha20Rng::seed_from_u64(0));
    let pk = keygen_pk2(&params, &Number::unknown(), false).unwrap();
    ResidentKey::load(engine, &params, &pk).unwrap()
}

/// The proof of a number alone.
pub fn proof<E: Engine<Curve = G1Affine>>(
    engine: &E,
    key: &ResidentKey<E>,
    value: u64,
    seed: u64,
) -> Vec<u8> {
    let mut transcript = Transcript::init(Vec::new());
    prove::<Shplonk, Challenge255<G1Affine>, _, _, _>(
        engine,
        key,
        &[Number::new(value)],
        &[&[]],
        ChaCha20Rng::seed_from_u64(seed),
        &mut transcript,
    )
    .unwrap();
    transcript.finalize()
}
