//! An MSM against the CPU's: the distributions that halo2's columns have, the values at which
//! bucket methods go wrong, and batches of columns of different lengths.

use std::{borrow::Cow, sync::Arc};

use ff::{Field, PrimeField};
use group::prime::PrimeCurveAffine;
use halo2_offload_engine::{CpuKernels, EngineError, MsmAccel};
use rand_chacha::rand_core::RngCore;

use super::{difference, values, Suite};
use crate::{
    context::Context,
    field::{Affine, Projective, ScalarField},
    msm::{CudaMsm, Policy},
};

pub(super) const OPERATION: &str = "msm";

pub(super) fn check<M: MsmAccel<Affine>>(suite: &mut Suite<'_>, accel: &M) {
    let sizes = suite.sizes(
        &[1, 2, 33, 257],
        &[1, 2, 33, 257, 1023, 1024, 1025, (1 << 14) - 1, 1 << 18],
    );
    let mut rng = values::generator(suite.options.seed);
    for n in sizes {
        for (name, bases) in base_sets(n, &mut rng) {
            let columns = match name {
                "distinct bases" => columns(n, &mut rng),
                _ => uniform(n, &mut rng),
            };
            compare(suite, accel, n, name, &bases, &columns);
        }
    }
    batches(suite, accel, &mut rng);
}

/// Both kinds of sums, and several passes, levels and blocks, with few rows: which of them a column takes
/// depends on its size and on the device, and all of them have to be right.
pub(super) fn check_ways(suite: &mut Suite<'_>, context: &Arc<Context>) {
    let mut rng = values::generator(suite.options.seed);
    for (way, affine_runs) in [("XYZZ", 0), ("affine", 1)] {
        let made = suite.prepare(OPERATION, || {
            let of_the_device = Policy::of(context.device(), context.available_bytes()?);
            let policy = Policy {
                max_width: 7,
                xyzz_blocks: 2,
                affine_blocks: 2,
                affine_runs,
                min_run: 3,
                fold_threads: 8,
                table_bytes: 1 << 16,
                ..of_the_device
            };
            CudaMsm::with_policy(context.clone(), policy)
        });
        let Some(accel) = made else { continue };
        for n in suite.sizes(&[300], &[300, 5000]) {
            let equal = ScalarField::random(&mut rng);
            let mut columns = uniform(n, &mut rng);
            columns.push(("equal scalars", vec![equal; n]));
            for (name, bases) in base_sets(n, &mut rng) {
                let name = format!("{name}, {way} sums");
                compare(suite, &accel, n, &name, &bases, &columns);
            }
        }
    }
}

/// One loading of the bases, one check for each column.
fn compare<M: MsmAccel<Affine>>(
    suite: &mut Suite<'_>,
    accel: &M,
    n: usize,
    bases_name: &str,
    bases: &[Affine],
    columns: &[(&'static str, Vec<ScalarField>)],
) {
    let loaded = accel.load(Cow::Borrowed(bases));
    for (name, column) in columns {
        suite.check(OPERATION, format!("{n} {name} over {bases_name}"), || {
            let loaded = loaded.as_ref().map_err(ToString::to_string)?;
            let actual = accel.msm(loaded, &[column])?;
            Ok(difference(
                &expected(bases, &[column])?,
                &values::normalize(&actual),
            ))
        });
    }
}

/// Columns of all kinds and of different lengths at once.
fn batches<M: MsmAccel<Affine>>(suite: &mut Suite<'_>, accel: &M, rng: &mut impl RngCore) {
    let sizes = suite.sizes(&[100], &[1000, 1 << 16]);
    for n in sizes {
        let bases = values::points(n, rng);
        let columns = columns(n, rng);
        let lengths = [n, n - 1, n / 2, 1, 0];
        let batch: Vec<&[ScalarField]> = columns
            .iter()
            .zip(lengths.iter().cycle())
            .map(|((_, column), &length)| &column[..length])
            .collect();
        let case = format!("a batch of {} columns of at most {n}", batch.len());
        suite.check(OPERATION, case, || {
            let loaded = accel.load(Cow::Borrowed(&bases))?;
            let actual = accel.msm(&loaded, &batch)?;
            Ok(difference(
                &expected(&bases, &batch)?,
                &values::normalize(&actual),
            ))
        });
    }
}

fn expected(bases: &[Affine], columns: &[&[ScalarField]]) -> Result<Vec<Affine>, EngineError> {
    let loaded = MsmAccel::<Affine>::load(&CpuKernels::Portable, Cow::Borrowed(bases))?;
    let sums: Vec<Projective> = CpuKernels::Portable.msm(&loaded, columns)?;
    Ok(values::normalize(&sums))
}

/// Bases: points without relations, and those whose sums meet every exception to the formulas.
fn base_sets(n: usize, rng: &mut impl RngCore) -> Vec<(&'static str, Vec<Affine>)> {
    let distinct = values::points(n, rng);
    let point = distinct[0];
    let alternating = (0..n)
        .map(|i| if i % 2 == 0 { point } else { -point })
        .collect();
    let holes = distinct
        .iter()
        .enumerate()
        .map(|(i, base)| match i % 3 {
            0 => Affine::identity(),
            _ => *base,
        })
        .collect();
    vec![
        ("equal bases", vec![point; n]),
        ("a point and its opposite in turn", alternating),
        ("bases a third of which are the identity", holes),
        ("distinct bases", distinct),
    ]
}

/// Columns as halo2 has them, and columns at which recoding and bucketing go wrong.
fn columns(n: usize, rng: &mut impl RngCore) -> Vec<(&'static str, Vec<ScalarField>)> {
    let equal = ScalarField::random(&mut *rng);
    let edges = values::edges::<ScalarField>();
    let below = |bound: u64, rng: &mut dyn RngCore| -> Vec<ScalarField> {
        (0..n)
            .map(|_| ScalarField::from(rng.next_u64() % bound))
            .collect()
    };
    let blinded = |mut column: Vec<ScalarField>, rng: &mut dyn RngCore| {
        for scalar in column.iter_mut().rev().take(6) {
            *scalar = ScalarField::random(&mut *rng);
        }
        column
    };
    let sparse = (0..n)
        .map(|i| match i % 50 {
            7 => equal,
            _ => ScalarField::ZERO,
        })
        .collect();
    let powers = (0..n)
        .map(|i| ScalarField::from(2).pow([(i % ScalarField::NUM_BITS as usize) as u64]))
        .collect();
    let borders = (0..n)
        .map(|i| {
            ScalarField::from(2).pow([(i % ScalarField::NUM_BITS as usize) as u64])
                - ScalarField::ONE
        })
        .collect();
    let mut columns = vec![
        ("zeros", vec![ScalarField::ZERO; n]),
        ("ones", vec![ScalarField::ONE; n]),
        ("times p - 1", vec![-ScalarField::ONE; n]),
        ("equal scalars", vec![equal; n]),
        ("bits", below(2, rng)),
        ("bytes", below(256, rng)),
        ("16-bit scalars", below(1 << 16, rng)),
        ("sparse scalars", sparse),
        ("powers of two", powers),
        ("powers of two less one", borders),
        ("edge scalars", edges.into_iter().cycle().take(n).collect()),
    ];
    let bits = below(2, rng);
    columns.push(("bits with blinding rows", blinded(bits, rng)));
    columns.extend(uniform(n, rng));
    columns
}

fn uniform(n: usize, rng: &mut impl RngCore) -> Vec<(&'static str, Vec<ScalarField>)> {
    vec![(
        "uniform scalars",
        (0..n).map(|_| ScalarField::random(&mut *rng)).collect(),
    )]
}
