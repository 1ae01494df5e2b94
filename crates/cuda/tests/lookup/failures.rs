//! What cannot be done is an error; what is done waits for nothing and holds what it says.

use std::{collections::BTreeMap, sync::Arc};

use ff::Field;
use halo2_offload_cuda::{
    plonk::lookup::{workspace_bytes, CudaLookups},
    Context, Counters, CudaError, DeviceModel, KernelImage, Options, Work,
};
use halo2curves::bn256::Fr;

use crate::{lookups, machine, open, values, TILE};

#[test]
fn it_waits_for_nothing_and_takes_the_workspace_that_it_says() {
    let emulator = machine();
    let context = open();
    let lookups = lookups(&context);
    for n in [0, 1, 100, 2 * TILE + 1] {
        let values = values::range(n);
        let column = context.allocate_from("column", &values).expect("it fits");
        let [mut permuted_input, mut permuted_table] =
            [0, 1].map(|_| context.allocate::<Fr>("permuted", n).expect("it fits"));
        context.reset_peak_memory();
        let held = context.memory().bytes;
        let before = context.counters().expect("nothing is timed");
        let missing = lookups
            .permute(
                column.all(),
                column.all(),
                n,
                permuted_input.all_mut(),
                permuted_table.all_mut(),
            )
            .expect("it begins");
        let after = context.counters().expect("nothing is timed");
        assert_eq!(after.synchronisations, before.synchronisations, "{n} rows");
        assert_eq!(
            context.peak_memory().bytes - held,
            workspace_bytes(n),
            "{n} rows"
        );
        assert_eq!(context.memory().bytes, held, "{n} rows");
        assert_eq!(missing.wait().expect("it ends"), [u32::MAX], "{n} rows");
    }
    drop((lookups, context));
    emulator.assert_clean();
}

#[test]
fn short_slices_are_refused() {
    let emulator = machine();
    let context = open();
    let lookups = lookups(&context);
    for short in 0..4 {
        let lengths = [0, 1, 2, 3].map(|slice| if slice == short { 9 } else { 10 });
        let [input, table, mut permuted_input, mut permuted_table] =
            lengths.map(|n| context.allocate_zeroed::<Fr>("column", n).expect("it fits"));
        let error = lookups
            .permute(
                input.all(),
                table.all(),
                10,
                permuted_input.all_mut(),
                permuted_table.all_mut(),
            )
            .expect_err("nine are not ten");
        assert!(
            matches!(
                error,
                CudaError::Range {
                    start: 0,
                    end: 10,
                    len: 9
                }
            ),
            "{error}"
        );
    }
    drop((lookups, context));
    emulator.assert_clean();
}

#[test]
fn too_little_memory_is_an_error_that_names_the_workspace() {
    let emulator = machine();
    let n = 100;
    let columns = 4 * 32 * n as u64;
    for (budget, name) in [
        (columns + 32 * n as u64 - 1, Some("lookup keys")),
        (columns + workspace_bytes(n) - 1, Some("lookup bits")),
        (columns + workspace_bytes(n), None),
    ] {
        let options = Options::default().with_vram_budget(budget);
        let context = Context::open(0, &KernelImage::shipped(), options).expect("it opens");
        let lookups = CudaLookups::new(context.clone()).expect("the kernels load");
        let values = vec![Fr::ONE; n];
        let [input, table, mut permuted_input, mut permuted_table] =
            [0; 4].map(|_| context.allocate_from("column", &values).expect("it fits"));
        let done = lookups.permute(
            input.all(),
            table.all(),
            n,
            permuted_input.all_mut(),
            permuted_table.all_mut(),
        );
        match (name, done) {
            (None, done) => {
                let missing = done.and_then(|missing| missing.wait()).expect("it fits");
                assert_eq!(missing, [u32::MAX]);
            }
            (Some(name), done) => {
                let error = done.map(|_| ()).expect_err("it does not fit");
                assert!(matches!(error, CudaError::OutOfMemory(_)), "{error}");
                assert!(error.to_string().contains(name), "{error}");
            }
        }
        assert_eq!(context.memory().bytes, columns, "only the columns are left");
    }
    emulator.assert_clean();
}

/// What a permutation of so many rows comes to: launches, bytes, memory at the peak.
fn account(context: &Arc<Context>, n: usize) -> (Counters, BTreeMap<&'static str, Work>, u64) {
    let lookups = lookups(context);
    let column = context
        .allocate_with("column", n, || values::range(n))
        .expect("it fits");
    let [mut permuted_input, mut permuted_table] =
        [0, 1].map(|_| context.allocate::<Fr>("permuted", n).expect("it fits"));
    let missing = lookups
        .permute(
            column.all(),
            column.all(),
            n,
            permuted_input.all_mut(),
            permuted_table.all_mut(),
        )
        .expect("it begins");
    missing.wait().expect("it ends");
    let counters = context.counters().expect("nothing is timed");
    (counters, context.work(), context.peak_memory().bytes)
}

#[test]
fn a_modelled_device_foresees_it() {
    let emulator = machine();
    for n in [0, 1, 100, 2 * TILE + 1] {
        let context = open();
        let model = DeviceModel::from(context.device());
        let expected = account(&context, n);
        let context = Context::modelled(model, &KernelImage::shipped(), Options::default())
            .expect("it opens");
        assert_eq!(account(&context, n), expected, "{n} rows");
    }
    emulator.assert_clean();
}
