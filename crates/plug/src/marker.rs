//! What a plug says of itself, so that the next run knows what it may change.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Component, Path},
};
use toml_edit::{value, Array, DocumentMut};

use crate::{
    error::{PlugError, Result},
    layout::Layout,
};

const FILE: &str = "plug.toml";
/// The marker while it is written.
pub const PART: &str = "plug.toml.part";
const REMARK: &str = "# `halo2-offload plug` laid these files out. It overwrites what is changed in them, and removes those\n\
                      # that are not part of the plug any more.\n\n";

/// What a plug consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    pub version: String,
    /// Whether all of it was written.
    pub finished: bool,
    /// From the plug's folder, with slashes.
    pub files: BTreeSet<String>,
}

impl Marker {
    /// That of a plug of this version.
    pub fn of(layout: &Layout) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            finished: true,
            files: layout.files().map(|(path, _)| path.to_owned()).collect(),
        }
    }

    /// That of the plug in a folder, if it is one.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::InvalidData => Ok(None),
                _ => Err(PlugError::file("read", path)(error)),
            },
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let document: DocumentMut = text.parse().ok()?;
        let files = document.get("files")?.as_array()?.iter();
        let files: Option<BTreeSet<_>> =
            files.map(|path| path.as_str().map(str::to_owned)).collect();
        let files = files?;
        // What is removed is below the folder, whoever wrote this.
        let below = |path: &String| {
            let mut components = Path::new(path).components();
            components.all(|component| matches!(component, Component::Normal(_)))
        };
        files.iter().all(below).then_some(())?;
        Some(Self {
            version: document.get("version")?.as_str()?.to_owned(),
            finished: document.get("finished")?.as_bool()?,
            files,
        })
    }

    /// Writes it by way of a file beside it, so that it is the old one or the new one.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let mut document = DocumentMut::new();
        document["version"] = value(&self.version);
        document["finished"] = value(self.finished);
        let mut files = Array::from_iter(&self.files);
        for file in files.iter_mut() {
            file.decor_mut().set_prefix("\n    ");
        }
        files.set_trailing("\n");
        files.set_trailing_comma(true);
        document["files"] = value(files);
        let path = folder.join(FILE);
        let part = folder.join(PART);
        fs::write(&part, format!("{REMARK}{document}"))
            .and_then(|()| fs::rename(&part, &path))
            .map_err(PlugError::file("write", path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let marker = Marker {
            version: "1.2.3".to_owned(),
            finished: false,
            files: ["a/b", "c"].map(str::to_owned).into(),
        };
        marker.write(folder.path()).expect("written");
        assert_eq!(Marker::read(folder.path()).expect("read"), Some(marker));
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1);
    }

    #[test]
    fn files_elsewhere_are_not_a_plugs() {
        for path in ["../a", "/a", "a/../../b"] {
            let text = format!("version = '1'\nfinished = true\nfiles = ['{path}']");
            assert_eq!(Marker::parse(&text), None, "{path}");
        }
        assert_eq!(Marker::parse("version = '1'"), None);
        assert_eq!(Marker::parse("not TOML"), None);
    }
}
