//! How a test installs the stand-in, tells it what to be, and asks what it saw.
//!
//! The stand-in is a shared library of its own in the test's process, with its own state. What
//! is said to it and what it answers crosses as JSON through exported functions
//! (the private module `driver`), so that the two sides share text and no memory.

mod child;
mod config;
mod install;
mod report;

pub use child::{child_environment, read_report, write_lacking};
pub(crate) use child::{CONFIG_VARIABLE, REPORT_VARIABLE};
pub use config::{Aftermath, Calls, Checks, Config, DeviceConfig, Failure};
pub use install::{install, Emulator, InstallError};
pub use report::{
    CopiedBytes, DeviceReport, Fault, FaultKind, KernelReport, Leak, LeakKind, Report, Site,
};

/// Exported by the stand-in: takes a [`Config`] as JSON (pointer, length in bytes), forgets all
/// that was, and answers 0, or 1 where the text is no configuration.
pub(crate) const CONFIGURE: &str = "halo2_offload_emulator_configure";
/// Exported by the stand-in: hands a [`Report`] as JSON to a callback, before it returns, and
/// runs pending work first where its first argument is not 0.
pub(crate) const REPORT: &str = "halo2_offload_emulator_report";
/// Exported by the stand-in: forgets the faults found so far.
pub(crate) const FORGIVE: &str = "halo2_offload_emulator_forgive";

/// The signature of [`CONFIGURE`].
pub(crate) type Configure = unsafe extern "C" fn(*const u8, usize) -> u32;
/// What [`REPORT`] calls with the JSON text: pointer, length in bytes, and the caller's datum.
pub(crate) type Receive = unsafe extern "C" fn(*const u8, usize, *mut std::ffi::c_void);
/// The signature of [`REPORT`].
pub(crate) type SendReport = unsafe extern "C" fn(u32, Receive, *mut std::ffi::c_void) -> u32;
/// The signature of [`FORGIVE`].
pub(crate) type Forgive = unsafe extern "C" fn();
