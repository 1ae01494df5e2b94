//! The device that is measured.

use halo2_offload_cuda::{Context, KernelImage, Options};
use std::sync::Arc;

/// The first device; where there is none, says why in one line.
pub fn device() -> Option<Arc<Context>> {
    match Context::open(0, &KernelImage::shipped(), Options::default()) {
        Ok(context) if context.device().is_emulated() => {
            eprintln!("CUDA is skipped: an emulator's times are no device's");
            None
        }
        Ok(context) => {
            let device = context.device();
            eprintln!("{}, driver for CUDA {}", device.name, device.driver);
            Some(context)
        }
        Err(error) => {
            eprintln!("CUDA is skipped: {error}");
            None
        }
    }
}
