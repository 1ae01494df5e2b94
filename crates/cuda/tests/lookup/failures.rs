//! What cannot be done is an error; what is done waits for nothing and holds what it says.

use ff::Field;
use halo2_offload_cuda::{
    plonk::lookup::{workspace_bytes, CudaLookups},
    Context, CudaError, KernelImage, Options,
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
