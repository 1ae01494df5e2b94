//! What ships is complete, can be read, and was made from the sources beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use halo2_offload_kernels::{signatures, KernelImage};
use sha2::{Digest, Sha256};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All `.cu` and `.cuh` files of kernels, by their path from `kernels/`; those of tests do not ship.
fn sources() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path == root().join("tests") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|kind| kind == "cu" || kind == "cuh")
            {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, path);
            }
        }
    }
    found
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn ptx_is_of_these_sources() {
    let recorded = fs::read_to_string(root().join("ptx/SOURCES")).unwrap();
    let (total, list) = recorded.split_once('\n').unwrap();
    let actual: String = sources()
        .iter()
        .map(|(name, path)| format!("{}  {name}\n", sha256(&fs::read(path).unwrap())))
        .collect();
    let changed: Vec<&str> = actual
        .lines()
        .filter(|line| !list.lines().any(|other| other == *line))
        .chain(
            list.lines()
                .filter(|line| !actual.lines().any(|other| other == *line)),
        )
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert!(
        actual == list,
        "kernels/ptx was not made from the sources as they are: run scripts/kernels.sh and commit \
         kernels/ptx. Changed, new or gone: {changed:?}"
    );
    assert_eq!(
        total,
        format!("{}  all of the below", sha256(list.as_bytes()))
    );
    assert_eq!(
        KernelImage::shipped().source_hash(),
        sha256(list.as_bytes())
    );
}

#[test]
fn every_source_has_its_module() {
    let expected: Vec<String> = sources()
        .keys()
        .filter_map(|name| Some(name.strip_suffix(".cu")?.replace('/', "_")))
        .collect();
    let image = KernelImage::shipped();
    let mut shipped: Vec<&str> = image.modules().iter().map(|module| module.name()).collect();
    shipped.sort_unstable();
    let mut expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(
        shipped, expected,
        "run scripts/kernels.sh and commit kernels/ptx"
    );
}

#[test]
fn signatures_are_of_these_sources() {
    assert_eq!(
        signatures::SOURCES,
        KernelImage::shipped().source_hash(),
        "kernels/src/signatures.rs was not written from the sources of kernels/ptx: run \
         scripts/kernels.sh and commit both"
    );
}

#[test]
fn signatures_are_those_of_the_ptx() {
    let mut declared = Vec::new();
    for module in KernelImage::shipped().modules() {
        let ptx = module.ptx().unwrap();
        for entry in ptx.split("\n.visible .entry ").skip(1) {
            let (name, rest) = entry.split_once('(').unwrap();
            let (_, bound) = rest.split_once(".maxntid ").unwrap();
            let (threads, _) = bound.split_once(',').unwrap();
            declared.push((
                module.name().to_owned(),
                name.to_owned(),
                threads.to_owned(),
            ));
        }
    }
    let mut read: Vec<_> = signatures::ENTRY_POINTS
        .iter()
        .map(|(module, entry, threads)| {
            (
                (*module).to_owned(),
                (*entry).to_owned(),
                threads.to_string(),
            )
        })
        .collect();
    declared.sort();
    read.sort();
    assert_eq!(read, declared);
}

#[test]
fn ptx_loads_on_old_drivers() {
    for module in KernelImage::shipped().modules() {
        let ptx = module.ptx().unwrap();
        let version = directive(&ptx, ".version");
        let (major, minor) = version.split_once('.').unwrap();
        let version = (major.parse::<u32>().unwrap(), minor.parse::<u32>().unwrap());
        // 8.0 is what the first driver of CUDA 12 reads.
        assert!(version <= (8, 0), "{}: PTX {version:?}", module.name());
        assert_eq!(directive(&ptx, ".target"), "sm_70", "{}", module.name());
        // Kernels, or functions that generated kernels call.
        let has_code = ptx.contains(".visible .entry ") || ptx.contains(".visible .func ");
        assert!(has_code, "{}", module.name());
    }
}

/// The word after a directive that stands once at the start of a line.
fn directive<'a>(ptx: &'a str, name: &str) -> &'a str {
    ptx.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn entry_points_are_unique() {
    let mut owners = BTreeMap::new();
    for module in KernelImage::shipped().modules() {
        for entry in module
            .ptx()
            .unwrap()
            .lines()
            .filter_map(|line| line.strip_prefix(".visible .entry "))
        {
            let entry = entry.trim_end_matches('(').to_owned();
            assert!(
                entry.starts_with(module.name().split('_').next().unwrap()),
                "{entry} of {} is not named after its folder",
                module.name()
            );
            if let Some(other) = owners.insert(entry.clone(), module.name().to_owned()) {
                panic!("{entry} is in {other} and in {}", module.name());
            }
        }
    }
    assert!(!owners.is_empty());
}
