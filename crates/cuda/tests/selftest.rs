//! The self test on the emulator, and that it sees kernels that are wrong.

use std::{collections::BTreeSet, sync::Arc};

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

/// The entry points of the shipped PTX, but for those that only measure.
fn entry_points() -> BTreeSet<String> {
    let shipped = KernelImage::shipped();
    let modules = shipped.modules().iter();
    let texts = modules
        .filter(|module| !module.name().starts_with("ceilings_"))
        .map(|module| module.ptx().expect("it ships"));
    let entries = |text: String| -> Vec<String> {
        text.split(".entry ")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('(')?.0.trim().to_owned()))
            .collect()
    };
    texts.flat_map(entries).collect()
}

/// A device that is timed after its self test has run all that is timed, once.
#[test]
fn all_pass_and_every_kernel_is_launched() {
    let emulator = install(Config::default()).expect("the emulator is built with this test");
    let context = Context::open(0, &KernelImage::shipped(), Options::default()).expect("it opens");
    for result in run(&context, "") {
        assert!(result.is_emulated);
        assert!(result.passed(), "{result}");
    }
    let mut expected = entry_points();
    assert!(expected.len() > 60, "{expected:?}");
    // The one kernel whose text is generated.
    expected.insert("plonk_specialised".to_owned());
    let launched = emulator.report().kernels.into_iter();
    let launched: BTreeSet<String> = launched
        .filter(|(_, kernel)| kernel.launches > 0)
        .map(|(name, _)| name)
        .collect();
    let missing: Vec<_> = expected.difference(&launched).collect();
    assert!(missing.is_empty(), "not launched: {missing:?}");
    drop(context);
    emulator.assert_clean();
    for call in emulator.report().calls.keys() {
        let is_looked_for = DRIVER_CALLS.contains(&call.as_str());
        assert!(is_looked_for, "{call} is no call that is looked for first");
    }
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
