//! A stand-in for libcuda that interprets PTX on the CPU.
