//! halo2-axiom itself, under another name.

use std::{collections::BTreeSet, path::Path};
use toml_edit::{value, Item, Table};

use crate::{
    below,
    error::{PlugError, Result},
    layout::Layout,
    manifest::Manifest,
    manifest_of, STOCK_NAME, STOCK_VERSION,
};

/// Its name in a plug, and its folder.
pub const RENAMED: &str = "halo2-axiom-stock";

const REMARK: &str =
    "# halo2-axiom 0.5.3 under another name. `halo2-offload plug` writes this file.\n\n";

/// Adds the package in `folder` to the layout. Returns the names of its features.
pub fn lay(layout: &mut Layout, folder: &Path) -> Result<BTreeSet<String>> {
    let other = |found: String| PlugError::OtherStock {
        folder: folder.to_owned(),
        found,
    };
    if !manifest_of(folder).exists() {
        return Err(other("no package".to_owned()));
    }
    let mut manifest = Manifest::read(folder)?;
    let said = |key| manifest.package(key).unwrap_or("(not said)");
    if (said("name"), said("version")) != (STOCK_NAME, STOCK_VERSION) {
        return Err(other(format!("{} {}", said("name"), said("version"))));
    }
    manifest.keep_library();
    let package = manifest.table("package")?;
    package.insert("name", value(RENAMED));
    package.insert("publish", value(false));
    package.decor_mut().set_prefix(REMARK);
    for of_the_registry in ["readme", "metadata"] {
        package.remove(of_the_registry);
    }
    // Of no workspace, wherever the plug is.
    manifest
        .document
        .insert("workspace", Item::Table(Table::new()));

    if !folder.join("src/lib.rs").is_file() {
        return Err(other("halo2-axiom 0.5.3 without src/lib.rs".to_owned()));
    }
    layout.add_folder(&below(RENAMED, "src"), &folder.join("src"))?;
    layout.silence(&below(RENAMED, "src/lib.rs"));
    layout.add(below(RENAMED, "Cargo.toml"), manifest.document.to_string());
    Ok(features(&manifest))
}

/// The features of a package: those that it names, and its optional dependencies where they are
/// features by themselves, which they are unless some feature has them as `dep:`.
fn features(manifest: &Manifest) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut hidden = BTreeSet::new();
    let table = |name| manifest.document.get(name).and_then(Item::as_table_like);
    for (name, enables) in table("features").iter().flat_map(|table| table.iter()) {
        names.insert(name.to_owned());
        let enables = enables.as_array().into_iter().flatten();
        let enables = enables.filter_map(|value| value.as_str()?.strip_prefix("dep:"));
        hidden.extend(enables.map(str::to_owned));
    }
    for (name, dependency) in table("dependencies").iter().flat_map(|table| table.iter()) {
        let optional = dependency.get("optional").and_then(Item::as_bool);
        if optional == Some(true) && !hidden.contains(name) {
            names.insert(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_dependencies_are_features_unless_they_are_hidden() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = r#"
            [features]
            default = ["a"]
            a = ["dep:hidden", "shown"]
            [dependencies]
            hidden = { version = "1", optional = true }
            shown = { version = "1", optional = true }
            always = "1"
        "#;
        std::fs::write(folder.path().join("Cargo.toml"), text).expect("written");
        let manifest = Manifest::read(folder.path()).expect("a manifest");
        let features = features(&manifest);
        assert_eq!(Vec::from_iter(features), ["a", "default", "shown"]);
    }
}
