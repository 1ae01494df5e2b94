//! Where device memory comes from.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    device::DeviceInfo,
    error::{code, CudaError, DriverCode},
    streams::{Streams, Uses},
    sys::{Address, RawStream},
    timeline::StreamRole,
};

/// Where device memory comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemorySource {
    /// The driver's pool where the device has one, blocks where it has none.
    #[default]
    PoolFirst,
    /// Blocks of cuMemAlloc, which are kept and used again.
    Blocks,
}

impl MemorySource {
    pub(crate) fn uses_pool(self, device: &DeviceInfo) -> bool {
        self == Self::PoolFirst && device.memory_pools
    }
}

/// The two ways to allocate in stream order.
///
/// The driver's own pool is the better one: it maps pages behind addresses, so that freed memory
/// of any sizes serves an allocation of any size. Where a device has none (some virtual GPUs, some
/// embedded ones), blocks of cuMemAlloc are kept and handed out again.
#[derive(Debug)]
pub(super) enum Backing {
    Pool,
    Blocks(Blocks),
}

/// Freed blocks, by the stream in whose order they were freed and by size. A block is used again by
/// the same stream only, so nothing has to wait for anything.
#[derive(Debug, Default)]
pub(super) struct Blocks(Mutex<BTreeMap<(usize, usize), Vec<Address>>>);

/// Sizes of blocks are multiples of this, so that sizes which differ a little share blocks.
const BLOCK_BYTES: usize = 2 << 20;
/// Below that, sizes are powers of two, from this on: the alignment that the driver's pool gives.
const SMALLEST_BLOCK: usize = 256;

impl Backing {
    pub(super) fn new(streams: &Streams, memory_pools: bool) -> Result<Self, CudaError> {
        if !memory_pools {
            return Ok(Self::Blocks(Blocks::default()));
        }
        streams.primary().keep_freed_memory()?;
        Ok(Self::Pool)
    }

    /// Memory for work that is given to the stream from now on.
    pub(super) fn allocate(
        &self,
        streams: &Streams,
        home: StreamRole,
        uses: &Uses,
        bytes: usize,
    ) -> Result<Address, Refusal> {
        let first = self.try_allocate(streams, home, uses, bytes);
        match first {
            Err(Refusal::Driver(code)) if code.code == code::OUT_OF_MEMORY => {
                // What other streams have freed, or what is kept for other sizes, may be enough.
                self.release_freed(streams)?;
                self.try_allocate(streams, home, uses, bytes)
            }
            result => result,
        }
    }

    fn try_allocate(
        &self,
        streams: &Streams,
        home: StreamRole,
        uses: &Uses,
        bytes: usize,
    ) -> Result<Address, Refusal> {
        streams.issue(home, [uses], |stream| match self {
            Self::Pool => stream.allocate(bytes).map_err(Refusal::Driver),
            Self::Blocks(blocks) => match blocks.take(home, bytes) {
                Some(address) => Ok(address),
                None => stream
                    .primary()
                    .allocate(block_size(bytes))
                    .map_err(Refusal::Driver),
            },
        })
    }

    /// Takes memory back once the stream's work so far, and all uses, are done. It is given back
    /// even where the order cannot be made in the streams: then the device is waited for.
    ///
    /// # Safety
    /// `address` comes from [`allocate`](Self::allocate) with these bytes, and was not freed.
    pub(super) unsafe fn free(
        &self,
        streams: &Streams,
        home: StreamRole,
        uses: &Uses,
        address: Address,
        bytes: usize,
    ) {
        let put = |stream: &RawStream| match self {
            // SAFETY: by this function's contract; the stream's work now comes after all uses.
            Self::Pool => unsafe { stream.free(address) },
            Self::Blocks(blocks) => blocks.put(home, bytes, address),
        };
        let ordered = streams.issue(home, [uses], |stream| -> Result<(), CudaError> {
            put(stream);
            Ok(())
        });
        if let Err(error) = ordered {
            tracing::warn!(target: "halo2_offload::cuda", %error, "waiting for the device to free memory");
            // If this fails too, the context is lost, and nothing in it is used any more.
            let _ = streams.primary().synchronize();
            put(streams.raw(home));
        }
    }

    /// Gives back to the system what was freed and is kept to be used again. Waits for the device.
    pub(super) fn release_freed(&self, streams: &Streams) -> Result<(), CudaError> {
        match self {
            Self::Pool => {
                streams.primary().synchronize()?;
                streams.primary().release_freed_memory()
            }
            Self::Blocks(blocks) => {
                for address in blocks.drain() {
                    // SAFETY: the block came from `Primary::allocate`, and nobody else has it: all
                    // work that uses it was given to its streams before it was put here.
                    unsafe { streams.primary().free(address) };
                }
                Ok(())
            }
        }
    }

    /// Bytes kept to be used again: they are not free to the driver, and free to us.
    pub(super) fn kept_bytes(&self, streams: &Streams) -> Result<u64, CudaError> {
        match self {
            Self::Pool => streams.primary().kept_bytes(),
            Self::Blocks(blocks) => Ok(blocks.kept_bytes()),
        }
    }
}

/// Why there is no memory.
pub(super) enum Refusal {
    /// The driver refused.
    Driver(DriverCode),
    /// Something else went wrong.
    Other(CudaError),
}

impl From<CudaError> for Refusal {
    fn from(error: CudaError) -> Self {
        Self::Other(error)
    }
}

impl Blocks {
    fn take(&self, home: StreamRole, bytes: usize) -> Option<Address> {
        self.lock()
            .get_mut(&(home.index(), block_size(bytes)))?
            .pop()
    }

    fn put(&self, home: StreamRole, bytes: usize, address: Address) {
        self.lock()
            .entry((home.index(), block_size(bytes)))
            .or_default()
            .push(address);
    }

    fn drain(&self) -> Vec<Address> {
        std::mem::take(&mut *self.lock())
            .into_values()
            .flatten()
            .collect()
    }

    fn kept_bytes(&self) -> u64 {
        self.lock()
            .iter()
            .map(|((_, size), blocks)| (size * blocks.len()) as u64)
            .sum()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(usize, usize), Vec<Address>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn block_size(bytes: usize) -> usize {
    if bytes >= BLOCK_BYTES {
        bytes.next_multiple_of(BLOCK_BYTES)
    } else {
        bytes.next_power_of_two().max(SMALLEST_BLOCK)
    }
}

#[cfg(test)]
mod tests {
    use super::{block_size, Blocks, BLOCK_BYTES};
    use crate::{sys::Address, timeline::StreamRole::*};

    #[test]
    fn blocks_serve_the_stream_and_size_that_freed_them() {
        let blocks = Blocks::default();
        let address = Address::NULL.offset(4096);
        blocks.put(Compute, 1000, address);
        assert_eq!(blocks.kept_bytes(), 1024);
        assert_eq!(blocks.take(Upload, 1000), None);
        assert_eq!(blocks.take(Compute, 2000), None);
        assert_eq!(blocks.take(Compute, 600), Some(address));
        assert_eq!(blocks.take(Compute, 600), None);
        blocks.put(Upload, 1, address);
        assert_eq!(blocks.drain(), [address]);
        assert_eq!(blocks.kept_bytes(), 0);
    }

    #[test]
    fn sizes() {
        assert_eq!(block_size(1), 256);
        assert_eq!(block_size(257), 512);
        assert_eq!(block_size(BLOCK_BYTES - 1), BLOCK_BYTES);
        assert_eq!(block_size(BLOCK_BYTES + 1), 2 * BLOCK_BYTES);
    }
}
