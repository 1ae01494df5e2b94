//! Kernel modules, loaded when they are first asked for, and their functions.

mod choice;
mod generated;
mod signature;
mod typed;

use std::{
    collections::HashMap,
    ffi::CString,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use generated::CodeCache;
use halo2_offload_kernels::{KernelImage, KernelModule};
use signature::Signature;

pub use choice::{CodeChoice, ProgramCode};
pub use typed::{Accepts, Arguments, EntryPoint, Kernel, Typed};

use crate::{
    device::DeviceInfo,
    error::{code, CudaError, DriverCode, ModuleLoad},
    launch::{LaunchConfig, MAX_ARGUMENTS},
    sys::{self, FunctionAttribute, Module, Primary},
};

/// Dynamic shared memory that every kernel may have.
const SHARED_BYTES: u32 = 48 << 10;

/// Which form of a module runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeForm {
    /// Machine code that was compiled for this architecture when the crate was built.
    Native,
    /// The PTX that ships with the crate, compiled by the driver.
    Ptx,
}

impl fmt::Display for CodeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native code",
            Self::Ptx => "PTX",
        })
    }
}

/// How a module came to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedModule {
    /// Its name.
    pub name: String,
    /// The form that runs.
    pub form: CodeForm,
    /// Why it is that one.
    pub reason: String,
}

/// The kernel image on a device.
#[derive(Debug)]
pub(crate) struct Modules {
    primary: Arc<Primary>,
    device: DeviceInfo,
    image: KernelImage,
    choice: CodeChoice,
    cache: Option<CodeCache>,
    loaded: Mutex<HashMap<String, Arc<Loaded>>>,
}

#[derive(Debug)]
struct Loaded {
    about: LoadedModule,
    module: Arc<Module>,
    entries: HashMap<String, Signature>,
}

impl Loaded {
    fn function(&self, entry: &str) -> Result<Function, CudaError> {
        let no_entry = || CudaError::NoEntry {
            module: self.about.name.clone(),
            entry: entry.to_owned(),
        };
        let Signature {
            parameters,
            declared,
        } = self.entries.get(entry).ok_or_else(no_entry)?.clone();
        let name = CString::new(entry).map_err(|_| no_entry())?;
        let entry_point = self
            .module
            .entry(&name, declared)
            .map_err(|code| match code.code {
                code::NOT_FOUND => no_entry(),
                _ => CudaError::driver(format!("looking up the kernel `{entry}`"), code),
            })?;
        let ask = |attribute| entry_point.attribute(attribute);
        Ok(Function(Arc::new(FunctionInner {
            name: entry.to_owned(),
            parameters,
            max_threads: ask(FunctionAttribute::MaxThreadsPerBlock)?,
            registers: ask(FunctionAttribute::Registers)?,
            local_bytes: ask(FunctionAttribute::LocalBytes)?,
            static_shared_bytes: ask(FunctionAttribute::StaticSharedBytes)?,
            shared_limit: SHARED_BYTES,
            entry_point,
        })))
    }
}

impl Modules {
    pub(crate) fn new(
        primary: Arc<Primary>,
        device: DeviceInfo,
        image: KernelImage,
        choice: CodeChoice,
        cache_directory: Option<PathBuf>,
    ) -> Self {
        Self {
            primary,
            device,
            image,
            choice,
            cache: cache_directory.map(CodeCache::new),
            loaded: Mutex::default(),
        }
    }

    pub(crate) fn function(&self, module: &str, entry: &str) -> Result<Function, CudaError> {
        self.module(module)?.function(entry)
    }

    /// The PTX of a module of the image.
    pub(crate) fn ptx(&self, module: &str) -> Result<String, CudaError> {
        self.source(module)?
            .ptx()
            .map_err(|error| damaged(module, error.to_string()))
    }

    fn source(&self, name: &str) -> Result<&KernelModule, CudaError> {
        self.image.module(name).ok_or_else(|| CudaError::NoModule {
            module: name.to_owned(),
        })
    }

    /// The modules loaded so far, by name.
    pub(crate) fn loaded(&self) -> Vec<LoadedModule> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let mut modules: Vec<_> = loaded.values().map(|module| module.about.clone()).collect();
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        modules
    }

    fn module(&self, name: &str) -> Result<Arc<Loaded>, CudaError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = loaded.get(name) {
            return Ok(module.clone());
        }
        let module = Arc::new(self.load(name)?);
        loaded.insert(name.to_owned(), module.clone());
        Ok(module)
    }

    fn load(&self, name: &str) -> Result<Loaded, CudaError> {
        let source = self.source(name)?;
        let ptx = self.ptx(name)?;
        let (module, form, reason) = match self.load_native(source.native()) {
            Ok(module) => (
                module,
                CodeForm::Native,
                "it was built for this device".to_owned(),
            ),
            Err(reason) => {
                let text = terminated(name, &ptx)?;
                let module = Module::from_ptx(&self.primary, &text)
                    .map_err(|code| self.refused(name, &reason, code))?;
                (module, CodeForm::Ptx, reason)
            }
        };
        tracing::debug!(target: "halo2_offload::cuda", module = name, %form, reason, "kernel module loaded");
        Ok(Loaded {
            about: LoadedModule {
                name: name.to_owned(),
                form,
                reason,
            },
            module: Arc::new(module),
            entries: signature::entries(&ptx),
        })
    }

    /// The native module, or why there is none.
    fn load_native(&self, native: Option<&[u8]>) -> Result<Module, String> {
        let native = match (self.choice, native) {
            (CodeChoice::PtxOnly, _) => return Err("PTX was asked for".to_owned()),
            _ if self.primary.is_modelled() => {
                return Err("nothing runs on a modelled device".to_owned())
            }
            (_, None) => return Err("no native code was built (nvcc was not found)".to_owned()),
            (_, Some(native)) => native,
        };
        // SAFETY: the kernels' build takes native code from nvcc alone, as whole fatbins.
        unsafe { Module::from_native(&self.primary, native) }.map_err(|code| {
            format!(
                "native code does not load on compute capability {}: {code}",
                self.device.capability
            )
        })
    }

    fn refused(&self, name: &str, reason: &str, code: DriverCode) -> CudaError {
        CudaError::ModuleLoad(Box::new(ModuleLoad {
            module: name.to_owned(),
            device: self.device.name.clone(),
            capability: self.device.capability,
            native: reason.to_owned(),
            code,
        }))
    }
}

fn damaged(module: &str, reason: String) -> CudaError {
    CudaError::Image {
        module: module.to_owned(),
        reason,
    }
}

/// The text as the driver takes it.
fn terminated(module: &str, ptx: &str) -> Result<CString, CudaError> {
    CString::new(ptx)
        .map_err(|_| damaged(module, "its PTX has a NUL in it; build again".to_owned()))
}

/// An entry point of a kernel module. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Function(Arc<FunctionInner>);

#[derive(Clone, Debug)]
struct FunctionInner {
    name: String,
    entry_point: sys::EntryPoint,
    /// Bytes of each parameter.
    parameters: Vec<usize>,
    max_threads: u32,
    registers: u32,
    local_bytes: u32,
    static_shared_bytes: u32,
    /// Dynamic shared memory that a launch may ask for.
    shared_limit: u32,
}

impl Function {
    /// The name of the entry point.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Threads that a block may have, which registers and the kernel's launch bounds limit.
    pub fn max_threads_per_block(&self) -> u32 {
        self.0.max_threads
    }

    /// Registers of a thread.
    pub fn registers(&self) -> u32 {
        self.0.registers
    }

    /// Local memory of a thread: what does not fit its registers.
    pub fn local_bytes(&self) -> u32 {
        self.0.local_bytes
    }

    /// Shared memory that the kernel declares.
    pub fn static_shared_bytes(&self) -> u32 {
        self.0.static_shared_bytes
    }

    /// Allows launches with so many bytes of dynamic shared memory.
    pub fn with_shared_bytes(self, bytes: u32) -> Result<Self, CudaError> {
        if bytes <= self.0.shared_limit {
            return Ok(self);
        }
        self.0.entry_point.allow_shared_bytes(bytes)?;
        Ok(Self(Arc::new(FunctionInner {
            shared_limit: bytes,
            ..FunctionInner::clone(&self.0)
        })))
    }

    /// Dynamic shared memory that a launch may ask for.
    pub fn shared_limit(&self) -> u32 {
        self.0.shared_limit
    }

    /// Blocks of this shape that a multiprocessor holds at a time.
    pub fn blocks_per_multiprocessor(
        &self,
        threads: u32,
        shared_bytes: u32,
    ) -> Result<u32, CudaError> {
        self.0
            .entry_point
            .blocks_per_multiprocessor(threads, shared_bytes)
    }

    pub(crate) fn entry_point(&self) -> &sys::EntryPoint {
        &self.0.entry_point
    }

    /// An error unless the launch is one that the kernel and the device take.
    pub(crate) fn check(
        &self,
        device: &DeviceInfo,
        config: &LaunchConfig,
        given: impl ExactSizeIterator<Item = usize> + Clone,
    ) -> Result<(), CudaError> {
        if !given.clone().eq(self.0.parameters.iter().copied()) {
            return Err(CudaError::Arguments {
                entry: self.0.name.clone(),
                given: given.collect(),
                declared: self.0.parameters.clone(),
            });
        }
        let wrong = |reason: String| {
            Err(CudaError::LaunchConfig {
                entry: self.0.name.clone(),
                reason,
            })
        };
        if self.0.parameters.len() > MAX_ARGUMENTS {
            return wrong(format!("a launch takes at most {MAX_ARGUMENTS} arguments"));
        }
        let threads = config.block.iter().map(|&side| u64::from(side)).product();
        if config.grid.contains(&0) || config.block.contains(&0) {
            return wrong(format!(
                "its grid {:?} of blocks {:?} is empty",
                config.grid, config.block
            ));
        }
        if !(1..=u64::from(self.0.max_threads)).contains(&threads) {
            return wrong(format!(
                "its blocks have {threads} threads, the kernel takes {}",
                self.0.max_threads
            ));
        }
        if config.grid[0] > device.max_grid_x
            || config.grid[1].max(config.grid[2]) > device.max_grid_y
        {
            return wrong(format!(
                "its grid {:?} is larger than the device takes",
                config.grid
            ));
        }
        if config.shared_bytes > self.0.shared_limit {
            return wrong(format!(
                "it asks for {} bytes of shared memory, {} were allowed",
                config.shared_bytes, self.0.shared_limit
            ));
        }
        Ok(())
    }
}
