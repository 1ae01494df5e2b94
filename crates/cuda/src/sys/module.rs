//! Kernel modules and their entry points.

use std::{
    ffi::{c_void, CStr},
    ptr::null_mut,
    sync::Arc,
};

use cudarc::driver::{result, sys};

use super::{During, Primary, RawStream};
use crate::error::{CudaError, DriverCode};

/// A loaded module.
#[derive(Debug)]
pub(crate) struct Module {
    primary: Arc<Primary>,
    module: sys::CUmodule,
}

// SAFETY: a name for an object of the driver, whose calls may be made from any thread.
unsafe impl Send for Module {}
// SAFETY: as above; all methods are driver calls.
unsafe impl Sync for Module {}

impl Module {
    /// Loads PTX: the driver compiles it for the device, which may take a while.
    pub(crate) fn from_ptx(primary: &Arc<Primary>, ptx: &CStr) -> Result<Self, DriverCode> {
        // SAFETY: PTX text with its terminator.
        unsafe { Self::load(primary, ptx.as_ptr().cast()) }
    }

    /// Loads native code.
    ///
    /// # Safety
    /// `image` is a whole cubin or fatbin: the driver finds its length in its headers.
    pub(crate) unsafe fn from_native(
        primary: &Arc<Primary>,
        image: &[u8],
    ) -> Result<Self, DriverCode> {
        // SAFETY: by this function's contract.
        unsafe { Self::load(primary, image.as_ptr().cast()) }
    }

    /// Compiles PTX to a cubin for the device, without loading it.
    pub(crate) fn compile(primary: &Arc<Primary>, ptx: &CStr) -> Result<Vec<u8>, DriverCode> {
        primary.call(|_| Linker::new()?.compile(ptx), |_| Ok(Vec::new()))
    }

    /// # Safety
    /// `image` points to PTX text that ends with a NUL, or to a whole cubin or fatbin.
    unsafe fn load(primary: &Arc<Primary>, image: *const c_void) -> Result<Self, DriverCode> {
        let module = primary.call(
            // SAFETY: by this function's contract. The driver keeps no reference to the image.
            |_| unsafe { result::module::load_data(image) },
            |_| Ok(null_mut()),
        )?;
        Ok(Self {
            primary: primary.clone(),
            module,
        })
    }

    /// An entry point, or nothing if the module has none of that name.
    pub(crate) fn entry(
        self: &Arc<Self>,
        name: &CStr,
        declared: Declared,
    ) -> Result<EntryPoint, DriverCode> {
        let function = self.primary.call(
            // SAFETY: the module is loaded as long as `self` lives.
            |_| unsafe { result::module::get_function(self.module, name.to_owned()) },
            |_| Ok(null_mut()),
        )?;
        Ok(EntryPoint {
            module: self.clone(),
            function,
            declared,
        })
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        self.primary.clean_up_when_idle(
            "unloading a module",
            // SAFETY: loaded by `load` and unloaded nowhere else; entry points hold an Arc of
            // `self`. Kernels of the module that still ran were waited for.
            || unsafe { result::module::unload(self.module) },
            |_| {},
        );
    }
}

/// The driver's linker, which is its compiler too.
struct Linker(sys::CUlinkState);

impl Linker {
    fn new() -> Result<Self, result::DriverError> {
        let mut state = null_mut();
        // SAFETY: no options, and `state` outlives the call. The caller has entered a context.
        unsafe { sys::cuLinkCreate_v2(0, null_mut(), null_mut(), &mut state) }.result()?;
        Ok(Self(state))
    }

    fn compile(&self, ptx: &CStr) -> Result<Vec<u8>, result::DriverError> {
        let text = ptx.to_bytes_with_nul();
        // SAFETY: the text is there for the call, which only reads it; its size includes the NUL.
        unsafe {
            sys::cuLinkAddData_v2(
                self.0,
                sys::CUjitInputType::CU_JIT_INPUT_PTX,
                text.as_ptr().cast_mut().cast(),
                text.len(),
                c"generated".as_ptr(),
                0,
                null_mut(),
                null_mut(),
            )
        }
        .result()?;
        let (mut cubin, mut bytes) = (null_mut(), 0);
        // SAFETY: both outlive the call.
        unsafe { sys::cuLinkComplete(self.0, &mut cubin, &mut bytes) }.result()?;
        // SAFETY: the driver's answer: so many bytes, which are its own until the state is destroyed.
        Ok(unsafe { std::slice::from_raw_parts(cubin.cast::<u8>(), bytes) }.to_vec())
    }
}

impl Drop for Linker {
    fn drop(&mut self) {
        // SAFETY: created by `new`, and used nowhere any more. A failure leaves memory behind and
        // nothing else: there is nobody to tell.
        let _ = unsafe { sys::cuLinkDestroy(self.0) };
    }
}

/// What the PTX of an entry point declares, which is all that a model knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    /// The threads of a block, at most.
    pub(crate) max_threads: u32,
    /// Shared memory.
    pub(crate) shared_bytes: u32,
}

/// What can be asked about an entry point.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FunctionAttribute {
    MaxThreadsPerBlock,
    Registers,
    LocalBytes,
    StaticSharedBytes,
}

/// An entry point of a module.
#[derive(Clone, Debug)]
pub(crate) struct EntryPoint {
    module: Arc<Module>,
    function: sys::CUfunction,
    declared: Declared,
}

// SAFETY: a name for an object of the driver, whose calls may be made from any thread.
unsafe impl Send for EntryPoint {}
// SAFETY: as above; all methods are driver calls.
unsafe impl Sync for EntryPoint {}

impl EntryPoint {
    pub(crate) fn attribute(&self, attribute: FunctionAttribute) -> Result<u32, CudaError> {
        use sys::CUfunction_attribute_enum as A;
        let Declared {
            max_threads,
            shared_bytes,
        } = self.declared;
        // Registers, and what does not fit them, are the compiler's to decide.
        let (attribute, modelled) = match attribute {
            FunctionAttribute::MaxThreadsPerBlock => {
                (A::CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, max_threads)
            }
            FunctionAttribute::Registers => (A::CU_FUNC_ATTRIBUTE_NUM_REGS, 0),
            FunctionAttribute::LocalBytes => (A::CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES, 0),
            FunctionAttribute::StaticSharedBytes => {
                (A::CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, shared_bytes)
            }
        };
        self.module
            .primary
            .call(
                // SAFETY: the function lives as long as its module.
                |_| {
                    unsafe { result::function::get_function_attribute(self.function, attribute) }
                        .map(|value| u32::try_from(value).unwrap_or(0))
                },
                |_| Ok(modelled),
            )
            .during("asking for a kernel's attributes")
    }

    /// Allows launches with more dynamic shared memory than the 48 KiB that every kernel may have.
    pub(crate) fn allow_shared_bytes(&self, bytes: u32) -> Result<(), CudaError> {
        self.module
            .primary
            .call(
                // SAFETY: the function lives as long as its module.
                |_| unsafe {
                    result::function::set_function_attribute(
                    self.function,
                    sys::CUfunction_attribute_enum::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                    i32::try_from(bytes).unwrap_or(i32::MAX),
                )
                },
                |model| model.allow_shared_bytes(self.declared.shared_bytes, bytes),
            )
            .during("raising a kernel's limit of shared memory")
    }

    /// Blocks of a size that one multiprocessor holds at a time.
    pub(crate) fn blocks_per_multiprocessor(
        &self,
        threads: u32,
        shared_bytes: u32,
    ) -> Result<u32, CudaError> {
        self.module
            .primary
            .call(
                // SAFETY: the function lives as long as its module.
                |_| {
                    unsafe {
                        result::occupancy::max_active_block_per_multiprocessor(
                            self.function,
                            i32::try_from(threads).unwrap_or(i32::MAX),
                            shared_bytes as usize,
                        )
                    }
                    .map(|blocks| u32::try_from(blocks).unwrap_or(0))
                },
                |model| {
                    let shared = self.declared.shared_bytes.saturating_add(shared_bytes);
                    Ok(model.resident_blocks(threads, shared))
                },
            )
            .during("asking for a kernel's occupancy")
    }

    /// Gives the kernel to the stream.
    ///
    /// # Safety
    /// `arguments` point to as many values as the kernel has parameters, each of its parameter's
    /// size; with them, in this grid, the kernel reads and writes only device memory of this
    /// context that stays allocated until the kernel is done in stream order.
    pub(crate) unsafe fn launch(
        &self,
        stream: &RawStream,
        grid: [u32; 3],
        block: [u32; 3],
        shared_bytes: u32,
        arguments: &mut [*mut c_void],
    ) -> Result<(), DriverCode> {
        self.module.primary.call(
            // SAFETY: by this function's contract. The driver copies the arguments before it returns.
            |_| unsafe {
                result::launch_kernel(
                    self.function,
                    grid.into(),
                    block.into(),
                    shared_bytes,
                    stream.stream,
                    arguments,
                )
            },
            |_| Ok(()),
        )
    }
}
