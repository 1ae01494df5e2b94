//! The threads that synthesise, one a job, in a line: the iterator of jobs goes from each to the
//! next as soon as it has taken its own.

use halo2_axiom::{halo2curves::bn256::Fr, plonk::Circuit};
use halo2_offload_prover::CompiledCircuit;
use std::{
    any::Any,
    io,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        mpsc::{channel, Receiver, Sender},
        Arc,
    },
    thread::{self, Scope},
};

use super::{
    wait::wait,
    witness::{synthesis, WitnessAhead},
    Job,
};
use crate::error::Error;

/// What a main thread commonly has: a circuit that is synthesised there is synthesised here.
const STACK_BYTES: usize = 8 << 20;

/// A job whose witness is being synthesised, or is finished.
pub(super) struct Started<R, T> {
    /// How many circuits.
    pub circuits: usize,
    pub instances: Arc<Vec<Vec<Vec<Fr>>>>,
    pub rng: R,
    pub transcript: T,
    pub witness: WitnessAhead,
}

/// Why a job did not come to be proven.
pub(super) enum Failure {
    Error(Error),
    Panic(Box<dyn Any + Send>),
}

type Queue<R, T> = Result<Started<R, T>, Failure>;

/// The end of the line where proofs are made.
pub(super) struct Line<R, T> {
    /// How many jobs may be taken altogether. None once no more are wanted.
    limits: Option<Sender<usize>>,
    queue: Receiver<Queue<R, T>>,
}

impl<R: Send, T: Send> Line<R, T> {
    /// Starts the thread of the first job; it takes the job once a limit allows for one.
    pub fn start<'scope, C, I>(
        scope: &'scope Scope<'scope, '_>,
        key: &'scope CompiledCircuit<Fr>,
        jobs: I,
    ) -> Self
    where
        C: Circuit<Fr>,
        I: Iterator<Item = Job<C, R, T>> + Send + 'scope,
        R: 'scope,
        T: 'scope,
    {
        let (limits, receiver) = channel();
        let (sender, queue) = channel();
        let first = Turn {
            key,
            jobs,
            taken: 0,
            limit: 0,
            limits: receiver,
            queue: sender,
        };
        first.start(scope);
        Self {
            limits: Some(limits),
            queue,
        }
    }
}

impl<R, T> Line<R, T> {
    /// The next job, or none if there are no more. `limit` jobs may have been taken by now.
    pub fn next(&mut self, limit: usize) -> Option<Queue<R, T>> {
        if let Some(limits) = &self.limits {
            // After the last job nobody listens.
            let _ = limits.send(limit);
        }
        wait(&self.queue)
    }
}

impl<R, T> Drop for Line<R, T> {
    /// Lets no job be taken any more, and waits for the syntheses under way.
    fn drop(&mut self) {
        self.limits = None;
        while wait(&self.queue).is_some() {}
    }
}

/// What the thread of a job has, and hands on to that of the next job.
struct Turn<'scope, I, R, T> {
    key: &'scope CompiledCircuit<Fr>,
    jobs: I,
    taken: usize,
    limit: usize,
    limits: Receiver<usize>,
    queue: Sender<Queue<R, T>>,
}

impl<'scope, C, I, R, T> Turn<'scope, I, R, T>
where
    C: Circuit<Fr>,
    I: Iterator<Item = Job<C, R, T>> + Send + 'scope,
    R: Send + 'scope,
    T: Send + 'scope,
{
    fn start(self, scope: &'scope Scope<'scope, '_>) {
        let queue = self.queue.clone();
        let thread = thread::Builder::new()
            .name("synthesis".into())
            .stack_size(STACK_BYTES);
        if let Err(error) = thread.spawn_scoped(scope, move || self.run(scope)) {
            let message = format!("no thread could be started for synthesis: {error}");
            let error = io::Error::new(error.kind(), message);
            // Where nobody listens, the job is not wanted.
            let _ = queue.send(Err(Failure::Error(error.into())));
        }
    }

    /// Takes a job, hands the turn on and synthesises.
    fn run(mut self, scope: &'scope Scope<'scope, '_>) {
        while self.limit <= self.taken {
            match self.limits.recv() {
                Ok(limit) => self.limit = limit,
                Err(_) => return,
            }
        }
        let job = match catch_unwind(AssertUnwindSafe(|| self.jobs.next())) {
            Ok(Some(job)) => job,
            Ok(None) => return,
            Err(payload) => {
                // Where nobody listens, the job is not wanted.
                let _ = self.queue.send(Err(Failure::Panic(payload)));
                return;
            }
        };
        self.taken += 1;
        let Job {
            circuits,
            instances,
            rng,
            transcript,
        } = job;
        let instances = Arc::new(instances);
        let (synthesis, witness) = synthesis();
        let started = Started {
            circuits: circuits.len(),
            instances: instances.clone(),
            rng,
            transcript,
            witness,
        };
        let key = self.key;
        if self.queue.send(Ok(started)).is_ok() {
            self.start(scope);
            synthesis.run(key, circuits, &instances);
        }
    }
}
