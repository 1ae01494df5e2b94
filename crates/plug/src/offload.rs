//! Our libraries: the root package, and the packages of ours that it needs.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use toml_edit::{value, Array, InlineTable, Item};

use crate::{below, error::Result, layout::Layout, manifest::Manifest, stock, STOCK_NAME};

const FOLDER: &str = "halo2-offload";
/// What is appended to our version: a program that is built with the plug may depend on these packages
/// itself, too, and Cargo tells packages of one name that are in folders by their versions alone.
const BUILD_METADATA: &str = "+plug";
/// Kernels, compiled: what a library has beside its code.
const KERNELS: &str = "ptx";

/// Adds our libraries to the layout, with the renamed stock package for halo2-axiom.
pub fn lay(layout: &mut Layout, checkout: &Path) -> Result<()> {
    let mut root = Manifest::read(checkout)?;
    root.keep_library();
    let (packages, needed) = closure(checkout, &mut root)?;

    root.document.remove("profile");
    let workspace = root.table("workspace")?;
    workspace.insert("members", value(Array::from_iter(packages.keys())));
    for of_the_checkout in ["exclude", "default-members"] {
        workspace.remove(of_the_checkout);
    }
    if let Some(version) = workspace
        .get_mut("package")
        .and_then(|package| package.get_mut("version"))
    {
        if let Some(number) = version.as_str() {
            *version = value(format!("{number}{BUILD_METADATA}"));
        }
    }
    if let Some(dependencies) = workspace
        .get_mut("dependencies")
        .and_then(Item::as_table_mut)
    {
        dependencies.retain(|name, _| needed.contains(name));
        dependencies.insert(STOCK_NAME, value(renamed_stock()));
    }

    add(layout, FOLDER, checkout, &root)?;
    for (path, manifest) in &packages {
        let to = below(FOLDER, path);
        add(layout, &to, &checkout.join(path), manifest)?;
    }
    Ok(())
}

/// The packages of ours that the root package needs, by their paths, and the names of all
/// dependencies of theirs and its.
fn closure(
    checkout: &Path,
    root: &mut Manifest,
) -> Result<(BTreeMap<String, Manifest>, BTreeSet<String>)> {
    let mut packages = BTreeMap::new();
    let mut needed = BTreeSet::new();
    let mut open: Vec<String> = root.dependencies().map(str::to_owned).collect();
    let workspace = root.table("workspace")?;
    while let Some(name) = open.pop() {
        let path = workspace.get("dependencies").and_then(|dependencies| {
            let dependency = dependencies.get(&name)?;
            dependency.get("path")?.as_str()
        });
        if !needed.insert(name) {
            continue;
        }
        if let Some(path) = path {
            let mut manifest = Manifest::read(&checkout.join(path))?;
            manifest.keep_library();
            open.extend(manifest.dependencies().map(str::to_owned));
            packages.insert(path.to_owned(), manifest);
        }
    }
    Ok((packages, needed))
}

/// Without default features, so that what the client asks of the facade is what the stock crate is
/// built with. We are written for circuits that have parameters.
fn renamed_stock() -> InlineTable {
    let mut dependency = InlineTable::new();
    dependency.insert("package", stock::RENAMED.into());
    dependency.insert("path", format!("../{}", stock::RENAMED).into());
    dependency.insert("default-features", false.into());
    dependency.insert("features", Array::from_iter(["circuit-params"]).into());
    dependency
}

/// Adds a package: its manifest, its code, its build script, and the kernels that it carries.
fn add(layout: &mut Layout, to: &str, from: &Path, manifest: &Manifest) -> Result<()> {
    layout.add(below(to, "Cargo.toml"), manifest.document.to_string());
    layout.add_folder(&below(to, "src"), &from.join("src"))?;
    layout.silence(&below(to, "src/lib.rs"));
    // `build/` of a package is its build script's where the manifest says so, and build output if not.
    if let Some(script) = manifest.package("build") {
        match script.split_once('/') {
            Some((folder, _)) => layout.add_folder(&below(to, folder), &from.join(folder))?,
            None => layout.add_file(below(to, script), &from.join(script))?,
        }
        layout.silence(&below(to, script));
    }
    if from.join(KERNELS).is_dir() {
        layout.add_folder(&below(to, KERNELS), &from.join(KERNELS))?;
    }
    Ok(())
}
