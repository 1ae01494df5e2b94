//! Every kernel is where a reader looks for it: in the index, in the budget, and in one launcher.

use std::fs;
use std::path::{Path, PathBuf};

use halo2_offload_kernels::signatures::ENTRY_POINTS;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of the index: the module, or nothing where it is the one above, and the entry points.
fn index() -> Vec<(Vec<String>, Vec<String>)> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, index) = readme.split_once("\n## Index\n").unwrap();
    let (index, _) = index.split_once("\n## ").unwrap();
    let words = |cell: &str| -> Vec<String> {
        let code = cell.split('`').skip(1).step_by(2);
        code.flat_map(str::split_whitespace)
            .map(str::to_owned)
            .collect()
    };
    let mut rows: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for line in index.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let mut cells = line.split('|').skip(1).map(words);
        let (mut modules, entries) = (cells.next().unwrap(), cells.next().unwrap());
        if modules.is_empty() {
            modules.clone_from(&rows.last().unwrap().0);
        }
        rows.push((modules, entries));
    }
    rows
}

/// A row names its entry points by what follows the module's name, or its folder's; one that is named
/// as its module may be left out.
fn is_in_row(module: &str, entry: &str, (modules, entries): &(Vec<String>, Vec<String>)) -> bool {
    let (folder, _) = module.split_once('_').unwrap();
    let names = |suffix: &String| {
        entry == format!("{module}{suffix}") || entry == format!("{folder}{suffix}")
    };
    modules.iter().any(|of| of == module)
        && (entries.iter().any(names) || entries.is_empty() && entry == module)
}

#[test]
fn every_kernel_is_in_the_index() {
    let rows = index();
    let missing: Vec<&str> = ENTRY_POINTS
        .iter()
        .filter(|(module, entry, _)| !rows.iter().any(|row| is_in_row(module, entry, row)))
        .map(|(_, entry, _)| *entry)
        .collect();
    assert!(
        missing.is_empty(),
        "the index of kernels/README.md has no row for {missing:?}: add them"
    );
}

#[test]
fn every_kernel_has_a_budget() {
    let budgets = fs::read_to_string(root().join("budgets.json")).unwrap();
    let (_, registers) = budgets.split_once("\"registers\": {").unwrap();
    let missing: Vec<&str> = ENTRY_POINTS
        .iter()
        .map(|(_, entry, _)| *entry)
        .filter(|entry| !registers.contains(&format!("\"{entry}\": {{")))
        .collect();
    assert!(
        missing.is_empty(),
        "kernels/budgets.json has no registers of {missing:?}: run scripts/kernels-budget.py --update"
    );
}

/// `poly_inverse` as the type that stands for it in Rust: `PolyInverse`.
fn type_of(entry: &str) -> String {
    entry
        .split('_')
        .flat_map(|word| {
            let (first, rest) = word.split_at(1);
            [first.to_uppercase(), rest.to_owned()]
        })
        .collect()
}

fn rust_files(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            // What comments say of a kernel launches nothing.
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let code = code.collect::<Vec<_>>().join("\n");
            found.push((path, code));
        }
    }
}

#[test]
fn every_kernel_is_launched_from_one_file() {
    let mut files = Vec::new();
    rust_files(&root().join("../crates/cuda/src"), &mut files);
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for (module, entry, _) in ENTRY_POINTS {
        let name = type_of(entry);
        let launchers: Vec<&PathBuf> = files
            .iter()
            .filter(|(_, code)| code.split(|c| !is_of_name(c)).any(|word| word == name))
            .map(|(path, _)| path)
            .collect();
        assert_eq!(
            launchers.len(),
            1,
            "{entry} is to be launched from one file of crates/cuda/src, by `entry_points!({module})` and \
             `{name}`; it is from {launchers:?}"
        );
    }
}
