//! What operations account for, and that they repeat.

use ff::{Field, PrimeField};
use halo2_offload_cuda::poly::First;
use halo2curves::bn256::Fr;

use crate::{download, machine, open, rng, upload, values, with_run};

#[test]
fn every_operation_accounts_for_its_work() {
    let emulator = machine();
    let context = open();
    let poly = with_run(&context, 4);
    let n = 1 << 10;
    let column = values(n, &mut rng());
    let mut a = upload(&context, &column);
    let mut b = upload(&context, &column);
    poly.batch_invert(a.all_mut()).expect("it inverts");
    poly.kate_division(a.all_mut(), Fr::DELTA)
        .expect("it divides");
    poly.accumulate(a.all_mut(), &[(Fr::DELTA, b.all()), (Fr::ONE, b.all())])
        .expect("it adds");
    poly.l0(Fr::ONE, Fr::DELTA, a.all_mut())
        .expect("it computes");
    let evaluated = poly.begin_horner(&[(a.all(), Fr::DELTA)]);
    evaluated
        .and_then(|value| value.wait())
        .expect("it evaluates");
    poly.grand_product(First::One, a.all_mut(), b.all_mut(), n - 1)
        .expect("it multiplies");
    let work = context.work();
    // A value's multiplications and bytes, and what threads and blocks take besides.
    for (operation, multiplications, read, written) in [
        ("batch inversion", 3 * 120, 32, 32),
        ("kate division", 2 * 120, 64, 32),
        ("accumulate", 184, 96, 32),
        ("l_0", 4 * 120, 32, 32),
        ("horner", 120, 32, 0),
        ("grand product", 4 * 120, 96, 64),
    ] {
        let work = work[operation];
        let n = n as u64;
        assert!(work.multiplications >= multiplications * n, "{operation}");
        assert!(work.bytes_read >= read * n, "{operation}");
        assert!(work.bytes_written >= written * n, "{operation}");
        assert!(work.bytes_read <= 2 * read * n, "{operation}: {work:?}");
        assert!(
            work.multiplications <= 4 * multiplications * n,
            "{operation}: {work:?}"
        );
    }
    drop((a, b, poly, context));
    emulator.assert_clean();
}

#[test]
fn repeated_runs_are_equal() {
    let emulator = machine();
    let context = open();
    let poly = with_run(&context, 2);
    let column = values(1500, &mut rng());
    let run = || {
        let mut a = upload(&context, &column);
        let mut b = upload(&context, &column);
        poly.batch_invert(a.all_mut()).expect("it inverts");
        poly.grand_product(First::One, b.all_mut(), a.all_mut(), 1499)
            .expect("it multiplies");
        poly.kate_division(b.all_mut(), Fr::DELTA)
            .expect("it divides");
        let value = poly.begin_horner(&[(b.all(), Fr::TWO_INV)]);
        let value = value.and_then(|value| value.wait()).expect("it evaluates");
        (download(&context, &b), value)
    };
    let first = run();
    assert!((0..3).all(|_| run() == first));
    drop((poly, context));
    emulator.assert_clean();
}
