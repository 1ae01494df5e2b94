//! What cannot be done is an error, and what must not happen does not.

use halo2_offload_cuda::{msm::CudaMsm, Context, CudaError, KernelImage, Options};
use halo2_offload_engine::{EngineError, MsmAccel};
use halo2curves::bn256::{Fr, G1Affine};
use std::borrow::Cow;

use crate::{machine, open, values};

#[test]
fn a_column_longer_than_the_bases() {
    let emulator = machine();
    let bases = values::points(10, &mut values::generator());
    let msm = CudaMsm::new(open()).expect("the kernels load");
    let loaded = MsmAccel::load(&msm, Cow::Borrowed(&bases[..])).expect("the bases load");
    let error = MsmAccel::<G1Affine>::msm(&msm, &loaded, &[&[Fr::from(3); 11]])
        .expect_err("there are ten bases");
    assert!(
        matches!(
            error,
            EngineError::Length {
                expected: 11,
                actual: 10,
                ..
            }
        ),
        "{error}"
    );
    drop((loaded, msm));
    emulator.assert_clean();
}

#[test]
fn no_memory_for_the_bases() {
    let emulator = machine();
    let bases = vec![G1Affine::generator(); 3000];
    let options = Options::default().with_vram_budget(100_000);
    let context = Context::open(0, &KernelImage::shipped(), options).expect("the device opens");
    let msm = CudaMsm::new(context).expect("the kernels load");
    let error = msm.load_bases(&bases).expect_err("they are 192 kB");
    assert!(matches!(error, CudaError::OutOfMemory(_)), "{error}");
    assert!(error.to_string().contains("msm bases"), "{error}");
    drop(msm);
    emulator.assert_clean();
}

#[test]
fn no_memory_for_the_workspace() {
    let emulator = machine();
    let bases = vec![G1Affine::generator(); 3000];
    let options = Options::default().with_vram_budget(300_000);
    let context = Context::open(0, &KernelImage::shipped(), options).expect("the device opens");
    let msm = CudaMsm::new(context.clone()).expect("the kernels load");
    let loaded = msm.load_bases(&bases).expect("they are 192 kB");
    let error = msm
        .begin(&loaded, &[&[Fr::from(3); 3000]])
        .expect_err("three thousand rows need more");
    assert!(matches!(error, CudaError::OutOfMemory(_)), "{error}");
    drop((loaded, msm));
    // What is left serves the next.
    assert_eq!(context.memory().bytes, 0);
    drop(context);
    emulator.assert_clean();
}

#[test]
fn a_batch_is_waited_for_once() {
    let emulator = machine();
    let mut rng = values::generator();
    let bases = values::points(100, &mut rng);
    let column = values::uniform(100, &mut rng);
    let context = open();
    let msm = CudaMsm::new(context.clone()).expect("the kernels load");
    let loaded = msm.load_bases(&bases).expect("the bases load");
    let before = context.counters().expect("nothing is timed");
    let columns: Vec<&[Fr]> = vec![&column, &column[..50], &column[..3], &column];
    let pending = msm.begin(&loaded, &columns).expect("it begins");
    let begun = context.counters().expect("nothing is timed");
    assert_eq!(begun.synchronisations, before.synchronisations);
    pending.wait().expect("it ends");
    let after = context.counters().expect("nothing is timed");
    assert_eq!(after.synchronisations, before.synchronisations + 1);
    drop((loaded, msm, context));
    emulator.assert_clean();
}
