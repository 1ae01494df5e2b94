//! The engine's operations on a CUDA device, opened once for each device.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use halo2_offload_cuda::{
    canonical::Canonical,
    msm::{CudaMsm, Policy},
    ntt::{CudaNtt, CudaTables},
    Context, Counters, CudaError, DeviceBuffer, DeviceSlice, DeviceSliceMut,
};
use icicle_core::error::IcicleResult;
use icicle_cuda_runtime::{
    memory::{Located, Range},
    offload::{Bus, Device, Watch},
};

use crate::{
    access::{engine_error, Input, Output},
    bases::OnCuda,
    repr::{bytes_of, bytes_of_mut, Limbs},
};

/// What there is of a device.
pub(crate) struct Engine {
    pub(crate) context: Arc<Context>,
    pub(crate) msm: CudaMsm,
    pub(crate) ntt: CudaNtt,
    pub(crate) canonical: Canonical,
    pub(crate) bases: OnCuda,
    tables: Mutex<BTreeMap<u32, Arc<CudaTables>>>,
}

/// By ordinal.
static ENGINES: Mutex<BTreeMap<usize, Arc<Engine>>> = Mutex::new(BTreeMap::new());

impl Engine {
    fn new(context: &Arc<Context>) -> Result<Self, CudaError> {
        let available = context.available_bytes()?;
        Ok(Self {
            msm: CudaMsm::with_policy(context.clone(), Policy::of(context.device(), available))?,
            ntt: CudaNtt::new(context.clone())?,
            canonical: Canonical::new(context.clone())?,
            bases: OnCuda::new(available / 2),
            tables: Mutex::default(),
            context: context.clone(),
        })
    }

    /// The twiddles of a size.
    pub(crate) fn tables(&self, k: u32) -> Result<Arc<CudaTables>, CudaError> {
        let mut tables = lock(&self.tables);
        if let Some(known) = tables.get(&k) {
            return Ok(known.clone());
        }
        let made = Arc::new(self.ntt.make_tables(k)?);
        tables.insert(k, made.clone());
        Ok(made)
    }
}

/// Runs work on a device, and tells the watch what it moved.
pub(crate) fn with<R: Send>(
    device: &Device,
    watch: &mut Watch,
    mut work: impl FnMut(&Engine) -> Result<R, CudaError> + Send,
) -> IcicleResult<R> {
    watch.on_cuda(Bus::default());
    let ran = device.run(|context| {
        let before = context.counters()?;
        let engine = engine(device)?;
        let result = work(&engine)?;
        Ok((result, context.counters()? - before))
    });
    let (result, moved): (R, Counters) = ran.map_err(|error| engine_error(&error))?;
    watch.on_cuda(Bus {
        bytes_to_device: moved.bytes_to_device,
        bytes_from_device: moved.bytes_from_device,
    });
    Ok(result)
}

/// All that are open.
pub(crate) fn engines() -> Vec<Arc<Engine>> {
    lock(&ENGINES).values().cloned().collect()
}

/// Frees the twiddles of a device.
pub(crate) fn release_tables(ordinal: usize) {
    let engine = lock(&ENGINES).get(&ordinal).cloned();
    if let Some(engine) = engine {
        lock(&engine.tables).clear();
    }
}

fn engine(device: &Device) -> Result<Arc<Engine>, CudaError> {
    let context = device.context();
    let ordinal = context.device().ordinal;
    if let Some(engine) = lock(&ENGINES).get(&ordinal) {
        return Ok(engine.clone());
    }
    // Calls on a device take turns, so that nobody makes a second one meanwhile.
    let engine = Arc::new(Engine::new(context)?);
    lock(&ENGINES).insert(ordinal, engine.clone());
    let kept = engine.clone();
    device.set_keeper(move || kept.bases.clear());
    Ok(engine)
}

/// Reads a client's device memory.
pub(crate) fn read<R>(
    range: &Range,
    work: impl FnOnce(DeviceSlice<'_, u8>) -> Result<R, CudaError>,
) -> Result<R, CudaError> {
    let buffer = buffer(range)?
        .read()
        .unwrap_or_else(PoisonError::into_inner);
    work(buffer.range(range.within())?)
}

/// Reads two of them.
pub(crate) fn read_both<R>(
    a: &Range,
    b: &Range,
    work: impl FnOnce(DeviceSlice<'_, u8>, DeviceSlice<'_, u8>) -> Result<R, CudaError>,
) -> Result<R, CudaError> {
    if !a.shares_buffer(b) {
        return read(a, |a| read(b, |b| work(a, b)));
    }
    // The lock is taken once: to take it twice for reading is to wait for oneself where a writer waits.
    let buffer = buffer(a)?.read().unwrap_or_else(PoisonError::into_inner);
    work(buffer.range(a.within())?, buffer.range(b.within())?)
}

/// Writes a client's device memory.
pub(crate) fn write<R>(
    range: &Range,
    work: impl FnOnce(DeviceSliceMut<'_, u8>) -> Result<R, CudaError>,
) -> Result<R, CudaError> {
    let mut buffer = buffer(range)?
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    work(buffer.range_mut(range.within())?)
}

fn buffer(range: &Range) -> Result<&RwLock<DeviceBuffer<u8>>, CudaError> {
    match range.located() {
        Located::Cuda(_, buffer) => Ok(buffer),
        Located::Host(_) => Err(CudaError::ForeignBuffer {
            operation: "an operation on a CUDA device".to_owned(),
        }),
    }
}

impl Engine {
    /// Brings values to the device: from the host over the bus.
    pub(crate) fn bring<T: Limbs>(
        &self,
        to: DeviceSliceMut<'_, u8>,
        from: &Input<'_, T>,
    ) -> Result<(), CudaError> {
        match from {
            Input::Host(values) => self.context.upload(to, bytes_of(values)).map(drop),
            Input::Cuda(range) => read(range, |from| self.context.copy(to, from)),
        }
    }

    /// Gives values back, to the host over the bus.
    pub(crate) fn return_to<T: Limbs>(
        &self,
        to: &mut Output<'_, T>,
        from: DeviceSlice<'_, u8>,
    ) -> Result<(), CudaError> {
        match to {
            Output::Host(values) => self.context.download(from, bytes_of_mut(values)),
            Output::Cuda(range) => write(range, |to| self.context.copy(to, from)),
        }
    }

    /// Waits, where a call that leaves its results on the device promises that they are there.
    pub(crate) fn settle<T>(&self, to: &Output<'_, T>, is_async: bool) -> Result<(), CudaError> {
        match (to, is_async) {
            (Output::Cuda(_), false) => self.context.synchronize(),
            _ => Ok(()),
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
