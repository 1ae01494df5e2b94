//! Many proofs with one key: witnesses are synthesised while the engine works on the proof before.

use halo2_axiom::{halo2curves::bn256::Fr, plonk::Circuit};
use halo2_offload_prover::Meter;
use rand_core::RngCore;
use std::{marker::PhantomData, panic::resume_unwind, thread};

use crate::{
    error::Error,
    resident_key::{Bn256Engine, ResidentKey},
    transcript::{MultiopenScheme, StockTranscript},
};

mod line;
mod wait;
mod witness;

use line::{Failure, Line, Started};

/// What one proof is made of: the arguments of [`prove`](crate::prove), owned.
pub struct Job<C, R, T> {
    /// The circuits with their witnesses.
    pub circuits: Vec<C>,
    /// For each circuit its instance columns, without padding.
    pub instances: Vec<Vec<Vec<Fr>>>,
    /// Where the proof's blinding comes from.
    pub rng: R,
    /// Where the proof is written.
    pub transcript: T,
}

/// A job that no proof came of. Jobs before it and after it are not touched by that.
#[derive(Debug, thiserror::Error)]
#[error("job {job}: {source}")]
pub struct JobError {
    /// Which job, counted from 0.
    pub job: usize,
    /// Why.
    pub source: Error,
}

/// Proves one job after another, each as [`prove`](crate::prove) does and with the same bytes, and
/// synthesises the witnesses of the next `ahead` jobs meanwhile, so that the engine does not wait
/// for them. `consume` is given the [`Proofs`]: it takes as many as it wants, in the order of the
/// jobs, and what it returns is returned.
///
/// ```no_run
/// # use halo2_axiom::{halo2curves::bn256::{Bn256, Fr, G1Affine}, plonk::Circuit};
/// # use halo2_axiom::poly::kzg::multiopen::ProverSHPLONK;
/// # use halo2_axiom::transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer};
/// # use halo2_offload_engine::Engine;
/// use halo2_offload_frontend::{prove_many, Job, JobError, ResidentKey};
/// use rand_core::OsRng;
///
/// # type Shplonk<'a> = ProverSHPLONK<'a, Bn256>;
/// # fn prove_all<E: Engine<Curve = G1Affine>, C: Circuit<Fr>>(
/// #     engine: &E,
/// #     key: &ResidentKey<E>,
/// #     inputs: Vec<u64>,
/// #     circuit: impl Fn(u64) -> C + Sync,
/// # ) -> Result<Vec<Vec<u8>>, JobError> {
/// let jobs = inputs.into_iter().map(|input| Job {
///     circuits: vec![circuit(input)],
///     instances: vec![vec![vec![Fr::from(input)]]],
///     rng: OsRng,
///     transcript: Blake2bWrite::init(Vec::new()),
/// });
/// let proofs: Result<Vec<Vec<u8>>, JobError> =
///     prove_many::<Shplonk<'_>, Challenge255<G1Affine>, _, _, _, _, _>(
///         engine, key, jobs, 1,
///         |proofs| proofs.map(|proof| Ok(proof?.finalize())).collect(),
///     );
/// # proofs
/// # }
/// ```
///
/// **Threads.** Proofs are made on the calling thread, within `consume`. Each job has a thread of its
/// own, which takes the job from `jobs`, so that what the iterator does to make a circuit is done
/// ahead, too, and then synthesises: up to the first challenge, which only the proof can give; the
/// rest of such a synthesis goes on when its proof is under way. Synthesis draws nothing from the
/// job's RNG. What a synthesis gives to rayon runs on the global pool, also where `prove_many` is
/// called on another.
///
/// **Memory.** At most `ahead` witnesses are held beside that of the proof under way: with 0 nothing
/// overlaps, 1 is enough unless synthesis takes longer than a proof, and several are synthesised side
/// by side. Each takes
/// [`CELL_BYTES`](crate::CELL_BYTES) for each assigned cell while it is synthesised, and
/// 32 * 2^k bytes for each advice column from then until its proof is begun. Where a challenge comes
/// between phases it takes both until then, and the circuit stays as well.
///
/// **What it is worth** depends on how much of the host is idle during a proof: with the work on a
/// device, up to the whole time of synthesis; on a CPU engine that keeps all cores busy, little more
/// than what synthesis on one thread leaves of the others.
///
/// **Stopping.** No job is taken that is not needed for what `consume` has asked for, with the
/// `ahead` next ones. When `consume` returns, so does this, as soon as the syntheses under way have
/// come to their ends, which halo2's interface has no way to hasten, and `jobs` has answered if it
/// is being asked for one: a proof does not wait for the next job, so that `jobs` may be a channel's
/// receiver. A panic of a circuit or of `jobs`
/// is resumed by [`Proofs`] where that job's proof is asked for.
pub fn prove_many<P, Ch, E, T, C, R, O>(
    engine: &E,
    key: &ResidentKey<E>,
    jobs: impl IntoIterator<Item = Job<C, R, T>, IntoIter: Send>,
    ahead: usize,
    consume: impl FnOnce(&mut Proofs<'_, P, Ch, E, T, R>) -> O,
) -> O
where
    P: MultiopenScheme,
    E: Bn256Engine,
    T: StockTranscript<Ch> + Send,
    C: Circuit<Fr>,
    R: RngCore + Send,
{
    let circuit = key.circuit();
    thread::scope(|scope| {
        let line = Line::start(scope, circuit, jobs.into_iter());
        consume(&mut Proofs {
            engine,
            key,
            line,
            ahead,
            asked_for: 0,
            scheme: PhantomData,
        })
    })
}

/// The proofs of [`prove_many`], in the order of the jobs: transcripts that a proof was written to,
/// or why there is none. Each is made when it is asked for. A job that fails does not end the
/// sequence; collecting into a `Result` does.
pub struct Proofs<'a, P, Ch, E: Bn256Engine, T, R> {
    engine: &'a E,
    key: &'a ResidentKey<E>,
    line: Line<R, T>,
    ahead: usize,
    /// Jobs whose proofs have been asked for.
    asked_for: usize,
    scheme: PhantomData<fn() -> (P, Ch)>,
}

impl<P, Ch, E, T, R> Proofs<'_, P, Ch, E, T, R>
where
    P: MultiopenScheme,
    E: Bn256Engine,
    T: StockTranscript<Ch>,
    R: RngCore,
{
    /// The next proof, with a meter that is told of each stage of the proof. What it says of the
    /// witness stage is what the proof waited for its witness.
    pub fn next_metered(&mut self, meter: &mut impl Meter) -> Option<Result<T, JobError>> {
        let job = self.asked_for;
        self.asked_for += 1;
        let limit = self.asked_for.saturating_add(self.ahead);
        let proof = match self.line.next(limit)? {
            Ok(started) => self.prove(started, meter),
            Err(Failure::Error(error)) => Err(error),
            Err(Failure::Panic(payload)) => resume_unwind(payload),
        };
        Some(proof.map_err(|source| JobError { job, source }))
    }

    fn prove(&self, started: Started<R, T>, meter: &mut impl Meter) -> Result<T, Error> {
        let Started {
            circuits,
            instances,
            mut rng,
            mut transcript,
            witness,
        } = started;
        witness.fits()?;
        let columns: Vec<Vec<&[Fr]>> = instances
            .iter()
            .map(|columns| columns.iter().map(Vec::as_slice).collect())
            .collect();
        let columns: Vec<&[&[Fr]]> = columns.iter().map(Vec::as_slice).collect();
        let mut sources: Vec<_> = (0..circuits).map(|_| Box::new(&witness) as _).collect();
        halo2_offload_prover::prove(
            self.engine,
            self.key.key(),
            self.key.lagrange_srs(),
            self.key.choices(P::MULTIOPEN),
            &mut sources,
            &columns,
            &mut rng,
            &mut transcript.for_prover(),
            meter,
        )?;
        Ok(transcript)
    }
}

impl<P, Ch, E, T, R> Iterator for Proofs<'_, P, Ch, E, T, R>
where
    P: MultiopenScheme,
    E: Bn256Engine,
    T: StockTranscript<Ch>,
    R: RngCore,
{
    type Item = Result<T, JobError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_metered(&mut ())
    }
}
