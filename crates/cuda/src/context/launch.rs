//! Kernels: looked up, compiled, and given to the compute stream.

use std::ffi::c_void;

use super::Context;
use crate::{
    error::CudaError,
    kernel::{Function, LoadedModule, ProgramCode},
    launch::{Argument, LaunchConfig, MAX_ARGUMENTS},
    sys::During,
    timeline::StreamRole,
};

impl Context {
    /// Looks up an entry point; loads its module if this is the first. Loading PTX takes the driver
    /// a while, and may wait for the device: look functions up before the work begins.
    pub fn function(&self, module: &str, entry: &str) -> Result<Function, CudaError> {
        self.modules.function(module, entry)
    }

    /// Compiles PTX that was made at run time, or takes its machine code from the folder that the
    /// options name, and looks up its entry point. This takes the driver a while: do it before the work
    /// begins.
    pub fn compile(&self, module: &str, entry: &str, ptx: &str) -> Result<Function, CudaError> {
        self.modules.compile(module, entry, ptx)
    }

    /// The PTX of a module of the image, to put generated text behind it.
    pub(crate) fn ptx(&self, module: &str) -> Result<String, CudaError> {
        self.modules.ptx(module)
    }

    /// How expression programs run.
    pub(crate) fn programs(&self) -> ProgramCode {
        self.programs
    }

    /// Whether what is compiled from generated text is kept for the next process.
    pub(crate) fn keeps_code(&self) -> bool {
        self.keeps_code
    }

    /// The kernel modules of the image that are loaded so far, and which form of each runs.
    pub fn modules(&self) -> Vec<LoadedModule> {
        self.modules.loaded()
    }

    /// Gives a kernel to the compute stream, after all earlier uses of the buffers in its arguments.
    /// It allocates nothing and waits for nothing.
    ///
    /// The number of arguments and the size of each are checked against the kernel's declaration,
    /// and the shape against what the kernel and the device take.
    ///
    /// # Safety
    /// The arguments have the types that the kernel declares. In this grid, with these arguments,
    /// the kernel reads and writes within the slices it is given, writes to no slice that is not a
    /// [`DeviceSliceMut`](crate::DeviceSliceMut), and meets its own contract about which threads there must be.
    pub unsafe fn launch(
        &self,
        function: &Function,
        config: LaunchConfig,
        arguments: &[&dyn Argument],
    ) -> Result<(), CudaError> {
        // SAFETY: by this function's contract.
        unsafe { self.launch_reaching(function, config, arguments, &[]) }
    }

    /// [`launch`](Self::launch) of a kernel that finds more slices by itself, through addresses that
    /// lie in the memory it is given: it comes after all earlier uses of those too, and counts as a
    /// use of them. For kernels that take more slices than there can be arguments.
    ///
    /// # Safety
    /// As for [`launch`](Self::launch), with `reached` among the slices that the kernel is given.
    pub unsafe fn launch_reaching(
        &self,
        function: &Function,
        config: LaunchConfig,
        arguments: &[&dyn Argument],
        reached: &[&dyn Argument],
    ) -> Result<(), CudaError> {
        let mut values = [std::ptr::null_mut::<c_void>(); MAX_ARGUMENTS];
        function.check(
            &self.info,
            &config,
            arguments.iter().map(|argument| argument.bytes()),
        )?;
        for (value, argument) in values.iter_mut().zip(arguments) {
            *value = argument.value().cast_mut();
        }
        let allocations = arguments
            .iter()
            .chain(reached)
            .filter_map(|argument| argument.allocation());
        for allocation in allocations.clone() {
            self.check_owner(function.name(), allocation)?;
        }
        self.streams.issue(
            StreamRole::Compute,
            allocations.map(|allocation| allocation.uses()),
            // SAFETY: `check` has compared the arguments with the kernel's parameters; the caller
            // vouches for their types and for what the kernel does with them; allocations are freed
            // in stream order after this use.
            |stream| unsafe {
                function
                    .entry_point()
                    .launch(
                        stream,
                        config.grid,
                        config.block,
                        config.shared_bytes,
                        &mut values[..arguments.len()],
                    )
                    .during(function.name())
            },
        )?;
        self.tally.launch();
        Ok(())
    }
}
