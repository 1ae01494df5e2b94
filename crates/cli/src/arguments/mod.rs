//! Flags that several subcommands have.

mod device;
mod multiopen;
mod size;

pub use device::{DeviceArguments, Found};
pub use multiopen::multiopen;
pub use size::size;
