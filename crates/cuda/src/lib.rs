//! The CUDA engine: context, streams, memory, launches. The only package that names cudarc.
