//! Launches as they are submitted, and occupancy.

use std::sync::Arc;

use crate::machine::Program;

use super::device::{MAX_BLOCK, MAX_BLOCK_THREADS, MAX_GRID};
use super::status::{Outcome, Status};
use super::work::Work;
use super::Driver;

/// A launch that was accepted.
pub struct PreparedLaunch {
    pub device: usize,
    /// The handle of the module: several may be of one program.
    pub module: u64,
    pub program: Arc<Program>,
    pub entry: String,
    pub grid: [u32; 3],
    pub block: [u32; 3],
    /// Bytes.
    pub dynamic_shared: u32,
    /// The block of parameters.
    pub params: Vec<u8>,
}

/// The shape of a launch, as the program asks for it.
pub struct Shape {
    pub grid: [u32; 3],
    pub block: [u32; 3],
    /// Bytes.
    pub dynamic_shared: u32,
    /// All blocks must be resident at once.
    pub cooperative: bool,
}

impl Driver {
    /// Where each parameter of a function lies: offset and bytes.
    pub(super) fn parameters(
        &mut self,
        operation: &str,
        function: u64,
    ) -> Outcome<Vec<(usize, usize)>> {
        let entry = self.function(operation, function)?.entry()?;
        let place = |offset: u32, bytes: u32| (offset as usize, bytes as usize);
        Ok((entry.params.iter())
            .map(|param| place(param.offset, param.bytes))
            .collect())
    }

    /// `cuLaunchKernel`, with the parameters laid out.
    pub(super) fn launch(
        &mut self,
        operation: &'static str,
        function: u64,
        stream: u64,
        shape: &Shape,
        params: Vec<u8>,
    ) -> Outcome {
        let found = self.function(operation, function)?;
        let (device, context) = (found.device, found.context);
        let entry = found.entry()?;
        let within = |size: [u32; 3], most: [u32; 3]| {
            (size.iter().zip(most)).all(|(&size, most)| (1..=most).contains(&size))
        };
        let threads: u64 = shape.block.iter().map(|&side| u64::from(side)).product();
        if !within(shape.grid, MAX_GRID)
            || !within(shape.block, MAX_BLOCK)
            || threads > u64::from(MAX_BLOCK_THREADS)
            || entry
                .required_block
                .is_some_and(|block| block != shape.block)
            || params.len() != entry.param_bytes() as usize
        {
            return Err(Status::INVALID_VALUE);
        }
        if threads > u64::from(found.max_threads()?) {
            return Err(Status::LAUNCH_OUT_OF_RESOURCES);
        }
        if shape.dynamic_shared > found.dynamic_shared_limit()? {
            return Err(Status::INVALID_VALUE);
        }
        let shared = u64::from(entry.shared_bytes) + u64::from(shape.dynamic_shared);
        let launch = PreparedLaunch {
            device,
            module: found.module,
            program: Arc::clone(&found.program),
            entry: found.name.clone(),
            grid: shape.grid,
            block: shape.block,
            dynamic_shared: shape.dynamic_shared,
            params,
        };
        if self.streams.get(&stream).map(|stream| stream.context) != Some(context) {
            return Err(Status::INVALID_HANDLE);
        }
        if shape.cooperative {
            let device = &self.devices[device];
            let resident = u64::from(device.resident_blocks(threads as u32, shared))
                * u64::from(device.config.multiprocessors);
            let blocks: u64 = shape.grid.iter().map(|&side| u64::from(side)).product();
            if blocks > resident {
                return Err(Status::COOPERATIVE_LAUNCH_TOO_LARGE);
            }
        }
        self.submit(stream, operation, Work::Launch(Box::new(launch)))?;
        Ok(())
    }

    /// `cuOccupancyMaxActiveBlocksPerMultiprocessor`.
    pub(super) fn occupancy(
        &mut self,
        operation: &str,
        function: u64,
        threads: i32,
        dynamic_shared: u64,
    ) -> Outcome<u32> {
        let function = self.function(operation, function)?;
        let threads = u32::try_from(threads).map_err(|_| Status::INVALID_VALUE)?;
        if threads == 0 || threads > function.max_threads()? {
            return Err(Status::INVALID_VALUE);
        }
        let shared = u64::from(function.entry()?.shared_bytes) + dynamic_shared;
        let device = function.device;
        Ok(self.devices[device].resident_blocks(threads, shared))
    }

    /// `cuOccupancyMaxPotentialBlockSize`: grid and block with the most resident threads, the
    /// largest block among equals.
    pub(super) fn best_block(
        &mut self,
        operation: &str,
        function: u64,
        dynamic_shared: impl Fn(i32) -> u64,
        limit: i32,
    ) -> Outcome<(i32, i32)> {
        let found = self.function(operation, function)?;
        let device = found.device;
        let most = found.max_threads()? as i32;
        let most = if limit > 0 { most.min(limit) } else { most };
        let mut best = (0, 0, 0);
        let sizes = std::iter::once(most).chain((32..most).rev().filter(|size| size % 32 == 0));
        for size in sizes {
            let blocks = self.occupancy(operation, function, size, dynamic_shared(size))?;
            let resident = blocks as i32 * size;
            if resident > best.0 {
                best = (resident, blocks as i32, size);
            }
        }
        let multiprocessors = self.devices[device].config.multiprocessors as i32;
        Ok((best.1 * multiprocessors, best.2))
    }

    /// `cuOccupancyAvailableDynamicSMemPerBlock`: the most dynamic shared memory, in bytes,
    /// with which `blocks` blocks are resident.
    pub(super) fn shared_for(
        &mut self,
        operation: &str,
        function: u64,
        blocks: i32,
        threads: i32,
    ) -> Outcome<u64> {
        let found = self.function(operation, function)?;
        let device = found.device;
        let taken = found.entry()?.shared_bytes;
        let most = self.devices[device]
            .shared_optin_bytes()
            .saturating_sub(taken);
        let wanted = u32::try_from(blocks).map_err(|_| Status::INVALID_VALUE)?;
        // What fits shrinks as the blocks' memory grows.
        let (mut fits, mut too_much) = (0, u64::from(most) + 1);
        if self.occupancy(operation, function, threads, 0)? < wanted {
            return Err(Status::INVALID_VALUE);
        }
        while too_much - fits > 1 {
            let middle = (fits + too_much) / 2;
            if self.occupancy(operation, function, threads, middle)? >= wanted {
                fits = middle;
            } else {
                too_much = middle;
            }
        }
        Ok(fits)
    }
}
