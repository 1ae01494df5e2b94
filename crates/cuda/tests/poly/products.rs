//! Grand products.

use ff::Field;
use halo2_offload_cuda::{
    poly::{CudaPoly, First},
    Context,
};
use halo2curves::bn256::Fr;

use crate::{columns, download, machine, open, rng, upload, values, with_run};

/// z row after row; rows after `usable_rows` as they were.
fn product(first: Fr, numerators: &[Fr], denominators: &[Fr], usable_rows: usize) -> Vec<Fr> {
    let mut z = numerators.to_vec();
    z[0] = first;
    for i in 0..usable_rows {
        let inverse = denominators[i].invert().unwrap_or(Fr::ZERO);
        z[i + 1] = z[i] * numerators[i] * inverse;
    }
    z
}

fn on_device(
    context: &Context,
    poly: &CudaPoly,
    first: First<'_>,
    numerators: &[Fr],
    denominators: &[Fr],
    usable_rows: usize,
) -> Vec<Fr> {
    let mut z = upload(context, numerators);
    let mut denominators = upload(context, denominators);
    poly.grand_product(first, z.all_mut(), denominators.all_mut(), usable_rows)
        .expect("it multiplies");
    download(context, &z)
}

/// Values of which none is zero, and those at the ends of the field.
fn without_zeros(n: usize, rng: &mut rand::rngs::StdRng) -> Vec<Fr> {
    let mut values = values(n, rng);
    for value in &mut values {
        if bool::from(value.is_zero()) {
            *value = -Fr::from(2);
        }
    }
    values
}

#[test]
fn lengths_at_the_edges_of_threads_and_blocks() {
    let emulator = machine();
    let context = open();
    let mut rng = rng();
    let first = Fr::random(&mut rng);
    for (run, lengths) in [
        (1, &[0, 1, 2, 254, 255, 256, 257, 600][..]),
        (3, &[0, 1, 2, 3, 5, 766, 767, 768, 769, 1600]),
    ] {
        let poly = with_run(&context, run);
        for &usable_rows in lengths {
            // With and without rows after the product.
            for rest in [1, 6] {
                let numerators = without_zeros(usable_rows + rest, &mut rng);
                let denominators = without_zeros(usable_rows + rest, &mut rng);
                for (first, value) in [(First::One, Fr::ONE), (First::Value(first), first)] {
                    let (n, d) = (&numerators, &denominators);
                    let actual = on_device(&context, &poly, first, n, d, usable_rows);
                    let expected = product(value, n, d, usable_rows);
                    assert!(
                        actual == expected,
                        "{usable_rows} and {rest}, {run} a thread"
                    );
                }
            }
        }
    }
    drop(context);
    emulator.assert_clean();
}

#[test]
fn zeros_among_numerators_and_denominators() {
    let emulator = machine();
    let context = open();
    let mut rng = rng();
    let usable_rows = 1000;
    let whole = without_zeros(usable_rows + 4, &mut rng);
    let mut cases: Vec<_> = columns(usable_rows + 4, &mut rng);
    for (name, row) in [
        ("zero in the first row", 0),
        ("in a later block", 800),
        ("at the end of a run", 767),
        ("in the last row", usable_rows - 1),
        ("after the last row", usable_rows),
    ] {
        let mut column = whole.clone();
        column[row] = Fr::ZERO;
        cases.push((name, column));
    }
    for run in [1, 3] {
        let poly = with_run(&context, run);
        for (name, column) in &cases {
            for (n, d) in [(column, &whole), (&whole, column), (column, column)] {
                let actual = on_device(&context, &poly, First::One, n, d, usable_rows);
                let expected = product(Fr::ONE, n, d, usable_rows);
                assert!(actual == expected, "{name}, {run} a thread");
            }
        }
    }
    let poly = with_run(&context, 2);
    let zero = First::Value(Fr::ZERO);
    let actual = on_device(&context, &poly, zero, &whole, &whole, usable_rows);
    assert!(actual == product(Fr::ZERO, &whole, &whole, usable_rows));
    drop((poly, context));
    emulator.assert_clean();
}

/// More blocks than the block that combines them has threads.
#[test]
fn many_blocks() {
    let emulator = machine();
    let context = open();
    let mut rng = rng();
    let poly = with_run(&context, 1);
    let n = (1 << 16) + 300;
    let numerators = without_zeros(n, &mut rng);
    let denominators = without_zeros(n, &mut rng);
    let first = First::Value(Fr::from(7));
    let actual = on_device(&context, &poly, first, &numerators, &denominators, n - 1);
    assert!(actual == product(Fr::from(7), &numerators, &denominators, n - 1));
    drop((poly, context));
    emulator.assert_clean();
}

#[test]
fn a_product_goes_on_from_the_one_before() {
    let emulator = machine();
    let context = open();
    let mut rng = rng();
    let poly = with_run(&context, 2);
    let usable_rows = 400;
    let [n0, n1, d0, d1] = [0; 4].map(|_| without_zeros(usable_rows + 5, &mut rng));
    let mut z0 = upload(&context, &n0);
    let mut z1 = upload(&context, &n1);
    let (mut d0_buffer, mut d1_buffer) = (upload(&context, &d0), upload(&context, &d1));
    poly.grand_product(First::One, z0.all_mut(), d0_buffer.all_mut(), usable_rows)
        .expect("it multiplies");
    let last = z0.range(usable_rows..=usable_rows).expect("it is there");
    poly.grand_product(
        First::Device(last),
        z1.all_mut(),
        d1_buffer.all_mut(),
        usable_rows,
    )
    .expect("it multiplies");
    let expected0 = product(Fr::ONE, &n0, &d0, usable_rows);
    let expected1 = product(expected0[usable_rows], &n1, &d1, usable_rows);
    assert!(download(&context, &z0) == expected0);
    assert!(download(&context, &z1) == expected1);
    drop((poly, z0, z1, d0_buffer, d1_buffer, context));
    emulator.assert_clean();
}
