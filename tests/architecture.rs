//! Where things stand: an operation of the engine in few places, and no file too long to be read.
//!
//! `docs/architecture.md` has the same lists for people, and how an operation or a kernel is added.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The families of operations: the trait, and the name of its file wherever that stands.
const FAMILIES: [(&str, &str); 7] = [
    ("Columns", "columns"),
    ("Commit", "commit"),
    ("Transforms", "transforms"),
    ("RowPrograms", "rows"),
    ("Products", "products"),
    ("Lookups", "lookups"),
    ("Polynomials", "polynomials"),
];

/// Where an operation stands: what it is, the CPU's kernel, the device's method, and what all engines are
/// held to. `Checked`, `Altered`, `Estimate` and the device's plan follow from these.
const PLACES: [&str; 4] = [
    "crates/engine/src/engine",
    "crates/engine/src/cpu",
    "crates/cuda/src/engine",
    "crates/engine/src/suite",
];

/// Operations that have no test of their own in the suite: parts of others, and what an engine says of
/// itself or plans.
const UNTESTED_ALONE: [&str; 10] = [
    "begin_commit",
    "columns_at_a_time",
    "finish_commit",
    "has_data",
    "load_srs",
    "name",
    "place",
    "prepare",
    "trim",
    "working_columns",
];

/// Lines that a file has at most.
const MOST_LINES: usize = 450;

/// Files that are no text: written by a script.
const TABLES: [&str; 1] = ["kernels/src/signatures.rs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Our sources, by their path from the root, with what is in them.
fn sources() -> Vec<(String, String)> {
    let mut sources = Vec::new();
    let folders = [
        "benches", "crates", "findings", "fuzz", "kernels", "src", "tests",
    ];
    let mut unread: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(path) = unread.pop() {
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name == "target") {
                continue;
            }
            let entries = fs::read_dir(&path).expect("a folder of ours");
            unread.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path
            .extension()
            .is_some_and(|kind| kind == "rs" || kind == "cu" || kind == "cuh")
        {
            let name = path.strip_prefix(root()).expect("it is below the root");
            let name = name.to_string_lossy().replace('\\', "/");
            sources.push((name, fs::read_to_string(&path).expect("a text")));
        }
    }
    sources.sort();
    sources
}

/// Nobody but the two engines that compute implements a family: what else is an engine follows from one
/// of them, or from the trait.
#[test]
fn an_operation_stands_in_four_places() {
    let sources = sources();
    for (family, file) in FAMILIES {
        let expected: BTreeSet<String> = ["crates/engine/src/cpu", "crates/cuda/src/engine"]
            .map(|place| format!("{place}/{file}.rs"))
            .into();
        let head = format!(" {family} for ");
        let implemented: BTreeSet<String> = sources
            .iter()
            .filter(|(_, text)| {
                let mut lines = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"));
                lines.any(|line| line.starts_with("impl") && line.contains(&head))
            })
            .map(|(name, _)| name.clone())
            .collect();
        assert_eq!(implemented, expected, "{family}");

        let definition = format!("#[operations]\npub trait {family}");
        let defined: Vec<_> = sources
            .iter()
            .filter(|(_, text)| text.contains(&definition))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(defined, [format!("{}/{file}.rs", PLACES[0])], "{family}");

        let suite = format!("{}/{file}.rs", PLACES[3]);
        let (_, tests) = sources
            .iter()
            .find(|(name, _)| *name == suite)
            .unwrap_or_else(|| panic!("{family}: {suite} has its tests"));
        for operation in operations(&sources, file) {
            let is_covered = UNTESTED_ALONE.contains(&operation.as_str())
                || tests.contains(&format!("{family}::{operation}`"));
            assert!(
                is_covered,
                "{family}: {suite} has no test of [`{family}::{operation}`]"
            );
        }
    }
}

/// A test that is not in the list at the end of its file would never run.
#[test]
fn every_test_of_the_suite_is_in_its_list() {
    let suite = sources()
        .into_iter()
        .filter(|(name, _)| name.starts_with(&format!("{}/", PLACES[3])));
    for (name, text) in suite {
        let Some((tests, list)) = text.split_once("macro_rules!") else {
            continue;
        };
        let names = tests
            .lines()
            .filter_map(|line| {
                line.strip_prefix("pub fn ")?
                    .split_once("<E: Engine>(engine: &E)")
            })
            .map(|(test, _)| test);
        for test in names {
            let is_listed = list.lines().any(|line| line.trim() == test);
            assert!(is_listed, "{name}: `{test}` is not in the list at its end");
        }
    }
}

/// The operations that a family's file defines.
fn operations(sources: &[(String, String)], file: &str) -> Vec<String> {
    let name = format!("{}/{file}.rs", PLACES[0]);
    let (_, text) = sources
        .iter()
        .find(|(found, _)| *found == name)
        .unwrap_or_else(|| panic!("{name} is there"));
    let (_, definition) = text
        .split_once("#[operations]")
        .unwrap_or_else(|| panic!("{name} has operations"));
    let definition = definition.split("\n}\n").next().unwrap_or_default();
    let operations: Vec<String> = definition
        .lines()
        .filter_map(|line| line.strip_prefix("    fn "))
        .map(|line| {
            line.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect();
    assert!(!operations.is_empty(), "{name}");
    operations
}

/// Kernels for a vector unit, a folder of the CPU's, stand under the names that the portable ones have, and are
/// called from there alone: the choice between the two is made in one place.
#[test]
fn vector_kernels_are_called_by_their_family() {
    const VECTORS: &str = "crates/engine/src/cpu/avx512/";
    // What is called, and the files and folders that do.
    const CALLED: [(&str, &[&str]); 6] = [
        ("lookups", &["lookups.rs"]),
        ("msm", &["msm/", "commit.rs"]),
        ("ntt", &["ntt/", "tables.rs", "transforms.rs"]),
        ("polynomials", &["polynomials.rs"]),
        ("products", &["products.rs"]),
        ("rows", &["rows.rs"]),
    ];
    let sources = sources();
    let others = sources.iter().filter(|(name, _)| {
        let is_engine = name.starts_with("crates/engine/src/");
        is_engine && !name.starts_with(VECTORS)
    });
    for (name, text) in others {
        for (module, callers) in CALLED {
            let is_caller = callers
                .iter()
                .any(|caller| name.starts_with(&format!("{}/{caller}", PLACES[1])));
            let calls = text.contains(&format!("avx512::{module}"));
            assert!(is_caller || !calls, "{name} calls avx512::{module}");
        }
    }
}

/// The page for people names the places, the families and what follows from them.
#[test]
fn the_page_names_every_place() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    for place in PLACES {
        assert!(page.contains(place), "{place}");
        for (_, file) in FAMILIES {
            let path = root().join(place).join(format!("{file}.rs"));
            assert!(path.is_file(), "{} is there", path.display());
        }
    }
    for (family, _) in FAMILIES {
        assert!(page.contains(&format!("`{family}`")), "{family}");
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    let too_long: Vec<_> = sources()
        .into_iter()
        .filter(|(name, _)| !TABLES.contains(&name.as_str()))
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .collect();
    assert!(
        too_long.is_empty(),
        "more than {MOST_LINES} lines: {too_long:?}"
    );
}
