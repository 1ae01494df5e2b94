//! Batch inversion, and l_0, which is one.

use ff::{Field, PrimeField, WithSmallOrderMulGroup};
use halo2curves::bn256::Fr;

use crate::{columns, download, machine, open, rng, upload, with_run};

fn inverses(values: &[Fr]) -> Vec<Fr> {
    values
        .iter()
        .map(|value| value.invert().unwrap_or(Fr::ZERO))
        .collect()
}

#[test]
fn lengths_at_the_edges_of_threads_and_blocks() {
    let emulator = machine();
    let context = open();
    let mut rng = rng();
    for (run, lengths) in [
        (1, &[0, 1, 2, 31, 255, 256, 257, 700][..]),
        (3, &[1, 2, 3, 4, 255, 257, 767, 768, 769, 1600]),
    ] {
        let poly = with_run(&context, run);
        for &n in lengths {
            for (name, values) in columns(n, &mut rng) {
                let mut buffer = upload(&context, &values);
                poly.batch_invert(buffer.all_mut()).expect("it inverts");
                let actual = download(&context, &buffer);
                assert!(actual == inverses(&values), "{n} {name}, {run} a thread");
                poly.batch_invert(buffer.all_mut()).expect("it inverts");
                assert!(download(&context, &buffer) == values, "twice: {n} {name}");
            }
        }
    }
    drop(context);
    emulator.assert_clean();
}

#[test]
fn a_part_of_a_buffer() {
    let emulator = machine();
    let context = open();
    let poly = with_run(&context, 2);
    let values = crate::values(600, &mut rng());
    let mut buffer = upload(&context, &values);
    let part = buffer.range_mut(7..590).expect("it is there");
    poly.batch_invert(part).expect("it inverts");
    let mut expected = values.clone();
    expected[7..590].copy_from_slice(&inverses(&values[7..590]));
    assert!(download(&context, &buffer) == expected);
    drop((poly, buffer, context));
    emulator.assert_clean();
}

/// l_0 by its definition: the polynomial of degree below n that is 1 at 1 and 0 at the other points.
fn l0(n: u64, point: Fr) -> Fr {
    // (X^n - 1) / (X - 1) = 1 + X + ... + X^(n-1), over n.
    let sum = (0..n).fold(Fr::ZERO, |sum, _| sum * point + Fr::ONE);
    sum * Fr::from(n).invert().expect("n is not zero")
}

#[test]
fn l0_on_cosets() {
    let emulator = machine();
    let context = open();
    let shifts = [
        Fr::ONE,
        Fr::ZETA,
        -Fr::ZETA,
        Fr::ZERO,
        Fr::MULTIPLICATIVE_GENERATOR,
    ];
    for (k, run) in [(0, 1), (1, 1), (2, 3), (8, 1), (8, 3), (9, 1), (10, 3)] {
        let poly = with_run(&context, run);
        let n = 1 << k;
        let omega = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
        // H itself, in another order.
        for shift in shifts.into_iter().chain([omega]) {
            let mut out = context.allocate("l_0", n).expect("there is memory");
            poly.l0(omega, shift, out.all_mut()).expect("it computes");
            let mut point = shift;
            for (row, value) in download(&context, &out).into_iter().enumerate() {
                assert_eq!(
                    value,
                    l0(n as u64, point),
                    "2^{k}, row {row}, {run} a thread"
                );
                point *= omega;
            }
        }
    }
    drop(context);
    emulator.assert_clean();
}
