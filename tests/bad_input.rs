//! Every bad input is an error that says what is wrong and what to do.

use ff::Field;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{
        self, keygen_pk2, Advice, Challenge, Circuit, Column, ConstraintSystem, FirstPhase, Fixed,
        Instance, ProvingKey, SecondPhase, TableColumn,
    },
    poly::{
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            multiopen::{ProverGWC, ProverSHPLONK},
        },
        Rotation,
    },
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{CpuEngine, Error, ResidentKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::io;

const K: u32 = 4;
/// 2^K less five blinding rows and the last row of grand products.
const USABLE_ROWS: usize = 10;
const TABLE: u64 = 8;

/// What configures the circuit.
#[derive(Clone, Copy)]
struct Shape {
    advice: usize,
    instance: usize,
    gates: usize,
    lookups: usize,
    permuted: usize,
    /// Where gates read the first column a second time.
    rotation: i32,
    second_phase: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            advice: 2,
            instance: 1,
            gates: 1,
            lookups: 1,
            permuted: 1,
            rotation: 1,
            second_phase: false,
        }
    }
}

/// What is wrong with a witness.
#[derive(Clone, Copy, Default, PartialEq)]
enum Fault {
    #[default]
    None,
    /// One row more than there are.
    TooManyRows,
    UnknownValue,
    NotInTable,
    /// Synthesis returns an error.
    Failing,
    /// A public value is read that was not given.
    MissingInstance,
    /// `next_phase` is called again and again.
    EndlessPhases,
}

/// Small numbers, looked up in a table of them; gates that are always satisfied.
#[derive(Clone, Copy, Default)]
struct Numbers {
    shape: Shape,
    fault: Fault,
}

#[derive(Clone)]
struct Config {
    advice: Vec<Column<Advice>>,
    instance: Vec<Column<Instance>>,
    fixed: Column<Fixed>,
    table: TableColumn,
    second_phase: Option<(Column<Advice>, Challenge)>,
}

impl Circuit<Fr> for Numbers {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Shape;

    fn without_witnesses(&self) -> Self {
        *self
    }

    fn params(&self) -> Shape {
        self.shape
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, shape: Shape) -> Config {
        let advice: Vec<_> = (0..shape.advice).map(|_| cs.advice_column()).collect();
        let instance: Vec<_> = (0..shape.instance).map(|_| cs.instance_column()).collect();
        let fixed = cs.fixed_column();
        let table = cs.lookup_table_column();
        for _ in 0..shape.gates {
            cs.create_gate("nothing", |cells| {
                let here = cells.query_advice(advice[0], Rotation::cur());
                let there = cells.query_advice(advice[0], Rotation(shape.rotation));
                let fixed = cells.query_fixed(fixed, Rotation::cur());
                vec![fixed * (here - there)]
            });
        }
        for column in &advice[..shape.lookups] {
            cs.lookup("in range", |cells| {
                let input = cells.query_advice(*column, Rotation::cur());
                vec![(input, table)]
            });
        }
        for column in &advice[..shape.permuted] {
            cs.enable_equality(*column);
        }
        let second_phase = shape.second_phase.then(|| {
            let column = cs.advice_column_in(SecondPhase);
            (column, cs.challenge_usable_after(FirstPhase))
        });
        Config {
            advice,
            instance,
            fixed,
            table,
            second_phase,
        }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        Self::configure_with_params(cs, Shape::default())
    }

    fn synthesize(
        &self,
        config: Config,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), plonk::Error> {
        let fault = self.fault;
        layouter.assign_table(
            || "range",
            |mut table| {
                for value in 0..TABLE {
                    let known = || Value::known(Fr::from(value));
                    table.assign_cell(|| "range", config.table, value as usize, known)?;
                }
                Ok(())
            },
        )?;
        layouter.assign_region(
            || "numbers",
            |mut region| {
                // A column of zeros commits to the same whatever the SRS.
                region.assign_fixed(config.fixed, USABLE_ROWS - 1, Fr::ZERO);
                for row in 0..USABLE_ROWS + usize::from(fault == Fault::TooManyRows) {
                    let value = match fault {
                        Fault::NotInTable if row == 3 => TABLE,
                        _ => row as u64 % TABLE,
                    };
                    let value = match fault {
                        Fault::UnknownValue if row == 2 => Value::unknown(),
                        _ => Value::known(Fr::from(value)),
                    };
                    region.assign_advice(config.advice[0], row, value);
                }
                if fault == Fault::Failing {
                    return Err(plonk::Error::Synthesis);
                }
                if fault == Fault::MissingInstance {
                    region.instance_value(config.instance[0], 3)?;
                }
                Ok(())
            },
        )?;
        if let Some((column, challenge)) = config.second_phase {
            layouter.next_phase();
            let challenge = layouter.get_challenge(challenge);
            layouter.assign_region(
                || "challenge",
                |mut region| {
                    challenge.map(|challenge| {
                        region.assign_advice(column, 0, Value::known(challenge));
                    });
                    Ok(())
                },
            )?;
        }
        if fault == Fault::EndlessPhases {
            (0..300).for_each(|_| layouter.next_phase());
        }
        Ok(())
    }
}

fn srs(k: u32, secret: u64) -> ParamsKZG<Bn256> {
    ParamsKZG::setup(k, ChaCha20Rng::seed_from_u64(secret))
}

fn key(shape: Shape) -> ProvingKey<G1Affine> {
    let circuit = Numbers {
        shape,
        ..Numbers::default()
    };
    keygen_pk2(&srs(K, 0), &circuit, false).unwrap()
}

type Instances<'a> = &'a [&'a [&'a [Fr]]];

/// The proofs of a resident key and of the drop-in, or how both fail.
fn prove(
    key_shape: Shape,
    circuits: &[Numbers],
    instances: Instances,
) -> Result<[Vec<u8>; 2], Box<Failure>> {
    let params = srs(K, 0);
    let pk = key(key_shape);
    let engine = CpuEngine::new();
    let resident = ResidentKey::load(&engine, &params, &pk).unwrap();
    let rng = || ChaCha20Rng::seed_from_u64(1);
    let mut resident_proof = Blake2bWrite::init(Vec::new());
    let library = halo2_offload::prove::<ProverSHPLONK<'_, Bn256>, Challenge255<G1Affine>, _, _, _>(
        &engine,
        &resident,
        circuits,
        instances,
        rng(),
        &mut resident_proof,
    );
    let mut transcript = Blake2bWrite::init(Vec::new());
    let drop_in = halo2_offload::create_proof::<
        KZGCommitmentScheme<Bn256>,
        ProverGWC<'_, Bn256>,
        Challenge255<G1Affine>,
        _,
        _,
        _,
    >(&params, &pk, circuits, instances, rng(), &mut transcript);
    match (library, drop_in) {
        (Ok(()), Ok(())) => Ok([resident_proof, transcript].map(TranscriptWriterBuffer::finalize)),
        (library, drop_in) => Err(Box::new(Failure {
            library: library.unwrap_err(),
            drop_in: drop_in.unwrap_err(),
        })),
    }
}

/// The library's error and the drop-in's for the same input.
#[derive(Debug)]
struct Failure {
    library: Error,
    drop_in: plonk::Error,
}

impl Failure {
    /// Of a proof with the key of a circuit of this shape.
    fn of(key_shape: Shape, circuits: &[Numbers], instances: Instances) -> Self {
        *prove(key_shape, circuits, instances).expect_err("bad input")
    }

    /// With a good key and good instances.
    fn of_fault(fault: Fault) -> Self {
        let circuit = Numbers {
            fault,
            ..Numbers::default()
        };
        Self::of(Shape::default(), &[circuit], &[&[&[]]])
    }

    /// Checks that the message has these parts.
    #[track_caller]
    fn says(&self, parts: &[&str]) -> &Self {
        says(&self.library, parts);
        self
    }

    /// Checks that the drop-in's error carries the whole message, having no variant of its own.
    #[track_caller]
    fn drop_in_says_the_same(&self) {
        assert!(matches!(self.drop_in, plonk::Error::Transcript(_)));
        says(&self.drop_in, &[&self.library.to_string()]);
    }
}

#[track_caller]
fn says(error: &impl ToString, parts: &[&str]) {
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}

fn good() -> Numbers {
    Numbers::default()
}

fn of_shape(shape: Shape) -> Numbers {
    Numbers {
        shape,
        ..Numbers::default()
    }
}

#[test]
fn good_input_is_proven() {
    assert!(prove(Shape::default(), &[good()], &[&[&[]]]).is_ok());
}

#[test]
fn an_srs_of_another_size_is_refused() {
    let pk = key(Shape::default());
    for k in [K - 1, K + 1] {
        let params = srs(k, 0);
        let error = ResidentKey::load(&CpuEngine::new(), &params, &pk)
            .err()
            .unwrap();
        let parts = [format!("SRS is for k = {k}"), format!("key for k = {K}")];
        says(&error, &[&parts[0], &parts[1], "downsize"]);

        let drop_in = halo2_offload::create_proof::<
            KZGCommitmentScheme<Bn256>,
            ProverSHPLONK<'_, Bn256>,
            Challenge255<G1Affine>,
            _,
            Blake2bWrite<_, _, _>,
            _,
        >(
            &params,
            &pk,
            &[good()],
            &[&[&[]]],
            ChaCha20Rng::seed_from_u64(1),
            &mut Blake2bWrite::init(Vec::new()),
        );
        says(&drop_in.unwrap_err(), &[&error.to_string()]);
    }
}

#[test]
fn an_srs_with_another_secret_is_refused() {
    let pk = key(Shape::default());
    let error = ResidentKey::load(&CpuEngine::new(), &srs(K, 1), &pk)
        .err()
        .unwrap();
    says(&error, &["another SRS", "fixed column 1"]);
}

#[test]
fn the_key_of_another_circuit_is_refused() {
    let other = |change: fn(&mut Shape)| {
        let mut shape = Shape::default();
        change(&mut shape);
        Failure::of(shape, &[good()], &[&[&[]]])
    };
    let failures = [
        (
            other(|shape| shape.advice = 3),
            "the key has 3 advice columns, the circuit has 2 advice columns",
        ),
        (
            other(|shape| shape.second_phase = true),
            "the key has 3 advice columns, the circuit has 2 advice columns",
        ),
        (
            other(|shape| shape.instance = 2),
            "the key has 2 instance columns, the circuit has 1 instance column",
        ),
    ];
    for (failure, what) in failures {
        failure
            .says(&["another circuit", what])
            .drop_in_says_the_same();
    }

    let mut phased = of_shape(Shape {
        second_phase: true,
        ..Shape::default()
    });
    phased.shape.advice = 1;
    let failure = Failure::of(Shape::default(), &[phased], &[&[&[]]]);
    failure.says(&["the key has advice column 1 in phase 0, the circuit in phase 1"]);
}

/// What a circuit says of its constraints is not asked for: the key has them, as with the stock prover.
#[test]
fn a_key_may_have_constraints_that_the_circuit_does_not_configure() {
    for change in [
        (|shape| shape.gates = 2) as fn(&mut Shape),
        |shape| shape.lookups = 2,
        |shape| shape.permuted = 2,
    ] {
        let mut shape = Shape::default();
        change(&mut shape);
        let of_key = prove(shape, &[of_shape(shape)], &[&[&[]]]).unwrap();
        let of_another = prove(shape, &[good()], &[&[&[]]]).unwrap();
        assert!(of_key == of_another);
    }
}

#[test]
fn a_witness_of_too_many_rows_is_refused() {
    let failure = Failure::of_fault(Fault::TooManyRows);
    failure
        .says(&["row 10", "only 10 of the 2^4 rows", "k is too small"])
        .drop_in_says_the_same();
}

#[test]
fn unknown_values_are_refused() {
    let failure = Failure::of_fault(Fault::UnknownValue);
    failure
        .says(&["advice column 0", "row 2", "Value::unknown()"])
        .drop_in_says_the_same();
}

/// The drop-in's message for advice columns, which is the long form's.
fn refused_advice(shape: Shape, advice: Vec<Vec<Fr>>) -> String {
    let params = srs(K, 0);
    let pk = key(shape);
    let engine = CpuEngine::new();
    let resident = ResidentKey::load(&engine, &params, &pk).unwrap();
    let rng = || ChaCha20Rng::seed_from_u64(1);
    let library =
        halo2_offload::prove_from_advice::<ProverSHPLONK<'_, Bn256>, Challenge255<G1Affine>, _, _>(
            &engine,
            &resident,
            &[&[]],
            advice.clone(),
            rng(),
            &mut Blake2bWrite::init(Vec::new()),
        )
        .unwrap_err();
    let drop_in = halo2_offload::create_proof_from_advice::<
        KZGCommitmentScheme<Bn256>,
        ProverGWC<'_, Bn256>,
        Challenge255<G1Affine>,
        _,
        _,
    >(
        &params,
        &pk,
        &[&[]],
        advice,
        rng(),
        &mut Blake2bWrite::init(Vec::new()),
    )
    .unwrap_err();
    assert!(matches!(drop_in, plonk::Error::Transcript(_)));
    says(&drop_in, &[&library.to_string()]);
    drop_in.to_string()
}

#[test]
fn advice_that_is_not_the_key_s_is_refused() {
    let shape = Shape::default();
    let column = || vec![Fr::ZERO; 1 << K];
    for columns in [0, 1, 3] {
        let message = refused_advice(shape, vec![column(); columns]);
        let count = format!("{columns} advice columns were given, the key has 2");
        says(&message, &[&count, "one vector of 2^k values for each"]);
    }
    for length in [0, USABLE_ROWS, (1 << K) - 1, (1 << K) + 1] {
        let message = refused_advice(shape, vec![column(), vec![Fr::ZERO; length]]);
        let length = format!("advice column 1 has {length} values");
        says(
            &message,
            &[&length, "2^4 = 16", "the last 6 may hold anything"],
        );
    }
    let phased = Shape {
        second_phase: true,
        ..shape
    };
    let message = refused_advice(phased, vec![column(); 3]);
    says(
        &message,
        &["has 2 phases", "Give the circuit (`create_proof`)"],
    );
}

/// Small numbers in the column that is looked up, and nothing in the other one.
#[test]
fn advice_that_is_the_key_s_is_proven() {
    let params = srs(K, 0);
    let pk = key(Shape::default());
    let mut numbers: Vec<Fr> = (0..1 << K).map(|row| Fr::from(row % TABLE)).collect();
    numbers[USABLE_ROWS..].fill(-Fr::ONE);
    let mut transcript = Blake2bWrite::init(Vec::new());
    halo2_offload::create_proof_from_advice::<
        KZGCommitmentScheme<Bn256>,
        ProverGWC<'_, Bn256>,
        Challenge255<G1Affine>,
        _,
        _,
    >(
        &params,
        &pk,
        &[&[]],
        vec![numbers, vec![Fr::ZERO; 1 << K]],
        ChaCha20Rng::seed_from_u64(1),
        &mut transcript,
    )
    .unwrap();
    let [_, of_circuit] = prove(Shape::default(), &[good()], &[&[&[]]]).unwrap();
    assert!(transcript.finalize() == of_circuit);
}

#[test]
fn a_lookup_input_outside_its_table_is_refused() {
    let failure = Failure::of_fault(Fault::NotInTable);
    failure
        .says(&[
            "lookup 0 (",
            "of circuit 0 has an input that is not in the table at row 3",
            "reads advice column 0 at row 3",
        ])
        .drop_in_says_the_same();
    // Most callers unwrap: what they see then is this.
    let seen = format!("{:?}", failure.drop_in);
    says(&seen, &["row 3", "HALO2_OFFLOAD_UNSATISFIED=as-stock"]);
}

#[test]
fn an_error_of_the_circuit_comes_through() {
    let failure = Failure::of_fault(Fault::Failing);
    failure.says(&["synthesis failed"]);
    assert!(matches!(failure.drop_in, plonk::Error::Synthesis));
}

#[test]
fn reading_a_public_value_that_was_not_given_is_refused() {
    let failure = Failure::of_fault(Fault::MissingInstance);
    failure.says(&["synthesis failed", "out-of-bounds"]);
    assert!(matches!(failure.drop_in, plonk::Error::BoundsFailure));
}

/// What is closed already stays closed.
#[test]
fn phases_beyond_the_last_change_nothing() {
    for second_phase in [false, true] {
        let shape = Shape {
            second_phase,
            ..Shape::default()
        };
        let proofs = [Fault::None, Fault::EndlessPhases].map(|fault| {
            let circuit = Numbers { shape, fault };
            prove(shape, &[circuit], &[&[&[]]]).unwrap()
        });
        assert!(proofs[0] == proofs[1]);
    }
}

#[test]
fn instances_beyond_the_usable_rows_are_refused() {
    let instance = [Fr::ONE; USABLE_ROWS + 1];
    let failure = Failure::of(Shape::default(), &[good()], &[&[&instance]]);
    failure
        .says(&[
            "instance column 0 of circuit 0",
            "11 values",
            "only 10 of the 2^4 rows",
        ])
        .drop_in_says_the_same();

    let fits = &instance[..USABLE_ROWS];
    assert!(prove(Shape::default(), &[good()], &[&[fits]]).is_ok());
}

#[test]
fn other_numbers_of_instance_columns_are_refused() {
    for (columns, count) in [(&[][..], "0 were given"), (&[&[][..], &[]], "2 were given")] {
        let failure = Failure::of(Shape::default(), &[good()], &[columns]);
        failure.says(&["circuit 0", "1 instance columns", count]);
        assert!(matches!(failure.drop_in, plonk::Error::InvalidInstances));
    }
}

#[test]
fn other_numbers_of_circuits_than_of_instances_are_refused() {
    let one: &[&[Fr]] = &[&[]];
    let cases: [(&[Numbers], Instances, &str); 4] = [
        (&[], &[], "0 circuits and 0 sets"),
        (&[], &[one], "0 circuits and 1 sets"),
        (&[good()], &[], "1 circuits and 0 sets"),
        (&[good()], &[one, one], "1 circuits and 2 sets"),
    ];
    for (circuits, instances, counts) in cases {
        let failure = Failure::of(Shape::default(), circuits, instances);
        failure.says(&[counts, "one set is needed for each circuit"]);
        assert!(matches!(failure.drop_in, plonk::Error::InvalidInstances));
    }
}

#[test]
fn several_circuits_with_phases_are_refused() {
    let shape = Shape {
        second_phase: true,
        ..Shape::default()
    };
    let circuits = [of_shape(shape); 2];
    let failure = Failure::of(shape, &circuits, &[&[&[]], &[&[]]]);
    failure
        .says(&["proven alone", "each of the 2 circuits"])
        .drop_in_says_the_same();
}

/// 16 rows ahead is the same row, so that the column would be opened twice at one point.
#[test]
fn rotations_that_meet_are_refused() {
    let shape = Shape {
        rotation: 1 << K,
        ..Shape::default()
    };
    let failure = Failure::of(shape, &[of_shape(shape)], &[&[&[]]]);
    failure
        .says(&["two rotations", "same row modulo 2^4", "larger k"])
        .drop_in_says_the_same();
}

/// Takes some bytes, then none.
struct FullDisk(usize);

impl io::Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or_else(|| io::Error::other("disk full"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_fails_is_an_error_wherever_it_does() {
    let params = srs(K, 0);
    let pk = key(Shape::default());
    for capacity in (0..).step_by(32) {
        let mut transcript = Blake2bWrite::<_, _, Challenge255<_>>::init(FullDisk(capacity));
        let result = halo2_offload::create_proof::<
            KZGCommitmentScheme<Bn256>,
            ProverSHPLONK<'_, Bn256>,
            _,
            _,
            _,
            _,
        >(
            &params,
            &pk,
            &[good()],
            &[&[&[]]],
            ChaCha20Rng::seed_from_u64(1),
            &mut transcript,
        );
        match result {
            Ok(()) => break,
            Err(error) => {
                assert!(matches!(error, plonk::Error::Transcript(_)));
                says(&error, &["disk full"]);
            }
        }
    }
}
