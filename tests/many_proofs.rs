//! `prove_many`: what overlaps, how far ahead, what a failure takes with it, and how it ends.

use halo2_axiom::{
    halo2curves::bn256::{Fr, G1Affine, G1},
    transcript::{Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{
    engine::{Engine, EngineError, HybridEngine, MsmAccel},
    prove_many,
    prover::{Meter, ProverError, Stage},
    CpuEngine, Error, JobError, Proofs, ResidentKey,
};
use numbers::{key, proof, Number, NumberJob, Shplonk, Transcript, TABLE};
use rand_chacha::ChaCha20Rng;
use std::{
    borrow::Cow,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{sync_channel, Receiver, SyncSender},
        Arc, Mutex,
    },
    time::Duration,
};
use textbook::{HostMsm, TextbookNtt};

mod numbers;
#[allow(dead_code)] // its engine is for tests of proofs
mod textbook;

/// Far longer than anything here takes: what does not come within it never does.
const NEVER: Duration = Duration::from_secs(120);

type Sequence<'a, E> = Proofs<'a, Shplonk, Challenge255<G1Affine>, E, Transcript, ChaCha20Rng>;
type Outcome = Result<Vec<u8>, JobError>;

fn many<E: Engine<Curve = G1Affine>, O>(
    engine: &E,
    key: &ResidentKey<E>,
    jobs: impl IntoIterator<Item = NumberJob, IntoIter: Send>,
    ahead: usize,
    consume: impl FnOnce(&mut Sequence<'_, E>) -> O,
) -> O {
    prove_many::<Shplonk, Challenge255<G1Affine>, _, _, _, _, _>(engine, key, jobs, ahead, consume)
}

/// All proofs on the CPU.
fn all(jobs: impl IntoIterator<Item = NumberJob, IntoIter: Send>, ahead: usize) -> Vec<Outcome> {
    let engine = CpuEngine::new();
    many(&engine, &key(&engine), jobs, ahead, |proofs| {
        proofs.map(|proof| Ok(proof?.finalize())).collect()
    })
}

/// Checks that each outcome but the failed one is the proof of the number and seed that the job's
/// index is, and returns the failed one.
#[track_caller]
fn others_are_proven(outcomes: Vec<Outcome>, failed: usize) -> Error {
    let engine = CpuEngine::new();
    let key = key(&engine);
    let mut error = None;
    for (index, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(bytes) => assert!(bytes == proof(&engine, &key, index as u64, index as u64)),
            Err(failure) => {
                assert_eq!(failure.job, failed);
                let message = failure.to_string();
                assert!(message.starts_with(&format!("job {failed}: ")), "{message}");
                error = Some(failure.source);
            }
        }
    }
    error.expect("a job fails")
}

/// Jobs whose numbers and seeds are their indices.
fn numbered(jobs: usize) -> Vec<NumberJob> {
    let job = |index| Number::new(index as u64).job(index as u64);
    (0..jobs).map(job).collect()
}

#[test]
fn proofs_come_in_the_order_of_the_jobs() {
    let engine = CpuEngine::new();
    let key = key(&engine);
    for (jobs, ahead) in [
        (0, 1),
        (1, 1),
        (1, 0),
        (5, 0),
        (5, 1),
        (5, 2),
        (5, usize::MAX),
    ] {
        let proofs = all(numbered(jobs), ahead);
        assert_eq!(proofs.len(), jobs);
        for (index, bytes) in proofs.into_iter().enumerate() {
            assert!(bytes.unwrap() == proof(&engine, &key, index as u64, index as u64));
        }
    }
}

#[test]
fn an_incomplete_witness_fails_alone() {
    for ahead in [0, 1, 4] {
        let mut jobs = numbered(4);
        jobs[2] = Number::unknown().job(2);
        let outcomes = all(jobs, ahead);
        assert_eq!(outcomes.len(), 4);
        let error = others_are_proven(outcomes, 2);
        assert!(error.to_string().contains("Value::unknown()"), "{error}");
    }
}

#[test]
fn an_unsatisfied_lookup_fails_alone() {
    let mut jobs = numbered(3);
    jobs[1] = Number::new(TABLE).job(1);
    let error = others_are_proven(all(jobs, 1), 1);
    let unsatisfied = matches!(error, Error::Prover(ProverError::NotSatisfied(_)));
    assert!(
        unsatisfied && error.to_string().contains("lookup 0"),
        "{error}"
    );
}

/// These are refused while the witness waits for a challenge.
#[test]
fn bad_arguments_fail_alone() {
    let error = |change: fn(&mut NumberJob)| {
        let mut jobs = numbered(3);
        change(&mut jobs[1]);
        others_are_proven(all(jobs, 2), 1)
    };
    let columns = error(|job| job.instances[0].push(Vec::new()));
    assert!(matches!(
        columns,
        Error::Prover(ProverError::InstanceColumns { .. })
    ));
    let none = error(|job| job.circuits.clear());
    assert!(matches!(none, Error::Prover(ProverError::Circuits { .. })));
    let several = error(|job| {
        job.circuits.push(Number::new(1));
        job.instances.push(Vec::new());
    });
    let refused = ProverError::ChallengesWithSeveralCircuits { circuits: 2 };
    assert_eq!(several.to_string(), refused.to_string());
}

#[test]
fn collecting_ends_at_the_first_failure() {
    let engine = CpuEngine::new();
    let mut jobs = numbered(4);
    jobs[1] = Number::unknown().job(1);
    let all: Result<Vec<_>, JobError> = many(&engine, &key(&engine), jobs, 1, |proofs| {
        proofs.map(|proof| Ok(proof?.finalize())).collect()
    });
    assert_eq!(all.expect_err("job 1 fails").job, 1);
}

/// A multiplication that, once armed, says that it has begun and ends when it is told to.
struct Gate {
    armed: Arc<AtomicBool>,
    begun: SyncSender<()>,
    end: Mutex<Receiver<()>>,
}

impl MsmAccel<G1Affine> for Gate {
    type Bases<'h> = Vec<G1Affine>;

    fn name(&self) -> String {
        "gate".into()
    }

    fn load<'h>(&self, bases: Cow<'h, [G1Affine]>) -> Result<Vec<G1Affine>, EngineError> {
        HostMsm.load(bases)
    }

    fn msm(&self, bases: &Vec<G1Affine>, columns: &[&[Fr]]) -> Result<Vec<G1>, EngineError> {
        if self.armed.swap(false, Ordering::SeqCst) {
            self.begun.send(()).unwrap();
            let end = self.end.lock().unwrap();
            end.recv_timeout(NEVER).expect("nothing overlaps");
        }
        HostMsm.msm(bases, columns)
    }
}

/// The first multiplication of the first proof goes on until the second synthesis has begun, and
/// that begins by waiting for the multiplication.
#[test]
fn the_next_witness_is_synthesised_during_an_operation_of_the_engine() {
    let armed = Arc::new(AtomicBool::new(false));
    let (begin, begun) = sync_channel(1);
    let (end, ended) = sync_channel(1);
    let gate = Gate {
        armed: armed.clone(),
        begun: begin,
        end: Mutex::new(ended),
    };
    let engine = HybridEngine::with_accelerators(gate, TextbookNtt);
    let key = key(&engine);
    armed.store(true, Ordering::SeqCst);

    let begun = Mutex::new(begun);
    let second = Number::calling(1, move || {
        let begun = begun.lock().unwrap();
        begun.recv_timeout(NEVER).expect("nothing overlaps");
        end.send(()).unwrap();
    });
    let jobs = [Number::new(0).job(0), second.job(1)];
    let proofs: Result<Vec<_>, _> = many(&engine, &key, jobs, 1, |proofs| {
        proofs
            .map(|proof| Ok::<_, JobError>(proof?.finalize()))
            .collect()
    });
    let alone = [0, 1].map(|index| proof(&engine, &key, index, index));
    assert!(proofs.unwrap() == alone);
}

/// Jobs without end, each with a share in `alive`, which count themselves in `taken`.
fn endless<'a>(
    alive: &Arc<()>,
    taken: &'a AtomicUsize,
) -> impl Iterator<Item = NumberJob> + Send + use<'a> {
    let alive = alive.clone();
    (0..).map(move |index| {
        taken.fetch_add(1, Ordering::SeqCst);
        let share = alive.clone();
        let number = Number::calling(index % TABLE, move || {
            assert!(Arc::strong_count(&share) > 0)
        });
        number.job(index)
    })
}

#[test]
fn no_job_is_taken_before_its_time() {
    let engine = CpuEngine::new();
    let key = key(&engine);
    for ahead in 0..4 {
        let (alive, taken) = (Arc::new(()), AtomicUsize::new(0));
        let delivered = AtomicUsize::new(0);
        let jobs = endless(&alive, &taken).inspect(|_| {
            let under_way = taken.load(Ordering::SeqCst) - delivered.load(Ordering::SeqCst);
            assert!(under_way <= 1 + ahead, "{under_way} with {ahead} ahead");
        });
        many(&engine, &key, jobs, ahead, |proofs| {
            for proof in proofs.take(6) {
                proof.unwrap();
                delivered.fetch_add(1, Ordering::SeqCst);
            }
        });
        assert!((6..=6 + ahead).contains(&taken.load(Ordering::SeqCst)));
        assert_eq!(Arc::strong_count(&alive), 1, "a circuit is left");
    }
}

#[test]
fn nothing_is_taken_for_a_consumer_that_asks_for_nothing() {
    let engine = CpuEngine::new();
    let taken = AtomicUsize::new(0);
    let jobs = endless(&Arc::new(()), &taken);
    assert_eq!(many(&engine, &key(&engine), jobs, 3, |_| 7), 7);
    assert_eq!(taken.load(Ordering::SeqCst), 0);
}

/// What a panic says.
fn panic_of(panicking: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(panicking)).expect_err("it panics");
    payload.downcast_ref::<&str>().expect("a text").to_string()
}

#[test]
fn a_panic_is_resumed_where_its_proof_is_asked_for() {
    let engine = CpuEngine::new();
    let key = key(&engine);
    let in_circuit = || {
        let mut jobs = numbered(4);
        jobs[1] = Number::calling(1, || panic!("of the circuit")).job(1);
        jobs
    };
    let in_jobs = || {
        let job = |(index, job)| match index {
            1 => panic!("of the jobs"),
            _ => job,
        };
        numbered(4).into_iter().enumerate().map(job)
    };
    let expect = |jobs: Box<dyn Iterator<Item = NumberJob> + Send>, message| {
        let mut proven = 0;
        let run = || {
            many(&engine, &key, jobs, 2, |proofs| {
                proofs.for_each(|_| proven += 1);
            })
        };
        assert_eq!(panic_of(run), message);
        assert_eq!(proven, 1);
    };
    expect(Box::new(in_circuit().into_iter()), "of the circuit");
    expect(Box::new(in_jobs()), "of the jobs");
}

#[test]
fn a_panic_of_the_consumer_comes_through() {
    let engine = CpuEngine::new();
    let key = key(&engine);
    let (alive, taken) = (Arc::new(()), AtomicUsize::new(0));
    let run = || {
        many(&engine, &key, endless(&alive, &taken), 2, |proofs| {
            if proofs.next().is_some_and(|proof| proof.is_ok()) {
                panic!("of the consumer");
            }
        })
    };
    assert_eq!(panic_of(run), "of the consumer");
    assert_eq!(Arc::strong_count(&alive), 1, "a circuit is left");
}

#[derive(Default)]
struct Stages {
    entered: Vec<Stage>,
    left: bool,
}

impl Meter for Stages {
    fn enter(&mut self, stage: Stage) {
        self.entered.push(stage);
    }

    fn leave(&mut self) {
        self.left = true;
    }
}

#[test]
fn each_proof_can_have_a_meter() {
    let engine = CpuEngine::new();
    many(&engine, &key(&engine), numbered(2), 1, |proofs| {
        for _ in 0..2 {
            let mut stages = Stages::default();
            proofs.next_metered(&mut stages).expect("a job").unwrap();
            assert!(Stage::ALL
                .iter()
                .all(|stage| stages.entered.contains(stage)));
            assert!(stages.left);
        }
        assert!(proofs.next_metered(&mut ()).is_none());
        assert!(proofs.next().is_none(), "nothing comes after the end");
    });
}
