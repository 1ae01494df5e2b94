//! The folder of a plug: what may be in it before, and how it becomes what it should be.

use std::{
    fs, io,
    path::{self, Path, PathBuf},
};

use crate::{
    error::{PlugError, Result},
    facade,
    layout::Layout,
    marker::{self, Marker},
};

/// Where the facade's manifest waits while the rest is written. It is moved, not written again, so
/// that it stays as old as it is.
const HELD: &str = "halo2-axiom/Cargo.toml.held";

/// The absolute path of a folder that may not be there yet.
pub fn resolve(folder: &Path) -> Result<PathBuf> {
    let mut there = path::absolute(folder).map_err(PlugError::file("find", folder))?;
    let mut missing = Vec::new();
    let mut resolved = loop {
        match there.canonicalize() {
            Ok(resolved) => break resolved,
            Err(error) => match there.file_name().map(ToOwned::to_owned) {
                Some(name) if error.kind() == io::ErrorKind::NotFound => {
                    missing.push(name);
                    there.pop();
                }
                _ => return Err(PlugError::file("find", folder)(error)),
            },
        }
    };
    resolved.extend(missing.iter().rev());
    match resolved.to_str() {
        Some(_) => Ok(resolved),
        None => Err(PlugError::NotUnicode { folder: resolved }),
    }
}

/// The plug of this version that is in a folder, finished or not; none where nothing is.
pub fn look(folder: &Path) -> Result<Option<Marker>> {
    let occupied = || PlugError::Occupied {
        folder: folder.to_owned(),
    };
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound => return Ok(None),
            io::ErrorKind::NotADirectory => {
                return Err(PlugError::NoFolder {
                    path: folder.to_owned(),
                })
            }
            _ => return Err(PlugError::file("read", folder)(error)),
        },
    };
    match Marker::read(folder)? {
        Some(marker) if marker.version == env!("CARGO_PKG_VERSION") => Ok(Some(marker)),
        Some(Marker { version, .. }) => Err(PlugError::OtherVersion {
            folder: folder.to_owned(),
            version,
        }),
        // What is left where not even the first marker could be written is nobody's.
        None if entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == marker::PART)) => {
            Ok(None)
        }
        None => Err(occupied()),
    }
}

/// Writes the files that differ, and removes those that are not part of the plug any more. Returns how
/// many these were.
///
/// Until all is done the facade has no manifest, so that Cargo says so instead of building with some
/// files of before and some of after.
pub fn bring_up_to_date(folder: &Path, before: Option<Marker>, layout: &Layout) -> Result<usize> {
    let marker = Marker::of(layout);
    let differing: Vec<_> = layout
        .files()
        .filter(|(path, bytes)| fs::read(folder.join(path)).ok().as_deref() != Some(bytes))
        .collect();
    if differing.is_empty() && before.as_ref() == Some(&marker) {
        return Ok(0);
    }
    for (path, _) in &differing {
        refuse_links(folder, path)?;
    }
    let stale = before.map(|before| before.files).unwrap_or_default();
    let stale: Vec<_> = stale.difference(&marker.files).cloned().collect();

    fs::create_dir_all(folder).map_err(PlugError::file("make", folder))?;
    let mut unfinished = marker.clone();
    unfinished.finished = false;
    unfinished.files.extend(stale.iter().cloned());
    unfinished.write(folder)?;
    rename(folder, facade::MANIFEST, HELD)?;
    for path in &stale {
        remove(folder, path)?;
    }
    for (path, bytes) in &differing {
        let path = match *path {
            facade::MANIFEST => HELD,
            path => path,
        };
        // The manifest differs for being held, or was held before.
        if fs::read(folder.join(path)).ok().as_deref() != Some(*bytes) {
            write(folder, path, bytes)?;
        }
    }
    rename(folder, HELD, facade::MANIFEST)?;
    marker.write(folder)?;
    Ok(differing.len() + stale.len())
}

/// An error where a file of the plug, or a folder of it, is a link to somewhere else: what is there is not
/// the plug's to overwrite.
fn refuse_links(folder: &Path, path: &str) -> Result<()> {
    let path = folder.join(path);
    let below = path.ancestors().take_while(|above| *above != folder);
    for above in below {
        if fs::symlink_metadata(above).is_ok_and(|file| file.is_symlink()) {
            return Err(PlugError::Link {
                path: above.to_owned(),
            });
        }
    }
    Ok(())
}

fn write(folder: &Path, path: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(PlugError::file("make", parent))?;
    }
    fs::write(&path, bytes).map_err(PlugError::file("write", path))
}

/// Moves a file, if it is there.
fn rename(folder: &Path, from: &str, to: &str) -> Result<()> {
    let from = folder.join(from);
    match fs::rename(&from, folder.join(to)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(PlugError::file("move", from)(error))
        }
        _ => Ok(()),
    }
}

/// Removes a file, and the folders that are empty without it.
fn remove(folder: &Path, path: &str) -> Result<()> {
    let path = folder.join(path);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(PlugError::file("remove", path)(error));
        }
        _ => {}
    }
    let parents = path.ancestors().skip(1);
    for parent in parents.take_while(|parent| *parent != folder) {
        // It fails if something is in there, as it should.
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(())
}
