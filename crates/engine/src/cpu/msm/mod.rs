//! Multi-scalar multiplication on the CPU.
