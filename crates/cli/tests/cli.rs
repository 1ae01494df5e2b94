//! The command line, as its users call it.

use halo2_offload_cuda_emulator::{child_environment, read_report, write_lacking, Config};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// An empty folder to work in, with a folder for temporary files beside it.
struct Place {
    base: TempDir,
}

impl Place {
    fn new() -> Self {
        let base = tempfile::tempdir().expect("a folder");
        for name in ["here", "tmp"] {
            fs::create_dir(base.path().join(name)).expect("a folder");
        }
        Self { base }
    }

    fn here(&self) -> PathBuf {
        self.base.path().join("here")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_halo2-offload"));
        command
            .args(arguments)
            .current_dir(self.here())
            .env("TMPDIR", self.base.path().join("tmp"))
            .env_remove("RUST_LOG");
        self.on(&mut command, &Config::without_devices());
        command
    }

    /// Gives a command an emulated machine: no test depends on what this one has.
    fn on(&self, command: &mut Command, config: &Config) {
        let environment = child_environment(config, &self.emulator_report());
        command.envs(environment.expect("the emulator is built with this test"));
    }

    /// Where an emulated machine leaves its report.
    fn emulator_report(&self) -> PathBuf {
        self.base.path().join("emulator.json")
    }

    /// Runs with an emulated device, and expects it to do well.
    fn good_with_device(&self, arguments: &[&str]) -> String {
        let mut command = self.command(arguments);
        self.on(&mut command, &Config::default());
        let output = command.output().expect("it starts");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        self.assert_tidy();
        String::from_utf8(output.stdout).expect("text")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    /// Runs, and expects it to do well.
    fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        self.assert_tidy();
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs, and expects that exit code, and those words on stderr and no panic.
    fn bad(&self, arguments: &[&str], code: i32, words: &[&str]) {
        self.assert_bad(&mut self.command(arguments), arguments, code, words);
    }

    /// The same with an emulated device.
    fn bad_with_device(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let mut command = self.command(arguments);
        self.on(&mut command, &Config::default());
        self.assert_bad(&mut command, arguments, code, words);
    }

    fn assert_bad(&self, command: &mut Command, arguments: &[&str], code: i32, words: &[&str]) {
        let output = command.output().expect("it starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        for word in words {
            assert!(stderr.contains(word), "{arguments:?}: `{word}` in {stderr}");
        }
        assert!(!stderr.contains("panicked"), "{stderr}");
        self.assert_tidy();
    }

    /// No work folder is left.
    fn assert_tidy(&self) {
        assert_eq!(entries(&self.base.path().join("tmp")), Vec::<String>::new());
    }
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<_> = entries
        .map(|entry| name(entry.expect("an entry")))
        .collect();
    names.sort();
    names
}

fn report(json: &str) -> Value {
    let report = serde_json::from_str(json).expect("JSON");
    let schema = include_str!("../../measure/schema/report-1.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<_> = validator.iter_errors(&report).collect();
    assert!(errors.is_empty(), "{errors:?} in {json}");
    report
}

#[test]
fn measure_writes_a_report() {
    let place = Place::new();
    let table = place.good(&["measure", "--workload", "plonk", "-k", "9", "--runs", "3"]);
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
    let json = place.good(&[
        "measure",
        "--workload",
        "lookup",
        "-k",
        "9",
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
    ]);
    let report = report(&json);
    assert_eq!(report["run"]["multiopen"], "gwc");
    assert_eq!(report["run"]["seed"], 7);
    let rungs = report["workloads"][0]["rungs"].as_array().expect("rungs");
    assert_eq!(rungs.len(), 1);
    assert_eq!(rungs[0]["verified"], true);
    assert_eq!(entries(&place.here()), Vec::<String>::new());
}

#[test]
fn what_cannot_be_measured() {
    let place = Place::new();
    let file = place.here().join("file");
    fs::write(&file, [9, 0, 0, 0, 1, 2, 3]).expect("a file");
    let tiny = ["measure", "--workload", "plonk", "-k", "8"];
    let case = |more: &[&str], code, words: &[&str]| {
        place.bad(&[&tiny, more].concat(), code, words);
    };
    place.bad(
        &["measure", "--workload", "sudoku"],
        2,
        &["sudoku", "plonk, lookup"],
    );
    place.bad(
        &["measure", "--workload", "plonk", "-k", "4"],
        2,
        &["at least 5"],
    );
    place.bad(
        &["measure", "--workload", "plonk", "-k", "29"],
        2,
        &["up to 28"],
    );
    place.bad(
        &["measure", "--workload", "plonk", "-k", "x"],
        2,
        &["--logrows"],
    );
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

#[test]
fn proofs_are_verified() {
    let place = Place::new();
    let prove = ["prove", "--workload", "plonk", "-k", "8"];
    place.good(&[&prove[..], &["--out", "one", "--key", "key"]].concat());
    let again = place.good(&[&prove[..], &["--out", "two", "--key", "key", "--json"]].concat());
    assert!(again.contains("proof_sha256"));
    let proof = fs::read(place.here().join("one/proof.bin")).expect("a proof");
    let same = fs::read(place.here().join("two/proof.bin")).expect("a proof");
    assert!(proof == same, "from the key file, and from the key");
    let answer = place.good(&["verify", "one"]);
    for words in [
        "valid\n",
        "proven    plonk, k = 8, seed 1",
        "proof     992 bytes, shplonk, sha256 ",
        "SRS       built in",
        "its trapdoor is public",
        "hides     nothing",
    ] {
        assert!(answer.contains(words), "{words} in {answer}");
    }
    let answer: Value =
        serde_json::from_str(&place.good(&["verify", "one", "--json"])).expect("JSON");
    assert_eq!(answer["verdict"], "valid");
    assert_eq!(answer["srs"]["trapdoor_is_public"], true);
    assert_eq!(answer["hides_witness"], false);

    let mut flipped = proof.clone();
    flipped[proof.len() - 40] ^= 4;
    let longer = [&proof[..], &[0]].concat();
    for (bytes, words) in [
        (&flipped[..], "rejected"),
        (&proof[..proof.len() - 1], "ends early"),
        (&[], "ends early"),
        (&longer, "1 bytes follow"),
    ] {
        fs::write(place.here().join("wrong"), bytes).expect("written");
        place.bad(
            &["verify", "one", "--proof", "wrong"],
            1,
            &["rejected", words],
        );
    }

    place.good(
        &[
            &prove[..],
            &["--out", "other", "--seed", "2", "--key", "key"],
        ]
        .concat(),
    );
    let foreign = ["verify", "one", "--proof", "other/proof.bin"];
    place.bad(&foreign, 1, &["rejected", "seed"]);
    place.good(&["prove", "--workload", "plonk", "-k", "9", "--out", "larger"]);
    let foreign = ["verify", "one", "--proof", "larger/proof.bin"];
    place.bad(&foreign, 1, &["rejected", "another circuit, k"]);
    place.good(
        &[
            &prove[..],
            &["--out", "gwc", "--multiopen", "gwc", "--key", "key"],
        ]
        .concat(),
    );
    assert!(place.good(&["verify", "gwc"]).starts_with("valid\n"));
    place.bad(
        &["verify", "one", "--proof", "gwc/proof.bin"],
        1,
        &["rejected"],
    );
}

/// What the statement says is compared with what it can be compared with.
#[test]
fn statements_are_not_taken_at_their_word() {
    let place = Place::new();
    let path = |name: &str| place.here().join(name);
    place.good(&["prove", "--workload", "plonk", "-k", "8", "--out", "one"]);
    let statement = fs::read_to_string(path("one/statement.json")).expect("a statement");
    let verify = |from: &str, to: &str, more: &[&str], code, words: &[&str]| {
        let changed = statement.replacen(from, to, 1);
        assert_ne!(changed, statement);
        fs::write(path("changed"), changed).expect("written");
        let verify = ["verify", "one", "--statement", "changed"];
        place.bad(&[&verify[..], more].concat(), code, words);
    };
    verify(
        "\"seed\": 1",
        "\"seed\": 7",
        &[],
        1,
        &["rejected", "not those that seed 7 draws"],
    );
    let mut words = statement.split('"');
    let hash = words
        .find(|word| *word == "proof_sha256")
        .and_then(|_| words.nth(1));
    verify(
        hash.expect("a hash"),
        &"0".repeat(64),
        &[],
        1,
        &[
            "rejected",
            "not the one that the statement was written with",
        ],
    );
    let mut words = statement.split('"');
    let setup = words
        .find(|word| *word == "srs_sha256")
        .and_then(|_| words.nth(1));
    verify(
        setup.expect("a hash"),
        &"0".repeat(64),
        &[],
        2,
        &["which is not the built-in one", "--srs"],
    );
    let time = Instant::now();
    verify("\"k\": 8", "\"k\": 27", &[], 2, &["k = 27"]);
    assert!(time.elapsed() < Duration::from_secs(2));
    verify(
        "\"k\": 8",
        "\"k\": 9",
        &["--max-k", "8"],
        2,
        &["k = 9", "--max-k 9"],
    );
    verify("\"k\": 8", "\"k\": 9", &[], 1, &["rejected"]);

    // Without an end: no file of this machine is read whole for it.
    place.bad(
        &["verify", "one", "--proof", "/dev/zero"],
        2,
        &["as no proof has"],
    );
}

/// An SRS that was named is used, whatever else is there.
#[test]
fn an_srs_that_is_named_is_not_passed_over() {
    use halo2_axiom::{halo2curves::bn256::Bn256, poly::kzg::commitment::ParamsKZG, SerdeFormat};
    use rand::SeedableRng;
    let place = Place::new();
    let write = |name: &str, k: u32, seed: u64, format: SerdeFormat| {
        let rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
        let mut bytes = Vec::new();
        let params = ParamsKZG::<Bn256>::setup(k, rng);
        params.write_custom(&mut bytes, format).expect("written");
        fs::write(place.here().join(name), &bytes).expect("written");
        bytes
    };
    let bytes = write("mine", 9, 3, SerdeFormat::RawBytes);
    write("processed", 9, 3, SerdeFormat::Processed);
    write("other", 8, 4, SerdeFormat::RawBytes);
    write("small", 7, 3, SerdeFormat::RawBytes);
    let prove = [
        "prove",
        "--workload",
        "plonk",
        "-k",
        "8",
        "--out",
        "out",
        "--key",
        "key",
    ];
    let with = |srs: &'static str| [&prove[..], &["--srs", srs]].concat();
    place.good(&with("mine"));
    let first = fs::read(place.here().join("out/proof.bin")).expect("a proof");
    for srs in ["mine", "processed"] {
        place.good(&with(srs));
        let again = fs::read(place.here().join("out/proof.bin")).expect("a proof");
        assert!(first == again);
    }
    place.bad(&with("other"), 2, &["--srs other", "name another --key"]);
    place.bad(&with("none"), 2, &["SRS file none", "not usable"]);
    place.bad(&with("small"), 2, &["k = 7", "larger SRS"]);
    // The one that the key file is of.
    place.good(&prove);
    assert!(place
        .good(&["verify", "out", "--srs", "mine"])
        .contains("SRS       mine"));
    place.bad(&["verify", "out"], 2, &["which is not the built-in one"]);
    place.bad(
        &["verify", "out", "--srs", "other"],
        2,
        &["SRS file other", "setup"],
    );

    // Cut off, in a file as long as it was to be: no proof is blamed for it.
    let mut cut_off = bytes;
    let length = cut_off.len();
    cut_off[length - 256..].fill(0);
    fs::write(place.here().join("cut off"), cut_off).expect("written");
    let damaged = ["SRS file cut off", "it is damaged"];
    place.bad(&["verify", "out", "--srs", "cut off"], 2, &damaged);
    place.bad(&with("cut off"), 2, &damaged);
    let fresh = [
        "prove",
        "--workload",
        "plonk",
        "-k",
        "8",
        "--out",
        "new",
        "--srs",
        "cut off",
    ];
    place.bad(&fresh, 2, &damaged);
    let measure = [
        "measure",
        "--workload",
        "plonk",
        "-k",
        "8",
        "--srs",
        "cut off",
        "--out",
        "new",
    ];
    place.bad(&measure, 1, &damaged);
    assert!(!place.here().join("new").exists());
}

/// An SRS whose secret is known is called that, wherever it comes from.
#[test]
fn an_srs_whose_trapdoor_is_public_is_named() {
    use halo2_axiom::SerdeFormat;
    let place = Place::new();
    let mut bytes = Vec::new();
    let params = halo2_offload_measure::insecure_srs(6);
    params
        .write_custom(&mut bytes, SerdeFormat::RawBytes)
        .expect("memory");
    fs::write(place.here().join("srs"), bytes).expect("written");
    place.good(&["prove", "--workload", "plonk", "-k", "6", "--out", "out"]);
    let text = place.good(&["verify", "out", "--srs", "srs"]);
    assert!(
        text.contains("SRS       srs, setup") && text.contains("trapdoor is public"),
        "{text}"
    );
    let json = place.good(&["verify", "out", "--srs", "srs", "--json"]);
    let answer: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(answer["srs"]["trapdoor_is_public"], true);
}

/// Refused before the work that would be in vain, and before anything is written over.
#[test]
fn what_is_in_the_way_is_said_beforehand() {
    let place = Place::new();
    let prove = ["prove", "--workload", "plonk", "-k", "6", "--out"];
    let with = |more: &[&'static str]| [&prove[..], more].concat();
    place.good(&with(&["out", "--key", "key"]));
    let key = fs::read(place.here().join("key")).expect("a key");
    fs::write(place.here().join("out/proof.bin"), &key).expect("written");
    place.bad(
        &with(&["out", "--key", "out/proof.bin"]),
        2,
        &["out/proof.bin would be written over"],
    );
    assert!(fs::read(place.here().join("out/proof.bin")).expect("there") == key);
    place.bad(
        &with(&["out", "--key", "none/key"]),
        2,
        &["key file none/key cannot be written", "--key"],
    );

    for most in ["0", "2", "x"] {
        let mut command = place.command(&["verify", "out"]);
        command.env("MAX_DEGREE", most);
        place.assert_bad(&mut command, &["verify"], 2, &["MAX_DEGREE", "3 or larger"]);
    }
    for arguments in [
        &["prove", "--workload", "lookup", "-k", "9", "--out", "new"][..],
        &[
            "measure",
            "--workload",
            "lookup",
            "-k",
            "9",
            "--rungs",
            "stock",
        ],
    ] {
        let mut command = place.command(arguments);
        command.env("MAX_DEGREE", "3");
        place.assert_bad(
            &mut command,
            arguments,
            2,
            &["MAX_DEGREE is 3", "needs degree"],
        );
    }
    let large = [
        "measure",
        "--workload",
        "plonk",
        "-k",
        "28",
        "--rungs",
        "cpu",
    ];
    place.bad(&large, 2, &["k = 28"]);
    assert_eq!(entries(&place.here()), ["key", "out"]);
}

#[test]
#[cfg(target_os = "linux")]
fn paths_of_other_bytes_than_text() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let place = Place::new();
    let name = OsStr::from_bytes(b"x\xffy");
    fs::create_dir(place.here().join(name)).expect("Linux has such names");
    let mut command = place.command(&["doctor", "--json"]);
    command.current_dir(place.here().join(name));
    assert!(command.output().expect("it starts").status.success());
    let measure = [
        "measure",
        "--workload",
        "plonk",
        "-k",
        "6",
        "--runs",
        "1",
        "--rungs",
        "cpu",
        "--out",
    ];
    let mut command = place.command(&measure);
    command.arg(name);
    assert!(command.output().expect("it starts").status.success());
    assert!(place.here().join(name).join("report.json").exists());
    let mut command = place.command(&measure);
    command.arg("out").arg("--work").arg(name);
    place.assert_bad(&mut command, &measure, 2, &["is not UTF-8", "--work"]);

    // A pipe is not waited for.
    let made = Command::new("mkfifo")
        .arg(place.here().join("pipe"))
        .status();
    assert!(made.expect("it is there").success());
    let prove = [
        "prove",
        "--workload",
        "plonk",
        "-k",
        "6",
        "--out",
        "out",
        "--srs",
        "pipe",
    ];
    place.bad(&prove, 2, &["SRS file pipe", "it is no file"]);
}

/// Four at once into one folder: what is there in the end is a pair.
#[test]
fn a_proof_and_its_statement_are_a_pair() {
    let place = Place::new();
    let children: Vec<_> = (1..=4)
        .map(|seed: u32| {
            let seed = seed.to_string();
            let prove = [
                "prove",
                "--workload",
                "plonk",
                "-k",
                "6",
                "--out",
                "out",
                "--seed",
                &seed,
            ];
            let mut command = place.command(&prove);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().expect("it starts")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("it ran").success());
    }
    assert!(place.good(&["verify", "out"]).starts_with("valid\n"));
    assert_eq!(
        entries(&place.here().join("out")),
        ["proof.bin", "statement.json"]
    );
}

/// `/dev/full` takes nothing.
#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_is_said() {
    let place = Place::new();
    let full = || {
        fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("Linux has it")
    };
    place.good(&["prove", "--workload", "plonk", "-k", "6", "--out", "proof"]);
    let measure = [
        "measure",
        "--workload",
        "plonk",
        "-k",
        "6",
        "--runs",
        "1",
        "--warmup",
        "0",
        "--rungs",
        "cpu",
    ];
    let measure_json = [&measure[..], &["--json"]].concat();
    for arguments in [
        &["verify", "proof"][..],
        &["verify", "proof", "--json"],
        &["prove", "--workload", "plonk", "-k", "6", "--out", "proof"],
        &["estimate", "-k", "6", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &measure,
        &measure_json,
    ] {
        let mut command = place.command(arguments);
        command.stdout(full());
        place.assert_bad(&mut command, arguments, 1, &["cannot be written to stdout"]);

        // Nobody can be told then, and what was asked for is done.
        let output = place
            .command(arguments)
            .stderr(full())
            .output()
            .expect("it starts");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty());
    }

    // The table is there although the report has no place.
    let report = place.here().join("report/report.json");
    fs::remove_file(&report).expect("it was written");
    fs::create_dir_all(report.join("in the way")).expect("made");
    let output = place.run(&measure);
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("plonk k=6"), "{table}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("cannot write report/report.json"),
        "{stderr}"
    );
}

/// Ended by a signal while it proves.
#[test]
#[cfg(unix)]
fn an_interrupted_proof_leaves_nothing() {
    let place = Place::new();
    for signal in ["INT", "TERM"] {
        let prove = [
            "prove",
            "--workload",
            "plonk",
            "-k",
            "15",
            "--key",
            "key",
            "--out",
            "a/b",
        ];
        let mut command = place.command(&prove);
        let mut child = command.stdout(Stdio::null()).spawn().expect("it starts");
        // It is made before any work, and after the handler.
        let deadline = Instant::now() + Duration::from_secs(60);
        while !place.here().join("a/b").exists() {
            assert!(Instant::now() < deadline, "it does not begin");
            thread::sleep(Duration::from_millis(5));
        }
        let kill = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(kill.expect("kill is there").success());
        assert_eq!(child.wait().expect("it ran").code(), Some(130));
        assert_eq!(entries(&place.here()), Vec::<String>::new());
    }
}

#[test]
fn what_cannot_be_proven_or_verified() {
    let place = Place::new();
    let write = |name: &str, text: &str| fs::write(place.here().join(name), text).expect("written");
    write("empty", "");
    let prove = ["prove", "--workload", "plonk", "-k", "8", "--out", "out"];
    let case = |more: &[&str], code, words: &[&str]| {
        place.bad(&[&prove[..], more].concat(), code, words);
    };
    case(&["--key", "empty"], 2, &["key file empty", "not usable"]);
    case(&["--srs", "empty"], 2, &["truncated"]);
    case(&["--device", "cuda"], 2, &["finds no device"]);
    case(&["--device", "gpu"], 2, &["cuda:N"]);
    assert_eq!(entries(&place.here()), ["empty"]);

    let lookup = [
        "prove",
        "--workload",
        "lookup",
        "-k",
        "9",
        "--out",
        "lookup",
        "--key",
        "key",
    ];
    place.good(&lookup);
    case(&["--key", "key"], 2, &["k = 9, not 8", "another circuit"]);
    let prove_9 = [
        "prove",
        "--workload",
        "plonk",
        "-k",
        "9",
        "--out",
        "out",
        "--key",
        "key",
    ];
    place.bad(&prove_9, 2, &["another circuit", "key"]);
    assert!(!place.here().join("out").exists());

    place.bad(&["verify", "nowhere"], 2, &["nowhere"]);
    let no_proof = ["verify", "lookup", "--proof", "nothing"];
    place.bad(&no_proof, 2, &["cannot read the proof nothing"]);
    let verify_with = |text: &str, words: &str| {
        write("statement", text);
        place.bad(
            &["verify", "lookup", "--statement", "statement"],
            2,
            &[words],
        );
    };
    let statement = fs::read_to_string(place.here().join("lookup/statement.json")).expect("one");
    verify_with("{}", "schema");
    verify_with(&statement.replace("\"lookup\"", "\"sudoku\""), "sudoku");
    verify_with(&statement.replace("\"k\": 9", "\"k\": 99"), "up to 28");
    verify_with(&statement.replacen("00\"", "zz\"", 1), "no field element");
    verify_with(
        &statement.replace("statement/2", "statement/3"),
        "statement/2",
    );
}

/// Whatever stands in libcuda's place: `doctor` says what is wrong with it, a device that is asked for is
/// an error, and what needs none works on the CPU.
fn a_driver_is_refused(place: &Place, environment: &[(&str, &Path)], words: &[&str]) {
    let prove = ["prove", "--workload", "plonk", "-k", "8", "--out"];
    let command = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env_remove("LD_PRELOAD");
        command.envs(environment.iter().copied());
        command
    };
    for (arguments, code, says) in [
        (&["doctor"] as &[_], 0, true),
        (&["estimate", "--workload", "plonk", "-k", "8"], 0, false),
        (&[&prove[..], &["auto"]].concat(), 0, false),
        (
            &[&prove[..], &["cpu", "--device", "cpu"]].concat(),
            0,
            false,
        ),
        (
            &[&prove[..], &["cuda", "--device", "cuda"]].concat(),
            2,
            true,
        ),
    ] {
        let output = command(arguments).output().expect("it starts");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        for word in words.iter().filter(|_| says) {
            assert!(said.contains(word), "{arguments:?}: `{word}` in {said}");
        }
    }
    for folder in ["auto", "cpu"] {
        place.good(&["verify", folder]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_driver_that_lacks_a_call_stops_no_cpu() {
    for symbol in ["cuMemPoolTrimTo", "cuDriverGetVersion", "cuLaunchKernel"] {
        let place = Place::new();
        let library = place.base.path().join("shim.so");
        write_lacking(symbol, &library).expect("it has it");
        let file = library.display().to_string();
        let lacks = format!("libcuda lacks `{symbol}`");
        a_driver_is_refused(
            &place,
            &[("LD_PRELOAD", &library)],
            &[&lacks, &file, "profiler"],
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_driver_that_is_no_library_stops_no_cpu() {
    for (contents, words) in [
        (&b""[..], "file too short"),
        (
            b"# Longer than the header of a library: # the driver is mounted here by the runtime of containers",
            "invalid ELF header",
        ),
    ] {
        let place = Place::new();
        let folder = place.base.path().join("lib");
        fs::create_dir(&folder).expect("a folder");
        // Both names, so that no driver of this machine's comes first.
        for name in ["libcuda.so", "libcuda.so.1"] {
            fs::write(folder.join(name), contents).expect("a file");
        }
        let file = folder.join("libcuda.so.1").display().to_string();
        let words = [words, &file, "--gpus all"];
        a_driver_is_refused(&place, &[("LD_LIBRARY_PATH", &folder)], &words);
    }
}

#[test]
fn doctor_says_what_is_here() {
    let place = Place::new();
    let text = place.good(&["doctor"]);
    for words in ["CPU", "RAM", "finds no device", "stock: works", "lookup"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let json: Value = serde_json::from_str(&place.good(&["doctor", "--json"])).expect("JSON");
    assert_eq!(json["gpu"]["devices"].as_array().map(Vec::len), Some(0));
    assert!(entries(&place.here()).is_empty());
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
        let all = ["measure", "--workload", "plonk", "-k", "6", "--runs", "1"];
        [&all, more].concat()
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

#[test]
fn the_ladder_on_an_emulated_device() {
    let place = Place::new();
    let measure = [
        "measure",
        "--workload",
        "plonk",
        "-k",
        "6",
        "--rungs",
        "all",
        "--device",
        "cuda",
        "--runs",
        "1",
        "--warmup",
        "0",
    ];
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
        let arguments = [
            "prove",
            "--workload",
            "plonk",
            "-k",
            "6",
            "--out",
            out,
            "--json",
        ];
        let facts = place.good_with_device(&[&arguments, more].concat());
        let facts: Value = serde_json::from_str(&facts).expect("JSON");
        facts["proof_sha256"].as_str().expect("a hash").to_owned()
    };
    let cpu = prove("cpu", &["--device", "cpu"]);
    assert_eq!(prove("cuda", &["--device", "cuda", "--checked"]), cpu);
    assert_eq!(prove("small", &["--device", "cuda", "--vram", "4MiB"]), cpu);
    let arguments = ["prove", "--workload", "plonk", "-k", "6", "--out", "none"];
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
fn what_no_circuit_can_be_is_refused_before_any_work() {
    let place = Place::new();
    let domain = "and the scalar field has none above 2^28";
    for (arguments, words) in [
        (
            &["estimate", "-k", "28"][..],
            ["k = 28: with degree 5", "the largest k is 26"],
        ),
        (
            &["estimate", "-k", "26", "--degree", "6"],
            ["k = 26: with degree 6", "the largest k is 25"],
        ),
        (
            &["estimate", "-k", "27", "--degree", "9"],
            ["a domain of 2^30", "the largest k is 25"],
        ),
        (
            &["estimate", "--workload", "lookup", "-k", "27"],
            ["workload `lookup`: k = 27", "the largest k is 26"],
        ),
        (
            &[
                "prove",
                "--workload",
                "lookup",
                "-k",
                "27",
                "--out",
                "proof",
            ],
            ["workload `lookup`: k = 27", "the largest k is 26"],
        ),
        (
            &["measure", "--workload", "plonk", "-k", "28"],
            ["workload `plonk`: k = 28", "the largest k is 27"],
        ),
    ] {
        place.bad(arguments, 2, &[words[0], words[1], domain]);
    }
    assert_eq!(entries(&place.here()), Vec::<String>::new());
    place.bad(&["estimate", "-k", "3"], 2, &["-k 3: it is at least 4"]);
    for flag in ["--advice", "--fixed", "--instance", "--lookups"] {
        for count in ["16385", "4000000000", "18446744073709551615"] {
            let words = [count, "the most is 16384"];
            place.bad(&["estimate", flag, count], 2, &words);
        }
    }
    // As many as there can be are no trouble.
    let most = place.good(&["estimate", "--lookups", "16384"]);
    assert!(most.contains("lookups 16384"), "{most}");
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

/// The child processes of a process.
#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("processes");
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_child = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // pid (name) state parent ...
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        after_name.split(' ').nth(1) == Some(&parent.to_string())
    };
    pids.filter(is_child).collect()
}

/// Starts a long measurement, and does something to it once its rungs have been loaded.
#[cfg(target_os = "linux")]
fn disturb(place: &Place, disturb: impl FnOnce(u32, &[u32])) -> (Option<i32>, String) {
    const PROCESSES: usize = 3;
    let arguments = [
        "measure",
        "--workload",
        "plonk",
        "-k",
        "10",
        "--runs",
        "100000",
        "--out",
        "new",
    ];
    let mut command = place.command(&arguments);
    let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
    let measure = command.spawn().expect("it starts");
    let deadline = Instant::now() + Duration::from_secs(60);
    while children(measure.id()).len() < PROCESSES {
        assert!(Instant::now() < deadline, "its processes do not come up");
        thread::sleep(Duration::from_millis(50));
    }
    let workers = children(measure.id());
    disturb(measure.id(), &workers);
    let output = measure.wait_with_output().expect("it ends");
    for worker in workers {
        let gone = !Path::new(&format!("/proc/{worker}")).exists();
        assert!(gone, "process {worker} is an orphan");
    }
    place.assert_tidy();
    assert!(entries(&place.here()).is_empty(), "half of a report");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains("panicked"), "{stderr}");
    (output.status.code(), stderr)
}

#[cfg(target_os = "linux")]
fn signal(name: &str, process: u32) {
    let kill = Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(kill.expect("kill").success());
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_leaves_nothing_behind() {
    let place = Place::new();
    let (code, stderr) = disturb(&place, |measure, _| signal("-INT", measure));
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stderr.contains("interrupted"), "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_worker_that_dies_is_an_error() {
    let place = Place::new();
    let (code, stderr) = disturb(&place, |_, workers| signal("-KILL", workers[2]));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("plonk k=10 was killed"), "{stderr}");
}

#[test]
fn a_plug_is_laid_out_where_nothing_else_is() {
    let place = Place::new();
    let patch = place.good(&["plug", "a plug"]);
    let facade = place.here().join("a plug/halo2-axiom");
    assert!(facade.join("Cargo.toml").exists());
    let facade = facade.canonicalize().expect("it is there");
    let path = format!("[patch.crates-io]\nhalo2-axiom = {{ path = {facade:?} }}\n");
    assert!(patch.ends_with(&path), "{patch}");
    // It is up to date.
    assert_eq!(place.good(&["plug", "a plug"]), patch);
    place.bad(&["plug", "."], 2, &["not empty", "name an empty folder"]);
    place.bad(
        &["plug", "other", "--stock", "a plug"],
        2,
        &["no package", "--stock"],
    );
    assert_eq!(entries(&place.here()), ["a plug"]);
}
