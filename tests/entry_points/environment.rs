//! What the environment asks of the drop-in: each case is a process of its own, which this one starts.

use halo2_offload::provers_ran;
use halo2_offload_cuda_emulator::{child_environment, read_report, Config};
use std::{ffi::OsString, process::Command};

use crate::zoo::{
    lookups, phases,
    proving::{Blake2b, Gwc, Shplonk},
};

/// Runs a test of this file in a process of its own, with these variables; what it says on stderr.
fn child(test: &str, variables: &[(&str, OsString)]) -> String {
    let output = Command::new(std::env::current_exe().expect("this is a program"))
        .args(["--exact", &format!("entry_points::environment::{test}")])
        .args(["--ignored", "--nocapture"])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    // A test that does not exist is no failure.
    let ran = String::from_utf8_lossy(&output.stdout).contains("1 passed");
    assert!(ran, "{test} did not run");
    text
}

fn variable(name: &str, value: &str) -> (&'static str, OsString) {
    (format!("HALO2_OFFLOAD_{name}").leak(), value.into())
}

#[test]
#[ignore = "it is started by the others"]
fn a_miss_is_proven_as_by_stock() {
    let mut prepared = lookups::a_table().prepare();
    prepared.specimen.circuits[0].miss();
    let proof = prepared.drop_in_bytes::<Shplonk, Blake2b>(1).unwrap();
    assert!(prepared.verify::<Shplonk, Blake2b>(&proof).is_err());
    let proof = prepared.drop_in_from_advice::<Gwc, Blake2b>(1).unwrap();
    assert!(prepared.verify::<Gwc, Blake2b>(&proof).is_err());
}

#[test]
fn unsatisfied_as_stock() {
    child(
        "a_miss_is_proven_as_by_stock",
        &[variable("UNSATISFIED", "as-stock")],
    );
}

#[test]
#[ignore = "it is started by the others"]
fn stock_proves() {
    let prepared = lookups::a_table().prepare();
    let proof = prepared.drop_in_bytes::<Shplonk, Blake2b>(1).unwrap();
    prepared.verify::<Shplonk, Blake2b>(&proof).unwrap();
    let ran = provers_ran();
    assert_eq!((ran.offload, ran.stock), (0, 1));
}

#[test]
fn the_stock_prover_can_be_asked_for() {
    child("stock_proves", &[variable("PROVER", "stock")]);
}

#[test]
#[ignore = "it is started by the others"]
fn proofs_are_those_of_the_cpu() {
    let prepared = lookups::a_table().prepare();
    let phased = phases::two_phases_between_regions().prepare();
    let ours = |seed| {
        [
            prepared.drop_in_bytes::<Shplonk, Blake2b>(seed).unwrap(),
            prepared
                .drop_in_from_advice::<Shplonk, Blake2b>(seed)
                .unwrap(),
            phased.drop_in_bytes::<Gwc, Blake2b>(seed).unwrap(),
        ]
    };
    // Twice, on one device that was opened once.
    let proofs = [ours(1), ours(2)];
    std::env::set_var("HALO2_OFFLOAD_DEVICE", "cpu");
    assert!(proofs == [ours(1), ours(2)]);
}

#[test]
fn a_device_can_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let mut variables = child_environment(&Config::default(), &report)
        .unwrap()
        .to_vec();
    variables.push(variable("DEVICE", "cuda"));
    child("proofs_are_those_of_the_cpu", &variables);
    let report = read_report(&report).unwrap();
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    assert!(!report.kernels.is_empty(), "nothing ran on the device");
}

#[test]
#[ignore = "it is started by the others"]
fn a_proof_is_refused() {
    let prepared = lookups::a_table().prepare();
    let error = prepared.drop_in_bytes::<Shplonk, Blake2b>(1).unwrap_err();
    eprintln!("refused: {error}");
    assert_eq!(provers_ran().offload + provers_ran().stock, 0);
}

/// No proof by another device than the one that was asked for.
#[test]
fn what_cannot_be_is_refused() {
    for (name, value, says) in [
        ("DEVICE", "gpu", "it can be auto, cpu, cuda or cuda:N"),
        ("UNSATISFIED", "yes", "it can be refuse or as-stock"),
        ("PROVER", "ours", "it can be offload or stock"),
        (
            "DEVICE",
            "cuda",
            "the device that HALO2_OFFLOAD_DEVICE asks for cannot be used",
        ),
    ] {
        let mut variables = vec![variable(name, value)];
        // A machine without a device, whatever this one has.
        variables.push(("CUDA_VISIBLE_DEVICES", "".into()));
        let text = child("a_proof_is_refused", &variables);
        assert!(text.contains(says), "{text}");
    }
}
