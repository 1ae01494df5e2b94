//! Evaluations by Horner's rule.

use ff::{Field, PrimeField};
use halo2_offload_cuda::{poly::CudaPoly, DeviceSlice};
use halo2curves::bn256::Fr;

use crate::{columns, evaluate, machine, open, rng, upload, values, with_run};

fn points() -> [Fr; 6] {
    let root = (8..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
    [
        Fr::ZERO,
        Fr::ONE,
        -Fr::ONE,
        root,
        Fr::DELTA,
        Fr::random(&mut rng()),
    ]
}

fn horner(poly: &CudaPoly, queries: &[(DeviceSlice<'_, Fr>, Fr)]) -> Vec<Fr> {
    poly.begin_horner(queries)
        .and_then(|values| values.wait())
        .expect("it evaluates")
}

#[test]
fn lengths_at_the_edges_of_threads_and_blocks() {
    let emulator = machine();
    let context = open();
    let mut rng = rng();
    // By `threads`, as many blocks as the coefficients suffice for: 1, 2 and 8 or more of them.
    for run in [1, 2, 9] {
        let policy = halo2_offload_cuda::poly::Policy {
            threads: 1 << 12,
            min_evaluated: run,
            ..*with_run(&context, run).policy()
        };
        let poly = CudaPoly::with_policy(context.clone(), policy).expect("the kernels load");
        for n in [0, 1, 2, 127, 128, 129, 255, 256, 257, 1023, 1025, 2100] {
            for (name, column) in columns(n, &mut rng) {
                let buffer = upload(&context, &column);
                for point in points() {
                    let actual = horner(&poly, &[(buffer.all(), point)]);
                    let expected = [evaluate(&column, point)];
                    assert_eq!(actual, expected, "{n} {name} at {point:?}, {run} a thread");
                }
            }
        }
    }
    drop(context);
    emulator.assert_clean();
}

#[test]
fn many_queries_of_columns_of_different_lengths() {
    let emulator = machine();
    let context = open();
    let mut rng = rng();
    let poly = CudaPoly::new(context.clone()).expect("the kernels load");
    let lengths = [3000, 0, 1, 500, 5000, 129, 2];
    let columns: Vec<Vec<Fr>> = lengths.iter().map(|&n| values(n, &mut rng)).collect();
    let buffers: Vec<_> = columns
        .iter()
        .map(|column| upload(&context, column))
        .collect();
    let mut queries = Vec::new();
    let mut expected = Vec::new();
    for point in points() {
        for (column, buffer) in columns.iter().zip(&buffers) {
            queries.push((buffer.all(), point));
            expected.push(evaluate(column, point));
        }
    }
    // A part of a column, and columns that occur again.
    queries.push((buffers[0].range(5..900).expect("it is there"), points()[5]));
    expected.push(evaluate(&columns[0][5..900], points()[5]));
    for count in [0, 1, 2, 8, 9, queries.len()] {
        assert_eq!(horner(&poly, &queries[..count]), expected[..count]);
    }
    let again = [queries[4], queries[4], queries[0]];
    assert_eq!(
        horner(&poly, &again),
        [expected[4], expected[4], expected[0]]
    );
    drop(queries);
    drop((buffers, poly, context));
    emulator.assert_clean();
}

#[test]
fn all_values_come_down_at_once() {
    let emulator = machine();
    let context = open();
    let poly = with_run(&context, 4);
    let buffer = upload(&context, &values(300, &mut rng()));
    let queries = points().map(|point| (buffer.all(), point));
    let before = context.counters().expect("nothing is timed");
    let pending = poly.begin_horner(&queries).expect("it begins");
    let begun = context.counters().expect("nothing is timed");
    assert_eq!(begun.synchronisations, before.synchronisations);
    assert_eq!(begun.launches, before.launches + 2);
    pending.wait().expect("it ends");
    let after = context.counters().expect("nothing is timed");
    assert_eq!(after.synchronisations, before.synchronisations + 1);
    assert_eq!(after.bytes_from_device, before.bytes_from_device + 6 * 32);
    drop((poly, buffer, context));
    emulator.assert_clean();
}
