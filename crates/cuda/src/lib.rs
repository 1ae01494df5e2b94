//! The CUDA engine of halo2-offload: devices, memory, launches, and the operations made of them.
//! The only package that names cudarc.
//!
//! - [`CudaEngine`] is the engine of a prover whose columns stay on the device; a [`Placement`] says what
//!   does where memory is short.
//! - [`probe`] says what devices there are; without a driver or a device it is an error that says
//!   what to do. [`Context::open`] opens one: streams by role, memory, kernels.
//! - [`DeviceBuffer`] is typed device memory with a name. A context keeps a ledger of who holds how
//!   much, now and at the peak, and holds them to a budget; out of memory is an ordinary error that
//!   says what was asked for, what was free and what held the rest.
//! - [`Context::upload`] and [`Context::download`] copy through page-locked buffers;
//!   [`Typed::launch`] launches the kernels that ship, with arguments that the compiler compares with
//!   the kernel's parameters ([`entry_points!`]); [`Context::launch`] any other. Work on a buffer comes after all earlier work on it, on
//!   whatever stream that was. Launches neither allocate nor wait.
//! - [`Counters`], [`Context::times`], [`Context::work`] and [`Context::peak_memory`] say what was
//!   done, in bytes each way, launches, synchronisations, device time, and multiplications and memory
//!   traffic by operation.
//! - [`Context::modelled`] is a context without a device: the same calls are checked, counted and
//!   booked, nothing is done, and no driver is needed. What work on a device comes to is known before,
//!   and [`Rates`] predict the least that it takes.
//! - [`selftest`] checks every operation of a device against the CPU.
//!
//! Library code here does not panic on input, device or driver state: [`CudaError`] says which
//! operation failed, with what code, and what can be done.

mod arena;
mod buffer;
pub mod canonical;
pub mod ceilings;
mod context;
mod counters;
mod device;
mod engine;
mod error;
mod field;
mod floor;
mod kernel;
mod launch;
mod model;
pub mod msm;
pub mod ntt;
pub mod plonk;
pub mod poly;
mod repr;
pub mod selftest;
mod streams;
mod sys;
mod timeline;
mod timing;
mod transfer;
mod work;

pub use arena::{Holding, LedgerReport, MemorySource};
pub use buffer::{DeviceBuffer, DeviceSlice, DeviceSliceMut};
pub use context::{Context, Options};
pub use counters::Counters;
pub use device::{probe, ComputeCapability, DeviceInfo, DriverVersion};
pub use engine::{CudaCommitments, CudaDomain, CudaEngine, CudaMemory, Place, Placement};
pub use error::{CudaError, DriverCode, ModuleLoad, OutOfMemory};
pub use floor::{Floor, Prediction, RateSource, Rates};
#[doc(hidden)]
pub use halo2_offload_kernels::signatures;
pub use halo2_offload_kernels::{KernelImage, KernelModule};
pub use kernel::{
    Accepts, Arguments, CodeChoice, CodeForm, EntryPoint, Function, Kernel, LoadedModule,
    ProgramCode, Typed,
};
pub use launch::{Argument, LaunchConfig};
pub use model::{CardNumbers, DeviceModel};
pub use repr::DeviceRepr;
pub use sys::DRIVER_CALLS;
pub use timeline::StreamRole;
pub use timing::{OperationTime, Timed};
pub use transfer::{Download, Upload};
pub use work::Work;
