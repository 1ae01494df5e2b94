//! Contexts.

use std::ffi::c_void;

use super::super::status::{Outcome, Status};
use super::super::stream::PRIORITIES;
use super::super::Driver;
use super::{In, Out};

/// What a limit (`CUlimit`) is where nobody set it, in its own unit, by number: bytes of stack,
/// of the print buffer and of the heap; launch depths; bytes fetched and kept by the L2 cache.
const LIMITS: [usize; 7] = [1 << 10, 1 << 20, 8 << 20, 2, 2048, 64, 0];

entry_points! {
    fn cuCtxCreate_v2(context: Out<u64>, flags: u32, device: i32) |driver, _| {
        create(driver, &context, flags, device)
    };

    fn cuCtxCreate_v3(
        context: Out<u64>,
        _affinities: In<c_void>,
        _affinity_count: i32,
        flags: u32,
        device: i32,
    ) |driver, _| create(driver, &context, flags, device);

    fn cuCtxDestroy_v2(context: u64) |driver, _| driver.destroy_context(context);

    fn cuCtxGetCurrent(context: Out<u64>) |driver, _| {
        if !driver.initialised {
            return Err(Status::NOT_INITIALIZED);
        }
        context.set(driver.current().unwrap_or(0))
    };

    fn cuCtxSetCurrent(context: u64) |driver, _| {
        if !driver.initialised {
            return Err(Status::NOT_INITIALIZED);
        }
        driver.set_current(context)
    };

    fn cuCtxPushCurrent_v2(context: u64) |driver, _| driver.push_current(context);

    fn cuCtxPopCurrent_v2(context: Out<u64>) |driver, _| {
        let popped = driver.pop_current()?;
        context.set_if_asked(popped);
        Ok(())
    };

    fn cuCtxGetDevice(device: Out<i32>) |driver, _| {
        device.set(driver.current_device()? as i32)
    };

    fn cuCtxGetFlags(flags: Out<u32>) |driver, _| {
        let context = driver.context()?;
        flags.set(driver.contexts.get(&context).map_or(0, |context| context.flags))
    };

    fn cuCtxGetApiVersion(context: u64, version: Out<u32>) |driver, _| {
        if context != 0 && !driver.contexts.contains_key(&context) {
            return Err(Status::INVALID_CONTEXT);
        }
        // The interface's version, which has been the same since CUDA 4.
        version.set(3020)
    };

    fn cuCtxSynchronize() |driver, _| {
        let context = driver.context()?;
        driver.synchronize_context(context)
    };

    fn cuCtxGetStreamPriorityRange(least: Out<i32>, greatest: Out<i32>) |driver, _| {
        driver.context()?;
        least.set_if_asked(*PRIORITIES.end());
        greatest.set_if_asked(*PRIORITIES.start());
        Ok(())
    };

    fn cuCtxGetLimit(value: Out<usize>, limit: u32) |driver, _| {
        let context = driver.context()?;
        let default = *LIMITS.get(limit as usize).ok_or(Status::UNSUPPORTED_LIMIT)?;
        let set = driver.contexts.get(&context).and_then(|it| it.limits.get(&limit).copied());
        value.set(set.unwrap_or(default))
    };

    fn cuCtxSetLimit(limit: u32, value: usize) |driver, _| {
        let context = driver.context()?;
        if limit as usize >= LIMITS.len() {
            return Err(Status::UNSUPPORTED_LIMIT);
        }
        if let Some(context) = driver.contexts.get_mut(&context) {
            context.limits.insert(limit, value);
        }
        Ok(())
    };

    // An emulated device has no cache to prefer and no banks to size.
    fn cuCtxGetCacheConfig(config: Out<u32>) |driver, _| {
        driver.context()?;
        config.set(0)
    };

    fn cuCtxSetCacheConfig(_config: u32) |driver, _| driver.context().map(drop);

    fn cuCtxGetSharedMemConfig(config: Out<u32>) |driver, _| {
        driver.context()?;
        config.set(0)
    };

    fn cuCtxSetSharedMemConfig(_config: u32) |driver, _| driver.context().map(drop);

    fn cuCtxResetPersistingL2Cache() |driver, _| driver.context().map(drop);

    fn cuCtxEnablePeerAccess(_peer: u64, _flags: u32) |driver, _| {
        driver.context()?;
        Err(Status::PEER_ACCESS_UNSUPPORTED)
    };

    fn cuProfilerStart() |driver, _| driver.context().map(drop);

    fn cuProfilerStop() |driver, _| driver.context().map(drop);
}

fn create(driver: &mut Driver, context: &Out<u64>, flags: u32, device: i32) -> Outcome {
    if context.is_null() {
        return Err(Status::INVALID_VALUE);
    }
    context.set(driver.create_context(device, flags)?)
}
