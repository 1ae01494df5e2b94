//! Manifests: read, and without what only those need who work on the package.

use std::{
    fs,
    path::{Path, PathBuf},
};
use toml_edit::{DocumentMut, Item, Table, TableLike};

use crate::{
    error::{PlugError, Result},
    manifest_of,
};

/// The manifest of a package or a workspace.
#[derive(Debug)]
pub struct Manifest {
    path: PathBuf,
    pub document: DocumentMut,
}

impl Manifest {
    /// Reads that of the package in a folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = manifest_of(folder);
        let text = fs::read_to_string(&path).map_err(PlugError::file("read", &path))?;
        let document = text.parse().map_err(|error| PlugError::Manifest {
            path: path.clone(),
            reason: format!("{error}"),
        })?;
        Ok(Self { path, document })
    }

    /// What the package says of itself under a key, if that is text.
    pub fn package(&self, key: &str) -> Option<&str> {
        self.document.get("package")?.get(key)?.as_str()
    }

    /// A table at the top.
    pub fn table(&mut self, name: &str) -> Result<&mut Table> {
        let path = &self.path;
        let table = self.document.get_mut(name).and_then(Item::as_table_mut);
        table.ok_or_else(|| PlugError::Manifest {
            path: path.clone(),
            reason: format!("it has no [{name}]"),
        })
    }

    /// The names of the dependencies, those of the build script included.
    pub fn dependencies(&self) -> impl Iterator<Item = &str> {
        ["dependencies", "build-dependencies"]
            .into_iter()
            .filter_map(|table| self.document.get(table)?.as_table_like())
            .flat_map(TableLike::iter)
            .map(|(name, _)| name)
    }

    /// Leaves the library, and what it needs.
    pub fn keep_library(&mut self) {
        for part in ["bin", "test", "bench", "example", "dev-dependencies"] {
            self.document.remove(part);
        }
        if let Some(targets) = table_like(self.document.get_mut("target")) {
            for (_, target) in targets.iter_mut() {
                table_like(Some(target)).map(|target| target.remove("dev-dependencies"));
            }
            let bare = |item: &Item| item.as_table_like().is_some_and(TableLike::is_empty);
            let bare: Vec<String> = targets
                .iter()
                .filter(|(_, target)| bare(target))
                .map(|(name, _)| name.to_owned())
                .collect();
            for name in bare {
                targets.remove(&name);
            }
        }
    }
}

fn table_like(item: Option<&mut Item>) -> Option<&mut dyn TableLike> {
    item?.as_table_like_mut()
}
