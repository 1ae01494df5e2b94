//! How fast this machine is.

use halo2_axiom::halo2curves::{
    bn256::{Fr, G1Affine, G1},
    ff::Field,
    group::{prime::PrimeCurveAffine, Curve},
};
use halo2_offload::{
    engine::{
        Basis, Coeff, CpuKernels, Engine, EngineColumn, EngineDomain, EngineSrs, Estimate, Label,
        LagrangeCoeff, OperationTally,
    },
    CpuEngine,
};
use halo2_offload_measure::{Host, Reading, Spent};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use serde::Serialize;
use std::{collections::BTreeMap, hint::black_box};

/// log2 of the size that primitives are timed at: large enough to be typical, small enough to take
/// a tenth of a second.
const K: u32 = 13;

/// Of a CPU, what a thread that waits for nothing has of it where nobody else wants it.
const QUIET_SHARE: f64 = 0.95;

/// Processes that want to run, for each thread that can, up to which a machine is called quiet.
const QUIET_LOAD: f64 = 0.5;

/// What this machine was like while its speed was measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Conditions {
    /// Whether nobody else wanted much of it. If somebody did, caches and clocks were shared, and times are
    /// those of such a machine.
    quiet: bool,
    /// CPU time of what was measured over its wall time, on one thread.
    cpu_share: f64,
    /// Processes that ran or waited to, over the minute before.
    #[serde(skip_serializing_if = "Option::is_none")]
    load_average: Option<f64>,
}

impl Conditions {
    fn of(spent: &Spent, host: &Host) -> Self {
        let cpu_share = match spent.wall_ns {
            0 => 1.0,
            wall_ns => spent.cpu_ns as f64 / wall_ns as f64,
        };
        let threads = host.threads.unwrap_or(1) as f64;
        let load_average = host.load_average;
        Self {
            quiet: cpu_share >= QUIET_SHARE
                && load_average.is_none_or(|load| load <= QUIET_LOAD * threads),
            cpu_share,
            load_average,
        }
    }

    /// What there is to say of times that were measured then.
    pub fn note(&self) -> Option<String> {
        let load = self.load_average.map_or_else(String::new, |load| {
            format!(", at a load average of {load:.1}")
        });
        (!self.quiet).then(|| {
            format!(
                "this machine was not quiet while its speed was measured (one thread had {:.0} % of a CPU{load}): \
                 on a quiet one the CPU's time is less",
                100.0 * self.cpu_share.min(1.0)
            )
        })
    }
}

/// Nanoseconds of one thread for each counted multiplication, all that goes with it included.
pub struct Calibration {
    /// What the machine was like.
    pub conditions: Conditions,
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
        // The load is read first, so that the measurement's own work is not part of it.
        let host = Host::look();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        match pool {
            Ok(pool) => pool.install(|| Self::measure_here(&host)),
            Err(_) => Self::measure_here(&host),
        }
    }

    fn measure_here(host: &Host) -> Self {
        let counting = Estimate::<G1Affine>::new(1);
        let counted = Loaded::on(&counting);
        let (chosen, portable) = (
            CpuEngine::new(),
            CpuEngine::with_kernels(CpuKernels::Portable),
        );
        let (with_chosen, with_portable) = (Loaded::on(&chosen), Loaded::on(&portable));
        let start = Reading::now();
        let [commit, transform, other] = Primitive::ALL.map(|primitive| {
            counted.run(primitive);
            let multiplications = multiplications(&counting, primitive.operation());
            // A combination stands for operations that vectors make faster by other factors than its own: the
            // portable kernels bound them all.
            let computed = match primitive {
                Primitive::Commit | Primitive::Transform => &with_chosen,
                Primitive::Combination => &with_portable,
            };
            best_of_three(|| computed.run(primitive)) / multiplications as f64
        });
        let spent = Reading::now().since(&start);
        Self {
            conditions: Conditions::of(&spent, host),
            commit,
            transform,
            other,
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

/// What is counted once and timed.
#[derive(Clone, Copy)]
enum Primitive {
    /// A commitment.
    Commit,
    /// An NTT.
    Transform,
    /// Multiplications of columns.
    Combination,
}

impl Primitive {
    const ALL: [Self; 3] = [Self::Commit, Self::Transform, Self::Combination];

    /// The name under which an estimate counts it.
    fn operation(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Transform => "interpolate",
            Self::Combination => "accumulate",
        }
    }
}

/// Columns that are combined at a time.
const TERMS: usize = 16;

/// What operations are called with, on an engine.
struct Loaded<'e, E: Engine<Curve = G1Affine>> {
    engine: &'e E,
    srs: EngineSrs<E, LagrangeCoeff>,
    domain: EngineDomain<E>,
    scalars: Vec<Fr>,
    column: EngineColumn<E, LagrangeCoeff>,
    polynomial: EngineColumn<E, Coeff>,
}

/// Why nothing is said to fail here.
const GIVEN: &str = "an engine of the host does what it is asked on columns of the right length";

impl<'e, E: Engine<Curve = G1Affine>> Loaded<'e, E> {
    fn on(engine: &'e E) -> Self {
        let n = 1usize << K;
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let scalars: Vec<Fr> = (0..n).map(|_| Fr::random(&mut rng)).collect();
        Self {
            srs: engine.load_srs(n, || bases(n)).expect(GIVEN),
            domain: engine.domain(K).expect(GIVEN),
            column: uploaded(engine, &scalars),
            polynomial: uploaded(engine, &scalars),
            scalars,
            engine,
        }
    }

    fn run(&self, primitive: Primitive) {
        match primitive {
            Primitive::Commit => self.commit(),
            Primitive::Transform => self.transform(),
            Primitive::Combination => self.combine(),
        }
    }

    fn commit(&self) {
        let commitments = self.engine.commit(&self.srs, &[&self.column]);
        black_box(commitments.expect(GIVEN));
    }

    fn transform(&self) {
        let column = uploaded(self.engine, &self.scalars);
        let coefficients = self.engine.interpolate(&self.domain, vec![column]);
        black_box(coefficients.expect(GIVEN));
    }

    fn combine(&self) {
        let sum = uploaded(self.engine, &self.scalars);
        let factors = self.scalars.iter().take(TERMS);
        let terms: Vec<_> = factors.map(|factor| (*factor, &self.polynomial)).collect();
        black_box(self.engine.accumulate(sum, &terms).expect(GIVEN));
    }
}

fn uploaded<E: Engine<Curve = G1Affine>, B: Basis>(
    engine: &E,
    values: &[Fr],
) -> EngineColumn<E, B> {
    let label = Label::brief("calibration", 0);
    let column = engine.upload(label, values.len(), || values.to_vec());
    column.expect(GIVEN)
}

/// The multiplications that have been counted for an operation.
fn multiplications(counting: &Estimate<G1Affine>, operation: &'static str) -> u64 {
    let tally = counting.kernels().tally();
    let of_operation = tally.operations.get(operation);
    of_operation.map_or(0, |operation| operation.multiplications)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(cpu_ns: u64, wall_ns: u64, load_average: Option<f64>) -> Conditions {
        let host = Host {
            threads: Some(4),
            load_average,
            ..Host::default()
        };
        Conditions::of(&Spent { wall_ns, cpu_ns }, &host)
    }

    #[test]
    fn a_machine_that_others_work_on_is_not_quiet() {
        for quiet in [(99, 100, None), (100, 100, Some(2.0)), (0, 0, Some(0.1))] {
            let (cpu_ns, wall_ns, load) = quiet;
            assert_eq!(conditions(cpu_ns, wall_ns, load).note(), None, "{quiet:?}");
        }
        let shared = conditions(50, 100, None).note().expect("not quiet");
        assert!(shared.contains("50 % of a CPU)"), "{shared}");
        let loaded = conditions(100, 100, Some(3.0)).note().expect("not quiet");
        assert!(
            loaded.contains("100 % of a CPU, at a load average of 3.0"),
            "{loaded}"
        );
    }
}
