//! Copies: within the device, and to and from the host by every way there is.

use std::time::Instant;

use super::{rate, Copies};
use crate::{
    context::Context,
    entry_points,
    error::CudaError,
    kernel::EntryPoint,
    launch::LaunchConfig,
    streams::Uses,
    sys::{HostMemory, RawStream},
    timeline::StreamRole,
};

/// Enough that fixed costs vanish, and more than any cache of a device holds.
const BYTES: usize = 256 << 20;
const EMULATED_BYTES: usize = 1 << 16;
/// What it copies at a time.
type Group = [u32; 4];

entry_points!(ceilings_copy);

pub(super) fn measure(context: &Context) -> Result<Copies, CudaError> {
    let bytes = match context.device().is_emulated() {
        true => EMULATED_BYTES,
        false => BYTES,
    };
    let mut buffer = context.allocate_zeroed::<u8>("ceilings", bytes)?;
    let mut other = context.allocate::<u8>("ceilings", bytes)?;
    let pinned = HostMemory::new(context.streams().primary(), bytes, "measuring copies")?;
    let mut pageable = vec![1_u8; bytes];
    let total = bytes as f64;

    let device = rate(2.0 * total, || {
        context.device_time(StreamRole::Compute, || {
            context.copy(other.all_mut(), buffer.all())
        })
    })?;
    let device_by_kernel = by_kernel(context, bytes)?;
    let address = *buffer.all().address();
    let uses = buffer.all().allocation().uses();
    // SAFETY, of the next four: the buffer has so many bytes, and it and the host's memory outlive
    // the copy, which is waited for before the measurement returns.
    let upload_pinned = rate(total, || {
        timed(context, StreamRole::Upload, uses, |stream| unsafe {
            stream.copy_from_host(address, &pinned, 0, bytes)
        })
    })?;
    let download_pinned = rate(total, || {
        timed(context, StreamRole::Download, uses, |stream| unsafe {
            stream.copy_to_host(&pinned, 0, address, bytes)
        })
    })?;
    let upload_pageable = rate(total, || {
        timed(context, StreamRole::Upload, uses, |stream| unsafe {
            stream.copy_from_pageable(address, &pageable)
        })
    })?;
    let download_pageable = rate(total, || {
        timed(context, StreamRole::Download, uses, |stream| unsafe {
            stream.copy_to_pageable(&mut pageable, address)
        })
    })?;
    // The host takes part in these, so its clock is asked.
    let upload_staged = rate(total, || {
        let start = Instant::now();
        context.upload(buffer.all_mut(), &pageable)?.wait()?;
        Ok(start.elapsed().as_nanos() as u64)
    })?;
    let download_staged = rate(total, || {
        let start = Instant::now();
        context.download(buffer.all(), &mut pageable)?;
        Ok(start.elapsed().as_nanos() as u64)
    })?;
    Ok(Copies {
        device,
        device_by_kernel,
        upload_pinned,
        download_pinned,
        upload_pageable,
        download_pageable,
        upload_staged,
        download_staged,
    })
}

/// Copies by `kernels/ceilings/copy.cu`.
fn by_kernel(context: &Context, bytes: usize) -> Result<f64, CudaError> {
    let function = CeilingsCopy::load(context)?;
    let groups = bytes / size_of::<Group>();
    let from = context.allocate_zeroed::<Group>("ceilings", groups)?;
    let mut to = context.allocate::<Group>("ceilings", groups)?;
    let resident = function
        .blocks_per_multiprocessor(CeilingsCopy::THREADS, 0)?
        .max(1);
    let blocks = resident * context.device().multiprocessors;
    rate(2.0 * bytes as f64, || {
        context.device_time(StreamRole::Compute, || {
            let config = LaunchConfig::linear(blocks, CeilingsCopy::THREADS);
            let n = groups as u64;
            // SAFETY: two vectors of n groups; any grid of such blocks will do.
            unsafe { function.launch(context, config, (&to.all_mut(), &from.all(), &n)) }
        })
    })
}

/// Device time of one copy that uses a buffer.
fn timed(
    context: &Context,
    role: StreamRole,
    uses: &Uses,
    copy: impl FnOnce(&RawStream) -> Result<(), CudaError>,
) -> Result<u64, CudaError> {
    context.device_time(role, || context.streams().issue(role, [uses], copy))
}
