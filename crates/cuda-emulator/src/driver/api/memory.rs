//! Device memory, pinned memory, pools.

use std::ffi::c_void;

use super::super::host::HostSpan;
use super::super::memory::PoolValue;
use super::super::status::Status;
use super::super::Driver;
use super::{In, Out};

entry_points! {
    fn cuMemGetInfo_v2(free: Out<usize>, total: Out<usize>) |driver, _| {
        let device = driver.current_device()?;
        let device = &driver.devices[device];
        let bytes = device.config.memory_bytes;
        free.set(bytes.saturating_sub(device.allocated_bytes) as usize)?;
        total.set(bytes as usize)
    };

    fn cuMemAlloc_v2(address: Out<u64>, bytes: usize) |driver, operation| {
        if address.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        address.set(driver.allocate(operation, bytes as u64)?)
    };

    fn cuMemFree_v2(address: u64) |driver, operation| driver.free(operation, address);

    fn cuMemAllocAsync(address: Out<u64>, bytes: usize, stream: u64) |driver, operation| {
        if address.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        let stream = driver.stream(operation, stream)?;
        address.set(driver.allocate_ordered(operation, bytes as u64, None, stream)?)
    };

    fn cuMemAllocFromPoolAsync(address: Out<u64>, bytes: usize, pool: u64, stream: u64)
    |driver, operation| {
        if address.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        let stream = driver.stream(operation, stream)?;
        address.set(driver.allocate_ordered(operation, bytes as u64, Some(pool), stream)?)
    };

    fn cuMemFreeAsync(address: u64, stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)
            .inspect_err(|_| driver.give_up(operation, address))?;
        driver.free_ordered(operation, address, stream)
    };

    fn cuMemGetAddressRange_v2(base: Out<u64>, bytes: Out<usize>, address: u64) |driver, _| {
        let device = driver.current_device()?;
        let (start, allocation) = driver.devices[device].find(address).ok_or(Status::NOT_FOUND)?;
        base.set_if_asked(start);
        bytes.set_if_asked(allocation.bytes as usize);
        Ok(())
    };

    fn cuMemHostAlloc(address: Out<u64>, bytes: usize, flags: u32) |driver, operation| {
        if address.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        address.set(driver.allocate_host(operation, bytes as u64, flags)?)
    };

    fn cuMemAllocHost_v2(address: Out<u64>, bytes: usize) |driver, operation| {
        if address.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        address.set(driver.allocate_host(operation, bytes as u64, 0)?)
    };

    fn cuMemFreeHost(address: u64) |driver, operation| driver.free_host(operation, address, true);

    fn cuMemHostRegister_v2(address: u64, bytes: usize, flags: u32) |driver, operation| {
        let bytes = bytes as u64;
        driver.register_host(operation, HostSpan { address, bytes }, flags)
    };

    fn cuMemHostUnregister(address: u64) |driver, operation| {
        driver.free_host(operation, address, false)
    };

    fn cuMemHostGetFlags(flags: Out<u32>, address: u64) |driver, _| {
        let (_, pinned) = driver.pinned.find(address).ok_or(Status::INVALID_VALUE)?;
        flags.set(pinned.flags)
    };

    fn cuMemPoolCreate(pool: Out<u64>, properties: In<PoolProperties>) |driver, _| {
        if pool.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        pool.set(driver.create_pool(properties.at(0)?.location_id)?)
    };

    fn cuMemPoolDestroy(pool: u64) |driver, operation| driver.destroy_pool(operation, pool);

    // What is freed into a pool has left it already.
    fn cuMemPoolTrimTo(pool: u64, _keep: usize) |driver, operation| {
        driver.pool(operation, pool).map(drop)
    };

    fn cuMemPoolGetAttribute(pool: u64, attribute: u32, value: Out<c_void>) |driver, operation| {
        match driver.pool_attribute(operation, pool, attribute)? {
            PoolValue::Int(number) => Out(value.0.cast::<i32>()).set(number),
            PoolValue::Bytes(number) => Out(value.0.cast::<u64>()).set(number),
        }
    };

    fn cuMemPoolSetAttribute(pool: u64, attribute: u32, value: In<c_void>) |driver, operation| {
        let number = if Driver::pool_attribute_is_int(attribute) {
            u64::from(In(value.0.cast::<u32>()).at(0)?)
        } else {
            In(value.0.cast::<u64>()).at(0)?
        };
        driver.set_pool_attribute(operation, pool, attribute, number)
    };
}

/// The beginning of `CUmemPoolProps`.
#[repr(C)]
#[derive(Clone, Copy)]
struct PoolProperties {
    allocation_type: u32,
    handle_types: u32,
    location_type: u32,
    location_id: i32,
}
