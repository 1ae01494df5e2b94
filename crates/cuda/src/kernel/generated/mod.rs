//! Modules whose text is made at run time, and the machine code of earlier ones on disk.

mod cache;

use super::{signature, terminated, CodeForm, Function, Loaded, LoadedModule, Modules};
use crate::{error::CudaError, sys::Module};

pub(super) use cache::CodeCache;
use cache::Key;

impl Modules {
    /// The entry point of a module of this text. With a cache, machine code that it has is taken, and
    /// what it does not have is compiled and put there; a cache that does not work is a warning, not an
    /// error.
    ///
    /// The function keeps the module: it is unloaded when the last copy of the function is dropped.
    pub(crate) fn compile(
        &self,
        name: &str,
        entry: &str,
        ptx: &str,
    ) -> Result<Function, CudaError> {
        let (module, form, reason) = match &self.cache {
            Some(cache) if !self.primary.is_modelled() => self.through_cache(cache, name, ptx)?,
            _ => {
                let text = terminated(name, ptx)?;
                let module = Module::from_ptx(&self.primary, &text)
                    .map_err(|code| self.refused(name, GENERATED, code))?;
                (module, CodeForm::Ptx, GENERATED)
            }
        };
        tracing::debug!(target: "halo2_offload::cuda", module = name, %form, reason, "generated module loaded");
        let loaded = Loaded {
            about: LoadedModule {
                name: name.to_owned(),
                form,
                reason: reason.to_owned(),
            },
            module: module.into(),
            entries: signature::entries(ptx),
        };
        loaded.function(entry)
    }

    fn through_cache(
        &self,
        cache: &CodeCache,
        name: &str,
        ptx: &str,
    ) -> Result<(Module, CodeForm, &'static str), CudaError> {
        let key = Key::of(ptx, self.device.driver, self.device.capability);
        match cache.read(&key) {
            // SAFETY: the file's checksum says that the code is as it was written: a whole cubin.
            Ok(Some(code)) => match unsafe { Module::from_native(&self.primary, &code) } {
                Ok(module) => return Ok((module, CodeForm::Native, CACHED)),
                Err(code) => cache.warn(&key, &format!("the driver does not load it: {code}")),
            },
            Ok(None) => {}
            Err(reason) => cache.warn(&key, &reason),
        }
        let text = terminated(name, ptx)?;
        let refused = |code| self.refused(name, GENERATED, code);
        let code = Module::compile(&self.primary, &text).map_err(refused)?;
        // SAFETY: the driver has just made it.
        let module = unsafe { Module::from_native(&self.primary, &code) }.map_err(refused)?;
        if let Err(error) = cache.write(&key, &code) {
            cache.warn(&key, &format!("it is not written: {error}"));
        }
        Ok((module, CodeForm::Native, COMPILED))
    }
}

/// Why a module runs in its form.
const GENERATED: &str = "its text was generated";
const COMPILED: &str = "its text was generated, and compiled for the cache";
const CACHED: &str = "its machine code was in the cache";
