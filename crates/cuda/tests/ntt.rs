//! The transforms of the device, emulated, against the CPU's: every direction, one to four passes.

use std::sync::Arc;

use ff::{Field, WithSmallOrderMulGroup};
use halo2_offload_cuda::{
    ntt::{Columns, ColumnsMut, CudaNtt, Policy, Transform},
    Context, KernelImage, Options,
};
use halo2_offload_cuda_emulator::{install, Config, Emulator};
use halo2_offload_engine::{CpuKernels, EngineError, NttAccel};
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, SeedableRng};

/// An emulated machine. It comes first in a test, so that it outlives all that was opened on it.
fn machine() -> Emulator {
    install(Config::default()).expect("the emulator is built with this test")
}

fn open(options: Options) -> Arc<Context> {
    Context::open(0, &KernelImage::shipped(), options).expect("the emulated device opens")
}

/// Transforms with passes of at most so many points.
fn ntt(context: &Arc<Context>, max_log_rows: u32) -> CudaNtt {
    let policy = Policy {
        max_log_rows,
        ..Policy::of(context.device())
    };
    CudaNtt::with_policy(context.clone(), policy).expect("the kernels load")
}

/// Columns at the ends of the field and of the column, and random ones.
fn columns(k: u32, count: usize, rng: &mut StdRng) -> Vec<Vec<Fr>> {
    let n = 1 << k;
    let mut last = vec![Fr::ZERO; n];
    last[n - 1] = -Fr::ONE;
    let edges = [vec![-Fr::ONE; n], last, vec![Fr::ZERO; n], vec![Fr::ONE; n]];
    let random = (0..n).map(|_| Fr::random(&mut *rng)).collect();
    [vec![random], edges.to_vec()]
        .concat()
        .into_iter()
        .cycle()
        .take(count)
        .collect()
}

/// The CPU's transform of a column.
fn on_cpu(transform: Transform, column: &[Fr]) -> Vec<Fr> {
    let (_, tables) = CpuKernels::Portable
        .tables(column.len().ilog2())
        .expect("a domain");
    let mut values = column.to_vec();
    let mut columns = [&mut values[..]];
    let done: Result<(), EngineError> = match transform {
        Transform::Forward => CpuKernels::Portable.forward(&tables, &mut columns),
        Transform::Inverse => CpuKernels::Portable.inverse(&tables, &mut columns),
        Transform::CosetForward { shift } => {
            let mut pairs = [(column, &mut values[..])];
            CpuKernels::Portable.coset_forward(&tables, &mut pairs, shift)
        }
        Transform::CosetInverse { shift } => {
            CpuKernels::Portable.coset_inverse(&tables, &mut columns, shift)
        }
    };
    done.expect("the CPU does not fail");
    values
}

/// Runs the transform on columns that lie apart in device memory, in place or not, with room in the
/// workspace for `group` of them.
fn on_device(
    context: &Context,
    ntt: &CudaNtt,
    transform: Transform,
    columns: &[Vec<Fr>],
    in_place: bool,
    group: usize,
) -> Vec<Vec<Fr>> {
    const GAP: usize = 3;
    let n = columns[0].len();
    let stride = n + GAP;
    let tables = ntt.make_tables(n.ilog2()).expect("tables");
    let prepared = ntt
        .prepare(&tables, transform)
        .expect("tables of the shift");
    let mut laid_out = vec![Fr::ONE; columns.len() * stride];
    for (place, column) in laid_out.chunks_mut(stride).zip(columns) {
        place[..n].copy_from_slice(column);
    }
    let mut from = context.allocate_from("in", &laid_out).expect("memory");
    let mut to = context
        .allocate_zeroed("out", columns.len() * stride)
        .expect("memory");
    let workspace = group * prepared.plan().workspace_len();
    let mut workspace = context.allocate("workspace", workspace).expect("memory");
    let run = |source, target: &mut halo2_offload_cuda::DeviceBuffer<Fr>, workspace| {
        let target = ColumnsMut::new(target.all_mut(), stride);
        ntt.run(&prepared, columns.len(), source, target, workspace)
            .expect("it runs");
    };
    let result = if in_place {
        run(None, &mut from, workspace.all_mut());
        &from
    } else {
        let source = Columns::new(from.all(), stride);
        run(Some(source), &mut to, workspace.all_mut());
        &to
    };
    let mut values = vec![Fr::ZERO; columns.len() * stride];
    context
        .download(result.all(), &mut values)
        .expect("it copies");
    let gap = if in_place { Fr::ONE } else { Fr::ZERO };
    values
        .chunks(stride)
        .map(|column| {
            let (column, after) = column.split_at(n);
            assert!(
                after.iter().all(|value| *value == gap),
                "between the columns"
            );
            column.to_vec()
        })
        .collect()
}

fn transforms(rng: &mut StdRng) -> Vec<Transform> {
    let shifts = [Fr::ONE, Fr::ZETA, Fr::random(rng)];
    let cosets = shifts.into_iter().flat_map(|shift| {
        [
            Transform::CosetForward { shift },
            Transform::CosetInverse { shift },
        ]
    });
    [Transform::Forward, Transform::Inverse]
        .into_iter()
        .chain(cosets)
        .collect()
}

/// All transforms of size 2^k with passes of at most 2^max_log_rows points.
fn check(max_log_rows: u32, k: u32, count: usize, in_place: bool, group: usize) {
    let emulator = machine();
    let context = open(Options::default());
    let mut rng = StdRng::seed_from_u64(u64::from(k));
    let ntt = ntt(&context, max_log_rows);
    let columns = columns(k, count, &mut rng);
    for transform in transforms(&mut rng) {
        let actual = on_device(&context, &ntt, transform, &columns, in_place, group);
        for (column, (actual, values)) in actual.iter().zip(&columns).enumerate() {
            assert!(
                *actual == on_cpu(transform, values),
                "{transform:?} of column {column}, 2^{k} in passes of 2^{max_log_rows}"
            );
        }
    }
    drop((ntt, context));
    emulator.assert_clean();
}

#[test]
fn one_pass() {
    for k in 1..=8 {
        check(8, k, 2, k % 2 == 0, 0);
    }
}

#[test]
fn two_passes() {
    for (max_log_rows, k) in [
        (1, 2),
        (2, 3),
        (3, 6),
        (4, 7),
        (5, 10),
        (8, 9),
        (8, 11),
        (8, 12),
    ] {
        check(max_log_rows, k, 2, k % 2 == 0, 2);
    }
}

#[test]
fn three_passes() {
    for (max_log_rows, k) in [(1, 3), (2, 5), (3, 7), (3, 9), (4, 12)] {
        check(max_log_rows, k, 2, k % 2 == 0, 2);
    }
}

#[test]
fn four_passes() {
    for (max_log_rows, k) in [(1, 4), (2, 7), (1, 6), (3, 12)] {
        check(max_log_rows, k, 2, k % 2 == 0, 2);
    }
}

#[test]
fn batches_of_columns() {
    for (max_log_rows, k, count) in [(8, 3, 1), (8, 3, 5), (2, 4, 5), (2, 6, 5), (2, 8, 5)] {
        for group in [1, 2, 5] {
            check(max_log_rows, k, count, group == 2, group);
        }
    }
}

/// Three passes of the sizes that a device uses.
#[test]
fn a_large_column() {
    let emulator = machine();
    let context = open(Options::default());
    let mut rng = StdRng::seed_from_u64(17);
    let ntt = ntt(&context, 8);
    let columns = columns(17, 1, &mut rng);
    for transform in [
        Transform::CosetForward { shift: Fr::ZETA },
        Transform::CosetInverse { shift: Fr::ZETA },
    ] {
        let actual = on_device(&context, &ntt, transform, &columns, true, 1);
        assert!(actual[0] == on_cpu(transform, &columns[0]), "{transform:?}");
    }
    drop((ntt, context));
    emulator.assert_clean();
}

/// All columns of a batch from the host and back, in place and not.
fn on_host(ntt: &CudaNtt, transform: Transform, columns: &[Vec<Fr>]) -> Vec<Vec<Fr>> {
    let (_, tables) = NttAccel::tables(ntt, columns[0].len().ilog2()).expect("tables");
    let mut values = columns.to_vec();
    let mut slices: Vec<&mut [Fr]> = values.iter_mut().map(Vec::as_mut_slice).collect();
    match transform {
        Transform::Forward => ntt.forward(&tables, &mut slices),
        Transform::Inverse => ntt.inverse(&tables, &mut slices),
        Transform::CosetForward { shift } => {
            let pairs = columns.iter().map(Vec::as_slice).zip(slices);
            ntt.coset_forward(&tables, &mut pairs.collect::<Vec<_>>(), shift)
        }
        Transform::CosetInverse { shift } => ntt.coset_inverse(&tables, &mut slices, shift),
    }
    .expect("it runs");
    values
}

#[test]
fn columns_on_the_host_go_through_in_batches() {
    let emulator = machine();
    let context = open(Options::default().with_staging_bytes(4096));
    let mut rng = StdRng::seed_from_u64(7);
    // Batches of one, of some, and of all columns; of one point.
    for (k, count, batch) in [
        (0, 3, 1),
        (1, 1, 1),
        (6, 1, 1),
        (6, 5, 1),
        (6, 5, 2),
        (9, 3, 9),
    ] {
        let policy = Policy {
            max_log_rows: 3,
            batch_bytes: (batch * 32) << k,
        };
        let ntt = CudaNtt::with_policy(context.clone(), policy).expect("the kernels load");
        let columns = columns(k, count, &mut rng);
        for transform in transforms(&mut rng) {
            let expected: Vec<_> = columns
                .iter()
                .map(|column| on_cpu(transform, column))
                .collect();
            assert!(
                on_host(&ntt, transform, &columns) == expected,
                "{transform:?} of {count} columns of 2^{k}, {batch} at a time"
            );
        }
    }
    drop(context);
    emulator.assert_clean();
}

#[test]
fn little_memory_makes_smaller_batches() {
    let emulator = machine();
    let mut rng = StdRng::seed_from_u64(8);
    let columns = columns(8, 4, &mut rng);
    let column_bytes = 32 << 8;
    // A workspace and two buffers for a column each; then one buffer only; then too little.
    for (columns_of_room, fits) in [(3, true), (2, true), (1, false)] {
        let context = open(Options::default());
        let ntt = ntt(&context, 4);
        let tables = ntt.make_tables(8).expect("tables");
        let held = tables.bytes() as u64;
        drop((tables, ntt, context));

        let budget = held + columns_of_room * column_bytes + 1024;
        let context = open(Options::default().with_vram_budget(budget));
        let ntt = CudaNtt::with_policy(
            context.clone(),
            Policy {
                max_log_rows: 4,
                ..Policy::of(context.device())
            },
        )
        .expect("the kernels load");
        let (_, tables) = NttAccel::tables(&ntt, 8).expect("tables");
        let mut values = columns.clone();
        let mut slices: Vec<&mut [Fr]> = values.iter_mut().map(Vec::as_mut_slice).collect();
        match ntt.forward(&tables, &mut slices) {
            Ok(()) => {
                assert!(fits, "{columns_of_room} columns");
                for (actual, column) in values.iter().zip(&columns) {
                    assert!(*actual == on_cpu(Transform::Forward, column));
                }
            }
            Err(error) => {
                assert!(!fits, "{columns_of_room} columns: {error}");
                assert!(
                    error.to_string().contains("out of device memory"),
                    "{error}"
                );
                assert!(values == columns, "inputs are as they were");
            }
        }
    }
    emulator.assert_clean();
}

#[test]
fn lengths_are_checked() {
    let emulator = machine();
    let context = open(Options::default());
    let ntt = ntt(&context, 8);
    let error = NttAccel::tables(&ntt, 29)
        .map(|_| ())
        .expect_err("no such domain");
    assert!(matches!(
        error,
        EngineError::DomainTooLarge { k: 29, max_k: 28 }
    ));
    let (_, tables) = NttAccel::tables(&ntt, 4).expect("tables");
    let (mut short, mut right) = (vec![Fr::ONE; 15], vec![Fr::ONE; 16]);
    let error = ntt
        .forward(&tables, &mut [&mut right, &mut short])
        .expect_err("15 of 16");
    assert!(matches!(
        error,
        EngineError::Length {
            expected: 16,
            actual: 15,
            ..
        }
    ));
    let coefficients = [Fr::ONE; 17];
    let error = ntt
        .coset_forward(&tables, &mut [(&coefficients, &mut right)], Fr::ZETA)
        .expect_err("17 of 16");
    assert!(matches!(
        error,
        EngineError::Length {
            expected: 16,
            actual: 17,
            ..
        }
    ));
    ntt.inverse(&tables, &mut []).expect("nothing to do");
    drop((tables, ntt, context));
    emulator.assert_clean();
}
