//! Division by X - r.

use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;

use crate::{columns, download, evaluate, machine, open, rng, upload, values, with_run};

/// The quotient by long division; the remainder is dropped.
fn quotient(p: &[Fr], root: Fr) -> Vec<Fr> {
    let mut q = vec![Fr::ZERO; p.len()];
    for i in (1..p.len()).rev() {
        q[i - 1] = p[i] + root * q[i];
    }
    q
}

fn roots() -> [Fr; 5] {
    let of_unity = (8..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
    [
        Fr::ZERO,
        Fr::ONE,
        -Fr::ONE,
        of_unity,
        Fr::random(&mut rng()),
    ]
}

#[test]
fn lengths_at_the_edges_of_threads_and_blocks() {
    let emulator = machine();
    let context = open();
    let mut rng = rng();
    for (run, lengths) in [
        (1, &[0, 1, 2, 3, 127, 128, 129, 300][..]),
        (3, &[1, 2, 3, 4, 7, 383, 384, 385, 1000]),
    ] {
        let poly = with_run(&context, run);
        for &n in lengths {
            for (name, p) in columns(n, &mut rng) {
                for root in roots() {
                    let mut buffer = upload(&context, &p);
                    poly.kate_division(buffer.all_mut(), root)
                        .expect("it divides");
                    let actual = download(&context, &buffer);
                    assert!(
                        actual == quotient(&p, root),
                        "{n} {name} by {root:?}, {run}"
                    );
                }
            }
        }
    }
    drop(context);
    emulator.assert_clean();
}

/// More blocks than a block has threads, so that the blocks' values are divided twice over.
#[test]
fn three_levels() {
    let emulator = machine();
    let context = open();
    let poly = with_run(&context, 1);
    let p = values((1 << 14) + 5, &mut rng());
    let root = roots()[4];
    let mut buffer = upload(&context, &p);
    let before = context.counters().expect("nothing is timed").launches;
    poly.kate_division(buffer.all_mut(), root)
        .expect("it divides");
    let after = context.counters().expect("nothing is timed").launches;
    assert_eq!(after - before, 6);
    let q = download(&context, &buffer);
    assert!(q == quotient(&p, root));
    // p(x) = q(x) (x - root) + p(root).
    let x = Fr::DELTA;
    let of_quotient = evaluate(&q, x) * (x - root) + evaluate(&p, root);
    assert_eq!(evaluate(&p, x), of_quotient);
    drop((poly, buffer, context));
    emulator.assert_clean();
}

#[test]
fn a_part_of_a_buffer_by_several_roots() {
    let emulator = machine();
    let context = open();
    let poly = with_run(&context, 2);
    let values = values(700, &mut rng());
    let mut buffer = upload(&context, &values);
    let mut expected = values.clone();
    for root in roots() {
        let part = buffer.range_mut(3..690).expect("it is there");
        poly.kate_division(part, root).expect("it divides");
        let divided = quotient(&expected[3..690], root);
        expected[3..690].copy_from_slice(&divided);
    }
    assert!(download(&context, &buffer) == expected);
    drop((poly, buffer, context));
    emulator.assert_clean();
}
