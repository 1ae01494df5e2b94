//! An NTT against the CPU's: all four transforms, sizes from the smallest, batches.

use crate::field::ScalarField;
use ff::Field;
use halo2_offload_engine::{
    halo2curves::ff::WithSmallOrderMulGroup, CpuKernels, EngineError, NttAccel,
};
use rand_chacha::rand_core::RngCore;

use super::{difference, values, Difference, Failure, Suite};

/// A transform of a batch of columns, in place.
type Transform<N> = fn(
    &N,
    &<N as NttAccel<ScalarField>>::Tables,
    &mut [Vec<ScalarField>],
    ScalarField,
) -> Result<(), EngineError>;

const FORWARD: &str = "ntt_forward";
const INVERSE: &str = "ntt_inverse";
const COSET_FORWARD: &str = "ntt_coset_forward";
const COSET_INVERSE: &str = "ntt_coset_inverse";
pub(super) const OPERATIONS: [&str; 4] = [FORWARD, INVERSE, COSET_FORWARD, COSET_INVERSE];

pub(super) fn check<N: NttAccel<ScalarField>>(suite: &mut Suite<'_>, accel: &N) {
    let log_sizes = suite.sizes(
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        &[
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
        ],
    );
    let mut rng = values::generator(suite.options.seed);
    for k in log_sizes {
        for columns in [1, 3] {
            for (name, shift) in shifts(&mut rng) {
                let batch = batch(k, columns, &mut rng);
                let case = |values: &str| format!("2^{k} x {columns}, {values}");
                if name == "zeta" {
                    let run = |device: Transform<N>, cpu: Transform<CpuKernels>| {
                        compare(accel, k, &batch, shift, device, cpu)
                    };
                    suite.check(FORWARD, case("edge and random values"), || {
                        run(forward, forward)
                    });
                    suite.check(INVERSE, case("edge and random values"), || {
                        run(inverse, inverse)
                    });
                }
                suite.check(COSET_FORWARD, case(&format!("shift {name}")), || {
                    compare(accel, k, &batch, shift, coset_forward, coset_forward)
                });
                suite.check(COSET_INVERSE, case(&format!("shift {name}")), || {
                    compare(accel, k, &batch, shift, coset_inverse, coset_inverse)
                });
            }
        }
    }
}

/// Shifts that halo2 takes, a random one, and one for which the coset is H itself.
fn shifts(rng: &mut impl RngCore) -> [(&'static str, ScalarField); 4] {
    [
        ("zeta", ScalarField::ZETA),
        ("-zeta", -ScalarField::ZETA),
        ("random", ScalarField::random(rng)),
        ("1", ScalarField::ONE),
    ]
}

/// Columns of 2^k values: edge values and random ones; all p - 1; a single 1 in the last row.
fn batch(k: u32, columns: usize, rng: &mut impl RngCore) -> Vec<Vec<ScalarField>> {
    let n = 1 << k;
    let (edges, _) = values::pairs::<ScalarField>(n, rng);
    let mut last = vec![ScalarField::ZERO; n];
    last[n - 1] = ScalarField::ONE;
    let mut batch = vec![edges, vec![-ScalarField::ONE; n], last];
    batch.truncate(columns);
    batch
}

fn compare<N: NttAccel<ScalarField>>(
    accel: &N,
    k: u32,
    batch: &[Vec<ScalarField>],
    shift: ScalarField,
    device: Transform<N>,
    cpu: Transform<CpuKernels>,
) -> Result<Option<Difference>, Failure> {
    let (omega, tables) = accel.tables(k)?;
    let (expected_omega, cpu_tables) = CpuKernels::Portable.tables(k)?;
    if let Some(different) = difference(&[expected_omega], &[omega]) {
        return Ok(Some(Difference {
            place: "omega".to_owned(),
            ..different
        }));
    }
    let (mut actual, mut expected) = (batch.to_vec(), batch.to_vec());
    device(accel, &tables, &mut actual, shift)?;
    cpu(&CpuKernels::Portable, &cpu_tables, &mut expected, shift)?;
    Ok(expected
        .iter()
        .zip(&actual)
        .enumerate()
        .find_map(|(column, (expected, actual))| {
            let found = difference(expected, actual)?;
            Some(Difference {
                place: format!("column {column}, {}", found.place),
                ..found
            })
        }))
}

fn slices(columns: &mut [Vec<ScalarField>]) -> Vec<&mut [ScalarField]> {
    columns.iter_mut().map(Vec::as_mut_slice).collect()
}

fn forward<N: NttAccel<ScalarField>>(
    accel: &N,
    tables: &N::Tables,
    columns: &mut [Vec<ScalarField>],
    _: ScalarField,
) -> Result<(), EngineError> {
    accel.forward(tables, &mut slices(columns))
}

fn inverse<N: NttAccel<ScalarField>>(
    accel: &N,
    tables: &N::Tables,
    columns: &mut [Vec<ScalarField>],
    _: ScalarField,
) -> Result<(), EngineError> {
    accel.inverse(tables, &mut slices(columns))
}

fn coset_forward<N: NttAccel<ScalarField>>(
    accel: &N,
    tables: &N::Tables,
    columns: &mut [Vec<ScalarField>],
    shift: ScalarField,
) -> Result<(), EngineError> {
    let coefficients = columns.to_vec();
    let mut pairs: Vec<(&[ScalarField], &mut [ScalarField])> = coefficients
        .iter()
        .map(Vec::as_slice)
        .zip(slices(columns))
        .collect();
    accel.coset_forward(tables, &mut pairs, shift)
}

fn coset_inverse<N: NttAccel<ScalarField>>(
    accel: &N,
    tables: &N::Tables,
    columns: &mut [Vec<ScalarField>],
    shift: ScalarField,
) -> Result<(), EngineError> {
    accel.coset_inverse(tables, &mut slices(columns), shift)
}
