//! The CUDA kernels of halo2-offload, compiled.
