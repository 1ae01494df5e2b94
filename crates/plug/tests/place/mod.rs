//! A folder to lay plugs out in.

// Each test program uses some of it.
#![allow(dead_code)]

use halo2_offload_plug::{Plug, PlugError, Sources};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use toml_edit::DocumentMut;

pub struct Place(TempDir);

/// The checkout that this test is a part of.
pub fn checkout() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).expect("a workspace").to_owned()
}

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// A path here, whose folder may not be there.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn lay(&self, name: &str) -> Result<Plug, PlugError> {
        Plug::lay(&self.path(name), &Sources::of_checkout(checkout()))
    }

    /// Lays out, and expects an error with those words.
    pub fn refused(&self, name: &str, words: &[&str]) {
        self.refused_from(&Sources::of_checkout(checkout()), name, words);
    }

    pub fn refused_from(&self, sources: &Sources, name: &str, words: &[&str]) {
        let error = Plug::lay(&self.path(name), sources).expect_err("refused");
        let error = error.to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` in {error}");
        }
    }

    /// Edits what the plug in `plug` says of itself.
    pub fn change_marker(&self, change: impl FnOnce(&mut DocumentMut)) {
        let path = self.path("plug/plug.toml");
        let text = fs::read_to_string(&path).expect("a marker");
        let mut marker = text.parse().expect("TOML");
        change(&mut marker);
        fs::write(path, marker.to_string()).expect("written");
    }
}
