//! What a plug consists of, before it is written: so that nothing is written of one that cannot be.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    below,
    error::{PlugError, Result},
};

/// The files of a plug.
#[derive(Debug)]
pub struct Layout {
    /// Where it will be.
    folder: PathBuf,
    /// Paths from there, with slashes, and what is in the files.
    files: BTreeMap<String, Vec<u8>>,
}

impl Layout {
    /// Nothing yet, for a folder whose path is resolved.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            files: BTreeMap::new(),
        }
    }

    pub fn add(&mut self, path: String, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path, bytes.into());
    }

    /// A file as it is.
    pub fn add_file(&mut self, to: String, from: &Path) -> Result<()> {
        let bytes = fs::read(from).map_err(PlugError::file("read", from))?;
        self.add(to, bytes);
        Ok(())
    }

    /// The files of a folder as they are. What is hidden stays out: it belongs to editors and to version
    /// control.
    pub fn add_folder(&mut self, to: &str, from: &Path) -> Result<()> {
        let resolved = from.canonicalize().map_err(PlugError::file("read", from))?;
        // The next plug would have this one in it.
        if self.folder.starts_with(resolved) {
            return Err(PlugError::InsideSources {
                folder: self.folder.clone(),
                sources: from.to_owned(),
            });
        }
        self.walk(to, from, "")
    }

    fn walk(&mut self, to: &str, from: &Path, within: &str) -> Result<()> {
        let folder = from.join(within);
        for entry in fs::read_dir(&folder).map_err(PlugError::file("read", &folder))? {
            let path = entry.map_err(PlugError::file("read", &folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| not_unicode(&path))?;
            let within = match within {
                "" => name.to_owned(),
                _ => below(within, name),
            };
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                self.walk(to, from, &within)?;
            } else {
                self.add_file(below(to, &within), &path)?;
            }
        }
        Ok(())
    }

    /// Has a crate compiled without a word about its style. Cargo silences packages of a registry, but
    /// neither those that it takes from a folder, nor these for a `RUSTFLAGS` that denies warnings.
    pub fn silence(&mut self, crate_root: &str) {
        if let Some(source) = self.files.get_mut(crate_root) {
            source.splice(0..0, *b"#![allow(warnings)]\n");
        }
    }

    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }
}

fn not_unicode(path: &Path) -> PlugError {
    let error = io::Error::new(io::ErrorKind::InvalidData, "its name is not Unicode");
    PlugError::file("lay out", PathBuf::from(path))(error)
}
