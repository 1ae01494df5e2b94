//! A program under test: what it does to the driver, it does through cudarc.
//!
//! cudarc loads modules safely only with NVRTC, so modules and launches go through its
//! `result` layer, the rest through its safe one.

use std::ffi::{c_void, CString};
use std::sync::Arc;

use cudarc::driver::sys::CUresult;
use cudarc::driver::{result, sys, CudaContext, CudaStream, DriverError};
use halo2_offload_cuda_emulator::{install, Config, Emulator, Fault, FaultKind};

/// 256-bit additions.
pub const VECTORS: &str = include_str!("ptx/vectors.ptx");
/// Sums in shared memory.
pub const BLOCK_SUM: &str = include_str!("ptx/block_sum.ptx");
/// An atomic counter.
pub const COUNT: &str = include_str!("ptx/count.ptx");

/// The machine that a test runs on.
pub fn machine(config: Config) -> Emulator {
    install(config).expect("the stand-in for libcuda is built along with its tests")
}

/// The default machine, with faults not printed: they are what the test is about.
pub fn quiet() -> Config {
    Config {
        print_faults: false,
        ..Config::default()
    }
}

/// A loaded module, unloaded when dropped.
pub struct Module {
    context: Arc<CudaContext>,
    handle: sys::CUmodule,
}

impl Module {
    pub fn load(context: &Arc<CudaContext>, ptx: &str) -> Result<Self, DriverError> {
        context.bind_to_thread()?;
        let text = CString::new(ptx).expect("PTX has no zero byte");
        // SAFETY: the image is a C string.
        let handle = unsafe { result::module::load_data(text.as_ptr().cast()) }?;
        Ok(Self {
            context: Arc::clone(context),
            handle,
        })
    }

    pub fn function(&self, name: &str) -> Result<sys::CUfunction, DriverError> {
        let name = CString::new(name).expect("names have no zero byte");
        // SAFETY: the module is loaded.
        unsafe { result::module::get_function(self.handle, name) }
    }

    /// Address and bytes of a variable.
    pub fn variable(&self, name: &str) -> Result<(u64, usize), DriverError> {
        let name = CString::new(name).expect("names have no zero byte");
        // SAFETY: the module is loaded.
        unsafe { result::module::get_global(self.handle, name) }
    }

    /// Launches `blocks` blocks of `threads` threads with 8-byte and 4-byte arguments.
    pub fn launch(
        &self,
        stream: &CudaStream,
        name: &str,
        (blocks, threads): (u32, u32),
        arguments: &[Argument],
    ) -> Result<(), DriverError> {
        let function = self.function(name)?;
        let mut places: Vec<*mut c_void> = arguments.iter().map(Argument::place).collect();
        self.context.bind_to_thread()?;
        // SAFETY: the arguments are what the kernel declares; the emulator checks the rest.
        unsafe {
            result::launch_kernel(
                function,
                (blocks, 1, 1),
                (threads, 1, 1),
                0,
                stream.cu_stream(),
                &mut places,
            )
        }
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        let bound = self.context.bind_to_thread();
        // SAFETY: the module is loaded, and nothing uses it afterwards.
        let unloaded = bound.and_then(|()| unsafe { result::module::unload(self.handle) });
        // A context that a fault has stopped unloads nothing any more.
        let _stopped = unloaded;
    }
}

/// An argument of a kernel.
#[derive(Clone, Copy)]
pub enum Argument {
    Pointer(u64),
    Word(u32),
}

impl Argument {
    fn place(&self) -> *mut c_void {
        match self {
            Self::Pointer(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Self::Word(value) => std::ptr::from_ref(value).cast_mut().cast(),
        }
    }
}

/// What a call answered.
pub fn code<T>(outcome: Result<T, DriverError>) -> CUresult {
    match outcome {
        Ok(_) => CUresult::CUDA_SUCCESS,
        Err(DriverError(code)) => code,
    }
}

/// The one fault of a kind that the emulator found.
pub fn only(emulator: &Emulator, kind: FaultKind) -> Fault {
    let faults = emulator.faults();
    let mut of_kind = faults.iter().filter(|fault| fault.kind == kind);
    match (of_kind.next(), of_kind.next()) {
        (Some(fault), None) => fault.clone(),
        _ => panic!("expected one fault of kind {kind:?} among {faults:#?}"),
    }
}

/// The number of the line of a PTX text that contains `instruction`, from 1.
pub fn line_of(ptx: &str, instruction: &str) -> u32 {
    let mut lines = ptx
        .lines()
        .zip(1..)
        .filter(|(line, _)| line.contains(instruction));
    match (lines.next(), lines.next()) {
        (Some((_, number)), None) => number,
        _ => panic!("{instruction:?} is not in one line of the text"),
    }
}

/// `ptx` with one instruction replaced: the planted fault.
pub fn planted(ptx: &str, right: &str, wrong: &str) -> String {
    line_of(ptx, right);
    ptx.replace(right, wrong)
}
