//! The plug: how programs prove with halo2-offload whose sources name halo2-axiom, or name only what
//! is built on it.
//!
//! [`Plug::lay`] lays a folder out, and [`Plug::patch`] is what Cargo has to be told for taking it in
//! the place of halo2-axiom 0.5.3. In the folder are three things:
//!
//! - `halo2-axiom/`, the facade: the name, version and features of halo2-axiom, with the prover of
//!   halo2-offload. Cargo takes a patch only where it has the version that is asked for, so that the
//!   facade must be a 0.5.3 as well: with any other, existing lock files and clients that ask for
//!   `=0.5.3` would not get it.
//! - `halo2-axiom-stock/`, halo2-axiom 0.5.3 under another name: a patched package cannot depend on the
//!   one that it stands in for.
//! - `halo2-offload/`, our libraries, which take the stock crate by that other name.
//!
//! It needs nothing from where it was laid out from, so that it can be moved to another machine.

mod error;
mod facade;
mod folder;
mod layout;
mod manifest;
mod marker;
mod offload;
mod sources;
mod stock;

pub use error::PlugError;
pub use sources::Sources;

use error::Result;
use layout::Layout;
use std::path::{Path, PathBuf};
use toml_edit::{value, DocumentMut, InlineTable, Item, Table};

/// What a plug stands in for.
const STOCK_NAME: &str = "halo2-axiom";
const STOCK_VERSION: &str = "0.5.3";

/// A folder that stands in for halo2-axiom.
#[derive(Debug)]
pub struct Plug {
    /// Absolute: what Cargo is told must not depend on where it runs.
    folder: PathBuf,
    changed: usize,
}

impl Plug {
    /// Lays a plug out in `folder`, which is made if need be. A plug of this version that is there is
    /// brought up to date: only files that differ are written, so that Cargo builds no more than it
    /// must.
    ///
    /// # Errors
    ///
    /// If something else is in the folder, which is then left as it is, or if the sources are not what
    /// they have to be. A folder that was not finished is none that Cargo would take: it lacks the
    /// facade's manifest.
    pub fn lay(folder: &Path, sources: &Sources) -> Result<Self> {
        let folder = folder::resolve(folder)?;
        let there = folder::look(&folder)?;
        let mut layout = Layout::new(folder.clone());
        let stock = stock::lay(&mut layout, &sources.stock()?)?;
        offload::lay(&mut layout, sources.checkout()?)?;
        facade::lay(&mut layout, &stock)?;
        let changed = folder::bring_up_to_date(&folder, there, &layout)?;
        Ok(Self { folder, changed })
    }

    /// The folder, as an absolute path.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many files were written or removed.
    pub fn changed(&self) -> usize {
        self.changed
    }

    /// What Cargo is to be told: TOML for `cargo --config FILE`, a `.cargo/config.toml`, or the root
    /// manifest of the program.
    pub fn patch(&self) -> String {
        let facade = self.folder().join(facade::FOLDER);
        let mut package = InlineTable::new();
        // It is Unicode, or nothing would have been laid out.
        package.insert("path", facade.to_string_lossy().as_ref().into());
        let mut packages = Table::new();
        packages.insert(STOCK_NAME, value(package));
        let mut patch = Table::new();
        patch.set_implicit(true);
        patch.insert("crates-io", Item::Table(packages));
        let mut document = DocumentMut::new();
        document.insert("patch", Item::Table(patch));
        format!(
            "# Programs on {STOCK_NAME} {STOCK_VERSION} prove with halo2-offload {}.\n{document}",
            env!("CARGO_PKG_VERSION")
        )
    }
}

/// A path below a folder of the layout, as the layout names its files.
fn below(folder: &str, path: &str) -> String {
    format!("{folder}/{path}")
}

/// The manifest of a package.
fn manifest_of(folder: &Path) -> PathBuf {
    folder.join("Cargo.toml")
}
