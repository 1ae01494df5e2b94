//! Files that are there whole, or not at all.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::error::{Error, Result};

/// Temporary files and folders have names that begin so.
const PREFIX: &str = ".halo2-offload-";

/// One that nobody holds any more is left alone for so long: between being made and being held it is nobody's.
const GRACE: Duration = Duration::from_secs(60);

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
struct Filled {
    path: PathBuf,
    file: tempfile::NamedTempFile,
    _pending: Pending,
}

impl Filled {
    fn new(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Self> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let file = temporary(folder).map_err(Error::file("make", path))?;
        let pending = Pending::new(file.path().to_owned());
        let mut writer = BufWriter::new(file);
        fill(&mut writer)?;
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error);
        Ok(Self {
            file: file.map_err(Error::file("write", path))?,
            path: path.to_owned(),
            _pending: pending,
        })
    }

    fn persist(self) -> Result<PathBuf> {
        let Self { path, file, .. } = self;
        file.persist(&path)
            .map_err(|error| Error::file("write", &path)(error.error))?;
        Ok(path)
    }
}

fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    clear_stale(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    // What others may do with it is for the umask to say.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(folder)?;
    hold(file.as_file());
    Ok(file)
}

/// A folder that is gone when this is dropped, or, where the process has no time for that, when the next one makes a
/// folder beside it.
#[derive(Debug)]
pub(crate) struct WorkFolder {
    folder: tempfile::TempDir,
    /// Held for as long as the folder is used.
    _file: Option<File>,
}

impl WorkFolder {
    pub(crate) fn create(parent: &Path) -> io::Result<Self> {
        clear_stale(parent);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        // Where a folder cannot be opened as a file it is not held, and never found to be stale.
        let file = File::open(folder.path()).ok();
        if let Some(file) = &file {
            hold(file);
        }
        Ok(Self {
            folder,
            _file: file,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Takes the lock by which others see that it is in use. The system gives it back however this process ends.
fn hold(file: &File) {
    if let Err(error) = file.try_lock() {
        tracing::info!(%error, "a temporary file is not locked");
    }
}

/// Removes what processes that were killed have left in a folder.
fn clear_stale(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let path = entry.path();
        if let Err(error) = clear_if_stale(&entry) {
            tracing::debug!(%error, path = %path.display(), "left alone");
        }
    }
}

fn clear_if_stale(entry: &fs::DirEntry) -> io::Result<()> {
    // Of the entry itself: links are not followed.
    let metadata = entry.metadata()?;
    let age = metadata.modified()?.elapsed().unwrap_or_default();
    if age < GRACE || !(metadata.is_file() || metadata.is_dir()) {
        return Ok(());
    }
    let path = entry.path();
    let file = File::open(&path)?;
    file.try_lock()?;
    match metadata.is_dir() {
        true => fs::remove_dir_all(&path),
        false => fs::remove_file(&path),
    }
}

/// What is to be removed if the process is ended now.
static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn pending() -> MutexGuard<'static, Vec<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file, or a folder if it is empty, that is to be removed if the process is ended while this is there.
#[derive(Debug)]
struct Pending(PathBuf);

impl Pending {
    fn new(path: PathBuf) -> Self {
        pending().push(path.clone());
        Self(path)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        pending().retain(|path| *path != self.0);
    }
}

/// Removes temporary files, and folders that were made for output and are still empty: for handlers of signals, which
/// end the process after this.
pub fn remove_unfinished() {
    // Innermost folders last made come first.
    for path in pending().iter().rev() {
        // One of the two fails, and both do if it is not there any more or something is in it.
        let _ = fs::remove_file(path);
        let _ = fs::remove_dir(path);
    }
}

/// A folder that results will be written to. It is made and tried when this is made, before
/// any work; where nothing has been written to a folder that we made, it is removed again.
#[derive(Debug)]
pub struct OutputFolder {
    path: PathBuf,
    /// The folders that were not there before, outermost first.
    made: Vec<Pending>,
}

impl OutputFolder {
    /// Makes the folder if need be, and checks that files can be written to it.
    ///
    /// # Errors
    ///
    /// If they cannot.
    pub fn create(path: &Path) -> Result<Self> {
        let missing = path
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        missing.reverse();
        let folder = Self {
            path: path.to_owned(),
            made: missing.into_iter().map(Pending::new).collect(),
        };
        fs::create_dir_all(path)
            .and_then(|()| temporary(path).map(drop))
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

    /// Writes files that belong together: none of them is there before all of them have been written, and processes
    /// that write to one folder do so one after the other.
    pub fn write_together<const N: usize>(
        &self,
        files: [(&str, &[u8]); N],
    ) -> Result<[PathBuf; N]> {
        let filled = files.map(|(name, bytes)| {
            let path = self.path.join(name);
            Filled::new(&path, |file| {
                file.write_all(bytes).map_err(Error::file("write", &path))
            })
        });
        let filled = filled.into_iter().collect::<Result<Vec<_>>>()?;
        // Where folders cannot be locked they go on, and whoever reads the files finds out by their hashes.
        let folder = File::open(&self.path);
        let _lock = folder.map(|folder| folder.lock().map(|()| folder));
        let mut paths = [const { PathBuf::new() }; N];
        for (path, filled) in paths.iter_mut().zip(filled) {
            *path = filled.persist()?;
        }
        Ok(paths)
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        for folder in self.made.iter().rev() {
            // It fails if something is in there, as it should.
            if fs::remove_dir(&folder.0).is_err() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{thread, time::SystemTime};

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
    fn files_that_belong_together_are_written_together() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = OutputFolder::create(base.path()).expect("writable");
        // No file can have the name of a folder.
        fs::create_dir_all(base.path().join("b/c")).expect("made");
        let files: [(&str, &[u8]); 2] = [("missing/a", b"1"), ("d", b"2")];
        folder.write_together(files).expect_err("no such folder");
        assert!(!base.path().join("d").exists());

        thread::scope(|scope| {
            for writer in 0..4u8 {
                let folder = &folder;
                scope.spawn(move || {
                    for _ in 0..50 {
                        let files: [(&str, &[u8]); 2] = [("x", &[writer]), ("y", &[writer])];
                        folder.write_together(files).expect("written");
                    }
                });
            }
        });
        let read = |name: &str| fs::read(base.path().join(name)).expect("there");
        assert_eq!(read("x"), read("y"));
        assert_eq!(fs::read_dir(base.path()).expect("there").count(), 3);
    }

    /// As they are after their process was killed: a lock is the process's.
    #[test]
    #[cfg(unix)]
    fn what_the_killed_leave_is_cleared_and_what_is_in_use_is_not() {
        let base = tempfile::tempdir().expect("a folder");
        let made = |name: &str, age_s: u64| {
            let path = base.path().join(format!("{PREFIX}{name}"));
            match name.contains("folder") {
                true => {
                    fs::create_dir(&path).expect("made");
                    fs::write(path.join("key"), "key").expect("written");
                }
                false => fs::write(&path, "key").expect("written"),
            }
            let file = File::open(&path).expect("there");
            let then = SystemTime::now() - Duration::from_secs(age_s);
            file.set_modified(then).expect("set");
            file
        };
        let held = [made("file in use", 1000), made("folder in use", 1000)];
        held.iter().for_each(hold);
        let others = [made("file of now", 0), made("folder of now", 0)];
        drop([made("file", 1000), made("folder", 1000)]);
        fs::write(base.path().join("halo2-offload-of-somebody"), "").expect("written");
        std::os::unix::fs::symlink("nowhere", base.path().join(".halo2-offload-link"))
            .expect("made");

        drop(WorkFolder::create(base.path()).expect("writable"));
        let mut names: Vec<_> = fs::read_dir(base.path())
            .expect("a folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("text")
            })
            .collect();
        names.sort();
        let expected = [
            ".halo2-offload-file in use",
            ".halo2-offload-file of now",
            ".halo2-offload-folder in use",
            ".halo2-offload-folder of now",
            ".halo2-offload-link",
            "halo2-offload-of-somebody",
        ];
        assert_eq!(names, expected);
        drop((held, others));
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
