//! Initialisation, devices, primary contexts, errors in words.

use std::ffi::c_char;

use super::super::device::NAME;
use super::super::status::Status;
use super::super::with_driver;
use super::{Out, OutText};

entry_points! {
    fn cuInit(_flags: u32) |driver, _| driver.initialise();

    fn cuDriverGetVersion(version: Out<i32>) |driver, _| {
        version.set(driver.config.driver_version)
    };

    fn cuDeviceGet(device: Out<i32>, ordinal: i32) |driver, _| {
        driver.device(ordinal)?;
        device.set(ordinal)
    };

    fn cuDeviceGetCount(count: Out<i32>) |driver, _| {
        if !driver.initialised {
            return Err(Status::NOT_INITIALIZED);
        }
        count.set(driver.devices.len() as i32)
    };

    fn cuDeviceGetName(name: OutText, room: i32, device: i32) |driver, _| {
        driver.device(device)?;
        name.set(NAME, room)
    };

    fn cuDeviceGetUuid(uuid: Out<[u8; 16]>, device: i32) |driver, _| {
        driver.device(device)?;
        uuid.set(uuid_of(device))
    };

    fn cuDeviceGetUuid_v2(uuid: Out<[u8; 16]>, device: i32) |driver, _| {
        driver.device(device)?;
        uuid.set(uuid_of(device))
    };

    fn cuDeviceGetPCIBusId(name: OutText, room: i32, device: i32) |driver, _| {
        driver.device(device)?;
        name.set(&format!("0000:00:{device:02x}.0"), room)
    };

    fn cuDeviceGetAttribute(value: Out<i32>, attribute: i32, device: i32) |driver, _| {
        value.set(driver.device(device)?.attribute(device, attribute)?)
    };

    fn cuDeviceComputeCapability(major: Out<i32>, minor: Out<i32>, device: i32) |driver, _| {
        let capability = driver.device(device)?.config.compute_capability;
        major.set(capability.0 as i32)?;
        minor.set(capability.1 as i32)
    };

    fn cuDeviceTotalMem_v2(bytes: Out<usize>, device: i32) |driver, _| {
        bytes.set(driver.device(device)?.config.memory_bytes as usize)
    };

    // No peer sees another's memory; `cuMemcpyPeer` copies all the same.
    fn cuDeviceCanAccessPeer(can: Out<i32>, device: i32, peer: i32) |driver, _| {
        driver.device(device)?;
        driver.device(peer)?;
        can.set(0)
    };

    fn cuDeviceGetDefaultMemPool(pool: Out<u64>, device: i32) |driver, _| {
        pool.set(driver.device(device)?.default_pool)
    };

    fn cuDeviceGetMemPool(pool: Out<u64>, device: i32) |driver, _| {
        pool.set(driver.device(device)?.pool)
    };

    fn cuDeviceSetMemPool(device: i32, pool: u64) |driver, operation| {
        if driver.pool(operation, pool)?.device != device as usize {
            return Err(Status::INVALID_DEVICE);
        }
        driver.device(device)?.pool = pool;
        Ok(())
    };

    fn cuDevicePrimaryCtxRetain(context: Out<u64>, device: i32) |driver, _| {
        if context.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        context.set(driver.retain_primary(device)?)
    };

    fn cuDevicePrimaryCtxRelease_v2(device: i32) |driver, _| driver.release_primary(device);

    fn cuDevicePrimaryCtxReset_v2(device: i32) |driver, _| driver.reset_primary(device);

    fn cuDevicePrimaryCtxSetFlags_v2(device: i32, flags: u32) |driver, _| {
        driver.device(device)?.primary_flags = flags;
        Ok(())
    };

    fn cuDevicePrimaryCtxGetState(device: i32, flags: Out<u32>, active: Out<i32>) |driver, _| {
        let device = driver.device(device)?;
        flags.set(device.primary_flags)?;
        active.set(i32::from(device.primary.is_some()))
    };
}

/// An identity that is the same in every process, as a real device's is.
fn uuid_of(device: i32) -> [u8; 16] {
    let mut uuid = *b"emulated device\0";
    uuid[15] = device as u8;
    uuid
}

/// Explains an error: never counted as a call that can fail.
#[no_mangle]
extern "C" fn cuGetErrorName(error: u32, name: Out<*const c_char>) -> u32 {
    explain("cuGetErrorName", name, Status(error).name())
}

/// As [`cuGetErrorName`], in a sentence.
#[no_mangle]
extern "C" fn cuGetErrorString(error: u32, words: Out<*const c_char>) -> u32 {
    explain("cuGetErrorString", words, Status(error).words())
}

fn explain(
    operation: &'static str,
    out: Out<*const c_char>,
    text: Option<&'static std::ffi::CStr>,
) -> u32 {
    with_driver(|driver| driver.ledger.count(operation));
    match text {
        Some(text) => match out.set(text.as_ptr()) {
            Ok(()) => Status::SUCCESS.0,
            Err(status) => status.0,
        },
        None => {
            out.set_if_asked(std::ptr::null());
            Status::INVALID_VALUE.0
        }
    }
}
