//! How fast this machine is.

use halo2_axiom::halo2curves::{
    bn256::{Fr, G1Affine, G1},
    ff::Field,
    group::{prime::PrimeCurveAffine, Curve},
};
use halo2_offload::{
    engine::{Column, Engine, LagrangeCoeff, OperationTally},
    CpuEngine,
};
use halo2_offload_measure::Reading;
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use std::{collections::BTreeMap, hint::black_box};

/// log2 of the size that primitives are timed at: large enough to be typical, small enough to take
/// a tenth of a second.
const K: u32 = 13;

/// Nanoseconds of one thread for each counted multiplication, all that goes with it included.
pub struct Calibration {
    /// In a commitment.
    commit: f64,
    /// In a transform.
    transform: f64,
    /// Elsewhere.
    other: f64,
}

impl Calibration {
    /// Times a commitment, a transform and multiplications on one thread.
    pub fn measure() -> Self {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        match pool {
            Ok(pool) => pool.install(Self::measure_here),
            Err(_) => Self::measure_here(),
        }
    }

    fn measure_here() -> Self {
        let n = 1usize << K;
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let scalars: Vec<Fr> = (0..n).map(|_| Fr::random(&mut rng)).collect();

        let counted = counted(n);
        let engine = CpuEngine::new();
        let failed = "the CPU engine computes what it is given";
        let srs = engine.load_srs(n, || bases(n)).expect(failed);
        let domain = engine.domain(K).expect(failed);
        let column = || Column::from_memory(scalars.clone().into());
        let commit = best_of_three(|| {
            let column: Column<_, LagrangeCoeff> = column();
            black_box(engine.commit(&srs, &[&column]).expect(failed));
        });
        let transform = best_of_three(|| {
            black_box(engine.interpolate(&domain, vec![column()]).expect(failed));
        });
        let multiply = best_of_three(|| {
            let mut values = scalars.clone();
            for _ in 0..16 {
                values.iter_mut().zip(&scalars).for_each(|(v, s)| *v *= s);
            }
            black_box(values);
        });
        Self {
            commit: commit / counted("commit"),
            transform: transform / counted("interpolate"),
            other: multiply / (16 * n) as f64,
        }
    }

    /// What operations take, on one thread.
    pub fn nanoseconds(&self, operations: &BTreeMap<&'static str, OperationTally>) -> u64 {
        let sum: f64 = operations
            .iter()
            .map(|(name, tally)| {
                let each = match *name {
                    "commit" => self.commit,
                    "interpolate" | "tabulate" | "extend" | "interpolate_coset" => self.transform,
                    _ => self.other,
                };
                tally.multiplications as f64 * each
            })
            .sum();
        sum as u64
    }
}

/// The multiplications that an estimate counts for one operation on n values.
fn counted(n: usize) -> impl Fn(&'static str) -> f64 {
    let estimate = halo2_offload::engine::Estimate::<G1Affine>::new(1);
    let failed = "an estimate does not fail";
    let srs = estimate.load_srs(n, Vec::new).expect(failed);
    let domain = estimate.domain(n.ilog2()).expect(failed);
    let column = estimate.zeros::<LagrangeCoeff>(n).expect(failed);
    estimate.commit(&srs, &[&column]).expect(failed);
    estimate.interpolate(&domain, vec![column]).expect(failed);
    let tally = estimate.tally();
    move |operation| tally.operations[operation].multiplications as f64
}

/// G, 2G, 3G, ...
fn bases(n: usize) -> Vec<G1Affine> {
    let generator = G1Affine::generator();
    let multiples: Vec<G1> =
        std::iter::successors(Some(G1::from(generator)), |point| Some(point + generator))
            .take(n)
            .collect();
    let mut bases = vec![G1Affine::identity(); n];
    G1::batch_normalize(&multiples, &mut bases);
    bases
}

/// Nanoseconds of CPU time, which other processes do not take; the best of three, since whatever
/// disturbs only adds.
fn best_of_three(mut run: impl FnMut()) -> f64 {
    (0..3)
        .map(|_| {
            let start = Reading::now();
            run();
            Reading::now().since(&start).cpu_ns as f64
        })
        .fold(f64::INFINITY, f64::min)
}
