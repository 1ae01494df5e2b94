//! Any scalars over any bases.

use halo2_offload_cuda::msm::CudaMsm;
use halo2_offload_engine::MsmAccel;
use halo2curves::bn256::Fr;
use std::borrow::Cow;

use crate::{check, expected, machine, open, values, with};

#[test]
fn sizes_at_the_edges_of_warps_blocks_and_tiles() {
    let emulator = machine();
    let mut rng = values::generator();
    let msm = with(|_| ());
    for n in [1, 2, 3, 31, 32, 33, 255, 256, 257, 1000] {
        let bases = values::points(n, &mut rng);
        let column = values::uniform(n, &mut rng);
        check(&msm, &bases, &[&column], &format!("{n} rows"));
    }
    drop(msm);
    emulator.assert_clean();
}

#[test]
fn every_distribution() {
    let emulator = machine();
    let mut rng = values::generator();
    let bases = values::points(600, &mut rng);
    let columns = values::columns(600, &mut rng);
    for affine_runs in [0, 2] {
        let msm = with(|policy| policy.affine_runs = affine_runs);
        for (name, column) in &columns {
            check(
                &msm,
                &bases,
                &[column],
                &format!("{name}, {affine_runs} runs"),
            );
        }
    }
    emulator.assert_clean();
}

#[test]
fn exceptional_bases() {
    let emulator = machine();
    let mut rng = values::generator();
    let column: Vec<Fr> = (0..150).map(|i| Fr::from(1 + i / 40)).collect();
    let uniform = values::uniform(150, &mut rng);
    for affine_runs in [0, 2] {
        let msm = with(|policy| {
            policy.affine_runs = affine_runs;
            policy.max_width = 5;
            policy.min_run = 2;
        });
        for (name, bases) in values::base_sets(150, &mut rng) {
            let case = format!("{name}, {affine_runs} runs");
            check(&msm, &bases, &[&column, &uniform], &case);
        }
    }
    emulator.assert_clean();
}

#[test]
fn batches_of_columns_of_different_lengths() {
    let emulator = machine();
    let mut rng = values::generator();
    let bases = values::points(400, &mut rng);
    let columns = values::columns(400, &mut rng);
    let lengths = [400, 3, 0, 399, 200, 70];
    let batch: Vec<&[Fr]> = columns
        .iter()
        .zip(lengths)
        .map(|((_, column), length)| &column[..length])
        .collect();
    let msm = with(|_| ());
    for count in 1..=batch.len() {
        check(&msm, &bases, &batch[..count], &format!("{count} columns"));
    }
    drop(msm);
    emulator.assert_clean();
}

#[test]
fn columns_on_the_device() {
    let emulator = machine();
    let mut rng = values::generator();
    let bases = values::points(300, &mut rng);
    let columns = [
        values::uniform(300, &mut rng),
        values::uniform(120, &mut rng),
    ];
    let context = open();
    let msm = CudaMsm::new(context.clone()).expect("the kernels load");
    let on_device = context
        .allocate_from("bases", &bases)
        .expect("there is memory");
    let loaded = msm
        .load_device_bases(on_device.all())
        .expect("the bases load");
    let buffers = columns.each_ref().map(|column| {
        context
            .allocate_from("column", column)
            .expect("there is memory")
    });
    let slices = buffers.each_ref().map(|buffer| buffer.all());
    let sums = msm
        .begin_device(&loaded, &slices)
        .and_then(|pending| pending.wait())
        .expect("the multiplication works");
    assert!(sums == expected(&bases, &columns.each_ref().map(Vec::as_slice)));
    drop((msm, loaded, on_device, buffers, context));
    emulator.assert_clean();
}

#[test]
fn the_accelerator_takes_empty_batches_and_columns() {
    let emulator = machine();
    let msm = CudaMsm::new(open()).expect("the kernels load");
    let none = MsmAccel::load(&msm, Cow::Owned(Vec::new())).expect("no bases load");
    assert_eq!(MsmAccel::msm(&msm, &none, &[]).expect("no columns"), vec![]);
    let sums = MsmAccel::msm(&msm, &none, &[&[]]).expect("an empty column");
    assert_eq!(sums, expected(&[], &[&[]]));
    drop((none, msm));
    emulator.assert_clean();
}
