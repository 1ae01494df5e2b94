//! What a plug is laid out from.

use serde::Deserialize;
use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    error::{PlugError, Result},
    manifest::Manifest,
    manifest_of, STOCK_NAME, STOCK_VERSION,
};

/// Where the sources are that a plug is laid out from.
#[derive(Clone, Debug)]
pub struct Sources {
    checkout: PathBuf,
    stock: Option<PathBuf>,
}

impl Sources {
    /// Those of a checkout of halo2-offload, and the halo2-axiom that Cargo builds it with.
    pub fn of_checkout(folder: impl Into<PathBuf>) -> Self {
        Self {
            checkout: folder.into(),
            stock: None,
        }
    }

    /// The same with another copy of halo2-axiom.
    pub fn with_stock(mut self, folder: impl Into<PathBuf>) -> Self {
        self.stock = Some(folder.into());
        self
    }

    /// The folder of our sources, which have to be those that this was built from.
    pub(crate) fn checkout(&self) -> Result<&Path> {
        let checkout = self.checkout.as_path();
        let gone = || PlugError::NoCheckout {
            checkout: checkout.to_owned(),
        };
        if !manifest_of(checkout).exists() {
            return Err(gone());
        }
        let root = Manifest::read(checkout)?;
        if root.package("name") != Some("halo2-offload") {
            return Err(gone());
        }
        let workspace = root.document.get("workspace");
        let version =
            workspace.and_then(|workspace| workspace.get("package")?.get("version")?.as_str());
        match version {
            Some(env!("CARGO_PKG_VERSION")) => Ok(checkout),
            other => Err(PlugError::OtherCheckout {
                checkout: checkout.to_owned(),
                version: other.unwrap_or("without a version").to_owned(),
            }),
        }
    }

    /// The folder of halo2-axiom.
    pub(crate) fn stock(&self) -> Result<PathBuf> {
        match &self.stock {
            Some(folder) => Ok(folder.clone()),
            None => ask_cargo(self.checkout()?),
        }
    }
}

/// As much of `cargo metadata` as we read.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

/// Where Cargo has the halo2-axiom of a checkout. It fetches it if need be.
fn ask_cargo(checkout: &Path) -> Result<PathBuf> {
    let not_found = |reason: String| PlugError::StockNotFound { reason };
    let version = cargo(checkout, &["--version", "--verbose"])?;
    let mut arguments = vec!["metadata", "--format-version", "1", "--locked"];
    // What other platforms are built with need not be here.
    if let Some(host) = version.lines().find_map(|line| line.strip_prefix("host: ")) {
        arguments.extend(["--filter-platform", host]);
    }
    let metadata: Metadata = serde_json::from_str(&cargo(checkout, &arguments)?)
        .map_err(|error| not_found(format!("what it says is not understood: {error}")))?;
    let stock = metadata
        .packages
        .into_iter()
        .find(|package| package.name == STOCK_NAME && package.version == STOCK_VERSION)
        .ok_or_else(|| not_found("it is no dependency of the checkout".to_owned()))?;
    let folder = stock.manifest_path.parent().map(Path::to_owned);
    folder.ok_or_else(|| not_found("its manifest is in no folder".to_owned()))
}

/// What Cargo says on stdout.
fn cargo(checkout: &Path, arguments: &[&str]) -> Result<String> {
    let not_found = |reason: String| PlugError::StockNotFound { reason };
    // Cargo names itself to what it runs.
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(cargo)
        // Its configuration is that of the folder it runs in: the checkout is not the client's.
        .current_dir(checkout)
        .args(arguments)
        .output()
        .map_err(|error| not_found(format!("it cannot be run: {error}")))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(not_found(match said.trim() {
                "" => format!("it ends with {}", output.status),
                said => format!("it says `{said}`"),
            }))
        }
    }
}
