//! `measure`: the report, and what cannot be measured.

use serde_json::Value;
use std::fs;

use crate::{
    arguments::to_measure,
    place::{entries, report, Place},
};

#[test]
fn measure_writes_a_report() {
    let place = Place::new();
    let table = place.good(&to_measure("plonk", "9", &["--runs", "3"]));
    for words in [
        "plonk k=9",
        "speed-up",
        "stock",
        "cpu",
        "quotient",
        "resident: skipped",
    ] {
        assert!(table.contains(words), "{words} in:\n{table}");
    }
    assert_eq!(entries(&place.here()), ["report"]);
    let json = fs::read_to_string(place.here().join("report/report.json")).expect("a report");
    let report = report(&json);
    let workload = &report["workloads"][0];
    assert_eq!(workload["shape"]["advice"], 3);
    let rungs = workload["rungs"].as_array().expect("rungs");
    let names: Vec<_> = rungs.iter().map(|rung| rung["rung"].as_str()).collect();
    let ladder = ["stock", "cpu", "msm", "msm+ntt", "resident"];
    assert_eq!(names, ladder.map(Some));

    for rung in &rungs[..2] {
        assert_eq!(rung["status"], "measured");
        assert_eq!(rung["verified"], true);
        assert_eq!(rung["samples"].as_array().map(Vec::len), Some(3));
        assert!(rung["peak_rss_bytes"].as_u64() > Some(1 << 20));
    }
    assert_eq!(rungs[1]["equals_cpu"], true);
    assert!(rungs[0].get("equals_cpu").is_none());
    for rung in &rungs[2..] {
        assert_eq!(rung["status"], "skipped");
        assert!(rung["reason"]
            .as_str()
            .expect("one")
            .contains("finds no device"));
    }

    // The stages are of one of the samples, and add up to it.
    let wall = |value: &Value| value["wall_ns"].as_u64().expect("nanoseconds");
    let stages = rungs[1]["stages"].as_array().expect("stages");
    let sum: u64 = stages.iter().map(wall).sum();
    let samples = rungs[1]["samples"].as_array().expect("samples");
    let adds_up = |sample: &Value| wall(sample).abs_diff(sum) * 100 <= wall(sample);
    assert!(samples.iter().any(adds_up), "{sum} in {samples:?}");
}

#[test]
fn measure_prints_json_and_nothing_else() {
    let place = Place::new();
    let json = place.good(&to_measure(
        "lookup",
        "9",
        &[
            "--rungs",
            "cpu,cpu",
            "--runs",
            "1",
            "--warmup",
            "0",
            "--multiopen",
            "gwc",
            "--device",
            "cpu",
            "--seed",
            "7",
            "--json",
        ],
    ));
    let report = report(&json);
    assert_eq!(report["run"]["multiopen"], "gwc");
    let doctor = place.good(&["doctor", "--json"]);
    let doctor: Value = serde_json::from_str(&doctor).expect("JSON");
    let chosen = &doctor["cpu_kernels"]["chosen"];
    assert_eq!(&report["run"]["cpu_kernels"], chosen);
    assert_eq!(report["run"]["seed"], 7);
    let rungs = report["workloads"][0]["rungs"].as_array().expect("rungs");
    assert_eq!(rungs.len(), 1);
    assert_eq!(rungs[0]["verified"], true);
    assert_eq!(&rungs[0]["cpu_kernels"], chosen);
    assert_eq!(entries(&place.here()), Vec::<String>::new());
}

#[test]
fn what_cannot_be_measured() {
    let place = Place::new();
    let file = place.here().join("file");
    fs::write(&file, [9, 0, 0, 0, 1, 2, 3]).expect("a file");
    let tiny = to_measure("plonk", "8", &[]);
    let case = |more: &[&str], code, words: &[&str]| {
        place.bad(&[&tiny[..], more].concat(), code, words);
    };
    place.bad(
        &["measure", "--workload", "sudoku"],
        2,
        &["sudoku", "plonk, lookup"],
    );
    place.bad(&to_measure("plonk", "4", &[]), 2, &["at least 5"]);
    place.bad(&to_measure("plonk", "29", &[]), 2, &["up to 28"]);
    place.bad(&to_measure("plonk", "x", &[]), 2, &["--logrows"]);
    case(&["--rungs", "stock,gpu"], 2, &["gpu", "stock, cpu, msm"]);
    case(
        &["--rungs", "msm"],
        2,
        &["finds no device", "--rungs stock,cpu"],
    );
    case(&["--runs", "0"], 2, &["--runs 1"]);
    let most = usize::MAX.to_string();
    for runs in ["1000001", &most] {
        case(&["--runs", runs], 2, &["at most 1000000"]);
        case(&["--runs", "1", "--warmup", runs], 2, &["at most 1000000"]);
    }
    case(
        &["--device", "cuda"],
        2,
        &["finds no device", "--device cpu"],
    );
    case(&["--vram", "many"], 2, &["20GiB"]);
    case(&["--out", "file"], 2, &["cannot write", "--out"]);
    case(&["--out", "file/below"], 2, &["cannot write", "--out"]);
    case(&["--srs", "file", "--out", "new"], 2, &["truncated"]);
    case(
        &["--srs", "none", "--out", "new"],
        2,
        &["none", "not usable"],
    );
    case(
        &["--work", "none", "--out", "new"],
        1,
        &["none", "work folder"],
    );
    assert_eq!(entries(&place.here()), ["file"]);
}

/// The portable kernels beside those that were chosen, where those are others.
#[test]
fn the_portable_kernels_are_measured_beside_the_ladder() {
    let place = Place::new();
    let measure = |more: &[&'static str]| {
        let all = to_measure("plonk", "6", &["--runs", "1"]);
        [&all[..], more].concat()
    };
    let report = || {
        let json = fs::read_to_string(place.here().join("report/report.json")).expect("a report");
        report(&json)
    };
    let table = place.good(&measure(&["--rungs", "cpu-portable,stock,cpu"]));
    let with_both = report();
    let chosen = &with_both["run"]["cpu_kernels"];
    let [stock, portable, cpu] = [0, 1, 2].map(|i| &with_both["workloads"][0]["rungs"][i]);
    assert!(stock.get("cpu_kernels").is_none());
    assert_eq!(portable["rung"], "cpu-portable");
    assert_eq!(&cpu["cpu_kernels"], chosen);
    if chosen == "portable" {
        assert_eq!(portable["status"], "skipped");
        assert!(table.contains("no others for this CPU"), "{table}");
    } else {
        assert_eq!(portable["cpu_kernels"], "portable");
        assert_eq!(portable["equals_cpu"], true);
        assert_eq!(portable["proof_sha256"], cpu["proof_sha256"]);
        assert!(table.contains("kernels: "), "{table}");
        let twice = ["--rungs", "cpu,cpu-portable", "--cpu", "portable"];
        place.bad(&measure(&twice), 2, &["cpu-portable", "--cpu"]);
    }

    // Alone it is measured everywhere.
    place.good(&measure(&["--rungs", "cpu-portable"]));
    let alone = report();
    let alone = &alone["workloads"][0]["rungs"][0];
    assert_eq!(alone["cpu_kernels"], "portable");
    assert_eq!(alone["verified"], true);
}

/// Through the ICICLE packages, as EZKL's builds go: on the CPU, and on a device where one was asked for.
#[test]
fn the_way_of_ezkl_is_measured_beside_the_ladder() {
    let place = Place::new();
    let rungs = |table: &str| {
        assert!(
            table.contains("icicle") && table.contains("= cpu"),
            "{table}"
        );
        let json = fs::read_to_string(place.here().join("report/report.json")).expect("a report");
        let rungs = report(&json)["workloads"][0]["rungs"].clone();
        rungs.as_array().expect("rungs").clone()
    };
    let measure = |more: &[&'static str]| {
        let all = to_measure("plonk", "6", &["--runs", "1"]);
        [&all[..], more].concat()
    };
    let table = place.good(&measure(&["--rungs", "cpu,icicle"]));
    let on_cpu = &rungs(&table)[1];
    assert_eq!(on_cpu["rung"], "icicle");
    assert_eq!(on_cpu["placement"], "cpu");
    assert_eq!(on_cpu["equals_cpu"], true);

    let asked = ["--rungs", "icicle,cpu,msm", "--device", "cuda"];
    let table = place.good_with_device(&measure(&asked));
    let rungs = rungs(&table);
    let (msm, on_device) = (&rungs[1], &rungs[2]);
    assert_eq!(on_device["rung"], "icicle");
    assert_eq!(on_device["placement"], "cpu+cuda");
    assert_eq!(on_device["equals_cpu"], true);
    assert_eq!(on_device["emulated"], true);
    let bytes = |rung: &Value| rung["bytes_to_device"].as_u64().expect("bytes");
    assert!(bytes(on_device) > bytes(msm), "transforms go there too");

    let budget = ["--rungs", "icicle", "--device", "cuda", "--vram", "1GiB"];
    place.bad_with_device(&measure(&budget), 2, &["--vram is not for it"]);
}
