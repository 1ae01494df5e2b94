//! Files that are there whole, or not at all.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, BufWriter, Write},
    mem,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::error::{Error, Result};

/// Temporary files and folders have names that begin so, and go on with [`RANDOM`] letters and digits.
const PREFIX: &str = ".halo2-offload-unfinished-";
const RANDOM: usize = 12;

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
    file: Temporary,
}

impl Filled {
    fn new(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Self> {
        let file = temporary(folder_of(path)).map_err(Error::file("make", path))?;
        let mut writer = BufWriter::new(file);
        fill(&mut writer)?;
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error);
        Ok(Self {
            file: file.map_err(Error::file("write", path))?,
            path: path.to_owned(),
        })
    }

    fn persist(self) -> Result<PathBuf> {
        let Self { path, file } = self;
        file.file
            .persist(&path)
            .map_err(|error| Error::file("write", &path)(error.error))?;
        Ok(path)
    }
}

/// A file that is gone when this is dropped, or the process is ended.
struct Temporary {
    file: tempfile::NamedTempFile,
    _pending: Pending,
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn temporary(folder: &Path) -> io::Result<Temporary> {
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

/// Whether files that belong together have been put in place. Held while they are.
static FINISHED: Mutex<bool> = Mutex::new(false);

fn finished() -> MutexGuard<'static, bool> {
    FINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is to be removed if the process is ended now. Held while it is made.
static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn pending() -> MutexGuard<'static, Vec<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file, or a folder if it is empty, that is to be removed if the process is ended while this is there.
#[derive(Debug)]
struct Pending(PathBuf);

impl Drop for Pending {
    fn drop(&mut self) {
        pending().retain(|path| *path != self.0);
    }
}

/// Removes temporary files, and folders that were made for output and are still empty: for handlers of signals, which
/// end the process if this returns true. Nothing is written any more then. It is false if what was to be written has
/// been: the process comes to its end by itself.
pub fn remove_unfinished() -> bool {
    let finished = finished();
    if *finished {
        return false;
    }
    // Whoever wants to put files in place from here on waits until the process has ended.
    mem::forget(finished);
    let pending = pending();
    // What was made last comes first: files before the folders that they are in.
    for path in pending.iter().rev() {
        // One of the two fails, and both do if it is not there any more or something is in it.
        let _ = fs::remove_file(path);
        let _ = fs::remove_dir(path);
    }
    // Nor is anything made from here on.
    mem::forget(pending);
    true
}

/// Checks that a file can be made at a path, before the work that it takes.
///
/// # Errors
///
/// If it cannot.
pub fn check_writable(path: &Path) -> io::Result<()> {
    temporary(folder_of(path)).map(drop)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
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
        let mut pending = pending();
        pending.extend(missing.iter().cloned());
        let folder = Self {
            path: path.to_owned(),
            made: missing.into_iter().map(Pending).collect(),
        };
        let made = fs::create_dir_all(path);
        drop(pending);
        made.and_then(|()| temporary(path).map(drop))
            .map_err(|source| Error::Output {
                path: path.to_owned(),
                source,
            })?;
        Ok(folder)
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        self.make_again()?;
        let path = self.path.join(name);
        write_file(&path, bytes)?;
        Ok(path)
    }

    /// Another process that made it as well, and failed, has removed it while it was empty.
    fn make_again(&self) -> Result<()> {
        fs::create_dir_all(&self.path).map_err(Error::file("make", &self.path))
    }

    /// Checks that none of the files that will be written takes the place of one that is read.
    ///
    /// # Errors
    ///
    /// If one does.
    pub fn check_inputs(&self, inputs: &[&Path], outputs: &[&str]) -> Result<()> {
        let place = |path: &Path| {
            let name = path.file_name().map(OsStr::to_owned);
            fs::canonicalize(folder_of(path)).ok().zip(name)
        };
        for input in inputs {
            let is_taken = |output: &&str| place(&self.path.join(output)) == place(input);
            if outputs.iter().any(is_taken) {
                return Err(Error::Output {
                    path: self.path.clone(),
                    source: io::Error::other(format!("{} would be written over", input.display())),
                });
            }
        }
        Ok(())
    }

    /// Writes files that belong together: none of them is there before all of them have been written, and processes
    /// that write to one folder do so one after the other.
    pub fn write_together<const N: usize>(
        &self,
        files: [(&str, &[u8]); N],
    ) -> Result<[PathBuf; N]> {
        self.make_again()?;
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
        let mut finished = finished();
        let mut replaced = Vec::new();
        let mut paths = [const { PathBuf::new() }; N];
        for (path, filled) in paths.iter_mut().zip(filled) {
            replaced.push(Replaced::of(&filled.path));
            match filled.persist() {
                Ok(written) => *path = written,
                Err(error) => {
                    // The one that failed is as it was.
                    replaced.pop();
                    replaced.into_iter().for_each(Replaced::put_back);
                    return Err(error);
                }
            }
        }
        *finished = true;
        Ok(paths)
    }
}

/// A file that is about to be replaced, under a second name, which is gone when this is dropped.
struct Replaced {
    path: PathBuf,
    /// None where there was no file, or it can have no second name.
    kept: Option<tempfile::TempPath>,
}

impl Replaced {
    fn of(path: &Path) -> Self {
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
    fn put_back(self) {
        let back = match self.kept {
            Some(kept) => kept.persist(&self.path).map_err(io::Error::from),
            None => fs::remove_file(&self.path),
        };
        if let Err(error) = back {
            tracing::warn!(%error, path = %self.path.display(), "a file is left without its partner");
        }
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        for folder in self.made.iter().rev() {
            // It fails if something is in there, as it should, and if it was never made.
            let _ = fs::remove_dir(&folder.0);
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

    #[test]
    fn files_that_belong_together_are_replaced_together() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = OutputFolder::create(base.path()).expect("writable");
        let write = |x: &[u8], y: &[u8]| folder.write_together([("x", x), ("y", y)]);
        let path = |name: &str| base.path().join(name);
        // No file takes the place of a folder with something in it.
        fs::create_dir_all(path("y/in the way")).expect("made");
        write(b"1", b"1").expect_err("a folder is there");
        assert!(!path("x").exists());
        fs::write(path("x"), "old").expect("written");
        write(b"1", b"1").expect_err("a folder is there");
        assert_eq!(fs::read(path("x")).expect("there"), b"old");
        fs::remove_dir_all(path("y")).expect("removed");
        write(b"2", b"3").expect("written");
        assert_eq!(fs::read(path("x")).expect("there"), b"2");
        assert_eq!(fs::read(path("y")).expect("there"), b"3");
        assert_eq!(fs::read_dir(base.path()).expect("there").count(), 2);
    }

    /// As another process does that made it as well, and failed.
    #[test]
    fn a_folder_that_is_gone_is_made_again() {
        let base = tempfile::tempdir().expect("a folder");
        let path = base.path().join("a/b");
        let folder = OutputFolder::create(&path).expect("writable");
        fs::remove_dir_all(base.path().join("a")).expect("removed");
        folder.write_together([("x", b"1")]).expect("written");
        fs::remove_dir_all(base.path().join("a")).expect("removed");
        folder.write("x", b"1").expect("written");
        assert!(path.join("x").exists());
    }

    #[test]
    fn no_input_is_written_over() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = OutputFolder::create(base.path()).expect("writable");
        let check = |input: &str| folder.check_inputs(&[&base.path().join(input)], &["x", "y"]);
        fs::create_dir(base.path().join("d")).expect("made");
        for taken in ["x", "./y", "d/../x"] {
            let error = check(taken).expect_err("it is taken").to_string();
            assert!(error.contains("would be written over"), "{error}");
        }
        for free in ["z", "d/x", "none/x"] {
            check(free).expect("it is free");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_leaves_nothing() {
        let base = tempfile::tempdir().expect("a folder");
        let path = base.path().join("a").join("x".repeat(300)).join("b");
        OutputFolder::create(&path).expect_err("the name is too long");
        assert!(!base.path().join("a").exists());
    }

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
