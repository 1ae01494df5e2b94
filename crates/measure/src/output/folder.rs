//! A folder for results, made and tried before any work.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{
    file::{folder_of, write_file, Filled, Replaced},
    temporary::temporary,
    unfinished::{finished, pending, Pending},
};
use crate::error::{Error, Result};

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
    use std::thread;

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
