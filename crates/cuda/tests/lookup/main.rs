//! The permutation of lookups on the emulator, against the CPU's engine.

mod failures;
mod missing;
mod permuted;
mod values;

use std::sync::Arc;

use ff::Field;
use halo2_offload_cuda::{plonk::lookup::CudaLookups, Context, KernelImage, Options};
use halo2_offload_cuda_emulator::{install, Config, Emulator};
use halo2_offload_engine::{BorrowHost, Columns, CpuEngine, CpuKernels, EngineError, Lookups};
use halo2curves::bn256::{Fr, G1Affine};

/// Rows that a block sorts by itself.
const TILE: usize = 1280;
/// Rows of each column after those that are used.
const UNUSED: usize = 3;

/// An emulated machine. It comes first in a test, so that it outlives all that was opened on it.
fn machine() -> Emulator {
    install(Config::default()).expect("the emulator is built with this test")
}

fn open() -> Arc<Context> {
    Context::open(0, &KernelImage::shipped(), Options::default()).expect("the device opens")
}

fn lookups(context: &Arc<Context>) -> CudaLookups {
    CudaLookups::new(context.clone()).expect("the kernels load")
}

/// A' and S', or the first row whose input is missing. `unused` is what the other rows hold.
type Outcome = Result<[Vec<Fr>; 2], usize>;

fn on_cpu(input: &[Fr], table: &[Fr], usable_rows: usize, unused: &[Fr]) -> Outcome {
    let engine = CpuEngine::<G1Affine>::with_kernels(CpuKernels::Portable);
    let (input, table) = (engine.borrow(input), engine.borrow(table));
    match engine.permute_lookup(&input, &table, usable_rows, unused, unused) {
        Ok(permuted) => Ok([&permuted.input, &permuted.table]
            .map(|column| engine.download(column).expect("it is on the host"))),
        Err(EngineError::NotInTable { row }) => Err(row),
        Err(other) => panic!("{other}"),
    }
}

fn on_device(
    context: &Context,
    lookups: &CudaLookups,
    input: &[Fr],
    table: &[Fr],
    usable_rows: usize,
    unused: &[Fr],
) -> Outcome {
    let before = vec![unused[0]; usable_rows];
    let room = [&before[..], unused].concat();
    let [input, table, mut permuted_input, mut permuted_table] =
        [input, table, &room, &room].map(|values| {
            context
                .allocate_from("column", values)
                .expect("it fits the device")
        });
    let missing = lookups
        .permute(
            input.all(),
            table.all(),
            usable_rows,
            permuted_input.all_mut(),
            permuted_table.all_mut(),
        )
        .and_then(|missing| missing.wait())
        .expect("it computes");
    let columns = [&permuted_input, &permuted_table].map(|column| {
        let mut values = vec![Fr::ZERO; column.len()];
        context
            .download(column.all(), &mut values)
            .expect("it copies");
        values
    });
    match missing[..] {
        [u32::MAX] => Ok(columns),
        [row] => Err(row as usize),
        _ => panic!("{} numbers for one row", missing.len()),
    }
}

/// One pair of columns, all rows of which but the last few are usable, against the CPU.
fn check(context: &Context, lookups: &CudaLookups, input: &[Fr], table: &[Fr], case: &str) {
    let usable_rows = input.len();
    let case = format!("{case}, {usable_rows} rows");
    let unused: Vec<Fr> = (0..UNUSED as u64).map(|i| -Fr::from(1000 + i)).collect();
    // Values after the usable rows count neither as inputs nor as the table's.
    let pad = |column: &[Fr]| [column, &unused[..]].concat();
    let (input, table) = (pad(input), pad(table));
    let expected = on_cpu(&input, &table, usable_rows, &unused);
    let actual = on_device(context, lookups, &input, &table, usable_rows, &unused);
    match (actual, expected) {
        (Ok(actual), Ok(expected)) => {
            for (name, actual, expected) in [
                ("A'", &actual[0], &expected[0]),
                ("S'", &actual[1], &expected[1]),
            ] {
                let row = actual.iter().zip(expected).position(|(a, e)| a != e);
                assert_eq!(row, None, "{case}: the first row of {name} that differs");
                assert_eq!(actual.len(), expected.len(), "{case}: {name}");
            }
        }
        (actual, expected) => {
            assert_eq!(actual.err(), expected.err(), "{case}: first missing row");
        }
    }
}
