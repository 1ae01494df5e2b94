//! Without an emulator: what a machine says that has no driver, or what it has.

use halo2_offload_cuda::{probe, Context, CudaError, KernelImage, Options};

#[test]
fn a_machine_says_what_it_has_or_what_it_lacks() {
    match probe() {
        Ok(devices) => {
            assert!(!devices.is_empty());
            for (ordinal, device) in devices.iter().enumerate() {
                assert_eq!(device.ordinal, ordinal);
                assert!(
                    !device.name.is_empty() && device.memory_bytes > 0,
                    "{device:?}"
                );
                assert!(!device.is_emulated());
            }
        }
        Err(error) => {
            let opened = Context::open(0, &KernelImage::shipped(), Options::default());
            let message = error.to_string();
            assert_eq!(
                opened.err().map(|error| error.to_string()),
                Some(message.clone())
            );
            if matches!(error, CudaError::NoDriver) {
                assert!(
                    message.contains("install the NVIDIA driver 525 or newer"),
                    "{message}"
                );
            }
        }
    }
}
