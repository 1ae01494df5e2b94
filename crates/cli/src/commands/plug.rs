//! `plug`: programs on halo2-axiom prove with halo2-offload, their sources untouched.

use clap::Args;
use halo2_offload_measure::{Error, Result};
use halo2_offload_plug::{Plug, Sources};
use std::path::{Path, PathBuf};

use super::Outcome;
use crate::output::{print, talk};

/// Lay out what makes a program on halo2-axiom prove with halo2-offload
///
/// Prints what Cargo has to be told:
///
///     halo2-offload plug DIR >patch.toml && cargo build --config patch.toml
///
/// Programs that reach halo2-axiom 0.5.3 through other packages are built so as well. If Cargo warns that
/// the patch was not used, Cargo.lock holds an older halo2-axiom:
///
///     cargo update -p halo2-axiom --config patch.toml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// A folder that is empty, absent, or a plug that is to be brought up to date
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// A copy of halo2-axiom 0.5.3; without it, the one that Cargo has
    #[arg(long, value_name = "DIR")]
    stock: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let mut sources = Sources::of_checkout(checkout());
    if let Some(stock) = &arguments.stock {
        talk(&format!(
            "halo2-axiom 0.5.3 is taken from {} as it is",
            stock.display()
        ));
        sources = sources.with_stock(stock);
    }
    let plug =
        Plug::lay(&arguments.folder, &sources).map_err(|error| Error::Plan(error.to_string()))?;
    let folder = plug.folder().display();
    talk(&match plug.changed() {
        0 => format!("{folder} is up to date"),
        changed => format!("{folder} is laid out; files written or removed: {changed}"),
    });
    print(&plug.patch())?;
    Ok(Outcome::Good)
}

/// The checkout that this was built from, with the sources of the libraries in it: this package is in its
/// `crates/cli`.
fn checkout() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package)
}
