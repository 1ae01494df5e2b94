//! Why there is no plug.

use std::{io, path::PathBuf};

pub(crate) type Result<T> = std::result::Result<T, PlugError>;

/// What can go wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlugError {
    /// Something is in the folder, and it is no plug.
    #[error("{} is not empty, and no plug: name an empty folder, or one that does not exist", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// What is named is no folder.
    #[error("{} is a file: name an empty folder, or one that does not exist", path.display())]
    NoFolder {
        /// What was named.
        path: PathBuf,
    },
    /// A part of the plug is a link.
    #[error("{} is a link to somewhere else, and no part of a plug is: remove it", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// The plug in the folder is of another halo2-offload.
    #[error(
        "{} is a plug of halo2-offload {version}, and this is {}: remove it, or name another folder",
        folder.display(), env!("CARGO_PKG_VERSION")
    )]
    OtherVersion {
        /// The folder.
        folder: PathBuf,
        /// The version of halo2-offload that laid it out.
        version: String,
    },
    /// The folder is where the plug is laid out from.
    #[error(
        "{} is inside of {}, which is a part of what is laid out: name a folder elsewhere",
        folder.display(), sources.display()
    )]
    InsideSources {
        /// The folder.
        folder: PathBuf,
        /// The folder of sources.
        sources: PathBuf,
    },
    /// TOML is text, and so must be the paths in it.
    #[error("{} is not Unicode, which paths in TOML have to be: name another folder", folder.display())]
    NotUnicode {
        /// The folder.
        folder: PathBuf,
    },
    /// Our sources are not there any more.
    #[error(
        "the sources that this program was built from are not at {} any more: in a checkout of \
         halo2-offload {}, run `cargo run --release -- plug DIR`",
        checkout.display(), env!("CARGO_PKG_VERSION")
    )]
    NoCheckout {
        /// Where they were.
        checkout: PathBuf,
    },
    /// Our sources have gone on.
    #[error(
        "the sources at {} are those of halo2-offload {version} by now, and this program is {}: \
         there, run `cargo run --release -- plug DIR`",
        checkout.display(), env!("CARGO_PKG_VERSION")
    )]
    OtherCheckout {
        /// Where they are.
        checkout: PathBuf,
        /// Their version.
        version: String,
    },
    /// Not the package that the facade is for.
    #[error(
        "{} is {found}, and a plug stands in for halo2-axiom 0.5.3 alone: name a copy of that with --stock",
        folder.display()
    )]
    OtherStock {
        /// The package.
        folder: PathBuf,
        /// Its name and version.
        found: String,
    },
    /// Cargo could not say where halo2-axiom is.
    #[error(
        "cargo does not say where halo2-axiom 0.5.3 is: {reason}. Name a copy of it with --stock"
    )]
    StockNotFound {
        /// What cargo said.
        reason: String,
    },
    /// A manifest is not what it has to be.
    #[error("{} is not the manifest that it should be: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// Read, write, remove.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl PlugError {
    /// For `map_err`: the file and what was tried.
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}
