//! The stand-in libcuda, driven through an unmodified cudarc.

mod child;
mod host_faults;
mod kernel_faults;
mod linking;
mod machines;
mod modules;
mod program;
mod roundtrip;
mod streams;
