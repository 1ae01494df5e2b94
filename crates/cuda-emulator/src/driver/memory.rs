//! Device memory: allocation, in order of a stream or not, and its end; pools.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::control::FaultKind;

use super::check::name_of;
use super::device::{Allocation, Freed, Origin};
use super::history::{History, Stamp, Use};
use super::status::{Outcome, Status};
use super::work::Work;
use super::{new_handle, Driver};

/// A memory pool. Memory that is freed into it goes back to the device at once.
pub struct Pool {
    pub device: usize,
    /// The device's own, which nobody destroys.
    pub default: bool,
    /// Bytes allocated from it, and the most at once.
    used_bytes: u64,
    peak_bytes: u64,
    /// Attributes that were set, by number.
    attributes: BTreeMap<u32, u64>,
}

impl Pool {
    pub fn of_device(device: usize) -> Self {
        Self {
            device,
            default: true,
            used_bytes: 0,
            peak_bytes: 0,
            attributes: BTreeMap::new(),
        }
    }
}

/// The numbers of `CUmemPool_attribute` in `cuda.h`.
mod pool_attribute {
    pub const REUSE: std::ops::RangeInclusive<u32> = 1..=3;
    pub const RELEASE_THRESHOLD: u32 = 4;
    pub const RESERVED_CURRENT: u32 = 5;
    pub const RESERVED_HIGH: u32 = 6;
    pub const USED_CURRENT: u32 = 7;
    pub const USED_HIGH: u32 = 8;
}

/// The value of a pool's attribute, which has one of two sizes.
#[derive(Clone, Copy)]
pub enum PoolValue {
    Int(i32),
    Bytes(u64),
}

/// An operation of the host's that is after all that it knows and before all that it submits
/// from now on.
pub fn host_stamp(what: &str) -> Arc<Stamp> {
    Arc::new(Stamp {
        stream: usize::MAX,
        number: 0,
        what: what.to_owned(),
    })
}

impl Driver {
    /// `cuMemAlloc`.
    pub(super) fn allocate(&mut self, operation: &'static str, bytes: u64) -> Outcome<u64> {
        let context = self.context()?;
        if bytes == 0 {
            return Err(Status::INVALID_VALUE);
        }
        let device = self.device_of(context)?;
        let address = self.take_memory(operation, device, bytes)?;
        let begin = host_stamp(operation);
        self.add_allocation(device, address, bytes, context, Origin::Device, begin);
        Ok(address)
    }

    /// `cuMemAllocFromPoolAsync`, and `cuMemAllocAsync` where no pool is named. No bytes are
    /// no memory: address 0.
    pub(super) fn allocate_ordered(
        &mut self,
        operation: &'static str,
        bytes: u64,
        pool: Option<u64>,
        stream: u64,
    ) -> Outcome<u64> {
        let context = (self.streams.get(&stream)).map_or(0, |stream| stream.context);
        let device = self.device_of(context)?;
        if bytes == 0 {
            return Ok(0);
        }
        let pool = pool.unwrap_or(self.devices[device].pool);
        match self.pools.get(&pool) {
            Some(found) if found.device == device => {}
            Some(_) => return Err(Status::INVALID_VALUE),
            None => return Err(self.invalid_handle(operation, "memory pool", pool)),
        }
        let address = self.take_memory(operation, device, bytes)?;
        let number = self.submit(stream, operation, Work::Allocate)?;
        let index = (self.streams.get(&stream)).map_or(usize::MAX, |stream| stream.index);
        let begin = Arc::new(Stamp {
            stream: index,
            number,
            what: operation.to_owned(),
        });
        self.add_allocation(device, address, bytes, context, Origin::Pool(pool), begin);
        if let Some(pool) = self.pools.get_mut(&pool) {
            pool.used_bytes += bytes;
            pool.peak_bytes = pool.peak_bytes.max(pool.used_bytes);
        }
        Ok(address)
    }

    /// Memory of the device's; where there is none left, after what is pending has given its
    /// own back, as a driver's pools wait for pending frees.
    fn take_memory(&mut self, operation: &str, device: usize, bytes: u64) -> Outcome<u64> {
        if let Ok(address) = self.devices[device].memory.allocate(bytes, operation) {
            return Ok(address);
        }
        let contexts: Vec<u64> = (self.contexts.iter())
            .filter(|(_, context)| context.device == device)
            .map(|(&handle, _)| handle)
            .collect();
        for context in contexts {
            self.run_context(context);
        }
        (self.devices[device].memory)
            .allocate(bytes, operation)
            .map_err(|_| Status::OUT_OF_MEMORY)
    }

    /// Enters memory into the books.
    pub(super) fn add_allocation(
        &mut self,
        device: usize,
        address: u64,
        bytes: u64,
        context: u64,
        origin: Origin,
        begin: Arc<Stamp>,
    ) {
        let device = &mut self.devices[device];
        device.allocations.insert(
            address,
            Allocation {
                bytes,
                context,
                origin,
                free_submitted: false,
                history: History::new(address..address + bytes, begin),
            },
        );
        device.allocated_bytes += bytes;
        device.peak_bytes = device.peak_bytes.max(device.allocated_bytes);
    }

    /// The device whose memory an address is, or was.
    pub(super) fn device_holding(&self, address: u64) -> Option<usize> {
        (self.devices.iter()).position(|device| {
            device.find(address).is_some() || device.find_freed(address).is_some()
        })
    }

    /// Takes what a program gives back as given back though its context is stuck, which is what the call
    /// answers: the program can do no more, and the memory is gone with the context.
    pub(super) fn give_up(&mut self, operation: &str, address: u64) {
        let Some(device) = self.device_holding(address) else {
            return;
        };
        let allocation = self.devices[device].allocations.get(&address);
        let Some(context) = allocation.map(|allocation| allocation.context) else {
            return;
        };
        if self.healthy(context).is_err() {
            // Where it was given back before, that is recorded, and the call fails as it is.
            let _known = self.for_free(operation, device, address);
        }
    }

    /// The live allocation that begins at an address, for a call that ends it.
    fn for_free(&mut self, operation: &str, device: usize, address: u64) -> Outcome<Origin> {
        match self.devices[device].allocations.get_mut(&address) {
            Some(found) if !found.free_submitted && !matches!(found.origin, Origin::Module) => {
                found.free_submitted = true;
                let (bytes, origin) = (found.bytes, found.origin);
                self.devices[device].allocated_bytes -= bytes;
                if let Origin::Pool(pool) = origin {
                    if let Some(pool) = self.pools.get_mut(&pool) {
                        pool.used_bytes -= bytes;
                    }
                }
                Ok(origin)
            }
            found => {
                let twice = found.is_some_and(|it| it.free_submitted)
                    || self.devices[device].freed.contains_key(&address);
                let (kind, message) = if twice {
                    (FaultKind::DoubleFree, "this memory was freed before")
                } else {
                    (FaultKind::InvalidFree, "no allocation begins here")
                };
                (self.ledger).host_fault(kind, operation, Some(address), message.to_owned());
                Err(Status::INVALID_VALUE)
            }
        }
    }

    /// `cuMemFree`. It waits for the memory's context, as drivers may, except where the memory
    /// came from a pool: then the program must have waited (CUDA Driver API, `cuMemFree`).
    pub(super) fn free(&mut self, operation: &'static str, address: u64) -> Outcome {
        let current = (self.current_device()).inspect_err(|_| self.give_up(operation, address))?;
        if address == 0 {
            return Ok(());
        }
        let device = self.device_holding(address).unwrap_or(current);
        let origin = self.for_free(operation, device, address)?;
        let stamp = host_stamp(operation);
        let allocation = self.devices[device].allocations.get(&address);
        let context = allocation.map_or(0, |allocation| allocation.context);
        if matches!(origin, Origin::Pool(_)) {
            self.expect_known(operation, device, address, &stamp);
            self.run_context(context);
        } else {
            // An error of the context's is not this call's: the memory is freed all the same.
            let _stuck = self.synchronize_context(context);
        }
        self.drop_allocation(device, address, stamp);
        Ok(())
    }

    /// Checks that the host knows all uses of an allocation to be over.
    fn expect_known(&mut self, operation: &str, device: usize, address: u64, stamp: &Arc<Stamp>) {
        if !self.config.checks.stream_races {
            return;
        }
        let host = self.host.clone();
        // Uses are noted when they run.
        self.run_all();
        let Some(allocation) = self.devices[device].allocations.get_mut(&address) else {
            return;
        };
        let range = address..address + allocation.bytes;
        for conflict in (allocation.history).touch(range, Use::Write, stamp, &host) {
            self.ledger.host_fault(
                FaultKind::UseAfterFreeAcrossStreams,
                operation,
                Some(conflict.address),
                format!(
                    "{} may still use this memory: it came from a pool, so that freeing it \
                     waits for nothing",
                    name_of(&conflict.earlier)
                ),
            );
        }
    }

    /// `cuMemFreeAsync`.
    pub(super) fn free_ordered(
        &mut self,
        operation: &'static str,
        address: u64,
        stream: u64,
    ) -> Outcome {
        let context = (self.streams.get(&stream)).map_or(0, |stream| stream.context);
        let current = self.device_of(context)?;
        if address == 0 {
            return Ok(());
        }
        let device = self.device_holding(address).unwrap_or(current);
        self.for_free(operation, device, address)?;
        self.submit(stream, operation, Work::Free { device, address })?;
        Ok(())
    }

    /// Takes memory out of the books and gives it back; `by` is who freed it.
    pub(super) fn drop_allocation(&mut self, device: usize, address: u64, by: Arc<Stamp>) {
        let device = &mut self.devices[device];
        if let Some(allocation) = device.allocations.remove(&address) {
            // It was in the books, so the memory has it.
            let _freed = device.memory.free(address);
            let bytes = allocation.bytes;
            device.freed.insert(address, Freed { bytes, by });
        }
    }

    /// `cuMemPoolCreate`, on a device.
    pub(super) fn create_pool(&mut self, ordinal: i32) -> Outcome<u64> {
        self.device(ordinal)?;
        let handle = new_handle();
        let pool = Pool {
            default: false,
            ..Pool::of_device(ordinal as usize)
        };
        self.pools.insert(handle, pool);
        Ok(handle)
    }

    /// `cuMemPoolDestroy`.
    pub(super) fn destroy_pool(&mut self, operation: &str, handle: u64) -> Outcome {
        match self.pools.get(&handle) {
            Some(pool) if !pool.default => {
                let device = &mut self.devices[pool.device];
                if device.pool == handle {
                    device.pool = device.default_pool;
                }
                self.pools.remove(&handle);
                Ok(())
            }
            Some(_) => Err(Status::INVALID_VALUE),
            None => Err(self.invalid_handle(operation, "memory pool", handle)),
        }
    }

    /// The pool that a handle names.
    pub(super) fn pool(&mut self, operation: &str, handle: u64) -> Outcome<&mut Pool> {
        if !self.pools.contains_key(&handle) {
            return Err(self.invalid_handle(operation, "memory pool", handle));
        }
        self.pools.get_mut(&handle).ok_or(Status::INVALID_HANDLE)
    }

    /// `cuMemPoolGetAttribute`.
    pub(super) fn pool_attribute(
        &mut self,
        operation: &str,
        handle: u64,
        number: u32,
    ) -> Outcome<PoolValue> {
        use pool_attribute as number_of;
        let pool = self.pool(operation, handle)?;
        let set = pool.attributes.get(&number).copied();
        match number {
            // Memory is reused wherever a pool may: the default of all three.
            n if number_of::REUSE.contains(&n) => Ok(PoolValue::Int(set.unwrap_or(1) as i32)),
            number_of::RELEASE_THRESHOLD => Ok(PoolValue::Bytes(set.unwrap_or(0))),
            number_of::RESERVED_CURRENT | number_of::USED_CURRENT => {
                Ok(PoolValue::Bytes(pool.used_bytes))
            }
            number_of::RESERVED_HIGH | number_of::USED_HIGH => {
                Ok(PoolValue::Bytes(pool.peak_bytes))
            }
            _ => Err(Status::INVALID_VALUE),
        }
    }

    /// Whether an attribute of pools is an `int`, rather than a `cuuint64_t`.
    pub(super) fn pool_attribute_is_int(number: u32) -> bool {
        pool_attribute::REUSE.contains(&number)
    }

    /// `cuMemPoolSetAttribute`; a high-water mark can only be set back, to 0.
    pub(super) fn set_pool_attribute(
        &mut self,
        operation: &str,
        handle: u64,
        number: u32,
        value: u64,
    ) -> Outcome {
        use pool_attribute as number_of;
        let pool = self.pool(operation, handle)?;
        match number {
            number_of::RESERVED_HIGH | number_of::USED_HIGH if value == 0 => {
                pool.peak_bytes = pool.used_bytes;
            }
            n if number_of::REUSE.contains(&n) || n == number_of::RELEASE_THRESHOLD => {
                pool.attributes.insert(number, value);
            }
            _ => return Err(Status::INVALID_VALUE),
        }
        Ok(())
    }
}
