//! Streams and events.

use super::super::status::Status;
use super::Out;

entry_points! {
    fn cuStreamCreate(stream: Out<u64>, flags: u32) |driver, _| {
        if stream.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        stream.set(driver.create_stream(flags, 0)?)
    };

    fn cuStreamCreateWithPriority(stream: Out<u64>, flags: u32, priority: i32) |driver, _| {
        if stream.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        stream.set(driver.create_stream(flags, priority)?)
    };

    fn cuStreamDestroy_v2(stream: u64) |driver, operation| {
        driver.destroy_stream(operation, stream)
    };

    fn cuStreamSynchronize(stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.synchronize_stream(stream)
    };

    fn cuStreamQuery(stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.query_stream(stream)
    };

    fn cuStreamWaitEvent(stream: u64, event: u64, _flags: u32) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.wait_event(operation, stream, event)
    };

    fn cuStreamGetCtx(stream: u64, context: Out<u64>) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        context.set(driver.streams.get(&stream).map_or(0, |stream| stream.context))
    };

    fn cuStreamGetFlags(stream: u64, flags: Out<u32>) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        flags.set(driver.streams.get(&stream).map_or(0, |stream| stream.flags))
    };

    fn cuStreamGetPriority(stream: u64, priority: Out<i32>) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        priority.set(driver.streams.get(&stream).map_or(0, |stream| stream.priority))
    };

    fn cuStreamIsCapturing(stream: u64, capturing: Out<u32>) |driver, operation| {
        driver.stream(operation, stream)?;
        capturing.set(0)
    };

    fn cuEventCreate(event: Out<u64>, flags: u32) |driver, _| {
        if event.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        event.set(driver.create_event(flags)?)
    };

    fn cuEventDestroy_v2(event: u64) |driver, operation| driver.destroy_event(operation, event);

    fn cuEventRecord(event: u64, stream: u64) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.record_event(operation, event, stream)
    };

    fn cuEventRecordWithFlags(event: u64, stream: u64, _flags: u32) |driver, operation| {
        let stream = driver.stream(operation, stream)?;
        driver.record_event(operation, event, stream)
    };

    fn cuEventSynchronize(event: u64) |driver, operation| {
        driver.synchronize_event(operation, event)
    };

    fn cuEventQuery(event: u64) |driver, operation| driver.query_event(operation, event);

    fn cuEventElapsedTime(milliseconds: Out<f32>, start: u64, end: u64) |driver, operation| {
        milliseconds.set(driver.elapsed(operation, start, end)?)
    };

    fn cuEventElapsedTime_v2(milliseconds: Out<f32>, start: u64, end: u64) |driver, operation| {
        milliseconds.set(driver.elapsed(operation, start, end)?)
    };
}
