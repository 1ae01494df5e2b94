//! Copies and fills. Those without a stream run on the default one.

use super::super::copy::Mode;
use super::super::host::HostSpan;

const DEFAULT: u64 = 0;

entry_points! {
    fn cuMemcpyHtoD_v2(to: u64, from: u64, bytes: usize) |driver, operation| {
        let stream = driver.stream(operation, DEFAULT)?;
        driver.copy_to_device(operation, stream, to, span(from, bytes), Mode::Synchronous)
    };

    fn cuMemcpyHtoDAsync_v2(to: u64, from: u64, bytes: usize, stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.copy_to_device(operation, stream, to, span(from, bytes), Mode::Asynchronous)
    };

    fn cuMemcpyDtoH_v2(to: u64, from: u64, bytes: usize) |driver, operation| {
        let stream = driver.stream(operation, DEFAULT)?;
        driver.copy_to_host(operation, stream, span(to, bytes), from, Mode::Synchronous)
    };

    fn cuMemcpyDtoHAsync_v2(to: u64, from: u64, bytes: usize, stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.copy_to_host(operation, stream, span(to, bytes), from, Mode::Asynchronous)
    };

    fn cuMemcpyDtoD_v2(to: u64, from: u64, bytes: usize) |driver, operation| {
        let stream = driver.stream(operation, DEFAULT)?;
        driver.copy_on_device(operation, stream, to, from, bytes as u64)
    };

    fn cuMemcpyDtoDAsync_v2(to: u64, from: u64, bytes: usize, stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.copy_on_device(operation, stream, to, from, bytes as u64)
    };

    fn cuMemcpy(to: u64, from: u64, bytes: usize) |driver, operation| {
        let stream = driver.stream(operation, DEFAULT)?;
        driver.copy_any(operation, stream, to, from, bytes as u64, Mode::Synchronous)
    };

    fn cuMemcpyAsync(to: u64, from: u64, bytes: usize, stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.copy_any(operation, stream, to, from, bytes as u64, Mode::Asynchronous)
    };

    fn cuMemcpyPeer(to: u64, to_context: u64, from: u64, from_context: u64, bytes: usize)
    |driver, operation| {
        let stream = driver.stream(operation, DEFAULT)?;
        let (to, from) = ((to_context, to), (from_context, from));
        driver.copy_between(operation, stream, to, from, bytes as u64)
    };

    fn cuMemcpyPeerAsync(
        to: u64,
        to_context: u64,
        from: u64,
        from_context: u64,
        bytes: usize,
        stream: u64,
    ) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        let (to, from) = ((to_context, to), (from_context, from));
        driver.copy_between(operation, stream, to, from, bytes as u64)
    };

    fn cuMemsetD8_v2(address: u64, value: u8, count: usize) |driver, operation| {
        let stream = driver.stream(operation, DEFAULT)?;
        driver.fill(operation, stream, address, &[value], count as u64)
    };

    fn cuMemsetD8Async(address: u64, value: u8, count: usize, stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.fill(operation, stream, address, &[value], count as u64)
    };

    fn cuMemsetD16_v2(address: u64, value: u16, count: usize) |driver, operation| {
        let stream = driver.stream(operation, DEFAULT)?;
        driver.fill(operation, stream, address, &value.to_le_bytes(), count as u64)
    };

    fn cuMemsetD16Async(address: u64, value: u16, count: usize, stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.fill(operation, stream, address, &value.to_le_bytes(), count as u64)
    };

    fn cuMemsetD32_v2(address: u64, value: u32, count: usize) |driver, operation| {
        let stream = driver.stream(operation, DEFAULT)?;
        driver.fill(operation, stream, address, &value.to_le_bytes(), count as u64)
    };

    fn cuMemsetD32Async(address: u64, value: u32, count: usize, stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.fill(operation, stream, address, &value.to_le_bytes(), count as u64)
    };
}

fn span(address: u64, bytes: usize) -> HostSpan {
    let bytes = bytes as u64;
    HostSpan { address, bytes }
}
