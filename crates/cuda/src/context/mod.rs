//! A device, opened: its streams, its memory, its kernels, and what was done with them.

mod launch;
mod memory;
mod options;

use std::{collections::BTreeMap, sync::Arc};

use halo2_offload_kernels::KernelImage;

pub use options::Options;

use crate::{
    arena::{Allocation, Arena},
    counters::{Counters, Tally},
    device::DeviceInfo,
    error::CudaError,
    kernel::{Modules, ProgramCode},
    model::DeviceModel,
    streams::Streams,
    sys::{Driver, Event, Model, Primary, RawDevice, Timing},
    timeline::StreamRole,
    timing::{Clock, OperationTime, Timed},
    transfer::Transfers,
    work::{Account, Work},
};

/// A device, opened. All of it is given back when the last buffer and the context are dropped.
///
/// Kernels run in the compute stream in the order in which they are launched, copies to and from
/// the host in streams of their own. Whatever uses a buffer comes after all its earlier uses, on
/// whatever streams those were: a context sees to that by itself. Nothing here waits for the device
/// unless it says so.
#[derive(Debug)]
pub struct Context {
    info: DeviceInfo,
    programs: ProgramCode,
    keeps_code: bool,
    modules: Modules,
    clock: Option<Clock>,
    transfers: Transfers,
    tally: Arc<Tally>,
    account: Account,
    arena: Arc<Arena>,
    streams: Arc<Streams>,
    primary: Arc<Primary>,
}

impl Context {
    /// Opens a device for the kernels of an image.
    pub fn open(
        ordinal: usize,
        image: &KernelImage,
        options: Options,
    ) -> Result<Arc<Self>, CudaError> {
        let driver = Driver::open()?;
        let raw = RawDevice::get(driver, ordinal)?;
        let info = DeviceInfo::of(driver, raw, ordinal)?;
        Self::with(Primary::retain(raw)?, info, image, options)
    }

    /// A device that is not there, for planning: what is asked of it is checked, counted and booked as
    /// on a device, and nothing is done. It needs no driver.
    ///
    /// Allocations are held to the budget and to the model's memory. Launches are compared with what
    /// their kernels declare. Nothing is uploaded, whatever values are given, and what is downloaded is
    /// zeros. Operations that do not look at values do the same work as on a device, byte for byte and
    /// launch for launch; synchronisations are counted as for a host that never finds work done before
    /// it waits. Times are zero.
    pub fn modelled(
        model: DeviceModel,
        image: &KernelImage,
        options: Options,
    ) -> Result<Arc<Self>, CudaError> {
        let info = model.into_info();
        let model = Model::new(&info, info.free_bytes()?);
        Self::with(Primary::modelled(model), info, image, options)
    }

    fn with(
        primary: Arc<Primary>,
        info: DeviceInfo,
        image: &KernelImage,
        options: Options,
    ) -> Result<Arc<Self>, CudaError> {
        let streams = Arc::new(Streams::new(&primary)?);
        let tally = Arc::<Tally>::default();
        let arena = Arena::new(
            streams.clone(),
            options.memory.uses_pool(&info),
            info.memory_bytes,
            options.vram_budget,
        )?;
        Ok(Arc::new(Self {
            programs: options.programs,
            keeps_code: options.code_cache.is_some(),
            modules: Modules::new(
                primary.clone(),
                info.clone(),
                image.clone(),
                options.code,
                options.code_cache,
            ),
            clock: options.timing.then(|| Clock::new(streams.clone())),
            transfers: Transfers::new(streams.clone(), tally.clone(), options.staging_bytes),
            tally,
            account: Account::default(),
            arena: Arc::new(arena),
            streams,
            primary,
            info,
        }))
    }

    /// The device.
    pub fn device(&self) -> &DeviceInfo {
        &self.info
    }

    /// Whether the device is only a model of one.
    pub fn is_modelled(&self) -> bool {
        self.primary.is_modelled()
    }

    /// Marks the point that a stream's work has reached: other streams that need what was done
    /// before it wait for this point, not for what is given to the stream later. Without marks they
    /// wait for all that was given to the stream until they come to need it.
    pub fn mark(&self, role: StreamRole) -> Result<(), CudaError> {
        self.streams.mark(role)
    }

    /// Waits for all work given to the device; one synchronisation.
    pub fn synchronize(&self) -> Result<(), CudaError> {
        self.tally.synchronisation();
        self.primary.synchronize()
    }

    /// Times what is given to the compute stream until the result is dropped, where this context
    /// times. Operations may lie within others.
    pub fn time(&self, operation: &'static str) -> Result<Timed<'_>, CudaError> {
        match &self.clock {
            Some(clock) => clock.start(operation),
            None => Ok(Timed::untimed()),
        }
    }

    /// Nanoseconds of device time that the work takes which is given to a stream meanwhile, by two
    /// events around it. Waits for it; one synchronisation.
    pub fn device_time(
        &self,
        role: StreamRole,
        work: impl FnOnce() -> Result<(), CudaError>,
    ) -> Result<u64, CudaError> {
        let stream = self.streams.raw(role);
        let start = Event::new(&self.primary, Timing::Timed)?;
        let end = Event::new(&self.primary, Timing::Timed)?;
        start.record(stream)?;
        self.tally.synchronisation();
        let done = work().and_then(|()| end.record(stream));
        if let Err(error) = done {
            // What was given to the stream is still done when this returns.
            let _ = stream.synchronize();
            return Err(error);
        }
        end.wait()?;
        end.ns_since(&start)
    }

    /// Device time by operation. Waits for those that are under way; one synchronisation.
    pub fn times(&self) -> Result<BTreeMap<&'static str, OperationTime>, CudaError> {
        match &self.clock {
            Some(clock) => {
                self.tally.synchronisation();
                Ok(clock.times()?.0)
            }
            None => Ok(BTreeMap::new()),
        }
    }

    /// What was done so far. Where the context times, this waits for the operations under way,
    /// which is not counted.
    pub fn counters(&self) -> Result<Counters, CudaError> {
        let device_ns = match &self.clock {
            Some(clock) => clock.times()?.1,
            None => 0,
        };
        Ok(self.tally.snapshot(device_ns))
    }

    /// Adds to an operation's work: what was just given to the device, by the contracts of its
    /// kernels. The name is the one under which the operation is timed.
    pub fn account(&self, operation: &'static str, work: Work) {
        self.account.add(operation, work);
    }

    /// The work that was given to the device since the context was opened, by operation. Copies
    /// within the device and zeroing are operations of their own; copies from and to the host are in
    /// the [`Counters`].
    pub fn work(&self) -> BTreeMap<&'static str, Work> {
        self.account.totals()
    }

    /// The same since an earlier answer of [`work`](Self::work).
    pub fn work_since(
        &self,
        earlier: &BTreeMap<&'static str, Work>,
    ) -> BTreeMap<&'static str, Work> {
        self.account.since(earlier)
    }

    pub(crate) fn streams(&self) -> &Streams {
        &self.streams
    }

    fn check_owner(&self, operation: &str, allocation: &Allocation) -> Result<(), CudaError> {
        match allocation.is_of(&self.streams) {
            true => Ok(()),
            false => Err(CudaError::ForeignBuffer {
                operation: operation.to_owned(),
            }),
        }
    }
}
