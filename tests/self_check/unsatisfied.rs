//! What of a circuit is not satisfied is named, on every engine.

use ff::Field;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::{Fr, G1Affine},
    plonk::{keygen_pk2, Advice, Circuit, Column, ConstraintSystem, Error, Instance, Selector},
    poly::Rotation,
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{
    cuda::{CudaEngine, Placement},
    engine::Engine,
    prove_from_advice, CpuEngine, ResidentKey, Unsatisfied,
};
use halo2_offload_cuda_emulator::{Checks, Config};
use halo2_offload_frontend::MultiopenScheme;
use proptest::{
    prelude::{prop, proptest},
    sample::Index,
    test_runner,
};

use crate::{
    fixed_challenges::FixedChallenges,
    random_systems::shapes,
    resident::{machine, open},
    textbook,
    zoo::{
        self, cell,
        proving::{srs, Blake2b, Gwc, Opening, Prepared, Shplonk},
        witness_rng, Specimen,
    },
};

/// Where a circuit of the zoo that has everything puts its copies: the row below its numbers.
const ROWS: usize = 60;
const NUMBERS: usize = 0;
const RESULTS: usize = 1;

/// The columns of a witness, and its public values.
type Witness = (Vec<Vec<Fr>>, Vec<Fr>);

/// A change of a satisfied witness, and what is to be said of it.
struct Case {
    change: fn(&mut Witness),
    says: &'static [&'static str],
}

const CASES: [Case; 6] = [
    Case {
        change: |(advice, _)| advice[RESULTS][17] += Fr::ONE,
        says: &[
            "gate 0 (\"cube\") of circuit 0 is not zero at row 17 (and 1 more)",
            "advice column 1 at row 16",
            "the key belongs to another circuit",
        ],
    },
    // Another number of the range.
    Case {
        change: |(advice, _)| advice[NUMBERS][4] = Fr::from(49) - advice[NUMBERS][4],
        says: &["gate 0 (\"cube\") of circuit 0 is not zero at row 4,"],
    },
    Case {
        change: |(advice, _)| advice[NUMBERS][ROWS] += Fr::ONE,
        says: &[
            "fixed column 0 at row 3 and advice column 0 at row 60 of circuit 0 are constrained to be equal, \
             and differ",
        ],
    },
    Case {
        change: |(_, public)| public[2] += Fr::ONE,
        says: &[
            "gate 0 (\"cube\") of circuit 0 is not zero at row 2,",
            "instance column 0 at row 2",
            "advice column 1 at row 60 and instance column 0 at row 2 of circuit 0 are constrained to be equal",
        ],
    },
    Case {
        change: |(_, public)| public.push(Fr::ONE),
        says: &["gate 0 (\"cube\") of circuit 0 is not zero at row 5,"],
    },
    Case {
        change: |(advice, _)| advice[NUMBERS][20] = Fr::from(50),
        says: &["lookup 0 (\"range\") of circuit 0 has an input that is not in the table at row 20"],
    },
];

fn check_cases<O: Opening, E: Engine<Curve = G1Affine>>(engine: &E) {
    let prepared = zoo::everything::in_one_phase().prepare();
    let key = prepared.load(engine);
    let witness = (prepared.advice(), prepared.specimen.instances[0][0].clone());
    proven::<O::Prover, E>(engine, &key, witness.clone()).unwrap();
    for case in &CASES {
        let mut witness = witness.clone();
        (case.change)(&mut witness);
        let message = proven::<O::Prover, E>(engine, &key, witness).expect_err(case.says[0]);
        for part in case.says {
            assert!(message.contains(part), "{message:?} lacks {part:?}");
        }
    }
}

fn proven<P: MultiopenScheme, E: Engine<Curve = G1Affine>>(
    engine: &E,
    key: &ResidentKey<E>,
    (advice, public): Witness,
) -> Result<(), String> {
    let mut transcript = FixedChallenges::new();
    prove_from_advice::<P, _, _, _>(
        engine,
        key,
        &[&public],
        advice,
        witness_rng(1),
        &mut transcript,
    )
    .map_err(|error| error.to_string())
}

#[test]
fn on_the_cpu() {
    check_cases::<Shplonk, _>(&CpuEngine::new());
    check_cases::<Gwc, _>(&CpuEngine::new());
    check_cases::<Shplonk, _>(&textbook::engine());
}

/// And no more memory is taken for finding out than a proof takes, wherever its columns are.
#[test]
fn on_a_device() {
    let machine = machine(Config::default().with_checks(Checks::cheap()));
    let prepared = zoo::everything::in_one_phase().prepare();
    for placement in [Placement::resident(0), Placement::smallest(1 << 7)] {
        let context = open();
        let engine = CudaEngine::with_placement(context.clone(), placement).unwrap();
        let key = prepared.load(&engine);
        let witness = (prepared.advice(), prepared.specimen.instances[0][0].clone());
        proven::<<Shplonk as Opening>::Prover, _>(&engine, &key, witness).unwrap();
        drop(key);
        let of_a_proof = context.peak_memory().bytes;
        check_cases::<Shplonk, _>(&engine);
        // Constants of programs are a little; no column is more.
        assert!(context.peak_memory().bytes < of_a_proof + (32 << 7));
    }
    machine.assert_clean();
}

proptest! {
    #![proptest_config(test_runner::Config { cases: 24, failure_persistence: None, ..Default::default() })]

    /// Any cell of a random system, changed: what is not satisfied is found on the rows, or nothing reads the
    /// cell and the proof verifies.
    #[test]
    fn a_changed_cell_of_a_random_system(shape in shapes(), column: prop::sample::Index, row: prop::sample::Index) {
        let prepared = shape.specimen().prepare();
        if prepared.has_advice() {
            changed_cell::<Shplonk, _>(&prepared, column, row);
            changed_cell::<Gwc, _>(&prepared, column, row);
        }
    }
}

fn changed_cell<O: Opening, C: Circuit<Fr>>(prepared: &Prepared<C>, column: Index, row: Index) {
    let engine = CpuEngine::new();
    let key = prepared.load(&engine);
    let mut advice = prepared.advice();
    if advice.is_empty() {
        return;
    }
    let column = column.index(advice.len());
    advice[column][row.index(key.circuit().usable_rows())] += Fr::ONE;
    let public = &prepared.specimen.instances[0];
    let public: Vec<&[Fr]> = public.iter().map(Vec::as_slice).collect();
    let mut transcript = Blake2bWrite::<_, _, Challenge255<_>>::init(Vec::new());
    let rng = witness_rng(1);
    let proof = prove_from_advice::<O::Prover, _, _, _>(
        &engine,
        &key,
        &public,
        advice,
        rng,
        &mut transcript,
    );
    match proof {
        Ok(()) => prepared
            .verify::<O, Blake2b>(&transcript.finalize())
            .unwrap(),
        Err(error) => {
            let message = error.to_string();
            assert!(message.contains("do not satisfy the circuit"), "{message}");
        }
    }
}

/// As the drop-in says it, which offers what halo2-axiom does; and as stock, where nothing is checked.
#[test]
fn by_the_drop_in_and_as_stock() {
    let mut prepared = zoo::everything::in_two_phases().prepare();
    prepared.specimen.instances[0][0][3] += Fr::ONE;
    let message = prepared
        .drop_in_bytes::<Gwc, Blake2b>(1)
        .unwrap_err()
        .to_string();
    for part in ["is not zero at row 3", "HALO2_OFFLOAD_UNSATISFIED=as-stock"] {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
    let engine = CpuEngine::new();
    let key = prepared.load(&engine).unsatisfied(Unsatisfied::AsStock);
    let proof = prepared
        .resident::<Gwc, Blake2b, _>(&engine, &key, 1)
        .unwrap();
    assert!(prepared.verify::<Gwc, Blake2b>(&proof).is_err());
    let stock = prepared.stock_bytes::<Gwc, Blake2b>(1).unwrap();
    assert!(prepared.verify::<Gwc, Blake2b>(&stock).is_err());
}

/// Numbers that count up by one on so many rows, from a public one; but for one that is wrong.
#[derive(Clone, Copy, Default)]
struct Counter {
    rows: usize,
    first: u64,
    wrong_row: Option<usize>,
}

#[derive(Clone)]
struct CounterConfig {
    on: Selector,
    number: Column<Advice>,
    first: Column<Instance>,
}

impl Circuit<Fr> for Counter {
    type Config = CounterConfig;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        *self
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> CounterConfig {
        let on = cs.selector();
        let number = cs.advice_column();
        let first = cs.instance_column();
        cs.enable_equality(number);
        cs.enable_equality(first);
        cs.create_gate("counter", |cells| {
            let on = cells.query_selector(on);
            let number_before = cells.query_advice(number, Rotation::prev());
            let number = cells.query_advice(number, Rotation::cur());
            let one = halo2_axiom::plonk::Expression::Constant(Fr::ONE);
            vec![
                (
                    "adds one",
                    on.clone() * (number.clone() - number_before - one),
                ),
                ("counts", on.clone() * (number.clone() - number)),
            ]
        });
        CounterConfig { on, number, first }
    }

    fn synthesize(
        &self,
        config: CounterConfig,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        layouter.assign_region(
            || "counter",
            |mut region| {
                for row in 0..self.rows {
                    let number = match self.wrong_row {
                        Some(wrong) if wrong == row => 1000,
                        _ => self.first + row as u64,
                    };
                    region.assign_advice(config.number, row, Value::known(Fr::from(number)));
                    if row > 0 {
                        config.on.enable(&mut region, row)?;
                    }
                }
                Ok(())
            },
        )?;
        layouter.constrain_instance(cell(config.number, 0), config.first, 0);
        Ok(())
    }
}

/// The key of a circuit of more rows: the same columns, the same arguments.
#[test]
fn with_the_key_of_another_circuit_of_the_same_shape() {
    let k = 8;
    let counter = |rows| Counter {
        rows,
        first: 1,
        wrong_row: None,
    };
    let prepared = |keygen_rows: usize, rows: usize| Prepared {
        params: srs(k),
        pk: keygen_pk2(srs(k), &counter(keygen_rows), false).unwrap(),
        specimen: Specimen::with_instances(k, counter(rows), vec![vec![Fr::ONE]]),
    };
    assert!(prepared(100, 100)
        .drop_in_bytes::<Shplonk, Blake2b>(1)
        .is_ok());
    let error = prepared(200, 100).drop_in_bytes::<Shplonk, Blake2b>(1);
    let message = error.unwrap_err().to_string();
    for part in [
        "gate 0 (\"counter\"), constraint 0 (\"adds one\") of circuit 0 is not zero at row 100 (and 99 more)",
        "the key belongs to another circuit",
    ] {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
    // One of fewer rows is satisfied with what the others hold.
    let fewer = prepared(100, 200);
    let proof = fewer.drop_in_bytes::<Shplonk, Blake2b>(1).unwrap();
    fewer.verify::<Shplonk, Blake2b>(&proof).unwrap();
}

/// Each circuit of several is named by itself.
#[test]
fn in_one_of_several_circuits() {
    let good = Counter {
        rows: 20,
        ..Counter::default()
    };
    let wrong = Counter {
        wrong_row: Some(7),
        ..good
    };
    let prepare = |circuits: [Counter; 3]| {
        let circuits = circuits.map(|circuit| (circuit, vec![Vec::new()]));
        Specimen::several(5, circuits).prepare()
    };
    let proof = prepare([good; 3]).drop_in_bytes::<Gwc, Blake2b>(1).unwrap();
    prepare([good; 3]).verify::<Gwc, Blake2b>(&proof).unwrap();
    let error = prepare([good, good, wrong]).drop_in_bytes::<Gwc, Blake2b>(1);
    let message = error.unwrap_err().to_string();
    let gate = "circuit of the key: gate 0 (\"counter\"), constraint 0 (\"adds one\") of circuit 2 is not zero at row 7 (and 1 \
                more), where it reads fixed column 0 at row 7, advice column 0 at row 7, advice column 0 at row \
                6";
    assert!(message.contains(gate), "{message}");
}

/// Many copies that fail are counted, each pair once.
#[test]
fn copies_that_fail_are_counted() {
    let prepared = zoo::permutations::columns_of_three_kinds_in_chunks_of_two().prepare();
    let engine = CpuEngine::new();
    let key = prepared.load(&engine);
    let public: Vec<&[Fr]> = prepared.specimen.instances[0]
        .iter()
        .map(Vec::as_slice)
        .collect();
    let proven = |advice: Vec<Vec<Fr>>| {
        prove_from_advice::<<Shplonk as Opening>::Prover, _, _, _>(
            &engine,
            &key,
            &public,
            advice,
            witness_rng(1),
            &mut FixedChallenges::new(),
        )
    };
    proven(prepared.advice()).unwrap();
    let mut advice = prepared.advice();
    for (index, value) in advice.iter_mut().flatten().enumerate() {
        *value += Fr::from(index as u64 + 1);
    }
    let message = proven(advice).unwrap_err().to_string();
    assert!(message.contains("are constrained to be equal"), "{message}");
    assert!(message.contains("; and "), "{message}");
}
