//! The self test on the emulator, and that it sees kernels that are wrong.

use std::sync::Arc;

use halo2_offload_cuda::{
    selftest::{self, CheckResult, Outcome},
    Context, KernelImage, KernelModule, Options, DRIVER_CALLS,
};
use halo2_offload_cuda_emulator::{install, Config};

fn run(context: &Arc<Context>, operation: &str) -> Vec<CheckResult> {
    let options = selftest::Options::default().with_operation(operation);
    let mut seen = Vec::new();
    let results = selftest::run(context, &options, &mut |result| seen.push(result.clone()));
    assert_eq!(results, seen);
    assert!(!results.is_empty(), "there is an operation `{operation}`");
    results
}

fn all_pass(operation: &str) {
    let emulator = install(Config::default()).expect("the emulator is built with this test");
    let context = Context::open(0, &KernelImage::shipped(), Options::default()).expect("it opens");
    for result in run(&context, operation) {
        assert!(result.is_emulated);
        assert!(result.passed(), "{result}");
    }
    drop(context);
    emulator.assert_clean();
    for call in emulator.report().calls.keys() {
        let is_looked_for = DRIVER_CALLS.contains(&call.as_str());
        assert!(is_looked_for, "{call} is no call that is looked for first");
    }
}

#[test]
fn memory() {
    all_pass("memory_");
}

#[test]
fn fields() {
    all_pass("field_f");
}

#[test]
fn orders() {
    all_pass("field_order");
}

#[test]
fn curve() {
    all_pass("field_g1");
}

#[test]
fn ntt() {
    all_pass("ntt");
}

#[test]
fn poly() {
    all_pass("poly");
}

#[test]
fn msm() {
    all_pass("msm");
}

#[test]
fn lookup() {
    all_pass("lookup");
}

#[test]
fn a_wrong_kernel_is_seen() {
    let emulator = install(Config::default()).expect("the emulator is built with this test");
    let shipped = KernelImage::shipped();
    let ptx = shipped
        .module("field_fr")
        .and_then(|module| module.ptx().ok())
        .expect("it ships");
    // What is called an addition subtracts, and the other way round.
    let swapped = ptx
        .replace("field_fr_add", "field_fr_other")
        .replace("field_fr_sub", "field_fr_add")
        .replace("field_fr_other", "field_fr_sub");
    let image = KernelImage::new(vec![KernelModule::from_ptx("field_fr", swapped)], "test");
    let context = Context::open(0, &image, Options::default()).expect("it opens");
    for operation in ["field_fr_add", "field_fr_sub"] {
        for result in run(&context, operation) {
            // One element: 0 and 0, whose sum and difference agree.
            let is_telling = !result.case.starts_with("1 ");
            assert_eq!(
                matches!(result.outcome, Outcome::Differs(_)),
                is_telling,
                "{result}"
            );
        }
    }
    for result in run(&context, "field_fr_mul") {
        assert!(result.passed(), "{result}");
    }
    for result in run(&context, "field_fq_mul") {
        assert!(
            matches!(&result.outcome, Outcome::Failed(reason) if reason.contains("no module")),
            "{result}"
        );
    }
    drop(context);
    emulator.assert_clean();
}
