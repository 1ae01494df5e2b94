//! What runs, why, and what was done: the part of this package that ICICLE's has not.
//!
//! # Which device
//! The first use of any function here or in the packages above chooses, once for the process, and says
//! so in one line on stderr. `HALO2_OFFLOAD_DEVICE` (or [`select`], before the first use) asks for:
//!
//! | value | what runs |
//! |---|---|
//! | `auto`, or nothing | the CUDA device where one can be opened, else the CPU; the line says why |
//! | `cuda` | the CUDA device; where none can be opened, calls fail with what to do about it |
//! | `cpu` | the CPU |
//!
//! [`running`] answers the same as the line. Later failures of a device are errors of the calls that
//! met them: no call that began on a device ends on the CPU.
//!
//! # What was done
//! [`calls`] has the latest calls, [`totals`] all of them by operation, with times, bytes over the bus and
//! whether the bases of a multiplication were kept from before. `HALO2_OFFLOAD_CALLS=1` writes a line for
//! each call to stderr. The variables are read once.

mod calls;
mod device;
mod failure;
mod line;
mod selection;

pub use calls::{calls, totals, Bus, Call, Total};
pub use device::{Device, Place};
pub use failure::{fail, from_engine, last_error_text};
pub use selection::{device, device_count, opened, running, select, Running, Selection};

#[doc(hidden)]
pub use {calls::Watch, line::say};
