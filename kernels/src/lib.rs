//! The CUDA kernels of halo2-offload, compiled.
//!
//! One `.cu` file under `kernels/` is one operation and one module. Its PTX ships with this package,
//! compressed, and loads on every driver from CUDA 12 on; where nvcc was found when the package was
//! built, native code for some architectures is beside it. This package only carries them: whoever
//! opens a device loads them. `kernels/README.md` is the index of the operations and tells how they
//! are compiled. [`mod@signatures`] has what launches need to know of them.
//!
//! ```
//! let image = halo2_offload_kernels::KernelImage::shipped();
//! let module = image.module("field_fr").expect("it ships");
//! assert!(module.ptx()?.contains(".entry field_fr_mul("));
//! # Ok::<(), halo2_offload_kernels::CorruptModule>(())
//! ```

mod image;
#[rustfmt::skip]
pub mod signatures;

pub use image::{CorruptModule, KernelImage, KernelModule};
