//! Launches and occupancy.

use std::ffi::c_void;

use super::super::launch::Shape;
use super::super::status::{Outcome, Status};
use super::super::Driver;
use super::{bytes_at, In, Out};

/// What `extra` is made of: names and values by turns, up to an end.
const EXTRA_END: usize = 0;
const EXTRA_BUFFER: usize = 1;
const EXTRA_BUFFER_BYTES: usize = 2;

entry_points! {
    fn cuLaunchKernel(
        function: u64,
        grid_x: u32,
        grid_y: u32,
        grid_z: u32,
        block_x: u32,
        block_y: u32,
        block_z: u32,
        dynamic_shared: u32,
        stream: u64,
        params: In<*const c_void>,
        extra: In<*const c_void>,
    ) |driver, operation| {
        let shape = Shape {
            grid: [grid_x, grid_y, grid_z],
            block: [block_x, block_y, block_z],
            dynamic_shared,
            cooperative: false,
        };
        launch(driver, operation, function, stream, &shape, &params, &extra)
    };

    fn cuLaunchCooperativeKernel(
        function: u64,
        grid_x: u32,
        grid_y: u32,
        grid_z: u32,
        block_x: u32,
        block_y: u32,
        block_z: u32,
        dynamic_shared: u32,
        stream: u64,
        params: In<*const c_void>,
    ) |driver, operation| {
        let shape = Shape {
            grid: [grid_x, grid_y, grid_z],
            block: [block_x, block_y, block_z],
            dynamic_shared,
            cooperative: true,
        };
        let extra = In(std::ptr::null());
        launch(driver, operation, function, stream, &shape, &params, &extra)
    };

    fn cuLaunchKernelEx(
        config: In<LaunchConfig>,
        function: u64,
        params: In<*const c_void>,
        extra: In<*const c_void>,
    ) |driver, operation| {
        let config = config.at(0)?;
        if config.attribute_count > 0 {
            return Err(Status::NOT_SUPPORTED);
        }
        let shape = Shape {
            grid: config.grid,
            block: config.block,
            dynamic_shared: config.dynamic_shared,
            cooperative: false,
        };
        launch(driver, operation, function, config.stream, &shape, &params, &extra)
    };

    fn cuOccupancyMaxActiveBlocksPerMultiprocessor(
        blocks: Out<i32>,
        function: u64,
        threads: i32,
        dynamic_shared: usize,
    ) |driver, operation| {
        let found = driver.occupancy(operation, function, threads, dynamic_shared as u64)?;
        blocks.set(found as i32)
    };

    fn cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
        blocks: Out<i32>,
        function: u64,
        threads: i32,
        dynamic_shared: usize,
        _flags: u32,
    ) |driver, operation| {
        let found = driver.occupancy(operation, function, threads, dynamic_shared as u64)?;
        blocks.set(found as i32)
    };

    fn cuOccupancyAvailableDynamicSMemPerBlock(
        bytes: Out<usize>,
        function: u64,
        blocks: i32,
        threads: i32,
    ) |driver, operation| {
        bytes.set(driver.shared_for(operation, function, blocks, threads)? as usize)
    };

    fn cuOccupancyMaxPotentialBlockSize(
        grid: Out<i32>,
        block: Out<i32>,
        function: u64,
        shared_of: Option<extern "C" fn(i32) -> usize>,
        dynamic_shared: usize,
        limit: i32,
    ) |driver, operation| {
        let shared = |threads| shared_of.map_or(dynamic_shared, |of| of(threads)) as u64;
        let best = driver.best_block(operation, function, shared, limit)?;
        grid.set(best.0)?;
        block.set(best.1)
    };

    fn cuOccupancyMaxPotentialBlockSizeWithFlags(
        grid: Out<i32>,
        block: Out<i32>,
        function: u64,
        shared_of: Option<extern "C" fn(i32) -> usize>,
        dynamic_shared: usize,
        limit: i32,
        _flags: u32,
    ) |driver, operation| {
        let shared = |threads| shared_of.map_or(dynamic_shared, |of| of(threads)) as u64;
        let best = driver.best_block(operation, function, shared, limit)?;
        grid.set(best.0)?;
        block.set(best.1)
    };
}

/// `CUlaunchConfig`.
#[repr(C)]
#[derive(Clone, Copy)]
struct LaunchConfig {
    grid: [u32; 3],
    block: [u32; 3],
    dynamic_shared: u32,
    stream: u64,
    attributes: *const c_void,
    attribute_count: u32,
}

fn launch(
    driver: &mut Driver,
    operation: &'static str,
    function: u64,
    stream: u64,
    shape: &Shape,
    params: &In<*const c_void>,
    extra: &In<*const c_void>,
) -> Outcome {
    let stream = driver.stream(operation, stream)?;
    let places = driver.parameters(operation, function)?;
    let laid_out = if extra.is_null() {
        let mut laid_out = Vec::new();
        for (index, (offset, bytes)) in places.into_iter().enumerate() {
            laid_out.resize(offset, 0);
            laid_out.extend(bytes_at(params.at(index)?, bytes)?);
        }
        laid_out
    } else {
        buffer(extra)?
    };
    driver.launch(operation, function, stream, shape, laid_out)
}

/// The parameters as `extra` has them: laid out already.
fn buffer(extra: &In<*const c_void>) -> Outcome<Vec<u8>> {
    let (mut address, mut bytes) = (std::ptr::null(), 0);
    let mut index = 0;
    loop {
        match extra.at(index)? as usize {
            EXTRA_END => return bytes_at(address, bytes),
            EXTRA_BUFFER => address = extra.at(index + 1)?,
            EXTRA_BUFFER_BYTES => bytes = In(extra.at(index + 1)?.cast::<usize>()).at(0)?,
            _ => return Err(Status::INVALID_VALUE),
        }
        index += 2;
    }
}
