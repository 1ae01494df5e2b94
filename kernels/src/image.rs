//! The modules that make a kernel image.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;

/// Name, compressed PTX and native code of a module.
type Shipped = (&'static str, &'static [u8], Option<&'static [u8]>);

/// Sorted by name; written by the build script.
const SHIPPED: &[Shipped] = include!(concat!(env!("OUT_DIR"), "/modules.rs"));

/// The hashes of the sources of the shipped PTX: that of the list, then the list.
const SOURCES: &str = include_str!("../ptx/SOURCES");

/// All that a device is given to run.
#[derive(Clone, Debug)]
pub struct KernelImage {
    modules: Vec<KernelModule>,
    source_hash: Cow<'static, str>,
}

impl KernelImage {
    /// The kernels of this package.
    pub fn shipped() -> Self {
        let modules = SHIPPED
            .iter()
            .map(|&(name, ptx, native)| KernelModule {
                name: Cow::Borrowed(name),
                ptx: Ptx::Compressed(ptx),
                native: native.map(Cow::Borrowed),
            })
            .collect();
        let source_hash = Cow::Borrowed(SOURCES.split_whitespace().next().unwrap_or(""));
        Self {
            modules,
            source_hash,
        }
    }

    /// An image of other modules, made from sources with the given hash.
    pub fn new(modules: Vec<KernelModule>, source_hash: impl Into<String>) -> Self {
        Self {
            modules,
            source_hash: Cow::Owned(source_hash.into()),
        }
    }

    pub fn modules(&self) -> &[KernelModule] {
        &self.modules
    }

    /// The module of a name, `<folder>_<file>` of its source.
    pub fn module(&self, name: &str) -> Option<&KernelModule> {
        self.modules.iter().find(|module| module.name == name)
    }

    /// SHA-256, in hexadecimal, of what the PTX was compiled from.
    pub fn source_hash(&self) -> &str {
        &self.source_hash
    }

    /// Whether there is native code beside the PTX. It may still not be for the device at hand.
    pub fn has_native(&self) -> bool {
        self.modules.iter().any(|module| module.native.is_some())
    }
}

/// One compiled `.cu` file: its entry points are loaded together.
#[derive(Clone, Debug)]
pub struct KernelModule {
    name: Cow<'static, str>,
    ptx: Ptx,
    native: Option<Cow<'static, [u8]>>,
}

#[derive(Clone, Debug)]
enum Ptx {
    Compressed(&'static [u8]),
    Plain(String),
}

impl KernelModule {
    /// A module of the given PTX, without native code.
    pub fn from_ptx(name: impl Into<String>, ptx: impl Into<String>) -> Self {
        Self {
            name: Cow::Owned(name.into()),
            ptx: Ptx::Plain(ptx.into()),
            native: None,
        }
    }

    /// `<folder>_<file>` of the source.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The PTX, which is decompressed each time that it is asked for.
    pub fn ptx(&self) -> Result<String, CorruptModule> {
        match &self.ptx {
            Ptx::Plain(text) => Ok(text.clone()),
            Ptx::Compressed(bytes) => {
                let mut text = String::new();
                match GzDecoder::new(*bytes).read_to_string(&mut text) {
                    Ok(_) => Ok(text),
                    Err(source) => Err(CorruptModule {
                        name: self.name.to_string(),
                        source,
                    }),
                }
            }
        }
    }

    /// A fatbin of native code and no PTX, where nvcc was there when this package was built. A driver
    /// says that it has no binary for a device that the nvcc did not know, or that the fatbin is too
    /// new for it: the PTX is for those.
    pub fn native(&self) -> Option<&[u8]> {
        self.native.as_deref()
    }
}

/// The compressed PTX of a module cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "the PTX of kernel module {name} cannot be decompressed: {source}; build the package again"
)]
pub struct CorruptModule {
    pub name: String,
    pub source: std::io::Error,
}
