//! The same sums whatever the policy: tables of any size, one pass or many, any cut of the work.

use halo2_offload_cuda::msm::{Plan, Policy};
use halo2curves::bn256::Fr;
use rand::Rng;

use crate::{check, machine, values, with};

/// Two columns, one of full length.
fn check_policy(n: usize, change: impl Fn(&mut Policy), case: &str) {
    let mut rng = values::generator();
    let bases = values::points(n, &mut rng);
    let columns = [
        values::uniform(n, &mut rng),
        values::giant_bucket(n - n / 3, &mut rng),
    ];
    let msm = with(&change);
    check(&msm, &bases, &columns.each_ref().map(Vec::as_slice), case);
}

#[test]
fn tables_of_any_size() {
    let emulator = machine();
    let n = 100;
    for multiples in [0, 1, 7, 20, 1000] {
        let change = |policy: &mut Policy| policy.table_bytes = multiples * n as u64 * 64;
        check_policy(n, change, &format!("room for {multiples} multiples"));
    }
    emulator.assert_clean();
}

#[test]
fn windows_of_any_width() {
    let emulator = machine();
    for (width, table_bytes) in [
        (1, 0),
        (2, 1 << 20),
        (5, 3 << 10),
        (9, 1 << 20),
        (14, 1 << 20),
    ] {
        let change = |policy: &mut Policy| {
            (policy.min_width, policy.max_width) = (width, width);
            policy.table_bytes = table_bytes;
        };
        check_policy(40, change, &format!("windows of {width} bits"));
    }
    emulator.assert_clean();
}

/// Several tiles in both passes of the sort, several blocks and levels of everything else.
#[test]
fn more_entries_and_buckets_than_one_block_takes() {
    let emulator = machine();
    for affine_runs in [0, 2] {
        let change = |policy: &mut Policy| {
            (policy.min_width, policy.max_width) = (12, 12);
            (policy.xyzz_blocks, policy.affine_blocks) = (9, 2);
            policy.affine_runs = affine_runs;
        };
        check_policy(230, change, &format!("{affine_runs} runs a thread"));
    }
    emulator.assert_clean();
}

/// Tiles that do not end with a window, scalars that end before the windows do.
#[test]
fn more_rows_than_a_tile() {
    let emulator = machine();
    let mut rng = values::generator();
    let n = 4097;
    let bases = values::points(n, &mut rng);
    let columns = values::small_columns(n, &mut rng);
    let msm = with(|policy| policy.table_bytes = 64 * n as u64 * 36);
    for (name, column) in columns {
        check(&msm, &bases, &[&column], name);
    }
    drop(msm);
    emulator.assert_clean();
}

/// As many digits as a tile of the sort has places, one less and one more, and as many entries in its second
/// pass, which comes with windows of 12 bits: scalars of one digit each.
#[test]
fn tiles_that_are_full() {
    let emulator = machine();
    let mut rng = values::generator();
    let most = 4097;
    let bases = values::points(most, &mut rng);
    let scalars: Vec<Fr> = (0..most)
        .map(|_| Fr::from(rng.gen_range(1..1 << 11)))
        .collect();
    let msm = with(|policy| {
        (policy.min_width, policy.max_width) = (12, 12);
        policy.table_bytes = 0;
    });
    for n in [4095, 4096, 4097] {
        check(&msm, &bases, &[&scalars[..n]], &format!("{n} digits"));
    }
    drop(msm);
    emulator.assert_clean();
}

#[test]
fn accumulation_in_few_and_many_runs() {
    let emulator = machine();
    for (affine_runs, blocks, min_run) in [(0, 1, 1), (0, 7, 1), (0, 3, 1000), (1, 1, 1), (3, 2, 2)]
    {
        let change = |policy: &mut Policy| {
            policy.affine_runs = affine_runs;
            (policy.xyzz_blocks, policy.affine_blocks) = (blocks, blocks);
            policy.min_run = min_run;
        };
        check_policy(
            130,
            change,
            &format!("{affine_runs} runs a thread, {blocks} blocks, {min_run} entries a run"),
        );
    }
    emulator.assert_clean();
}

#[test]
fn weighted_sums_in_short_and_long_runs() {
    let emulator = machine();
    for (fold_threads, max_log_run) in [(1, 0), (1, 2), (64, 3), (1 << 20, 3)] {
        let change = |policy: &mut Policy| {
            (policy.min_width, policy.max_width) = (11, 11);
            (policy.fold_threads, policy.max_log_run) = (fold_threads, max_log_run);
        };
        check_policy(
            60,
            change,
            &format!("{fold_threads} threads, runs of at most 2^{max_log_run}"),
        );
    }
    emulator.assert_clean();
}

#[test]
fn columns_cut_by_rows() {
    let emulator = machine();
    let mut rng = values::generator();
    let n = 700;
    let bases = values::points(n, &mut rng);
    let columns = [
        values::uniform(n, &mut rng),
        values::uniform(5, &mut rng),
        values::giant_bucket(n - 1, &mut rng),
    ];
    let columns: Vec<&[Fr]> = columns.iter().map(Vec::as_slice).collect();
    let lengths: Vec<usize> = columns.iter().map(|column| column.len()).collect();
    for (workspace_bytes, parts) in [(250_000, 2), (0, 4)] {
        let msm = with(|policy| policy.workspace_bytes = workspace_bytes);
        let loaded = msm.load_bases(&bases).expect("the bases load");
        let plan = Plan::new(loaded.table(), &lengths, msm.policy());
        let rows = plan.passes[0].rows as usize;
        assert_eq!(n.div_ceil(rows), parts, "{:?}", plan.passes);
        check(&msm, &bases, &columns, &format!("{parts} parts"));
    }
    emulator.assert_clean();
}

#[test]
fn columns_in_passes_of_their_own() {
    let emulator = machine();
    let mut rng = values::generator();
    let bases = values::points(50, &mut rng);
    let columns: Vec<Vec<Fr>> = (46..=50).map(|n| values::uniform(n, &mut rng)).collect();
    let columns: Vec<&[Fr]> = columns.iter().map(Vec::as_slice).collect();
    for pass_entries in [0, 5000] {
        let msm = with(|policy| policy.pass_entries = pass_entries);
        check(
            &msm,
            &bases,
            &columns,
            &format!("{pass_entries} entries a pass"),
        );
    }
    emulator.assert_clean();
}
