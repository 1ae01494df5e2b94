//! On an emulated device.

use halo2_offload_cuda_emulator::read_report;
use serde_json::Value;
use std::fs;

use crate::{
    arguments::{to_measure, to_prove},
    place::{report, Place},
};

#[test]
fn the_ladder_on_an_emulated_device() {
    let place = Place::new();
    let measure = to_measure(
        "plonk",
        "6",
        &[
            "--rungs", "all", "--device", "cuda", "--runs", "1", "--warmup", "0",
        ],
    );
    let table = place.good_with_device(&measure);
    for words in [
        "EMULATED device of msm+ntt",
        "the device is emulated",
        "= cpu",
    ] {
        assert!(table.contains(words), "{words} in:\n{table}");
    }
    let json = fs::read_to_string(place.here().join("report/report.json")).expect("a report");
    let report = report(&json);
    let device = &report["devices"][0];
    assert_eq!(device["emulated"], true);
    assert!(device["name"]
        .as_str()
        .expect("a name")
        .contains("Emulated"));
    let rungs = report["workloads"][0]["rungs"].as_array().expect("rungs");
    let of = |rung: &Value, name: &str| rung[name].as_u64().unwrap_or_default();
    for (rung, name) in rungs[2..].iter().zip(["msm", "msm+ntt", "resident"]) {
        assert_eq!(rung["rung"], name);
        assert_eq!(rung["verified"], true);
        assert_eq!(rung["equals_cpu"], true);
        assert_eq!(rung["emulated"], true);
        assert!(of(rung, "bytes_to_device") > 0 && of(rung, "bytes_from_device") > 0);
        assert!(of(rung, "peak_vram_bytes") > 0);
        assert!(rung.get("device_ns").is_none());
    }
    assert!(of(&rungs[3], "bytes_to_device") > of(&rungs[2], "bytes_to_device"));
    let vram = &rungs[4]["peak_vram"];
    assert_eq!(vram["bytes"], vram["planned_bytes"], "{vram}");
    assert_eq!(vram["holdings"][0]["name"], "msm bases");
    // Columns that stay on the device do not cross the bus.
    assert!(of(&rungs[4], "bytes_from_device") < of(&rungs[3], "bytes_from_device"));
    assert_eq!(rungs[1].get("emulated"), None);
}

#[test]
fn a_proof_on_a_device_is_checked_and_planned() {
    let place = Place::new();
    let prove = |out: &str, more: &[&str]| {
        let arguments = to_prove("plonk", "6", &["--out", out, "--json"]);
        let facts = place.good_with_device(&[&arguments[..], more].concat());
        let facts: Value = serde_json::from_str(&facts).expect("JSON");
        facts["proof_sha256"].as_str().expect("a hash").to_owned()
    };
    let cpu = prove("cpu", &["--device", "cpu"]);
    assert_eq!(prove("cuda", &["--device", "cuda", "--checked"]), cpu);
    assert_eq!(prove("small", &["--device", "cuda", "--vram", "4MiB"]), cpu);
    let arguments = to_prove("plonk", "6", &["--out", "none"]);
    let too_small = ["--device", "cuda", "--vram", "100KiB"];
    place.bad_with_device(
        &[&arguments[..], &too_small].concat(),
        2,
        &["device memory", "k = 6", "--device cpu"],
    );
    place.bad(
        &[&arguments[..], &["--checked"]].concat(),
        2,
        &["--checked", "--device cuda"],
    );

    let estimate = ["estimate", "-k", "20", "--card", "rtx4060"];
    let text = place.good(&estimate);
    for words in [
        "cpu: at most",
        "resident on NVIDIA GeForce RTX 4060",
        "launches",
        "not less than",
        "not measured",
        "their ratio is no speed-up",
    ] {
        assert!(text.contains(words), "{words} in:\n{text}");
    }
    let mut at_the_peak = text.lines().filter(|line| line.contains("at the peak "));
    let last = at_the_peak.next_back().expect("a line");
    assert!(last.ends_with("in all"), "{last}");
    let small = [&estimate[..], &["--vram", "900MiB", "--json"]].concat();
    let json: Value = serde_json::from_str(&place.good(&small)).expect("JSON");
    let rungs = json["rungs"].as_array().expect("rungs");
    let resident = rungs.last().expect("the resident rung");
    assert_eq!(resident["status"], "planned");
    let peak = resident["peak_vram_bytes"].as_u64().expect("bytes");
    assert!(peak <= 900 << 20);
    let holdings = resident["holdings"].as_array().expect("holdings");
    let bytes = holdings.iter().map(|holding| holding["bytes"].as_u64());
    assert_eq!(bytes.sum::<Option<u64>>(), Some(peak));
    // What is a bound is called one.
    assert!(rungs[0]["most_cpu_ns"].as_u64() > Some(0));
    assert!(resident["least_device_ns"].as_u64() > Some(0));
    assert!(json["calibration"]["quiet"].is_boolean());
    let numbers = "sms=24,clock=2.46GHz,memory=8GB,bandwidth=272GB/s";
    let text = place.good(&["estimate", "-k", "20", "--card", numbers]);
    assert!(text.contains("resident on the card given by its numbers"));
    let help = place.good(&["estimate", "--help"]);
    assert!(
        help.contains("a100-80gb") && help.contains("sms=142"),
        "{help}"
    );
    let tiny = [&estimate[..], &["--vram", "1"]].concat();
    place.bad(&tiny, 2, &["and 1 bytes may be used"]);
    let tiny = [&estimate[..], &["--vram", "2MB"]].concat();
    place.bad(&tiny, 2, &["and 1953 KiB may be used"]);
    place.bad(&["estimate", "--vram", "20G"], 2, &["GiB", "GB"]);
    place.bad(&["estimate", "--card", "abacus"], 2, &["h100", "rtx4090"]);
}

#[test]
fn a_device_is_tested() {
    let place = Place::new();
    let json = place.good_with_device(&["selftest", "--operation", "field_fr", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let checks = json["checks"].as_array().expect("checks");
    assert!(!checks.is_empty());
    assert!(checks.iter().all(|check| check["passed"] == true));
    assert!(checks.iter().all(|check| check["emulated"] == true));
    let report = read_report(&place.emulator_report()).expect("the emulator's report");
    assert!(report.launches > 0);
    assert_eq!(report.faults, []);
    assert_eq!(report.leaks, []);

    // What was not tested did not pass.
    let nothing = place.run(&["selftest", "--json"]);
    assert_eq!(nothing.status.code(), Some(2));
    let nothing: Value = serde_json::from_slice(&nothing.stdout).expect("JSON");
    assert!(nothing["reason"]
        .as_str()
        .expect("one")
        .contains("finds no device"));
    place.bad(&["selftest", "--device", "cuda"], 2, &["finds no device"]);
    place.bad(&["selftest"], 2, &["nothing to test", "finds no device"]);
}
