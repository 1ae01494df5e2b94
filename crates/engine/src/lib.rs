//! The engine boundary of halo2-offload.

pub mod cpu;
