//! A device, opened: its streams, its memory, its kernels, and what was done with them.

use std::{borrow::Cow, collections::BTreeMap, ffi::c_void, path::PathBuf, sync::Arc};

use halo2_offload_kernels::KernelImage;

use crate::{
    arena::{Arena, LedgerReport, MemorySource},
    buffer::{DeviceBuffer, DeviceSlice, DeviceSliceMut},
    counters::{Counters, Tally},
    device::DeviceInfo,
    error::CudaError,
    kernel::{CodeChoice, Function, LoadedModule, Modules},
    launch::{Argument, LaunchConfig, MAX_ARGUMENTS},
    model::DeviceModel,
    plonk::evaluate::ProgramCode,
    repr::{zeroed, DeviceRepr},
    streams::Streams,
    sys::{Driver, During, Event, Model, Primary, RawDevice, Timing},
    timeline::StreamRole,
    timing::{Clock, OperationTime, Timed},
    transfer::{Download, Transfers, Upload},
    work::{Account, Work},
};

/// What the driver does in the order of the kernels, by the names under which it is accounted for.
const COPY: &str = "copies on the device";
const ZERO: &str = "zeroing";

/// How a device is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Bytes of device memory that may be allocated; all there is if nothing is said.
    pub vram_budget: Option<u64>,
    /// Bytes of each of the two page-locked buffers that copies in one direction go through.
    pub staging_bytes: usize,
    /// Where device memory comes from.
    pub memory: MemorySource,
    /// Whether operations are timed by events.
    pub timing: bool,
    /// Which form of the kernels runs.
    pub code: CodeChoice,
    /// How expression programs run.
    pub programs: ProgramCode,
    /// The folder where machine code is kept that was compiled from generated text; nothing is kept if
    /// none is given. It is made when something is first put there. Whoever can write to it decides
    /// what runs on the device.
    pub code_cache: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            vram_budget: None,
            // Large enough that a copy's fixed cost, some 10 us, is a few percent of its time at
            // 50 GB/s; small enough that the first part is on its way soon.
            staging_bytes: 8 << 20,
            memory: MemorySource::default(),
            timing: false,
            code: CodeChoice::default(),
            programs: ProgramCode::default(),
            code_cache: None,
        }
    }
}

impl Options {
    /// With at most so many bytes of device memory.
    pub fn with_vram_budget(self, bytes: u64) -> Self {
        Self {
            vram_budget: Some(bytes),
            ..self
        }
    }

    /// With staging buffers of so many bytes.
    pub fn with_staging_bytes(self, bytes: usize) -> Self {
        Self {
            staging_bytes: bytes,
            ..self
        }
    }

    /// With device memory from there.
    pub fn with_memory(self, memory: MemorySource) -> Self {
        Self { memory, ..self }
    }

    /// With or without timing.
    pub fn with_timing(self, timing: bool) -> Self {
        Self { timing, ..self }
    }

    /// With this form of the kernels.
    pub fn with_code(self, code: CodeChoice) -> Self {
        Self { code, ..self }
    }

    /// With expression programs run in this way.
    pub fn with_programs(self, programs: ProgramCode) -> Self {
        Self { programs, ..self }
    }

    /// With machine code from generated text kept in this folder.
    pub fn with_code_cache(self, directory: impl Into<PathBuf>) -> Self {
        Self {
            code_cache: Some(directory.into()),
            ..self
        }
    }
}

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

    /// Allocates memory for `len` values, undefined until written, for use by kernels.
    ///
    /// The name says what it is for: it is what messages and the ledger show.
    pub fn allocate<T: DeviceRepr>(
        &self,
        name: impl Into<Cow<'static, str>>,
        len: usize,
    ) -> Result<DeviceBuffer<T>, CudaError> {
        self.allocate_for(StreamRole::Compute, name, len)
    }

    /// [`allocate`](Self::allocate) for a stream: its first use there waits for nothing. For buffers
    /// that are uploaded to while kernels run.
    pub fn allocate_for<T: DeviceRepr>(
        &self,
        home: StreamRole,
        name: impl Into<Cow<'static, str>>,
        len: usize,
    ) -> Result<DeviceBuffer<T>, CudaError> {
        let name = name.into();
        let bytes = len
            .checked_mul(size_of::<T>())
            .ok_or_else(|| CudaError::TooLarge {
                name: name.to_string(),
                len,
            })?;
        let allocation = self.arena.allocate(name, home, bytes)?;
        Ok(DeviceBuffer::new(allocation, len))
    }

    /// Allocates, and starts to copy the host's values there.
    pub fn allocate_from<T: DeviceRepr>(
        &self,
        name: impl Into<Cow<'static, str>>,
        values: &[T],
    ) -> Result<DeviceBuffer<T>, CudaError> {
        let mut buffer = self.allocate_for(StreamRole::Upload, name, values.len())?;
        self.upload(buffer.all_mut(), values)?;
        Ok(buffer)
    }

    /// Allocates for `len` values, and starts to copy them there as [`upload_with`](Self::upload_with)
    /// does.
    pub fn allocate_with<T: DeviceRepr, V: AsRef<[T]>>(
        &self,
        name: impl Into<Cow<'static, str>>,
        len: usize,
        values: impl FnOnce() -> V,
    ) -> Result<DeviceBuffer<T>, CudaError> {
        let mut buffer = self.allocate_for(StreamRole::Upload, name, len)?;
        self.upload_with(buffer.all_mut(), values)?;
        Ok(buffer)
    }

    /// Allocates, and sets all bytes to zero.
    pub fn allocate_zeroed<T: DeviceRepr>(
        &self,
        name: impl Into<Cow<'static, str>>,
        len: usize,
    ) -> Result<DeviceBuffer<T>, CudaError> {
        let mut buffer = self.allocate(name, len)?;
        self.zero(buffer.all_mut())?;
        Ok(buffer)
    }

    /// Starts to copy the host's values to the device. They have been read when this returns.
    pub fn upload<T: DeviceRepr>(
        &self,
        to: DeviceSliceMut<'_, T>,
        from: &[T],
    ) -> Result<Upload, CudaError> {
        self.check_owner("uploading", to.allocation())?;
        self.transfers.upload(to, Some(from))
    }

    /// [`upload`](Self::upload) of values that need not be there before: on a modelled device they are
    /// not made.
    pub fn upload_with<T: DeviceRepr, V: AsRef<[T]>>(
        &self,
        to: DeviceSliceMut<'_, T>,
        values: impl FnOnce() -> V,
    ) -> Result<Upload, CudaError> {
        self.check_owner("uploading", to.allocation())?;
        match self.is_modelled() {
            true => self.transfers.upload(to, None),
            false => self.transfers.upload(to, Some(values().as_ref())),
        }
    }

    /// Copies values to the host, and waits for them; one synchronisation.
    pub fn download<T: DeviceRepr>(
        &self,
        from: DeviceSlice<'_, T>,
        to: &mut [T],
    ) -> Result<(), CudaError> {
        self.check_owner("downloading", from.allocation())?;
        self.transfers.download(from, Some(to))
    }

    /// [`download`](Self::download) into memory that is made for it. On a modelled device, which has no
    /// values, none is made.
    pub fn download_to_vec<T: DeviceRepr>(
        &self,
        from: DeviceSlice<'_, T>,
    ) -> Result<Vec<T>, CudaError> {
        self.check_owner("downloading", from.allocation())?;
        if self.is_modelled() {
            self.transfers.download::<T>(from, None)?;
            return Ok(Vec::new());
        }
        let mut values = vec![zeroed::<T>(); from.len()];
        self.transfers.download(from, Some(&mut values))?;
        Ok(values)
    }

    /// Starts to copy values to the host.
    pub fn begin_download<T: DeviceRepr>(
        &self,
        from: DeviceSlice<'_, T>,
    ) -> Result<Download<T>, CudaError> {
        self.check_owner("downloading", from.allocation())?;
        self.transfers.begin_download(from)
    }

    /// Copies values on the device, in the order of the kernels.
    pub fn copy<T: DeviceRepr>(
        &self,
        to: DeviceSliceMut<'_, T>,
        from: DeviceSlice<'_, T>,
    ) -> Result<(), CudaError> {
        self.check_owner("copying", to.allocation())?;
        self.check_owner("copying", from.allocation())?;
        if to.len() != from.len() {
            return Err(CudaError::Length {
                operation: "copying",
                given: from.len(),
                needed: to.len(),
            });
        }
        let bytes = from.len() * size_of::<T>();
        if bytes == 0 {
            return Ok(());
        }
        self.streams.issue(
            StreamRole::Compute,
            [to.allocation().uses(), from.allocation().uses()],
            // SAFETY: both slices lie in their allocations, which are freed in stream order after
            // this use; a slice that is written overlaps no other.
            |stream| unsafe { stream.copy_on_device(*to.address(), *from.address(), bytes) },
        )?;
        self.account.add(
            COPY,
            Work {
                multiplications: 0,
                bytes_read: bytes as u64,
                bytes_written: bytes as u64,
            },
        );
        Ok(())
    }

    /// Sets all bytes of the values to zero, in the order of the kernels.
    pub fn zero<T: DeviceRepr>(&self, values: DeviceSliceMut<'_, T>) -> Result<(), CudaError> {
        self.check_owner("zeroing", values.allocation())?;
        let bytes = values.len() * size_of::<T>();
        if bytes == 0 {
            return Ok(());
        }
        self.streams.issue(
            StreamRole::Compute,
            [values.allocation().uses()],
            // SAFETY: the slice lies in its allocation, which is freed in stream order after this
            // use.
            |stream| unsafe { stream.zero(*values.address(), bytes) },
        )?;
        self.account.add(
            ZERO,
            Work {
                bytes_written: bytes as u64,
                ..Work::default()
            },
        );
        Ok(())
    }

    /// Looks up an entry point; loads its module if this is the first. Loading PTX takes the driver
    /// a while, and may wait for the device: look functions up before the work begins.
    pub fn function(&self, module: &str, entry: &str) -> Result<Function, CudaError> {
        self.modules.function(module, entry)
    }

    /// Compiles PTX that was made at run time, or takes its machine code from the folder that the
    /// options name, and looks up its entry point. This takes the driver a while: do it before the work
    /// begins.
    pub fn compile(&self, module: &str, entry: &str, ptx: &str) -> Result<Function, CudaError> {
        self.modules.compile(module, entry, ptx)
    }

    /// The PTX of a module of the image, to put generated text behind it.
    pub(crate) fn ptx(&self, module: &str) -> Result<String, CudaError> {
        self.modules.ptx(module)
    }

    /// How expression programs run.
    pub(crate) fn programs(&self) -> ProgramCode {
        self.programs
    }

    /// Whether what is compiled from generated text is kept for the next process.
    pub(crate) fn keeps_code(&self) -> bool {
        self.keeps_code
    }

    /// The kernel modules of the image that are loaded so far, and which form of each runs.
    pub fn modules(&self) -> Vec<LoadedModule> {
        self.modules.loaded()
    }

    /// Gives a kernel to the compute stream, after all earlier uses of the buffers in its arguments.
    /// It allocates nothing and waits for nothing.
    ///
    /// The number of arguments and the size of each are checked against the kernel's declaration,
    /// and the shape against what the kernel and the device take.
    ///
    /// # Safety
    /// The arguments have the types that the kernel declares. In this grid, with these arguments,
    /// the kernel reads and writes within the slices it is given, writes to no slice that is not a
    /// [`DeviceSliceMut`], and meets its own contract about which threads there must be.
    pub unsafe fn launch(
        &self,
        function: &Function,
        config: LaunchConfig,
        arguments: &[&dyn Argument],
    ) -> Result<(), CudaError> {
        // SAFETY: by this function's contract.
        unsafe { self.launch_reaching(function, config, arguments, &[]) }
    }

    /// [`launch`](Self::launch) of a kernel that finds more slices by itself, through addresses that
    /// lie in the memory it is given: it comes after all earlier uses of those too, and counts as a
    /// use of them. For kernels that take more slices than there can be arguments.
    ///
    /// # Safety
    /// As for [`launch`](Self::launch), with `reached` among the slices that the kernel is given.
    pub unsafe fn launch_reaching(
        &self,
        function: &Function,
        config: LaunchConfig,
        arguments: &[&dyn Argument],
        reached: &[&dyn Argument],
    ) -> Result<(), CudaError> {
        let mut values = [std::ptr::null_mut::<c_void>(); MAX_ARGUMENTS];
        function.check(
            &self.info,
            &config,
            arguments.iter().map(|argument| argument.bytes()),
        )?;
        for (value, argument) in values.iter_mut().zip(arguments) {
            *value = argument.value().cast_mut();
        }
        let allocations = arguments
            .iter()
            .chain(reached)
            .filter_map(|argument| argument.allocation());
        for allocation in allocations.clone() {
            self.check_owner(function.name(), allocation)?;
        }
        self.streams.issue(
            StreamRole::Compute,
            allocations.map(|allocation| allocation.uses()),
            // SAFETY: `check` has compared the arguments with the kernel's parameters; the caller
            // vouches for their types and for what the kernel does with them; allocations are freed
            // in stream order after this use.
            |stream| unsafe {
                function
                    .entry_point()
                    .launch(
                        stream,
                        config.grid,
                        config.block,
                        config.shared_bytes,
                        &mut values[..arguments.len()],
                    )
                    .during(function.name())
            },
        )?;
        self.tally.launch();
        Ok(())
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

    /// The device memory that is held, and by what.
    pub fn memory(&self) -> LedgerReport {
        self.arena.current()
    }

    /// The most device memory that was held at a time, and by what.
    pub fn peak_memory(&self) -> LedgerReport {
        self.arena.peak()
    }

    /// Lets a new peak begin at what is held now.
    pub fn reset_peak_memory(&self) {
        self.arena.reset_peak();
    }

    /// Bytes of page-locked host memory that copies go through. On a modelled device none are taken:
    /// these are those that would be.
    pub fn pinned_bytes(&self) -> u64 {
        self.primary.pinned_bytes().0
    }

    /// The most of them at a time.
    pub fn peak_pinned_bytes(&self) -> u64 {
        self.primary.pinned_bytes().1
    }

    /// Bytes that could be allocated now: what the budget leaves of what the device has free.
    pub fn available_bytes(&self) -> Result<u64, CudaError> {
        self.arena.available_bytes()
    }

    pub(crate) fn streams(&self) -> &Streams {
        &self.streams
    }

    fn check_owner(
        &self,
        operation: &str,
        allocation: &crate::arena::Allocation,
    ) -> Result<(), CudaError> {
        match allocation.is_of(&self.streams) {
            true => Ok(()),
            false => Err(CudaError::ForeignBuffer {
                operation: operation.to_owned(),
            }),
        }
    }
}
