//! Files that are there whole, or not at all.

use std::{
    fs, io,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// Writes a file by way of a temporary one beside it.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    write_file_with(path, |file| {
        file.write_all(bytes).map_err(Error::file("write", path))
    })
}

/// Writes a file that `fill` makes, by way of a temporary one beside it.
pub fn write_file_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let file = temporary(folder).map_err(Error::file("make", path))?;
    let mut writer = BufWriter::new(file);
    fill(&mut writer)?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error);
    file.and_then(|file| file.persist(path).map_err(io::Error::from))
        .map_err(Error::file("write", path))?;
    Ok(())
}

fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".halo2-offload-");
    // What others may do with it is for the umask to say.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// A folder that results will be written to. It is made and tried when this is made, before
/// any work; where nothing has been written to a folder that we made, it is removed again.
#[derive(Debug)]
pub struct OutputFolder {
    path: PathBuf,
    /// The folders that were not there before, innermost first.
    made: Vec<PathBuf>,
}

impl OutputFolder {
    /// Makes the folder if need be, and checks that files can be written to it.
    ///
    /// # Errors
    ///
    /// If they cannot.
    pub fn create(path: &Path) -> Result<Self> {
        let mut folder = Self {
            path: path.to_owned(),
            made: Vec::new(),
        };
        let missing = path
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        let made = fs::create_dir_all(path);
        folder.made = missing;
        made.and_then(|()| temporary(path).map(drop))
            .map_err(|source| Error::Output {
                path: path.to_owned(),
                source,
            })?;
        Ok(folder)
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.path.join(name);
        write_file(&path, bytes)?;
        Ok(path)
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        for folder in &self.made {
            // It fails if something is in there, as it should.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unused_folder_does_not_stay() {
        let base = tempfile::tempdir().expect("a folder");
        let path = base.path().join("a/b");
        drop(OutputFolder::create(&path).expect("writable"));
        assert!(!base.path().join("a").exists());

        let folder = OutputFolder::create(&path).expect("writable");
        let file = folder.write("x", b"1").expect("written");
        folder.write("x", b"22").expect("replaced");
        drop(folder);
        assert_eq!(fs::read(file).expect("there"), b"22");
        assert_eq!(fs::read_dir(&path).expect("there").count(), 1);
    }

    #[test]
    fn a_file_is_no_folder() {
        let base = tempfile::tempdir().expect("a folder");
        let path = base.path().join("file");
        fs::write(&path, "").expect("written");
        for path in [path.clone(), path.join("below")] {
            let error = OutputFolder::create(&path).expect_err("a file").to_string();
            assert!(error.contains("--out"), "{error}");
        }
    }
}
