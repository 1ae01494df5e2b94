//! A folder of machine code that was compiled from generated text.
//!
//! A file is named by what its code was compiled from and for: SHA-256 of the text, the driver's version
//! and the compute capability. It holds, in this order:
//!
//! | bytes | |
//! |---|---|
//! | 16 | [`MAGIC`], which changes with this layout |
//! | 32 | the key, that of the name |
//! | 32 | SHA-256 of the code |
//! | the rest | the code, a cubin |
//!
//! Files are written beside their place and then renamed, so that nobody reads half of one, and several
//! processes may use a folder at a time. Whoever can write to the folder decides what runs on the
//! device: it should be the user's own.

use std::{
    fmt, fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};

use crate::device::{ComputeCapability, DriverVersion};

const MAGIC: &[u8; 16] = b"h2offload code 1";

/// What a module's machine code depends on, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key([u8; 32]);

/// The folder.
#[derive(Debug)]
pub(in crate::kernel) struct CodeCache {
    directory: PathBuf,
}

impl Key {
    pub(super) fn of(ptx: &str, driver: DriverVersion, capability: ComputeCapability) -> Self {
        let mut hash = Sha256::new();
        for number in [
            driver.major,
            driver.minor,
            capability.major,
            capability.minor,
        ] {
            hash.update(number.to_le_bytes());
        }
        hash.update(ptx);
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl CodeCache {
    pub(in crate::kernel) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The code, nothing if there is none, or why what is there is not it.
    pub(super) fn read(&self, key: &Key) -> Result<Option<Vec<u8>>, String> {
        let file = match fs::read(self.path(key)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("it cannot be read: {error}")),
        };
        let parts = file
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.split_first_chunk::<32>())
            .and_then(|(of, rest)| Some((of, rest.split_first_chunk::<32>()?)));
        match parts {
            None => Err("it is not a file of this cache".to_owned()),
            Some((of, _)) if *of != key.0 => Err("it is the code of something else".to_owned()),
            Some((_, (checksum, code))) if *checksum != checksum_of(code) => {
                Err("it is damaged: its checksum is wrong".to_owned())
            }
            Some((_, (_, code))) => Ok(Some(code.to_vec())),
        }
    }

    /// Puts the code there, in place of what is there.
    pub(super) fn write(&self, key: &Key, code: &[u8]) -> io::Result<()> {
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        fs::create_dir_all(&self.directory)?;
        let place = self.path(key);
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let beside = place.with_extension(format!("{}-{number}.part", std::process::id()));
        let done = write_file(&beside, key, code).and_then(|()| fs::rename(&beside, &place));
        if done.is_err() {
            // It may not even be there.
            let _ = fs::remove_file(&beside);
        }
        done
    }

    /// Says that a file is no good, and is made again.
    pub(super) fn warn(&self, key: &Key, reason: &str) {
        let file = self.path(key);
        tracing::warn!(target: "halo2_offload::cuda", file = %file.display(), reason, "a file of the code cache is of no use");
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.directory.join(format!("{key}.cubin"))
    }
}

fn write_file(path: &Path, key: &Key, code: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    for part in [&MAGIC[..], &key.0, &checksum_of(code), code] {
        file.write_all(part)?;
    }
    file.sync_all()
}

fn checksum_of(code: &[u8]) -> [u8; 32] {
    Sha256::digest(code).into()
}
