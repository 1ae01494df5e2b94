//! Reports, their schema, and what is read back from them.

use halo2_offload_measure::{
    table, Host, Multiopen, Report, RunFacts, Rung, RungReport, Sample, Shape, StageReport, Status,
    WorkloadReport, SCHEMA,
};
use serde_json::{json, Value};

fn measured(rung: Rung, wall_ns: [u64; 3]) -> RungReport {
    let mut report = RungReport::empty(rung, Status::Measured, None);
    report.cpu_kernels = match rung {
        Rung::Stock => None,
        Rung::CpuPortable => Some("portable".into()),
        _ => Some("avx512".into()),
    };
    report.placement = Some("cpu".into());
    report.samples = wall_ns
        .map(|wall_ns| Sample {
            wall_ns,
            cpu_ns: cpu_ns(rung, wall_ns),
        })
        .to_vec();
    report.median_wall_ns = Some(wall_ns[1]);
    report.median_cpu_ns = Some(cpu_ns(rung, wall_ns[1]));
    report.peak_rss_bytes = Some(if rung == Rung::Stock {
        80 << 20
    } else {
        20 << 20
    });
    report.proof_bytes = Some(992);
    report.proof_sha256 = Some("0a".repeat(32));
    report.verified = Some(true);
    if rung == Rung::Cpu {
        report.equals_cpu = Some(true);
        report.stages = vec![StageReport {
            device: None,
            name: "quotient".into(),
            wall_ns: wall_ns[1],
            cpu_ns: cpu_ns(rung, wall_ns[1]),
        }];
    }
    report
}

/// No two ratios to stock are equal.
fn cpu_ns(rung: Rung, wall_ns: u64) -> u64 {
    match rung {
        Rung::Stock => 3 * wall_ns,
        _ => 2 * wall_ns,
    }
}

fn report() -> Report {
    let skipped = |rung| RungReport::empty(rung, Status::Skipped, Some("no device".into()));
    Report {
        schema: SCHEMA.into(),
        run: RunFacts {
            version: "0.1.0".into(),
            command: vec!["halo2-offload".into(), "measure".into()],
            seed: 1,
            runs: 3,
            warmup_runs: 1,
            multiopen: Multiopen::Shplonk,
            srs: "insecure".into(),
            cpu_kernels: Some("avx512".into()),
        },
        host: Host::look(),
        devices: Vec::new(),
        workloads: vec![WorkloadReport {
            name: "plonk".into(),
            k: 10,
            shape: Shape {
                advice: 3,
                fixed: 5,
                instance: 1,
                lookups: 0,
                permutation: 3,
                degree: 3,
            },
            rungs: vec![
                measured(Rung::Stock, [400_000_000, 410_000_000, 420_000_000]),
                measured(Rung::Cpu, [200_000_000, 205_000_000, 210_000_000]),
                measured(Rung::CpuPortable, [300_000_000, 308_000_000, 310_000_000]),
                skipped(Rung::Msm),
                skipped(Rung::MsmNtt),
                skipped(Rung::Resident),
            ],
        }],
    }
}

fn value(report: &Report) -> Value {
    serde_json::to_value(report).expect("json")
}

fn is_valid(report: &Value) -> bool {
    let schema = include_str!("../schema/report-1.schema.json");
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    for error in validator.iter_errors(report) {
        eprintln!("{error} at {}", error.instance_path());
    }
    validator.is_valid(report)
}

#[test]
fn round_trips() {
    let report = report();
    let text = serde_json::to_string_pretty(&report).expect("json");
    let read: Report = serde_json::from_str(&text).expect("a report");
    assert_eq!(read, report);
}

#[test]
fn validates() {
    assert!(is_valid(&value(&report())));
}

#[test]
fn what_is_not_a_report_does_not_validate() {
    fn wrong(change: impl FnOnce(&mut Value)) {
        let mut changed = value(&report());
        change(&mut changed);
        assert!(!is_valid(&changed), "{changed}");
    }
    wrong(|v| v["schema"] = json!("halo2-offload/report/2"));
    wrong(|v| v["surprise"] = json!(1));
    wrong(|v| v["workloads"][0]["rungs"][0]["samples"][0]["wall_ns"] = json!(1.5));
    wrong(|v| v["workloads"][0]["rungs"][0]["equals_cpu"] = json!(true));
    wrong(|v| v["workloads"][0]["rungs"][0]["cpu_kernels"] = json!("portable"));
    wrong(|v| v["workloads"][0]["rungs"][2]["cpu_kernels"] = json!("avx512"));
    wrong(|v| v["workloads"][0]["rungs"][0]["proof_sha256"] = json!("?"));
    // Times of a rung whose check failed.
    wrong(|v| v["workloads"][0]["rungs"][1]["verified"] = json!(false));
    wrong(|v| v["workloads"][0]["rungs"][1]["equals_cpu"] = json!(false));
    // Skipped without a reason.
    wrong(|v| {
        let rung = v["workloads"][0]["rungs"][3].as_object_mut();
        rung.expect("an object").remove("reason");
    });
}

#[test]
fn the_table_says_what_matters() {
    let mut report = report();
    let text = table(&report);
    for words in [
        "plonk k=10",
        "0.410 s",
        "2.00x [",
        "410",
        "quotient",
        "100.0 %",
        "cpu-portable",
        "avx512 kernels: 1.50x",
        "resident: skipped: no device",
    ] {
        assert!(text.contains(words), "{words} in:\n{text}");
    }

    // The factor is stock's over ours, the shares are ours of stock's.
    let row = |rung: &str| -> Vec<String> {
        let row = text.lines().find(|line| line.starts_with(rung));
        let row = row
            .expect("a row")
            .replace(" MiB", "MiB")
            .replace(" s", "s");
        row.split_whitespace().map(str::to_owned).collect()
    };
    let stock = row("stock ");
    assert!(
        stock.contains(&"1.230s".into()) && stock.contains(&"80MiB".into()),
        "{stock:?}"
    );
    assert_eq!(
        stock.iter().filter(|cell| *cell == "1.00").count(),
        2,
        "{stock:?}"
    );
    let cpu = row("cpu ");
    let place = |cell: &str| {
        let place = cpu.iter().position(|c| c == cell);
        place.unwrap_or_else(|| panic!("{cell} in {cpu:?}"))
    };
    assert_eq!(place("0.410s") + 1, place("0.33"));
    assert_eq!(place("20MiB") + 1, place("0.25"));

    let cpu = &mut report.workloads[0].rungs[1];
    cpu.verified = Some(false);
    cpu.reason = Some("the stock verifier rejects the proof".into());
    assert!(!report.holds());
    let text = table(&report);
    assert!(
        text.contains("cpu: FAILED") && !text.contains("0.205 s"),
        "{text}"
    );
}

/// Reports are read from files, which may hold any numbers.
#[test]
fn a_table_can_be_made_of_the_largest_numbers() {
    let text = serde_json::to_string(&report()).expect("json");
    for number in [u64::MAX, 0] {
        let mut value: Value = serde_json::from_str(&text).expect("json");
        fn walk(value: &mut Value, to: &Value) {
            match value {
                Value::Number(_) => *value = to.clone(),
                Value::Array(values) => values.iter_mut().for_each(|value| walk(value, to)),
                Value::Object(fields) => fields.values_mut().for_each(|value| walk(value, to)),
                _ => {}
            }
        }
        walk(&mut value["workloads"][0]["rungs"], &json!(number));
        let report: Report = serde_json::from_value(value).expect("a report");
        assert!(table(&report).contains("plonk k=10"));
    }
}
