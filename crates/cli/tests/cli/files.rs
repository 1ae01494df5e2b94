//! Files and streams: paths that are taken, that are no text, and that cannot be written.

use std::{fs, process::Command};

use crate::{
    arguments::{to_measure, to_prove},
    place::{entries, Place},
};

/// Refused before the work that would be in vain, and before anything is written over.
#[test]
fn what_is_in_the_way_is_said_beforehand() {
    let place = Place::new();
    let prove = to_prove("plonk", "6", &["--out"]);
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
        &to_prove("lookup", "9", &["--out", "new"])[..],
        &to_measure("lookup", "9", &["--rungs", "stock"]),
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
    let large = to_measure("plonk", "28", &["--rungs", "cpu"]);
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
    let measure = to_measure("plonk", "6", &["--runs", "1", "--rungs", "cpu", "--out"]);
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
    let prove = to_prove("plonk", "6", &["--out", "out", "--srs", "pipe"]);
    place.bad(&prove, 2, &["SRS file pipe", "it is no file"]);
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
    place.good(&to_prove("plonk", "6", &["--out", "proof"]));
    let measure = to_measure(
        "plonk",
        "6",
        &["--runs", "1", "--warmup", "0", "--rungs", "cpu"],
    );
    let measure_json = [&measure[..], &["--json"]].concat();
    for arguments in [
        &["verify", "proof"][..],
        &["verify", "proof", "--json"],
        &to_prove("plonk", "6", &["--out", "proof"]),
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
