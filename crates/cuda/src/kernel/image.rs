//! The compiled kernels, as data.

use std::{borrow::Cow, convert::Infallible};

/// Compiled kernels: modules by name.
#[derive(Clone, Debug, Default)]
pub struct KernelImage {
    modules: Vec<KernelModule>,
}

/// One module.
#[derive(Clone, Debug)]
pub struct KernelModule {
    /// Its name.
    pub name: String,
    /// Its PTX.
    pub ptx: String,
    /// Native code, as a whole fatbin.
    pub native: Option<Vec<u8>>,
}

impl KernelImage {
    /// An image of these modules.
    pub fn new(modules: Vec<KernelModule>) -> Self {
        Self { modules }
    }

    pub(super) fn module(&self, name: &str) -> Option<&KernelModule> {
        self.modules.iter().find(|module| module.name == name)
    }
}

impl KernelModule {
    pub(super) fn ptx(&self) -> Result<Cow<'_, str>, Infallible> {
        Ok(Cow::Borrowed(&self.ptx))
    }

    pub(super) fn native(&self) -> Result<Option<Cow<'_, [u8]>>, Infallible> {
        Ok(self.native.as_deref().map(Cow::Borrowed))
    }
}
