//! The permutation of a lookup against the CPU's: sizes about tiles and passes of the sort, values in
//! every order, inputs that are missing.

use ff::Field;
use halo2_offload_engine::{BorrowHost, Columns, CpuEngine, CpuKernels, EngineError, Lookups};
use rand_chacha::rand_core::RngCore;

use super::{difference, values, Difference, Failure, Suite};
use crate::{
    context::Context,
    field::{Affine, ScalarField},
    plonk::lookup::CudaLookups,
};

pub(super) const OPERATION: &str = "lookup";

pub(super) fn check(suite: &mut Suite<'_>, context: &Context, lookups: &CudaLookups) {
    // About a warp, a block, a tile of 1280 rows, and several passes of merging tiles.
    let sizes = suite.sizes(
        &[0, 1, 2, 33, 257, 1279, 1280, 1281, 4000],
        &[
            0,
            1,
            2,
            33,
            257,
            1279,
            1280,
            1281,
            2560,
            2561,
            (1 << 15) + 33,
            (1 << 18) - 6,
            1 << 20,
        ],
    );
    let mut rng = values::generator(suite.options.seed);
    for n in sizes {
        for (name, input, table) in columns(n, &mut rng) {
            suite.check(OPERATION, format!("{n} rows, {name}"), || {
                compare(context, lookups, &input, &table)
            });
        }
    }
}

/// Inputs and tables of `n` rows: each input in the table, but for the last case.
fn columns(
    n: usize,
    rng: &mut impl RngCore,
) -> Vec<(&'static str, Vec<ScalarField>, Vec<ScalarField>)> {
    let range: Vec<ScalarField> = (0..n as u64).map(ScalarField::from).collect();
    let backwards = range.iter().rev().copied().collect();
    let random: Vec<ScalarField> = (0..n).map(|_| ScalarField::random(&mut *rng)).collect();
    let edges: Vec<ScalarField> = values::edges().into_iter().cycle().take(n).collect();
    let mut pick = |choices: &[ScalarField]| -> Vec<ScalarField> {
        (0..n)
            .map(|_| choices[rng.next_u64() as usize % choices.len()])
            .collect()
    };
    let repeated = pick(&range[..n.div_ceil(3)]);
    let picked_repeated = pick(&repeated);
    let picked_edges = pick(&edges);
    let picked = pick(&random);
    let mut wrong = picked.clone();
    for (row, value) in [
        (n / 3, -ScalarField::ONE),
        (n / 2, ScalarField::ZERO),
        (n / 3 * 2, ScalarField::ONE),
    ] {
        if let Some(input) = wrong.get_mut(row) {
            *input = value;
        }
    }
    vec![
        (
            "equal values",
            vec![-ScalarField::ONE; n],
            vec![-ScalarField::ONE; n],
        ),
        ("a range, backwards", backwards, range),
        ("repeated small values", picked_repeated, repeated),
        ("edge values", picked_edges, edges),
        ("random values", picked, random.clone()),
        ("missing inputs", wrong, random),
    ]
}

fn compare(
    context: &Context,
    lookups: &CudaLookups,
    input: &[ScalarField],
    table: &[ScalarField],
) -> Result<Option<Difference>, Failure> {
    let n = input.len();
    let inputs = context.allocate_from("selftest inputs", input)?;
    let tables = context.allocate_from("selftest table", table)?;
    let mut permuted_input = context.allocate::<ScalarField>("selftest A'", n)?;
    let mut permuted_table = context.allocate::<ScalarField>("selftest S'", n)?;
    let missing = lookups.permute(
        inputs.all(),
        tables.all(),
        n,
        permuted_input.all_mut(),
        permuted_table.all_mut(),
    )?;
    let missing = missing.wait()?;

    let engine = CpuEngine::<Affine>::with_kernels(CpuKernels::Portable);
    let permuted = engine.permute_lookup(&engine.borrow(input), &engine.borrow(table), n, &[], &[]);
    let in_place = |place: &str, found: Difference| Difference {
        place: format!("{place}, {}", found.place),
        ..found
    };
    let expected = match permuted {
        Ok(_) => u32::MAX,
        Err(EngineError::NotInTable { row }) => u32::try_from(row)?,
        Err(error) => return Err(error.into()),
    };
    if let Some(found) = difference(&[expected], &missing) {
        return Ok(Some(in_place("the first missing row", found)));
    }
    let Ok(permuted) = permuted else {
        return Ok(None);
    };
    for (name, expected, actual) in [
        ("A'", &permuted.input, &permuted_input),
        ("S'", &permuted.table, &permuted_table),
    ] {
        let mut values = vec![ScalarField::ZERO; n];
        context.download(actual.all(), &mut values)?;
        if let Some(found) = difference(&engine.download(expected)?, &values) {
            return Ok(Some(in_place(name, found)));
        }
    }
    Ok(None)
}
