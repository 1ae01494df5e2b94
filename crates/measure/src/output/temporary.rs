//! Files and folders that are gone when they are dropped, or, where the process was killed, when the next ones are
//! made.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Write},
    path::Path,
    time::Duration,
};

use super::unfinished::{pending, Pending};

/// Temporary files and folders have names that begin so, and go on with [`RANDOM`] letters and digits.
const PREFIX: &str = ".halo2-offload-unfinished-";
const RANDOM: usize = 12;

/// One that nobody holds any more is left alone for so long: between being made and being held it is nobody's.
const GRACE: Duration = Duration::from_secs(60);

/// A file that is gone when this is dropped, or the process is ended.
pub(super) struct Temporary {
    pub(super) file: tempfile::NamedTempFile,
    pub(super) _pending: Pending,
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Makes one in a folder.
pub(super) fn temporary(folder: &Path) -> io::Result<Temporary> {
    clear_stale(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).rand_bytes(RANDOM);
    // What others may do with it is for the umask to say.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut pending = pending();
    let file = builder.tempfile_in(folder)?;
    pending.push(file.path().to_owned());
    drop(pending);
    hold(file.as_file());
    Ok(Temporary {
        _pending: Pending(file.path().to_owned()),
        file,
    })
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
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .rand_bytes(RANDOM)
            .tempdir_in(parent)?;
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
        if !is_temporary(&entry.file_name()) {
            continue;
        }
        let path = entry.path();
        if let Err(error) = clear_if_stale(&entry) {
            tracing::debug!(%error, path = %path.display(), "left alone");
        }
    }
}

/// Whether a name is one that [`temporary`] and [`WorkFolder`] give: no other is touched.
fn is_temporary(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let random = name.strip_prefix(PREFIX);
    random.is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    /// As they are after their process was killed: a lock is the process's.
    #[test]
    #[cfg(unix)]
    fn what_the_killed_leave_is_cleared_and_what_is_in_use_is_not() {
        let base = tempfile::tempdir().expect("a folder");
        let made = |name: &str, age_s: u64| {
            let path = base.path().join(name);
            match name.contains("dir") {
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
        let ours = |name: &str| format!("{PREFIX}{name:0>RANDOM$}");
        let held = [made(&ours("used"), 1000), made(&ours("dirused"), 1000)];
        held.iter().for_each(hold);
        let others = [made(&ours("new"), 0), made(&ours("dirnew"), 0)];
        drop([made(&ours("old"), 1000), made(&ours("dirold"), 1000)]);
        // Names that somebody else has given.
        let theirs = [
            ".halo2-offload-dir",
            ".halo2-offload-proof1",
            ".halo2-offload-unfinished-",
            ".halo2-offload-unfinished-dir",
            ".halo2-offload-unfinished-of-somebody",
        ];
        for name in theirs {
            drop(made(name, 1000));
        }
        let link = ours("link");
        std::os::unix::fs::symlink("nowhere", base.path().join(&link)).expect("made");

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
        let mut expected: Vec<String> = ["used", "dirused", "new", "dirnew", "link"]
            .map(ours)
            .to_vec();
        expected.extend(theirs.map(str::to_owned));
        expected.sort();
        assert_eq!(names, expected);
        drop((held, others));
    }
}
