//! A folder to call the command line in, and what it answers.

use halo2_offload_cuda_emulator::{child_environment, Config};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// An empty folder to work in, with a folder for temporary files beside it.
pub struct Place {
    pub base: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let base = tempfile::tempdir().expect("a folder");
        for name in ["here", "tmp"] {
            fs::create_dir(base.path().join(name)).expect("a folder");
        }
        Self { base }
    }

    pub fn here(&self) -> PathBuf {
        self.base.path().join("here")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
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
    pub fn on(&self, command: &mut Command, config: &Config) {
        let environment = child_environment(config, &self.emulator_report());
        command.envs(environment.expect("the emulator is built with this test"));
    }

    /// Where an emulated machine leaves its report.
    pub fn emulator_report(&self) -> PathBuf {
        self.base.path().join("emulator.json")
    }

    /// Runs with an emulated device, and expects it to do well.
    pub fn good_with_device(&self, arguments: &[&str]) -> String {
        let mut command = self.command(arguments);
        self.on(&mut command, &Config::default());
        let output = command.output().expect("it starts");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        self.assert_tidy();
        String::from_utf8(output.stdout).expect("text")
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    /// Runs, and expects it to do well.
    pub fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        self.assert_tidy();
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs, and expects that exit code, and those words on stderr and no panic.
    pub fn bad(&self, arguments: &[&str], code: i32, words: &[&str]) {
        self.assert_bad(&mut self.command(arguments), arguments, code, words);
    }

    /// The same with an emulated device.
    pub fn bad_with_device(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let mut command = self.command(arguments);
        self.on(&mut command, &Config::default());
        self.assert_bad(&mut command, arguments, code, words);
    }

    pub fn assert_bad(&self, command: &mut Command, arguments: &[&str], code: i32, words: &[&str]) {
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
    pub fn assert_tidy(&self) {
        assert_eq!(entries(&self.base.path().join("tmp")), Vec::<String>::new());
    }
}

pub fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<_> = entries
        .map(|entry| name(entry.expect("an entry")))
        .collect();
    names.sort();
    names
}

pub fn report(json: &str) -> Value {
    let report = serde_json::from_str(json).expect("JSON");
    let schema = include_str!("../../../measure/schema/report-1.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<_> = validator.iter_errors(&report).collect();
    assert!(errors.is_empty(), "{errors:?} in {json}");
    report
}
