//! What cannot be done is an error.

use ff::Field;
use halo2_offload_cuda::{
    poly::{CudaPoly, First},
    Context, CudaError, KernelImage, Options,
};
use halo2curves::bn256::Fr;

use crate::{machine, open, upload, with_run};

fn is_length(result: Result<(), CudaError>, given: usize, needed: usize) {
    match result {
        Err(CudaError::Length {
            given: actual_given,
            needed: actual_needed,
            ..
        }) => assert_eq!((actual_given, actual_needed), (given, needed)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn lengths_that_do_not_fit() {
    let emulator = machine();
    let context = open();
    let poly = with_run(&context, 1);
    let mut a = upload(&context, &[Fr::ONE; 8]);
    let mut b = upload(&context, &[Fr::ONE; 10]);
    is_length(poly.accumulate(a.all_mut(), &[(Fr::ONE, b.all())]), 10, 8);
    is_length(poly.accumulate(b.all_mut(), &[(Fr::ZERO, a.all())]), 8, 10);
    let product = poly.grand_product(First::One, a.all_mut(), b.all_mut(), 8);
    is_length(product, 8, 9);
    let product = poly.grand_product(First::One, b.all_mut(), a.all_mut(), 8);
    is_length(product, 8, 9);
    let product = poly.grand_product(First::One, a.all_mut(), b.all_mut(), usize::MAX);
    assert!(matches!(product, Err(CudaError::Length { .. })));
    let none = context.allocate::<Fr>("nothing", 0).expect("it is nothing");
    let first = First::Device(none.all());
    is_length(poly.grand_product(first, a.all_mut(), b.all_mut(), 3), 0, 1);
    drop((none, a, b, poly, context));
    emulator.assert_clean();
}

#[test]
fn buffers_of_another_context() {
    let emulator = machine();
    let (context, other) = (open(), open());
    let poly = with_run(&context, 1);
    let mut mine = upload(&context, &[Fr::ONE; 8]);
    let mut foreign = upload(&other, &[Fr::ONE; 8]);
    let refused = |result: Result<(), CudaError>| {
        assert!(
            matches!(result, Err(CudaError::ForeignBuffer { .. })),
            "{result:?}"
        );
    };
    refused(poly.batch_invert(foreign.all_mut()));
    refused(poly.accumulate(mine.all_mut(), &[(Fr::ONE, foreign.all())]));
    refused(poly.accumulate(foreign.all_mut(), &[(Fr::ONE, mine.all())]));
    refused(poly.kate_division(foreign.all_mut(), Fr::ONE));
    refused(poly.l0(Fr::ONE, Fr::ONE, foreign.all_mut()));
    refused(poly.grand_product(First::One, foreign.all_mut(), mine.all_mut(), 7));
    refused(poly.grand_product(First::One, mine.all_mut(), foreign.all_mut(), 7));
    let queries = [(mine.all(), Fr::ONE), (foreign.all(), Fr::ONE)];
    refused(poly.begin_horner(&queries).map(drop));
    drop((mine, foreign, poly, context, other));
    emulator.assert_clean();
}

#[test]
fn no_memory_for_what_an_operation_needs() {
    let emulator = machine();
    let column = vec![Fr::ONE; 1000];
    let options = Options::default().with_vram_budget(2 * 32_000 + 100);
    let context = Context::open(0, &KernelImage::shipped(), options).expect("the device opens");
    let poly = with_run(&context, 1);
    let mut a = upload(&context, &column);
    let mut b = upload(&context, &column);
    let full = |result: Result<(), CudaError>, name: &str| match result {
        Err(CudaError::OutOfMemory(error)) => assert_eq!(error.name, name),
        other => panic!("{other:?}"),
    };
    full(
        poly.kate_division(a.all_mut(), Fr::ONE),
        "kate division, runs",
    );
    let product = poly.grand_product(First::One, a.all_mut(), b.all_mut(), 999);
    full(product, "grand product, numerators of blocks");
    let queries = [(a.all(), Fr::ONE)];
    full(poly.begin_horner(&queries).map(drop), "horner queries");
    full(poly.l0(Fr::ONE, Fr::ONE, a.all_mut()), "powers of omega");
    // What needs nothing goes on, and nothing else is held.
    poly.batch_invert(b.all_mut()).expect("it inverts");
    assert_eq!(context.memory().bytes, 64_000);
    drop((a, b, poly, context));
    emulator.assert_clean();
}

#[test]
fn the_policy_of_the_device() {
    let emulator = machine();
    let context = open();
    let poly = CudaPoly::new(context.clone()).expect("the kernels load");
    let mut values = upload(&context, &[Fr::from(4); 5]);
    poly.batch_invert(values.all_mut()).expect("it inverts");
    let quarter = Fr::from(4).invert().expect("it is not zero");
    assert_eq!(crate::download(&context, &values), [quarter; 5]);
    drop((values, poly, context));
    emulator.assert_clean();
}
