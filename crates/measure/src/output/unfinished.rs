//! What is to be removed if the process is ended by a signal, and what is not.

use std::{
    fs, mem,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Whether files that belong together have been put in place. Held while they are.
static FINISHED: Mutex<bool> = Mutex::new(false);

pub(super) fn finished() -> MutexGuard<'static, bool> {
    FINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is to be removed if the process is ended now. Held while it is made.
static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

pub(super) fn pending() -> MutexGuard<'static, Vec<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file, or a folder if it is empty, that is to be removed if the process is ended while this is there.
#[derive(Debug)]
pub(super) struct Pending(pub(super) PathBuf);

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
