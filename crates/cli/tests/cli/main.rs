//! The command line, as its users call it.

mod arguments;
mod device;
mod doctor;
#[cfg(target_os = "linux")]
mod drivers;
mod estimate;
mod files;
mod measure;
mod place;
mod plug;
mod proofs;
#[cfg(unix)]
mod signals;
mod srs;
#[cfg(target_os = "linux")]
mod workers;
