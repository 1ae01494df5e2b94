//! The files of a work folder.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

pub(super) fn srs(folder: &Path) -> PathBuf {
    folder.join("srs.raw")
}

/// The stock proving key, which begins with the verifying key.
pub(super) fn stock_key(folder: &Path) -> PathBuf {
    folder.join("stock.pk")
}

pub(super) fn resident_key(folder: &Path) -> PathBuf {
    folder.join("resident.key")
}

/// Writes a file, by code of halo2-axiom's that panics if it cannot write, or goes on.
pub(super) fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let file = File::create(path).map_err(Error::file("make", path))?;
    let mut writer = Sticky {
        inner: BufWriter::new(file),
        error: None,
    };
    fill(&mut writer)?;
    writer.finish().map_err(Error::file("write", path))
}

/// Keeps the first error for the end.
struct Sticky<W> {
    inner: W,
    error: Option<io::Error>,
}

impl<W: Write> Sticky<W> {
    fn finish(mut self) -> io::Result<()> {
        match self.error.take() {
            Some(error) => Err(error),
            None => self.inner.flush(),
        }
    }
}

impl<W: Write> Write for Sticky<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.error.is_none() {
            self.error = self.inner.write_all(bytes).err();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_kept() {
        let mut room = [0u8; 4];
        let mut writer = Sticky {
            inner: &mut room[..],
            error: None,
        };
        for _ in 0..3 {
            writer.write_all(b"abc").expect("hidden");
        }
        let error = writer.finish().expect_err("four bytes of nine");
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    }
}
