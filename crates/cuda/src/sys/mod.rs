//! The CUDA driver. Only the modules in here call cudarc, and all calls into libcuda are theirs.
//!
//! Elsewhere in this package `unsafe` is needed to call what can only be promised there: launches, whose
//! grid and arguments have to meet the kernel's contract; allocations and copies, whose memory has to
//! outlive them; machine code, which has to be whole; and [`DeviceRepr`](crate::DeviceRepr), which says
//! that a type is its bytes.
//!
//! cudarc opens libcuda at its first use and panics if there is none, or if it lacks a call that is made.
//! Nothing here can be called without a [`Driver`], and there is none unless libcuda was found and has
//! all of the calls: that is asked in one place, [`Driver::open`].
//!
//! In the place of a device there may be a model of one ([`Model`]), which needs no driver. Whether there
//! is, is asked in one place, [`Primary::call`]: every call that a context makes says what the driver is
//! to do, and what a model answers.
//!
//! Every handle owns what it stands for and keeps alive what that depends on: streams, events,
//! modules and host memory hold the [`Primary`] context, so that nothing is used after its context
//! was released, and nothing is freed twice. Handles may be used from any thread: the driver API
//! is thread-safe, and each call makes its context the thread's current one first.
//!
//! [`DRIVER_CALLS`] are the driver calls used, which is what a stand-in for libcuda must offer.

mod device;
mod event;
mod library;
mod memory;
mod model;
mod module;
mod primary;
mod stream;

use std::ffi::CStr;

use cudarc::driver::{result, sys};
use halo2_offload_engine::process::Owner;

use crate::{
    device::DriverVersion,
    error::{code, CudaError, DriverCode},
};

pub(crate) use device::{Attribute, RawDevice};
pub(crate) use event::{Event, Timing};
use library::DriverLibrary;
pub use library::DRIVER_CALLS;
pub(crate) use memory::{Address, HostMemory};
pub(crate) use model::Model;
pub(crate) use module::{Declared, EntryPoint, FunctionAttribute, Module};
pub(crate) use primary::Primary;
pub(crate) use stream::RawStream;

/// The first CUDA whose driver has all calls that are used here, and loads the PTX that ships.
pub(crate) const OLDEST_DRIVER: DriverVersion = DriverVersion {
    major: 12,
    minor: 0,
};

/// The symbol by which the emulator of this workspace, and no real driver, can be told.
const EMULATOR_MARK: &str = "halo2_offload_emulator_report";

/// libcuda, found and started. Its existence is the permission to call cudarc.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Driver {
    version: DriverVersion,
    emulated: bool,
}

/// The process that started the driver. No call reaches it in a child, which would be waiting in a context
/// that is not there.
static STARTED_BY: Owner = Owner::new();

impl Driver {
    /// Finds libcuda, checks its version and its calls, and starts it. Starting it again does nothing.
    pub(crate) fn open() -> Result<Self, CudaError> {
        STARTED_BY.check()?;
        let library = DriverLibrary::open()?;
        let mut version = 0;
        // SAFETY: libcuda is there and has the call, which may come before cuInit; `version` outlives it.
        unsafe { sys::cuDriverGetVersion(&mut version) }
            .result()
            .map_err(|error| CudaError::DriverStart { code: error.into() })?;
        let version = DriverVersion::from_cuda(version);
        if version < OLDEST_DRIVER {
            return Err(CudaError::DriverTooOld {
                found: version,
                needed: OLDEST_DRIVER,
            });
        }
        library.require_all()?;
        STARTED_BY.enter()?;
        result::init().map_err(|error| match DriverCode::from(error) {
            error if error.code == code::NO_DEVICE => CudaError::NoDevice,
            code => CudaError::DriverStart { code },
        })?;
        let emulated = library.find(EMULATOR_MARK).is_ok();
        Ok(Self { version, emulated })
    }

    pub(crate) fn version(&self) -> DriverVersion {
        self.version
    }

    /// Whether this is the emulator, not a driver.
    pub(crate) fn is_emulated(&self) -> bool {
        self.emulated
    }
}

impl From<result::DriverError> for DriverCode {
    fn from(error: result::DriverError) -> Self {
        let text = |text: &CStr| text.to_string_lossy().into_owned();
        Self {
            code: error.0 as u32,
            // A driver may not know the name of an error that the bindings know.
            name: error
                .error_name()
                .map_or_else(|_| format!("{:?}", error.0), text),
            text: error
                .error_string()
                .map_or_else(|_| "the driver has no words for it".to_owned(), text),
        }
    }
}

/// Says what was being done when a driver call failed.
pub(crate) trait During<T> {
    fn during(self, operation: &str) -> Result<T, CudaError>;
}

impl<T, E: Into<DriverCode>> During<T> for Result<T, E> {
    fn during(self, operation: &str) -> Result<T, CudaError> {
        self.map_err(|error| CudaError::driver(operation, error.into()))
    }
}
