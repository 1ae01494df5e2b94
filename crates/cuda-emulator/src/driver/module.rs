//! Modules and their functions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::control::FaultKind;
use crate::machine::{LoadError, Memory, Program, Symbol};
use crate::ptx::{Entry, Module, ParseError};

use super::device::{Origin, MAX_BLOCK_THREADS, SHARED_BYTES};
use super::memory::host_stamp;
use super::status::{Outcome, Status};
use super::stream::Stream;
use super::work::Work;
use super::{new_handle, Driver};

/// A module in a context.
pub struct LoadedModule {
    pub context: u64,
    device: usize,
    program: Arc<Program>,
    /// Handles of the functions that were asked for, by name.
    functions: BTreeMap<String, u64>,
}

/// A kernel of a loaded module.
pub struct Function {
    pub module: u64,
    pub device: usize,
    pub context: u64,
    pub program: Arc<Program>,
    pub name: String,
    /// Dynamic shared memory that a launch may ask for, in bytes, where it was set.
    pub dynamic_shared_limit: Option<u32>,
}

/// What `cuModuleLoadData` was given.
pub enum Image {
    /// A cubin or a fat binary, for real devices only.
    Native,
    /// What the emulator's linker made, up to its first zero byte: PTX for an architecture.
    Compiled { architecture: u32, text: Vec<u8> },
    /// Anything else, up to its first zero byte.
    Text(Vec<u8>),
}

/// Why a module was not loaded: the answer, and the words for the JIT's error log.
pub struct Refusal {
    pub status: Status,
    pub words: String,
}

impl Image {
    /// How a cubin (an ELF file), a fat binary and a fat binary's wrapper begin.
    pub const NATIVE: [[u8; 4]; 3] = [
        [0x7f, b'E', b'L', b'F'],
        [0x50, 0xed, 0x55, 0xba],
        [0xb1, 0x43, 0x62, 0x46],
    ];
}

impl Function {
    pub fn entry(&self) -> Outcome<&Entry> {
        self.program.entry(&self.name).ok_or(Status::INVALID_HANDLE)
    }

    /// Dynamic shared memory that a launch may ask for, in bytes.
    pub fn dynamic_shared_limit(&self) -> Outcome<u32> {
        let without_asking = SHARED_BYTES.saturating_sub(self.entry()?.shared_bytes);
        Ok(self.dynamic_shared_limit.unwrap_or(without_asking))
    }

    /// The most threads of a block.
    pub fn max_threads(&self) -> Outcome<u32> {
        let declared = self.entry()?.max_threads.unwrap_or(MAX_BLOCK_THREADS);
        Ok(declared.min(MAX_BLOCK_THREADS))
    }
}

/// The numbers of `CUfunction_attribute` in `cuda.h`.
mod function_attribute {
    pub const MAX_THREADS_PER_BLOCK: u32 = 0;
    pub const SHARED_SIZE_BYTES: u32 = 1;
    pub const LOCAL_SIZE_BYTES: u32 = 3;
    pub const PTX_VERSION: u32 = 5;
    pub const BINARY_VERSION: u32 = 6;
    pub const MAX_DYNAMIC_SHARED_SIZE_BYTES: u32 = 8;
    pub const PREFERRED_SHARED_MEMORY_CARVEOUT: u32 = 9;
    pub const END: u32 = 16;
}

/// The PTX version that drivers of a CUDA version read (PTX ISA, "Release notes").
fn newest_ptx(driver_version: i32) -> (u32, u32) {
    match driver_version / 10 {
        ..=1199 => (7, 8),
        1200..=1205 => (8, (driver_version / 10 - 1200) as u32),
        1206 => (8, 5),
        1207 => (8, 6),
        1208 => (8, 7),
        1209 => (8, 8),
        _ => (9, 0),
    }
}

/// The virtual architecture of a `.target`, as 10 * major + minor.
fn architecture(target: &str) -> Option<u32> {
    let digits = target.strip_prefix("sm_")?;
    let end = (digits.find(|letter: char| !letter.is_ascii_digit())).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

/// A PTX text that was read.
pub struct Read {
    module: Arc<Module>,
    /// The program, if it has no variables: then it is the same one wherever it is loaded.
    program: OnceLock<Arc<Program>>,
}

/// Reads a PTX text, or finds it read: tests load the same modules many times over.
fn parse(text: String) -> Result<Arc<Read>, ParseError> {
    static READ: Mutex<BTreeMap<String, Arc<Read>>> = Mutex::new(BTreeMap::new());
    let mut known = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(read) = known.get(&text) {
        return Ok(Arc::clone(read));
    }
    let read = Arc::new(Read {
        module: Arc::new(Module::parse(&text)?),
        program: OnceLock::new(),
    });
    known.insert(text, Arc::clone(&read));
    Ok(read)
}

impl Read {
    fn load(&self, memory: &Memory) -> Result<Arc<Program>, LoadError> {
        if let Some(program) = self.program.get() {
            return Ok(Arc::clone(program));
        }
        let program = Arc::new(Program::load(Arc::clone(&self.module), memory)?);
        if self.module.variables.is_empty() {
            return Ok(Arc::clone(self.program.get_or_init(|| program)));
        }
        Ok(program)
    }
}

impl Driver {
    /// `cuModuleLoadData`.
    pub(super) fn load_module(&mut self, operation: &str, image: Image) -> Result<u64, Refusal> {
        let refuse = |status, words: &str| Refusal {
            status,
            words: words.to_owned(),
        };
        let context = self.context().map_err(|status| refuse(status, ""))?;
        let device = self
            .device_of(context)
            .map_err(|status| refuse(status, ""))?;
        let text = match image {
            Image::Native => {
                let words = "native code does not run on an emulated device";
                return Err(refuse(Status::NO_BINARY_FOR_GPU, words));
            }
            Image::Compiled { architecture, .. }
                if architecture != self.devices[device].architecture_number() =>
            {
                let words = "the code is for another architecture";
                return Err(refuse(Status::NO_BINARY_FOR_GPU, words));
            }
            Image::Compiled { text, .. } | Image::Text(text) => text,
        };
        let read = self.read_module(operation, device, text)?;
        let names: Vec<String> = (read.module.variables.iter())
            .map(|variable| variable.name.clone())
            .collect();
        let memory = &self.devices[device].memory;
        let program = read.load(memory).map_err(|error| match error {
            LoadError::Memory(error) => refuse(Status::OUT_OF_MEMORY, &error.to_string()),
            LoadError::Program { .. } => {
                self.refuse_program(operation, Status::INVALID_PTX, error.to_string())
            }
        })?;
        for name in names {
            if let Some(Symbol { address, bytes }) = program.symbol(&name) {
                let begin = host_stamp(operation);
                self.add_allocation(device, address, bytes, context, Origin::Module, begin);
            }
        }
        let handle = new_handle();
        let module = LoadedModule {
            context,
            device,
            program,
            functions: BTreeMap::new(),
        };
        self.modules.insert(handle, module);
        Ok(handle)
    }

    /// Reads PTX for a device, or says why the device does not take it.
    pub(super) fn read_module(
        &mut self,
        operation: &str,
        device: usize,
        text: Vec<u8>,
    ) -> Result<Arc<Read>, Refusal> {
        let refuse = |status, words: &str| Refusal {
            status,
            words: words.to_owned(),
        };
        let text = String::from_utf8(text).unwrap_or_default();
        if !text.contains(".version") {
            let words = "neither native code nor PTX";
            return Err(refuse(Status::INVALID_IMAGE, words));
        }
        let read = parse(text).map_err(|error| {
            self.refuse_program(operation, Status::INVALID_PTX, error.to_string())
        })?;
        let module = &read.module;
        let newest = newest_ptx(self.config.driver_version);
        if module.version > newest {
            let (major, minor) = module.version;
            let words = format!("PTX {major}.{minor} is newer than the driver");
            return Err(refuse(Status::UNSUPPORTED_PTX_VERSION, &words));
        }
        let has = self.devices[device].architecture_number();
        if architecture(&module.target).is_none_or(|needed| needed > has) {
            let target = &module.target;
            let (major, minor) = self.devices[device].config.compute_capability;
            let words = format!("target {target} is newer than the device ({major}.{minor})");
            return Err(refuse(Status::INVALID_PTX, &words));
        }
        Ok(read)
    }

    /// A program that the interpreter does not have: recorded, because the answer's code alone
    /// does not say where.
    fn refuse_program(&mut self, operation: &str, status: Status, words: String) -> Refusal {
        (self.ledger).host_fault(FaultKind::InvalidProgram, operation, None, words.clone());
        Refusal { status, words }
    }

    /// `cuModuleUnload`. That it waits for kernels is not said anywhere, so the program must have waited.
    pub(super) fn unload_module(&mut self, operation: &str, handle: u64) -> Outcome {
        let Some(context) = self.modules.get(&handle).map(|module| module.context) else {
            return Err(self.invalid_handle(operation, "module", handle));
        };
        if let (Some(kernel), Ok(())) = (self.pending_kernel_of(handle), self.healthy(context)) {
            self.ledger.host_fault(
                FaultKind::ModuleUnloadedInUse,
                operation,
                None,
                format!("kernel {kernel} of this module is pending"),
            );
        }
        self.run_context(context);
        self.drop_module(handle);
        Ok(())
    }

    /// A kernel of a module that has been launched and has not run.
    fn pending_kernel_of(&self, module: u64) -> Option<String> {
        let mut pending = self.streams.values().flat_map(Stream::pending);
        pending.find_map(|work| match work {
            Work::Launch(launch) if launch.module == module => Some(launch.entry.clone()),
            _ => None,
        })
    }

    /// Forgets a module that nothing pending needs.
    pub(super) fn drop_module(&mut self, handle: u64) {
        let Some(module) = self.modules.remove(&handle) else {
            return;
        };
        self.functions
            .retain(|_, function| function.module != handle);
        let device = &mut self.devices[module.device];
        for variable in &module.program.module().variables {
            if let Some(symbol) = module.program.symbol(&variable.name) {
                if device.allocations.remove(&symbol.address).is_some() {
                    device.allocated_bytes -= symbol.bytes;
                }
            }
        }
        if let Ok(program) = Arc::try_unwrap(module.program) {
            // Its variables are the memory's own, and are there.
            let _unloaded = program.unload(&device.memory);
        }
    }

    /// `cuModuleGetFunction`.
    pub(super) fn function_of(&mut self, operation: &str, module: u64, name: &str) -> Outcome<u64> {
        let Some(loaded) = self.modules.get_mut(&module) else {
            return Err(self.invalid_handle(operation, "module", module));
        };
        if let Some(&known) = loaded.functions.get(name) {
            return Ok(known);
        }
        if loaded.program.entry(name).is_none() {
            return Err(Status::NOT_FOUND);
        }
        let handle = new_handle();
        loaded.functions.insert(name.to_owned(), handle);
        let function = Function {
            module,
            device: loaded.device,
            context: loaded.context,
            program: Arc::clone(&loaded.program),
            name: name.to_owned(),
            dynamic_shared_limit: None,
        };
        self.functions.insert(handle, function);
        Ok(handle)
    }

    /// `cuModuleGetGlobal`.
    pub(super) fn global_of(
        &mut self,
        operation: &str,
        module: u64,
        name: &str,
    ) -> Outcome<Symbol> {
        let Some(loaded) = self.modules.get(&module) else {
            return Err(self.invalid_handle(operation, "module", module));
        };
        loaded.program.symbol(name).ok_or(Status::NOT_FOUND)
    }

    /// The function that a handle names.
    pub(super) fn function(&mut self, operation: &str, handle: u64) -> Outcome<&mut Function> {
        if !self.functions.contains_key(&handle) {
            return Err(self.invalid_handle(operation, "function", handle));
        }
        self.functions
            .get_mut(&handle)
            .ok_or(Status::INVALID_HANDLE)
    }

    /// `cuFuncGetAttribute`. PTX knows no registers and no machine code, so those are 0.
    pub(super) fn function_attribute(
        &mut self,
        operation: &str,
        handle: u64,
        number: u32,
    ) -> Outcome<i32> {
        use function_attribute as number_of;
        let function = self.function(operation, handle)?;
        let (device, entry) = (function.device, function.entry()?);
        let value = match number {
            number_of::MAX_THREADS_PER_BLOCK => function.max_threads()?,
            number_of::SHARED_SIZE_BYTES => entry.shared_bytes,
            number_of::LOCAL_SIZE_BYTES => entry.local_bytes,
            number_of::PTX_VERSION => architecture(&function.program.module().target).unwrap_or(0),
            number_of::BINARY_VERSION => self.devices[device].architecture_number(),
            number_of::MAX_DYNAMIC_SHARED_SIZE_BYTES => function.dynamic_shared_limit()?,
            number_of::PREFERRED_SHARED_MEMORY_CARVEOUT => return Ok(-1),
            number if number < number_of::END => 0,
            _ => return Err(Status::INVALID_VALUE),
        };
        i32::try_from(value).map_err(|_| Status::INVALID_VALUE)
    }

    /// `cuFuncSetAttribute`.
    pub(super) fn set_function_attribute(
        &mut self,
        operation: &str,
        handle: u64,
        number: u32,
        value: i32,
    ) -> Outcome {
        use function_attribute as number_of;
        let function = self.function(operation, handle)?;
        match number {
            number_of::MAX_DYNAMIC_SHARED_SIZE_BYTES => {
                let bytes = u32::try_from(value).map_err(|_| Status::INVALID_VALUE)?;
                let taken = function.entry()?.shared_bytes;
                let device = function.device;
                let most = self.devices[device].shared_optin_bytes();
                if taken.checked_add(bytes).is_none_or(|sum| sum > most) {
                    return Err(Status::INVALID_VALUE);
                }
                self.function(operation, handle)?.dynamic_shared_limit = Some(bytes);
                Ok(())
            }
            number_of::PREFERRED_SHARED_MEMORY_CARVEOUT if (-1..=100).contains(&value) => Ok(()),
            _ => Err(Status::INVALID_VALUE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{architecture, newest_ptx};

    #[test]
    fn targets_and_versions_are_read() {
        assert_eq!(architecture("sm_70"), Some(70));
        assert_eq!(architecture("sm_90a"), Some(90));
        assert_eq!(architecture("sm_120, debug"), Some(120));
        assert_eq!(architecture("compute"), None);
        assert_eq!(newest_ptx(12_000), (8, 0));
        assert_eq!(newest_ptx(12_040), (8, 4));
        assert_eq!(newest_ptx(11_080), (7, 8));
        assert_eq!(newest_ptx(13_000), (9, 0));
    }
}
