//! What devices there are, and what is said when there are none.

use halo2_offload_cuda::{probe, Context, CudaError, DriverVersion, KernelImage, Options};
use halo2_offload_cuda_emulator::{Config, Failure};

use crate::{machine, open, UNKNOWN};

#[test]
fn a_device_is_described() {
    let emulator = machine(
        Config::default()
            .with_memory(1 << 30)
            .with_compute_capability(8, 6),
    );
    let devices = probe().expect("there is a device");
    assert_eq!(devices.len(), 1);
    let device = &devices[0];
    assert!(device.is_emulated());
    assert!(!device.name.is_empty());
    assert_eq!(device.memory_bytes, 1 << 30);
    assert_eq!(device.capability.to_string(), "8.6");
    assert_eq!(
        device.driver,
        DriverVersion {
            major: 12,
            minor: 0
        }
    );
    assert!(device.multiprocessors > 0 && device.max_threads_per_block >= 1024);
    assert!(
        device.uuid.starts_with("GPU-") && device.uuid.len() == 40,
        "{}",
        device.uuid
    );
    assert_eq!(device.pci.len(), "0000:17:00.0".len());
    assert_eq!(device.free_bytes().expect("the device opens"), 1 << 30);
    emulator.assert_clean();
}

#[test]
fn no_device_is_an_error_with_a_remedy() {
    let emulator = machine(Config::without_devices());
    for error in [probe().err(), open(Options::default()).err()] {
        let error = error.expect("there is no device");
        assert!(matches!(error, CudaError::NoDevice), "{error}");
        assert!(error.to_string().contains("nvidia-smi"), "{error}");
    }
    emulator.assert_clean();
}

#[test]
fn an_old_driver_is_an_error_with_a_remedy() {
    let emulator = machine(Config::default().with_driver_version(11_080));
    let error = probe().expect_err("the driver is too old");
    assert!(matches!(error, CudaError::DriverTooOld { .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains("CUDA 11.8, 12.0 is needed"), "{message}");
    assert!(message.contains("driver 525 or newer"), "{message}");
    emulator.assert_clean();
}

#[test]
fn a_driver_that_does_not_start_is_an_error_with_code_and_remedy() {
    let stub = 34;
    for call in ["cuInit", "cuDriverGetVersion"] {
        let emulator = machine(Config::default().with_failure(Failure::of(call, 1, stub)));
        let message = probe().expect_err("the call fails").to_string();
        assert!(
            message.contains("CUDA_ERROR_STUB_LIBRARY (34)"),
            "{message}"
        );
        assert!(message.contains("LD_LIBRARY_PATH"), "{message}");
        emulator.assert_clean();
    }
}

#[test]
fn a_device_that_does_not_exist() {
    let emulator = machine(Config::default().with_devices(2));
    let error = Context::open(2, &KernelImage::shipped(), Options::default())
        .expect_err("there are two devices");
    assert!(
        matches!(
            error,
            CudaError::NoSuchDevice {
                ordinal: 2,
                count: 2
            }
        ),
        "{error}"
    );
    assert!(
        error.to_string().contains("devices 0 to 1 are visible"),
        "{error}"
    );
    emulator.assert_clean();
}

#[test]
fn two_devices_work_side_by_side() {
    let emulator = machine(Config::default().with_devices(2));
    let image = KernelImage::shipped();
    let contexts = [0, 1].map(|ordinal| {
        Context::open(ordinal, &image, Options::default()).expect("both devices open")
    });
    assert_eq!(
        contexts.each_ref().map(|context| context.device().ordinal),
        [0, 1]
    );
    let buffers = contexts.each_ref().map(|context| {
        context
            .allocate_from("values", &[context.device().ordinal as u32 + 7; 5])
            .expect("there is memory")
    });
    for (context, buffer) in contexts.iter().zip(&buffers) {
        let values = context
            .begin_download(buffer.all())
            .and_then(|download| download.wait())
            .expect("the copy works");
        assert_eq!(values, [context.device().ordinal as u32 + 7; 5]);
    }
    let error = contexts[0]
        .begin_download(buffers[1].all())
        .expect_err("the buffer is the other's");
    assert!(matches!(error, CudaError::ForeignBuffer { .. }), "{error}");
    drop((contexts, buffers));
    emulator.assert_clean();
}

#[test]
fn a_failing_question_is_an_error_with_operation_code_and_name() {
    let emulator =
        machine(Config::default().with_failure(Failure::of("cuDeviceGetName", 1, UNKNOWN)));
    let error = probe().expect_err("the name cannot be had");
    let message = error.to_string();
    assert!(
        message.starts_with("asking for a device's name failed: CUDA_ERROR_UNKNOWN (999)"),
        "{message}"
    );
    assert_eq!(error.code().map(|code| code.code), Some(UNKNOWN));
    emulator.assert_clean();
}
