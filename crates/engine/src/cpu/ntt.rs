//! Number-theoretic transform on the CPU.
