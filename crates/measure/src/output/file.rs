//! A file, written under another name and then put in place.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::temporary::{temporary, Temporary};
use crate::error::{Error, Result};

/// Writes a file by way of a temporary one beside it.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    write_file_with(path, |file| {
        file.write_all(bytes).map_err(Error::file("write", path))
    })
}

/// Writes a file that `fill` makes, by way of a temporary one beside it.
pub fn write_file_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    Filled::new(path, fill)?.persist().map(drop)
}

/// A file of which everything has been written, under another name.
pub(super) struct Filled {
    pub(super) path: PathBuf,
    file: Temporary,
}

impl Filled {
    pub(super) fn new(
        path: &Path,
        fill: impl FnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<Self> {
        let file = temporary(folder_of(path)).map_err(Error::file("make", path))?;
        let mut writer = BufWriter::new(file);
        fill(&mut writer)?;
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error);
        Ok(Self {
            file: file.map_err(Error::file("write", path))?,
            path: path.to_owned(),
        })
    }

    pub(super) fn persist(self) -> Result<PathBuf> {
        let Self { path, file } = self;
        file.file
            .persist(&path)
            .map_err(|error| Error::file("write", &path)(error.error))?;
        Ok(path)
    }
}

/// A file that is about to be replaced, under a second name, which is gone when this is dropped.
pub(super) struct Replaced {
    path: PathBuf,
    /// None where there was no file, or it can have no second name.
    kept: Option<tempfile::TempPath>,
}

impl Replaced {
    pub(super) fn of(path: &Path) -> Self {
        // A name that is free: that of a temporary file, which is removed for it.
        let kept = temporary(folder_of(path)).ok().and_then(|file| {
            let Temporary { file, _pending } = file;
            let free = file.into_temp_path();
            fs::remove_file(&free).ok()?;
            let kept = fs::hard_link(path, &free);
            kept.or_else(|_| fs::copy(path, &free).map(drop)).ok()?;
            Some(free)
        });
        Self {
            path: path.to_owned(),
            kept,
        }
    }

    /// The new file has no partner: it goes, and the old one is back.
    pub(super) fn put_back(self) {
        let back = match self.kept {
            Some(kept) => kept.persist(&self.path).map_err(io::Error::from),
            None => fs::remove_file(&self.path),
        };
        if let Err(error) = back {
            tracing::warn!(%error, path = %self.path.display(), "a file is left without its partner");
        }
    }
}

/// Checks that a file can be made at a path, before the work that it takes.
///
/// # Errors
///
/// If it cannot.
pub fn check_writable(path: &Path) -> io::Result<()> {
    temporary(folder_of(path)).map(drop)
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
