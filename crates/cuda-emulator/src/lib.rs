//! A stand-in for libcuda that interprets PTX on the CPU.

pub mod machine;
pub mod ptx;
