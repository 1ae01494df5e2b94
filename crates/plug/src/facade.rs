//! The package that takes the place of halo2-axiom.

use std::{collections::BTreeSet, path::PathBuf};
use toml_edit::{value, Array, DocumentMut};

use crate::{
    below,
    error::{PlugError, Result},
    layout::Layout,
    STOCK_NAME,
};

pub const FOLDER: &str = STOCK_NAME;

/// Without it, Cargo takes nothing of a plug.
pub const MANIFEST: &str = "halo2-axiom/Cargo.toml";

/// Adds the facade to the layout, with the features of the stock package.
pub fn lay(layout: &mut Layout, features: &BTreeSet<String>) -> Result<()> {
    let text = include_str!("../facade/manifest.toml");
    let broken = |reason: String| PlugError::Manifest {
        path: PathBuf::from(MANIFEST),
        reason,
    };
    let mut manifest: DocumentMut = text.parse().map_err(|error| broken(format!("{error}")))?;
    for feature in features {
        let forwarded = Array::from_iter([format!("stock/{feature}")]);
        manifest["features"][feature.as_str()] = value(forwarded);
    }
    layout.add(MANIFEST.to_owned(), manifest.to_string());
    let source = include_str!("../facade/lib.rs");
    layout.add(below(FOLDER, "src/lib.rs"), source);
    Ok(())
}
