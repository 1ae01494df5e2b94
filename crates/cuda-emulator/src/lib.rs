//! A stand-in for libcuda that interprets PTX on the CPU, for tests.
//!
//! The package is two libraries. The shared one exports the CUDA driver's interface under the
//! driver's own name (SONAME `libcuda.so`), so that a program which opens libcuda once it is in
//! the process is handed it. The Rust one is how a test puts it there, says what machine to be,
//! and asks what it saw:
//!
//! ```no_run
//! use halo2_offload_cuda_emulator::{install, Config};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = install(Config::default().with_memory(64 << 20))?;
//! // ... any use of the CUDA driver, through cudarc or otherwise ...
//! emulator.assert_clean();
//! # Ok(())
//! # }
//! ```
//!
//! Kernels run as they ship: [`ptx`] reads the PTX text that the program gives to
//! `cuModuleLoadData`, [`machine`] runs it a warp at a time over checked memory. The driver
//! around them keeps streams in the order that the program promised, and no better.
//!
//! A child process, such as a command line under test, gets the stand-in through its environment:
//! [`child_environment`].
//!
//! What a machine lacks, and which calls fail on it, is in its [`Config`]; [`Failure`] shows how a
//! test goes through every allocation that can fail, and every call at which a device can be lost.
//!
//! # What it does not do
//!
//! Managed memory, graphs and captures, host functions on streams, linking of anything but one PTX
//! text, external memory and peer access are refused with an error. Registers and machine code are
//! not known of PTX, so occupancy leaves them out and native images are refused
//! (`CUDA_ERROR_NO_BINARY_FOR_GPU`); what the linker makes is the PTX, marked with its architecture.
//! An order that host threads make between themselves is taken for granted.
//!
//! A device names itself `Emulated device (halo2-offload)`. Its times are the emulator's own
//! and say nothing of a GPU.
//!
//! Linux with glibc only: there a library that is loaded answers to its SONAME.

pub mod control;
mod driver;
pub mod machine;
pub mod ptx;

pub use control::{
    child_environment, install, read_report, write_lacking, Aftermath, Calls, Checks, Config,
    CopiedBytes, DeviceConfig, DeviceReport, Emulator, Failure, Fault, FaultKind, InstallError,
    KernelReport, Leak, LeakKind, Report, Site,
};
